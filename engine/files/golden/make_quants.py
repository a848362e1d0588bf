"""Writes quants.json: stored weights of every type that the engine reads, and the floats that the gguf package makes of
them. Run with gguf 0.19 and numpy: python make_quants.py

Blocks are random bytes with scales of common size, so that every bit counts; both are kept as base64.
"""

import base64
import json
from pathlib import Path

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, dequantize

BLOCKS = 6
# Where a block keeps 16-bit floats, in bytes.
SCALES = {"F32": [], "F16": [0], "BF16": [], "Q8_0": [0], "Q4_K": [0, 2], "Q6_K": [208]}


def stored(name, chance):
    weights, size = GGML_QUANT_SIZES[GGMLQuantizationType[name]]
    blocks = BLOCKS if weights > 1 else 64
    if name == "F32":
        return chance.standard_normal(blocks).astype("<f4").view(np.uint8)
    if name == "BF16":
        return (chance.standard_normal(blocks).astype("<f4").view("<u4") >> 16).astype("<u2").view(np.uint8)
    data = chance.integers(0, 256, (blocks, size), dtype=np.uint8)
    for at in SCALES[name]:
        data[:, at : at + 2] = (chance.standard_normal((blocks, 1)) * 0.05).astype("<f2").view(np.uint8)
    return data.reshape(-1)


def text(array):
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def entry(name, chance):
    data = stored(name, chance)
    values = dequantize(data, GGMLQuantizationType[name]).astype("<f4")
    return dict(type=name, count=values.size, stored=text(data), values=text(values))


chance = np.random.default_rng(3)
entries = [entry(name, chance) for name in SCALES]
Path(__file__).with_name("quants.json").write_text(json.dumps(entries))
