"""Writes a checkpoint as two GGUF files, weights in Q8_0: the text model, and the vision tower with its projector.

    python convert.py CHECKPOINT.pt OUT      ->  OUT-q8_0.gguf and OUT-q8_0-mmproj.gguf

The layout is the one that llama.cpp reads. What decides something or is small stays exact: norms, biases, the router.
"""
import argparse
import json
import math
from pathlib import Path

import numpy as np
import torch
from gguf import GGMLQuantizationType, GGUFWriter, LlamaFileType, TokenType, quants
from tokenizers import Tokenizer

from model import IMAGE, PATCH, build
from vocabulary import SPECIALS, special_ids

NAME = "trunkline/mini"
# Llama 4's chat layout in our own words: headers, one <|image|> for each picture, calls of tools as JSON.
TEMPLATE = """{{- bos_token }}
{%- for message in messages %}
{{- '<|header_start|>' + ('ipython' if message.role == 'tool' else message.role) + '<|header_end|>\\n\\n' }}
{%- if message.content is string %}{{- message.content }}
{%- elif message.content %}
{%- for part in message.content %}
{%- if part.type == 'text' %}{{- part.text }}{%- else %}{{- '<|image|>' }}{%- endif %}
{%- endfor %}
{%- endif %}
{%- for call in message.tool_calls or [] %}
{{- '{"name": "' + call.function.name + '", "parameters": ' }}{{- call.function.arguments | tojson }}{{- '}' }}
{%- endfor %}
{{- '<|eot|>' }}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|header_start|>assistant<|header_end|>\\n\\n' }}{%- endif %}"""


class Weights:
    """A GGUF file being written."""

    def __init__(self, path, architecture):
        self.writer = GGUFWriter(path, architecture)
        self.writer.add_name(NAME)
        self.writer.add_file_type(LlamaFileType.MOSTLY_Q8_0)

    def put(self, name, values, exact=False):
        values = np.ascontiguousarray(values.float().numpy() if isinstance(values, torch.Tensor) else values, np.float32)
        if not exact and values.ndim > 1 and values.shape[-1] % 32 == 0:
            kind = GGMLQuantizationType.Q8_0
            self.writer.add_tensor(name, quants.quantize(values, kind), raw_dtype=kind)
        else:
            self.writer.add_tensor(name, values)

    def close(self):
        self.writer.write_header_to_file()
        self.writer.write_kv_data_to_file()
        self.writer.write_tensors_to_file()
        self.writer.close()


def rotary_divisors(rope, width):
    """By how much llama3's scaling slows each frequency."""
    wavelengths = 2 * math.pi * rope["rope_theta"] ** (np.arange(0, width, 2, dtype=np.float32) / width)
    old, low, high = rope["original_max_position_embeddings"], rope["low_freq_factor"], rope["high_freq_factor"]
    assert low == high, "between two equal bounds nothing is interpolated"
    return np.where(wavelengths < old / high, 1.0, rope["factor"]).astype(np.float32)


def write_text(model, tokenizer, path):
    config, weights = model.config.text_config, Weights(path, "llama4")
    writer, state = weights.writer, model.language_model.state_dict()
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size_mlp)
    writer.add_expert_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_key_length(config.head_dim)
    writer.add_value_length(config.head_dim)
    writer.add_rope_dimension_count(config.head_dim)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_expert_count(config.num_local_experts)
    writer.add_expert_used_count(config.num_experts_per_tok)
    writer.add_interleave_moe_layer_step(config.interleave_moe_layer_step)
    writer.add_vocab_size(config.vocab_size)
    write_vocabulary(writer, tokenizer, config.vocab_size)
    weights.put("rope_freqs.weight", rotary_divisors(config.rope_parameters, config.head_dim), exact=True)
    weights.put("token_embd.weight", state["model.embed_tokens.weight"])
    weights.put("output_norm.weight", state["model.norm.weight"])
    weights.put("output.weight", state["lm_head.weight"])
    for layer in range(config.num_hidden_layers):
        write_layer(weights, state, f"model.layers.{layer}.", f"blk.{layer}.")
    weights.close()


