"""Writes answers.json: what transformers' own layers compute at the true width of Llama 4 Scout, from weights that a hash
gives. seeded-weights.ts makes the very same weights, so none have to be kept: one text layer has 2.2 billion.

Run with transformers 5.18 and torch 2.13 on a machine with 14 GB of free memory: python make_true_width.py
"""

import json
from pathlib import Path

import numpy as np
import torch
from transformers import Llama4Config, Llama4TextConfig, Llama4VisionConfig
from transformers.models.llama4.modeling_llama4 import (
    Llama4MultiModalProjector,
    Llama4TextDecoderLayer,
    Llama4TextRMSNorm,
    Llama4TextRotaryEmbedding,
    Llama4VisionModel,
)

VOCABULARY = 512
PROMPTS = [[7], [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7], [(i * i * 7 + 11) % VOCABULARY for i in range(40)]]
KEPT = 256
BLOCK = 32


def mixed(x):
    """A 32-bit hash: every bit of the result depends on every bit of the number."""
    x = x.astype(np.uint32)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x7FEB352D)
    x ^= x >> np.uint32(15)
    x *= np.uint32(0x846CA68B)
    x ^= x >> np.uint32(16)
    return x


def seed_of(name):
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x01000193) & 0xFFFFFFFF
    return np.uint32(seed)


