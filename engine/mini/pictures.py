"""Draws the pictures of the demonstration model: one coloured shape on a plain background.

    python pictures.py OUT --count 60000 --seed 1     a pool of tiles for training, as OUT-*.npy

A drawing has its own size in pixels; `fit_to_tile` brings it to the model's tile the way the Llama 4 processor does:
keep the aspect ratio, fill the tile, black bars at the right or the bottom.
"""
import argparse
import colorsys
import io
import math
import random
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

TILE = 64
SHAPES = ("circle", "square", "triangle", "star", "cross", "ring", "bar")
COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "black", "white")
BACKGROUNDS = COLOURS + ("grey",)

# What the names mean: hue in degrees, saturation, value; each a range.
RANGES = {
    "red": ((-9, 6), (0.78, 1.0), (0.62, 1.0)),
    "orange": ((25, 38), (0.85, 1.0), (0.88, 1.0)),
    "yellow": ((50, 62), (0.7, 1.0), (0.88, 1.0)),
    "green": ((92, 150), (0.5, 1.0), (0.35, 1.0)),
    "blue": ((207, 244), (0.62, 1.0), (0.42, 1.0)),
    "purple": ((268, 300), (0.5, 1.0), (0.4, 0.82)),
    "black": ((0, 360), (0.0, 0.4), (0.0, 0.13)),
    "white": ((0, 360), (0.0, 0.05), (0.93, 1.0)),
    "grey": ((0, 360), (0.0, 0.06), (0.38, 0.72)),
}
# The exact colours that people are likely to use.
EXACT = {
    "red": ("#ff0000", "#e53935", "#dc143c", "#b22222", "#cc0000", "#8b0000", "#d62728", "#ef4444"),
    "orange": ("#ffa500", "#ff8c00", "#fb8c00", "#f97316", "#ff7f0e"),
    "yellow": ("#ffff00", "#ffd700", "#fdd835", "#facc15", "#ffeb3b"),
    "green": ("#008000", "#00ff00", "#32cd32", "#228b22", "#2e8b57", "#43a047", "#22c55e", "#006400", "#2ca02c"),
    "blue": ("#0000ff", "#000080", "#1e90ff", "#4169e1", "#1e88e5", "#3b82f6", "#00008b", "#1f77b4"),
    "purple": ("#800080", "#9400d3", "#663399", "#8e24aa", "#a020f0", "#8a2be2", "#9333ea", "#4b0082"),
    "black": ("#000000", "#111111", "#1a1a1a"),
    "white": ("#ffffff", "#fafafa", "#f5f5f5"),
    "grey": ("#808080", "#a9a9a9", "#696969", "#999999", "#777777"),
}


@dataclass(frozen=True)
class Drawing:
    """A picture and what is on it. `mask` is white where the shape is."""

    picture: Image.Image
    mask: Image.Image
    shape: str
    colour: str
    background: str


def pick_rgb(rng, name):
    """A colour that people would call by this name, as three numbers from 0 to 255."""
    if rng.random() < 0.45:
        code = rng.choice(EXACT[name])
        return tuple(int(code[k:k + 2], 16) for k in (1, 3, 5))
    hue, saturation, value = (rng.uniform(*limits) for limits in RANGES[name])
    return tuple(round(255 * x) for x in colorsys.hsv_to_rgb(hue / 360 % 1, saturation, value))


def regular(count, phase=0.0, radius=1.0):
    """Corners of a regular polygon, the first at the top."""
    turn = 2 * math.pi / count
    return [(radius * math.sin(phase + k * turn), -radius * math.cos(phase + k * turn)) for k in range(count)]


def outline(rng, shape):
    """The shape's polygon around the origin; a ring's hole comes as a second polygon."""
    if shape == "circle":
        return [regular(72)]
    if shape == "ring":
        return [regular(72), regular(72, radius=rng.uniform(0.45, 0.78))]
    if shape == "square":
        stretch = rng.choice((1.0, 1.0, rng.uniform(0.9, 1.1)))
        return [[(-1, -stretch), (1, -stretch), (1, stretch), (-1, stretch)]]
    if shape == "bar":
        half = 1 / rng.uniform(2.4, 6)
        return [[(-1, -half), (1, -half), (1, half), (-1, half)]]
    if shape == "triangle":
        if rng.random() < 0.5:
            return [regular(3)]
        apex = rng.choice((0.0, 0.0, rng.uniform(-1, 1)))
        tall = rng.uniform(0.7, 1.2)
        return [[(apex, -tall), (1, tall), (-1, tall)]]
    if shape == "star":
        points = 5 if rng.random() < 0.85 else rng.choice((4, 6))
        inner = rng.choice((0.382, rng.uniform(0.33, 0.52)))
        outer, dents = regular(points), regular(points, math.pi / points, inner)
        return [[corner for pair in zip(outer, dents) for corner in pair]]
    arm = rng.uniform(0.2, 0.4)
    return [[(-arm, -1), (arm, -1), (arm, -arm), (1, -arm), (1, arm), (arm, arm),
             (arm, 1), (-arm, 1), (-arm, arm), (-1, arm), (-1, -arm), (-arm, -arm)]]


def pick_turn(rng, shape):
    """Most things are drawn upright; a bar lies or stands."""
    kind = rng.random()
    quarter = rng.choice((0, 90)) if shape == "bar" else rng.choice((0, 0, 180)) if shape == "triangle" else 0
    if kind < 0.7:
        return quarter
    if kind < 0.9:
        return quarter + rng.uniform(-15, 15)
    return rng.uniform(0, 360)