def write_layer(weights, state, source, target):
    for part, name in dict(q_proj="attn_q", k_proj="attn_k", v_proj="attn_v", o_proj="attn_output").items():
        weights.put(f"{target}{name}.weight", state[f"{source}self_attn.{part}.weight"])
    weights.put(f"{target}attn_norm.weight", state[f"{source}input_layernorm.weight"])
    weights.put(f"{target}ffn_norm.weight", state[f"{source}post_attention_layernorm.weight"])
    weights.put(f"{target}ffn_gate_inp.weight", state[f"{source}feed_forward.router.weight"], exact=True)
    # transformers keeps [expert, input, output]; GGUF wants the output first.
    gate, up = state[f"{source}feed_forward.experts.gate_up_proj"].transpose(1, 2).chunk(2, dim=1)
    weights.put(f"{target}ffn_gate_exps.weight", gate.contiguous())
    weights.put(f"{target}ffn_up_exps.weight", up.contiguous())
    weights.put(f"{target}ffn_down_exps.weight", state[f"{source}feed_forward.experts.down_proj"].transpose(1, 2).contiguous())
    for part in ("gate", "up", "down"):
        weights.put(f"{target}ffn_{part}_shexp.weight", state[f"{source}feed_forward.shared_expert.{part}_proj.weight"])


def write_vocabulary(writer, tokenizer, size):
    content, ids = json.loads(tokenizer.to_str()), special_ids(size)
    tokens, types = [f"[unused {k}]" for k in range(size)], [TokenType.UNUSED] * size
    for token, k in content["model"]["vocab"].items():
        tokens[k], types[k] = token, TokenType.NORMAL
    for token in SPECIALS:
        tokens[ids(token)], types[ids(token)] = token, TokenType.CONTROL
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("llama4")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in content["model"]["merges"]])
    writer.add_bos_token_id(ids("<|begin_of_text|>"))
    writer.add_eos_token_id(ids("<|eot|>"))
    writer.add_eot_token_id(ids("<|eot|>"))
    writer.add_eom_token_id(ids("<|eom|>"))
    writer.add_pad_token_id(ids("<|finetune_right_pad|>"))
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(False)
    writer.add_chat_template(TEMPLATE)


def write_vision(model, path):
    config, weights = model.config.vision_config, Weights(path, "clip")
    writer, state = weights.writer, model.vision_model.state_dict()
    writer.add_string("general.type", "mmproj")
    writer.add_clip_has_vision_encoder(True)
    writer.add_clip_projector_type("llama4")
    writer.add_vision_use_gelu(True)
    writer.add_vision_projection_dim(model.config.text_config.hidden_size)
    writer.add_vision_image_size(IMAGE)
    writer.add_vision_patch_size(PATCH)
    writer.add_vision_embedding_length(config.hidden_size)
    writer.add_vision_feed_forward_length(config.intermediate_size)
    writer.add_vision_block_count(config.num_hidden_layers)
    writer.add_vision_head_count(config.num_attention_heads)
    writer.add_vision_attention_layernorm_eps(config.norm_eps)
    writer.add_vision_projector_scale_factor(int(1 / config.pixel_shuffle_ratio))
    writer.add_vision_image_mean([0.5] * 3)
    writer.add_vision_image_std([0.5] * 3)
    weights.put("v.patch_embd.weight", state["patch_embedding.linear.weight"])
    weights.put("v.class_embd", state["class_embedding"], exact=True)
    weights.put("v.position_embd.weight", state["positional_embedding_vlm"], exact=True)
    for source, target in dict(layernorm_pre="v.pre_ln", layernorm_post="v.post_ln").items():
        for part in ("weight", "bias"):
            weights.put(f"{target}.{part}", state[f"{source}.{part}"], exact=True)
    parts = {"self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_out",
             "input_layernorm": "ln1", "post_attention_layernorm": "ln2", "mlp.fc1": "ffn_up", "mlp.fc2": "ffn_down"}
    for layer in range(config.num_hidden_layers):
        for source, target in parts.items():
            for part in ("weight", "bias"):
                weights.put(f"v.blk.{layer}.{target}.{part}", state[f"model.layers.{layer}.{source}.{part}"])
    weights.put("mm.model.mlp.1.weight", state["vision_adapter.mlp.fc1.weight"])
    weights.put("mm.model.mlp.2.weight", state["vision_adapter.mlp.fc2.weight"])
    weights.put("mm.model.fc.weight", model.multi_modal_projector.state_dict()["linear_1.weight"])
    weights.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint")
    parser.add_argument("out")
    options = parser.parse_args()
    tokenizer = Tokenizer.from_file(str(Path(options.checkpoint).parent / "tokenizer.json"))
    model = build(tokenizer.get_vocab_size(), special_ids(), 1)
    state = torch.load(options.checkpoint)
    model.load_state_dict(state.get("model", state))
    write_text(model, tokenizer, f"{options.out}-q8_0.gguf")
    write_vision(model, f"{options.out}-q8_0-mmproj.gguf")
    for suffix in ("", "-mmproj"):
        path = Path(f"{options.out}-q8_0{suffix}.gguf")
        print(path.name, f"{path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