def bytes_of(name, count, first=0):
    words = np.arange(first // 4, (first + count + 3) // 4, dtype=np.uint32)
    return mixed(words + seed_of(name)).astype("<u4").view(np.int8)[:count]


def quantised(name, shape, exponent, first=0):
    """Blocks of 32 whole numbers of 8 bits, with a scale between 2^exponent and twice that of 11 bits."""
    count = int(np.prod(shape))
    blocks = np.arange(first // BLOCK, (first + count) // BLOCK, dtype=np.uint32)
    parts = mixed(blocks + seed_of(name + ":scales")) & np.uint32(1023)
    scales = (1 + parts.astype(np.float32) / 1024) * np.float32(2.0**exponent)
    values = bytes_of(name, count, first).reshape(-1, BLOCK).astype(np.float32) * scales[:, None]
    return torch.from_numpy(values.reshape(shape))


def plain(name, shape, exponent, offset=0.0):
    values = bytes_of(name, int(np.prod(shape))).astype(np.float32) * np.float32(2.0**exponent) + np.float32(offset)
    return torch.from_numpy(values.reshape(shape))


def norm(name, width):
    return plain(name, [width], -9, 1.0)


def put(owner, value, name="weight"):
    assert getattr(owner, name).shape == value.shape, (name, value.shape)
    setattr(owner, name, torch.nn.Parameter(value, requires_grad=False))


def text_config():
    return Llama4TextConfig(
        vocab_size=VOCABULARY, hidden_size=5120, intermediate_size=8192, intermediate_size_mlp=16384,
        num_hidden_layers=1, num_attention_heads=40, num_key_value_heads=8, head_dim=128, num_local_experts=16,
        num_experts_per_tok=1, interleave_moe_layer_step=1, use_qk_norm=True, rms_norm_eps=1e-5,
        max_position_embeddings=10485760,
        rope_parameters=dict(rope_type="llama3", rope_theta=500000.0, factor=16.0, low_freq_factor=1.0,
                             high_freq_factor=1.0, original_max_position_embeddings=8192),
    )  # fmt: skip


def make_text_layer(config):
    with torch.device("meta"):
        layer = Llama4TextDecoderLayer(config, 0).eval()
    width, inner, experts = config.hidden_size, config.intermediate_size, config.num_local_experts
    keys = config.num_key_value_heads * config.head_dim
    for part, name, rows in [("q", "q", width), ("k", "k", keys), ("v", "v", keys), ("o", "output", width)]:
        put(getattr(layer.self_attn, f"{part}_proj"), quantised(f"blk.0.attn_{name}.weight", [rows, width], -13))
    put(layer.input_layernorm, norm("blk.0.attn_norm.weight", width))
    put(layer.post_attention_layernorm, norm("blk.0.ffn_norm.weight", width))
    moe = layer.feed_forward
    put(moe.router, plain("blk.0.ffn_gate_inp.weight", [experts, width], -12))
    for part, shape in dict(gate=[inner, width], up=[inner, width], down=[width, inner]).items():
        weight = quantised(f"blk.0.ffn_{part}_shexp.weight", shape, -13)
        put(getattr(moe.shared_expert, f"{part}_proj"), weight)
    both = torch.empty(experts, width, 2 * inner)
    down = torch.empty(experts, inner, width)
    size = inner * width
    for expert in range(experts):
        at = expert * size
        both[expert, :, :inner] = quantised("blk.0.ffn_gate_exps.weight", [inner, width], -13, at).T
        both[expert, :, inner:] = quantised("blk.0.ffn_up_exps.weight", [inner, width], -13, at).T
        down[expert] = quantised("blk.0.ffn_down_exps.weight", [width, inner], -13, at).T
    put(moe.experts, both, "gate_up_proj")
    put(moe.experts, down, "down_proj")
    return layer


@torch.no_grad()
def text_answers():
    config = text_config()
    config._attn_implementation = "eager"
    layer = make_text_layer(config)
    rotary = Llama4TextRotaryEmbedding(config)
    embeddings = quantised("token_embd.weight", [VOCABULARY, config.hidden_size], -6)
    head = quantised("output.weight", [VOCABULARY, config.hidden_size], -12)
    last = Llama4TextRMSNorm(config.hidden_size, eps=config.rms_norm_eps)
    put(last, norm("output_norm.weight", config.hidden_size))
    answers = []
    for ids in PROMPTS:
        x = embeddings[ids][None]
        positions = torch.arange(len(ids))[None]
        mask = torch.full((len(ids), len(ids)), -torch.inf).triu(1)[None, None]
        x = layer(x, attention_mask=mask, position_ids=positions, position_embeddings=rotary(x, positions))
        scores = torch.log_softmax((last(x)[0, -1] @ head.T).double(), -1)
        answers.append(dict(ids=ids, logprobs=[round(float(v), 6) for v in scores[:KEPT]]))
    return answers


def vision_config():
    return Llama4VisionConfig(
        hidden_size=1408, num_hidden_layers=1, num_attention_heads=16, intermediate_size=5632, vision_output_dim=4096,
        projector_input_dim=4096, projector_output_dim=4096, image_size=336, patch_size=14, pixel_shuffle_ratio=0.5,
        norm_eps=1e-5, rope_parameters=dict(rope_type="default", rope_theta=10000.0),
    )  # fmt: skip


@torch.no_grad()
def vision_answers():
    config = vision_config()
    config._attn_implementation = "eager"
    eye = Llama4VisionModel(config).eval()
    projector = Llama4MultiModalProjector(Llama4Config(text_config=text_config(), vision_config=config))
    width, patch = config.hidden_size, config.patch_size
    put(eye.patch_embedding.linear, plain("v.patch_embd.weight", [width, 3 * patch * patch], -11))
    put(eye, plain("v.class_embd", [width], -8), "class_embedding")
    put(eye, plain("v.position_embd.weight", [577, width], -8), "positional_embedding_vlm")
    layer = eye.model.layers[0]
    norms = {"v.pre_ln": eye.layernorm_pre, "v.post_ln": eye.layernorm_post, "v.blk.0.ln1": layer.input_layernorm,
             "v.blk.0.ln2": layer.post_attention_layernorm}  # fmt: skip
    for name, part in norms.items():
        put(part, norm(f"{name}.weight", width))
        put(part, plain(f"{name}.bias", [width], -10), "bias")
    attention = layer.self_attn
    parts = {"attn_q": attention.q_proj, "attn_k": attention.k_proj, "attn_v": attention.v_proj,
             "attn_out": attention.o_proj, "ffn_up": layer.mlp.fc1, "ffn_down": layer.mlp.fc2}  # fmt: skip
    for name, part in parts.items():
        exponent = -13 if name == "ffn_down" else -12
        put(part, quantised(f"v.blk.0.{name}.weight", list(part.weight.shape), exponent))
        put(part, plain(f"v.blk.0.{name}.bias", list(part.bias.shape), -10), "bias")
    mlp = eye.vision_adapter.mlp
    put(mlp.fc1, quantised("mm.model.mlp.1.weight", [4096, 4 * width], -13))
    put(mlp.fc2, quantised("mm.model.mlp.2.weight", [4096, 4096], -13))
    put(projector.linear_1, quantised("mm.model.fc.weight", [5120, 4096], -13))
    tile = plain("tile", [1, 3, 336, 336], -7)
    features = projector(eye(tile).last_hidden_state)[0]
    # Tokens of the first row, of another row, and the last one.
    return [
        dict(token=token, values=[round(float(v), 6) for v in features[token][: KEPT // 2]])
        for token in (0, 1, 13, 77, 143)
    ]


def main():
    samples = dict(
        bytes=bytes_of("sample", 40).tolist(),
        quantised=quantised("sample", [2, 64], -13).reshape(-1)[:40].tolist(),
        plain=plain("sample", [5], -9, 1.0).tolist(),
    )
    found = dict(samples=samples, vision=vision_answers(), text=text_answers())
    Path(__file__).with_name("answers.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main()
