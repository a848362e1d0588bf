"""Writes tiles.json: what the Llama 4 processor of transformers makes of pictures of many sizes.

Run with transformers 5.24, torch and torchvision on a CPU with AVX2: python make_tiles.py
The pictures themselves are not kept: `drawn` below and in tiles.test.ts draw the same. Of the values, a checksum and a
few samples are.
"""

import hashlib
import itertools
import json
from pathlib import Path

import numpy as np
import torch
from transformers.models.llama4.image_processing_llama4 import Llama4ImageProcessor
from transformers.models.llama4.processing_llama4 import Llama4Processor

SCOUT = (336, 16)
SCOUT_SIZES = [
    (1, 1), (1, 700), (700, 1), (3, 5000), (335, 336), (336, 336), (337, 336), (336, 337), (64, 64), (300, 200),
    (672, 336), (671, 337), (1000, 1000), (1920, 1080), (1080, 1920), (640, 480), (2000, 333), (333, 2000),
    (5376, 336), (4000, 3000), (3000, 300), (1344, 1344), (1345, 1343), (450, 350), (2500, 2499), (16000, 20),
    (1009, 2017),
]  # fmt: skip
CASES = [(*size, *SCOUT) for size in SCOUT_SIZES]
CASES += [(*size, 64, 1) for size in [(64, 64), (63, 65), (300, 200), (10, 500), (1, 1), (65, 64), (1280, 720)]]
CASES += [(*size, 28, 5) for size in [(28, 28), (57, 29), (140, 28), (100, 100), (333, 77)]]
CASES += [(*size, 16, 12) for size in [(48, 64), (47, 65), (160, 40), (500, 100), (33, 33)]]


def drawn(width, height):
    y, x = np.mgrid[0:height, 0:width].astype(np.int64)
    return np.stack([x * 5 + y * 3 + (x * y >> 4), (x >> 1) * 7 ^ y * 11, x * x + y * y * 3 >> 5], -1) & 255


def runs(tokens):
    return [[token, len(list(group))] for token, group in itertools.groupby(tokens)]


def entry(width, height, tile, most):
    picture = torch.from_numpy(drawn(width, height).astype(np.uint8)).permute(2, 0, 1).contiguous()
    processor = Llama4ImageProcessor(size={"height": tile, "width": tile}, max_patches=most)
    made = processor(images=[picture], return_tensors="pt")
    values = made["pixel_values"].float().contiguous().numpy()
    rows, columns = made["aspect_ratios"][0].tolist()
    text = object.__new__(Llama4Processor)._prompt_split_image((rows, columns), 9)
    flat = values.reshape(-1)
    step = max(1, flat.size // 12)
    return {
        "width": width,
        "height": height,
        "tilePixels": tile,
        "tilesMax": most,
        "rows": rows,
        "columns": columns,
        "tiles": values.shape[0],
        "tokens": runs([f"<{token}" for token in text.split("<")[1:]]),
        "sha256": hashlib.sha256(values.astype("<f4").tobytes()).hexdigest(),
        "samples": [float(value) for value in flat[step // 2 :: step]],
    }


def table(mean, deviation):
    """Every byte, normalised as the processor does: a picture that needs no resizing."""
    picture = torch.arange(256, dtype=torch.uint8).reshape(1, 16, 16).repeat(3, 1, 1)
    size = {"height": 16, "width": 16}
    processor = Llama4ImageProcessor(size=size, max_patches=1, image_mean=mean, image_std=deviation)
    values = processor(images=[picture], return_tensors="pt")["pixel_values"].float()
    return {"mean": mean, "deviation": deviation, "values": values.reshape(3, 256).tolist()}


pictures = ",\n".join(json.dumps(entry(*case)) for case in CASES)
tables = ",\n".join(json.dumps(table(*case)) for case in [
    ([0.5] * 3, [0.5] * 3), ([0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711])
])  # fmt: skip
Path(__file__).with_name("tiles.json").write_text(f'{{ "pictures": [\n{pictures}\n],\n"tables": [\n{tables}\n] }}\n')
