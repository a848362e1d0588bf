"""Writes decoded.json: small picture files of every kind, and the pixels that transformers makes of them.

Run with transformers 5.24, torch, torchvision and Pillow 13: python make_decoded.py
The pixels are those of `load_image` without its last step, which drops transparency, and of the image processor's own
conversion instead, which lays it over white. Where Pillow departs from the PNG specification (grey of 16 bits, a
transparent colour of other than 8 bits) the pixels are the specification's.
"""

import base64
import hashlib
import io
import json
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from transformers.image_transforms import convert_to_rgb

ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
rng = np.random.default_rng(7)


def scene(width, height, channels=3):
    """Soft shapes with an edge, so that every codec has something to round."""
    y, x = np.mgrid[0:height, 0:width].astype(float)
    planes = [127 + 110 * np.sin(x / (3 + c) + y / (7 - c) + c) for c in range(channels)]
    picture = np.stack(planes, -1)
    picture[height // 3 : height // 2, width // 4 : width // 2] = [250, 20, 90, 128][:channels]
    return picture.clip(0, 255).astype(np.uint8)


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def filtered(rows, pixel_bytes):
    out, above = b"", bytes(len(rows[0])) if rows else b""
    for index, row in enumerate(rows):
        kind = index % 5
        left = bytes(pixel_bytes) + row[:-pixel_bytes] if len(row) > pixel_bytes else bytes(len(row))
        corner = bytes(pixel_bytes) + above[:-pixel_bytes] if len(row) > pixel_bytes else bytes(len(row))
        guess = [lambda a, b, c: 0, lambda a, b, c: a, lambda a, b, c: b, lambda a, b, c: (a + b) >> 1, paeth][kind]
        out += bytes([kind]) + bytes((v - guess(a, b, c)) & 255 for v, a, b, c in zip(row, left, above, corner))
        above = row
    return out


def paeth(a, b, c):
    distances = [abs(b - c), abs(a - c), abs(a + b - 2 * c)]
    return (a, b, c)[distances.index(min(distances))]


def packed(samples, depth):
    flat = samples.reshape(samples.shape[0], -1)
    if depth == 16:
        return [row.astype(">u2").tobytes() for row in flat]
    if depth == 8:
        return [row.astype(np.uint8).tobytes() for row in flat]
    rows = []
    for row in flat:
        bits = "".join(format(int(value), f"0{depth}b") for value in row)
        bits += "0" * (-len(bits) % 8)
        rows.append(bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8)))
    return rows