def pick_size(rng, tile_pixels):
    """Width and height of a drawing; `tile_pixels` of them become one pixel of the tile."""
    aspect = 1.0 if rng.random() < 0.7 else rng.uniform(1.05, 1.7)
    long = TILE * tile_pixels
    short = max(8, round(long / aspect))
    return (long, short) if rng.random() < 0.5 else (short, long)


def draw(rng, size=None, smooth=True):
    """A random drawing. `smooth` draws at three times the size and averages; else edges have steps."""
    shape, colour = rng.choice(SHAPES), rng.choice(COLOURS)
    common = ("white",) * 4 + ("black",) * 2 + ("grey",) * 2
    while True:
        background = rng.choice(common) if rng.random() < 0.45 else rng.choice(BACKGROUNDS)
        ink, ground = pick_rgb(rng, colour), pick_rgb(rng, background)
        if background != colour and math.dist(ink, ground) > 95:
            break
    width, height = size or pick_size(rng, 3)
    scale = 3 if smooth and size else 1
    width, height = width * scale, height * scale
    picture = Image.new("RGB", (width, height), ground)
    mask = Image.new("L", (width, height), 0)
    polygons = place(rng, outline(rng, shape), pick_turn(rng, shape), (width, height))
    edge = None
    if rng.random() < 0.1 and shape not in ("ring", "bar"):
        edge = tuple(round(x * 0.45) for x in ink) if rng.random() < 0.5 else rng.choice(((0, 0, 0), (255, 255, 255)))
    pencil, stencil = ImageDraw.Draw(picture), ImageDraw.Draw(mask)
    for k, polygon in enumerate(polygons):
        pencil.polygon(polygon, fill=ground if k else ink, outline=edge or (ground if k else ink))
        stencil.polygon(polygon, fill=0 if k else 255)
    if scale > 1:
        picture = picture.resize(size, Image.Resampling.BOX)
        mask = mask.resize(size, Image.Resampling.BOX)
    return Drawing(picture, mask, shape, colour, background)


def place(rng, polygons, turn, canvas):
    """Turns the polygons, scales them to 35-92 % of the picture, and puts them where they fit."""
    width, height = canvas
    cosine, sine = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    turned = [[(x * cosine - y * sine, x * sine + y * cosine) for x, y in polygon] for polygon in polygons]
    xs, ys = [x for x, _ in turned[0]], [y for _, y in turned[0]]
    wide, tall = max(xs) - min(xs), max(ys) - min(ys)
    # Few pixels of the tile can't show which shape it is.
    least = max(0.35 * min(width, height), max(width, height) * 22 / TILE)
    most = 0.92 * min(width, height)
    extent = min(least, most) + (most - min(least, most)) * rng.random() ** 1.2
    factor = min(extent / max(wide, tall), 0.96 * width / wide, 0.96 * height / tall)
    if rng.random() < 0.35:
        left, top = (width - wide * factor) / 2, (height - tall * factor) / 2
    else:
        left, top = rng.uniform(0, width - wide * factor), rng.uniform(0, height - tall * factor)
    dx, dy = left - min(xs) * factor, top - min(ys) * factor
    return [[(x * factor + dx, y * factor + dy) for x, y in polygon] for polygon in turned]


def fit_to_tile(picture, resample=Image.Resampling.BILINEAR, corner=(0, 0)):
    """The tile of a picture: aspect kept, black bars. `corner` 0 puts it to the left or top, 1 to the other end."""
    ratio = TILE / max(picture.size)
    size = tuple(max(1, math.floor(side * ratio + 1e-6)) for side in picture.size)
    small = picture.resize(size, resample)
    tile = Image.new(picture.mode, (TILE, TILE), 0)
    tile.paste(small, tuple(round((TILE - side) * at) for side, at in zip(size, corner)))
    return tile


def spoil(rng, picture):
    """What happens to pictures on their way: JPEG, grain."""
    if rng.random() < 0.2:
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=rng.randint(45, 95))
        picture = Image.open(io.BytesIO(buffer.getvalue())).convert("RGB")
    if rng.random() < 0.1:
        pixels = np.asarray(picture).astype(np.float32)
        grain = np.random.default_rng(rng.getrandbits(32)).normal(0, rng.uniform(2, 10), pixels.shape)
        picture = Image.fromarray(np.clip(pixels + grain, 0, 255).astype(np.uint8))
    return picture


def tile_sample(rng):
    """One tile for training: pixels, coverage of the shape per pixel, and the three names."""
    drawing = draw(rng, pick_size(rng, rng.choice((2, 3)))) if rng.random() < 0.25 else draw(rng)
    resample = rng.choice((Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.BOX))
    if rng.random() < 0.06:
        picture, mask = (x.resize((TILE, TILE), resample) for x in (spoil(rng, drawing.picture), drawing.mask))
    else:
        corner = rng.choice(((0, 0), (0, 0), (0, 0), (0.5, 0.5)))
        picture = fit_to_tile(spoil(rng, drawing.picture), resample, corner)
        mask = fit_to_tile(drawing.mask, resample, corner)
    return picture, mask, drawing


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out")
    parser.add_argument("--count", type=int, default=60_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    pixels = np.empty((options.count, TILE, TILE, 3), np.uint8)
    masks = np.empty((options.count, TILE, TILE), np.uint8)
    names = np.empty((options.count, 3), np.int64)
    for k in range(options.count):
        picture, mask, drawing = tile_sample(rng)
        pixels[k], masks[k] = np.asarray(picture), np.asarray(mask)
        names[k] = (SHAPES.index(drawing.shape), COLOURS.index(drawing.colour), BACKGROUNDS.index(drawing.background))
    for part, array in (("pixels", pixels), ("masks", masks), ("names", names)):
        np.save(f"{options.out}-{part}.npy", array)


if __name__ == "__main__":
    main()