def png(samples, depth, colours, interlaced=False, extra=b"", pieces=1):
    """`samples`: rows, columns, channels."""
    height, width, channels = samples.shape
    pixel_bytes = max(1, depth * channels // 8)
    data = b""
    for x, y, step_x, step_y in ADAM7 if interlaced else [(0, 0, 1, 1)]:
        part = samples[y::step_y, x::step_x]
        if part.size:
            data += filtered(packed(part, depth), pixel_bytes)
    compressed = zlib.compress(data, 9)
    size = -(-len(compressed) // pieces)
    header = struct.pack(">IIBBBBB", width, height, depth, colours, 0, 0, int(interlaced))
    body = b"".join(chunk(b"IDAT", compressed[i : i + size]) for i in range(0, len(compressed), size))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + body + chunk(b"IEND", b"")


def saved(image, form, **options):
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def exif(orientation, image_size=None):
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags.tobytes()


def gif_with_corner(clear):
    """A frame of 5 × 4 in the middle of a screen of 11 × 9."""
    frame = np.arange(20).reshape(4, 5) % 4
    small = Image.fromarray(frame.astype(np.uint8), "P")
    small.putpalette([10, 20, 30, 200, 30, 60, 40, 220, 50, 90, 90, 250])
    data = saved(small, "GIF", interlace=0)
    at = data.index(b",\0\0\0\0\5\0\4\0")
    control = b"!\xf9\4" + bytes([1, 0, 0, 3]) + b"\0" if clear else b""
    screen = data[:6] + struct.pack("<HH", 11, 9) + data[10:13]
    palette_bytes = 3 << ((data[10] & 7) + 1)
    return screen + data[13 : 13 + palette_bytes] + control + b"," + struct.pack("<HH", 3, 2) + data[at + 5 :]


def pngs():
    for depth, colours, channels in [(1, 0, 1), (2, 0, 1), (4, 0, 1), (8, 0, 1), (16, 0, 1), (8, 2, 3), (16, 2, 3),
                                     (8, 4, 2), (16, 4, 2), (8, 6, 4), (16, 6, 4)]:  # fmt: skip
        samples = rng.integers(0, 1 << depth, (9, 13, channels)) if depth < 8 else scene(13, 9, channels)
        if depth == 16:
            samples = samples.astype(int) * 257 - rng.integers(0, 200, samples.shape)
            samples = samples.clip(0, 65535)
        expected = None
        if (depth, colours) == (16, 0):
            expected = np.repeat(samples >> 8, 3, axis=2)
        for interlaced in (False, True):
            name = f"png-{['grey', '', 'colour', '', 'grey-alpha', '', 'colour-alpha'][colours]}-{depth}"
            yield name + ("-interlaced" if interlaced else ""), png(samples, depth, colours, interlaced), expected
    palette = chunk(b"PLTE", rng.integers(0, 256, 48, dtype=np.uint8).tobytes())
    alphas = chunk(b"tRNS", bytes([0, 128, 255, 7, 200]))
    for depth in (1, 2, 4, 8):
        indices = rng.integers(0, min(1 << depth, 18), (7, 10, 1))
        yield f"png-palette-{depth}", png(indices, depth, 3, depth == 4, palette), None
        yield f"png-palette-{depth}-clear", png(indices, depth, 3, depth == 2, palette + alphas), None
    yield from clear_colours()
    yield "png-pieces", png(scene(30, 20), 8, 2, pieces=9), None
    yield "png-turned", png(scene(9, 5), 8, 2, extra=chunk(b"eXIf", exif(6)[6:])), None
    for width, height in [(1, 1), (1, 9), (9, 1), (3, 2), (5, 5)]:
        yield f"png-{width}x{height}-interlaced", png(scene(width, height), 8, 2, True), None


def clear_colours():
    for depth in (1, 2, 4, 8, 16):
        samples = rng.integers(0, 1 << depth, (6, 8, 1))
        key = int(samples[2, 3, 0])
        grey = samples >> 8 if depth == 16 else samples * 255 // ((1 << depth) - 1)
        expected = np.repeat(np.where(samples == key, 255, grey), 3, axis=2)
        yield f"png-grey-{depth}-clear", png(samples, depth, 0, False, chunk(b"tRNS", struct.pack(">H", key))), expected
    for depth in (8, 16):
        samples = rng.integers(0, 1 << depth, (6, 8, 3))
        key = samples[2, 3]
        is_clear = (samples == key).all(axis=2, keepdims=True)
        expected = np.where(is_clear, 255, samples >> (depth - 8))
        trns = chunk(b"tRNS", struct.pack(">HHH", *map(int, key)))
        yield f"png-colour-{depth}-clear", png(samples, depth, 2, True, trns), expected


def others():
    colour = Image.fromarray(scene(29, 21))
    clear = Image.fromarray(scene(21, 17, 4), "RGBA")
    for name, options in [("420", {}), ("444", {"subsampling": 0}), ("422", {"subsampling": 1}),
                          ("progressive", {"progressive": True}), ("optimized", {"optimize": True, "quality": 95}),
                          ("restarts", {"restart_marker_blocks": 2}), ("rgb", {"keep_rgb": True}),
                          ("poor", {"quality": 5})]:  # fmt: skip
        yield f"jpeg-{name}", saved(colour, "JPEG", **options), None
    yield "jpeg-grey", saved(colour.convert("L"), "JPEG"), None
    yield "jpeg-ink", saved(colour.convert("CMYK"), "JPEG"), None
    yield "jpeg-1x1", saved(colour.resize((1, 1)), "JPEG"), None
    for orientation in range(1, 9):
        small = Image.fromarray(scene(12, 7))
        yield f"jpeg-turned-{orientation}", saved(small, "JPEG", subsampling=0, exif=exif(orientation)), None
    yield "jpeg-trailing", saved(colour, "JPEG") + b"\xff\xd8 what a phone appends", None
    yield "webp-lossy", saved(colour, "WEBP"), None
    yield "webp-lossless", saved(colour, "WEBP", lossless=True), None
    yield "webp-lossy-clear", saved(clear, "WEBP"), None
    yield "webp-lossless-clear", saved(clear, "WEBP", lossless=True, exact=True), None
    yield "webp-turned", saved(colour, "WEBP", exif=exif(8)), None
    second = Image.fromarray(255 - scene(21, 17, 4), "RGBA")
    yield "webp-moving", saved(clear, "WEBP", save_all=True, append_images=[second]), None
    moving = [colour.convert("RGB"), ImageOps.mirror(colour)]
    yield "webp-moving-opaque", saved(moving[0], "WEBP", save_all=True, append_images=moving[1:], lossless=True), None
    yield "gif-interlaced", saved(colour.quantize(60), "GIF"), None
    yield "gif-plain", saved(colour.quantize(16), "GIF", interlace=0), None
    yield "gif-clear", saved(colour.quantize(8), "GIF", transparency=2), None
    yield "gif-two-colours", saved(colour.convert("1"), "GIF"), None
    yield "gif-grey", saved(colour.convert("L"), "GIF"), None
    yield "gif-moving", saved(colour.quantize(9), "GIF", save_all=True, append_images=[colour.quantize(5)]), None
    yield "gif-noise", saved(Image.fromarray(rng.integers(0, 256, (90, 90), dtype=np.uint8)), "GIF"), None
    yield "gif-corner", gif_with_corner(False), None
    yield "gif-corner-clear", gif_with_corner(True), None


def as_loaded(data):
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    return convert_to_rgb(image, return_numpy=True)


entries = []
for name, data, expected in [*pngs(), *others()]:
    pixels = np.ascontiguousarray(as_loaded(data) if expected is None else expected.astype(np.uint8))
    entries.append({
        "name": name,
        "width": pixels.shape[1],
        "height": pixels.shape[0],
        "sha256": hashlib.sha256(pixels.tobytes()).hexdigest(),
        "first": pixels.reshape(-1, 3)[0].tolist(),
        "file": base64.b64encode(data).decode(),
    })  # fmt: skip
lines = ",\n".join(json.dumps(entry) for entry in entries)
Path(__file__).with_name("decoded.json").write_text(f"[\n{lines}\n]\n")
