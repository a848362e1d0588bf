"""Writes the models and answers that the engine is compared with: tiny ones with random weights and the real
architecture, computed by transformers' own Llama 4.

Run with transformers 5.18, torch 2.13, torchvision, tokenizers and gguf 0.19, on one thread:
OMP_NUM_THREADS=1 python make_parity.py
  model.gguf, projector.gguf, answers.json    every layer a mixture of experts, as in Scout; stored as floats
  ../hub/, hub-answers.json                   every second layer one, as in Maverick; a folder as on Hugging Face, BF16
  *.png                                       pictures of one tile and of several
"""

import json
import math
import random
import shutil
from pathlib import Path

import gguf
import numpy as np
import torch
from PIL import Image
from transformers import Llama4Config, Llama4ForConditionalGeneration, PreTrainedTokenizerFast
from transformers.models.llama4.image_processing_llama4 import Llama4ImageProcessor
from transformers.models.llama4.processing_llama4 import Llama4Processor

HERE = Path(__file__).parent
HUB = HERE.parent / "hub"
TOKENIZER = HERE.parent.parent / "tokenizer" / "golden" / "tokenizer.json"
GREEDY = 24
TOP = 20
TILES_MAX = 16
TEXTS = [
    "Hi",
    "Which models can I call here?",
    "def route(request):\n    return plan(request)\n",
    "Grüße, 世界! Привет 🦙",
    '{"model": "llama-4-scout", "stream": true}',
    "  12345 67 8\t\t\n\n\nThey'll SAY it isn't so.",
]
LENGTHS = [8000, 8191, 8192, 8193, 8300, 16383, 16385]
SIZES = {"square": (56, 56), "wide": (150, 70), "tall": (40, 121), "grid": (113, 97)}


def text_config(tokenizer, width, heads, expert_step):
    ids = tokenizer.convert_tokens_to_ids
    return dict(
        vocab_size=len(tokenizer), hidden_size=width, num_hidden_layers=4, num_attention_heads=heads,
        num_key_value_heads=heads // 2, head_dim=16, intermediate_size=32, intermediate_size_mlp=64,
        num_local_experts=16, num_experts_per_tok=1, interleave_moe_layer_step=expert_step, use_qk_norm=True,
        attn_temperature_tuning=True, floor_scale=8192, attn_scale=0.1, attention_chunk_size=8192, rms_norm_eps=1e-5,
        max_position_embeddings=65536, tie_word_embeddings=False, bos_token_id=ids("<|begin_of_text|>"),
        eos_token_id=ids("<|eot|>"), pad_token_id=ids("<|finetune_right_pad|>"),
        rope_parameters=dict(rope_type="llama3", rope_theta=500000.0, factor=16.0, low_freq_factor=1.0,
                             high_freq_factor=1.0, original_max_position_embeddings=8192),
    )  # fmt: skip


def vision_config(tile, patch):
    return dict(
        hidden_size=32, num_hidden_layers=3, num_attention_heads=2, intermediate_size=128, vision_output_dim=64,
        projector_input_dim=64, projector_output_dim=64, image_size=tile, patch_size=patch, pixel_shuffle_ratio=0.5,
        norm_eps=1e-5, rope_parameters=dict(rope_type="default", rope_theta=10000.0),
    )  # fmt: skip


def make_model(tokenizer, text, vision, seed, dtype):
    """Weights large enough that scores differ clearly and the choice of an expert is no coin toss."""
    ids = tokenizer.convert_tokens_to_ids
    config = Llama4Config(
        text_config=text, vision_config=vision, boi_token_index=ids("<|image_start|>"),
        eoi_token_index=ids("<|image_end|>"), image_token_index=ids("<|patch|>"),
    )  # fmt: skip
    model = Llama4ForConditionalGeneration(config).float().eval()
    chance = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in sorted(model.named_parameters()):
            noise = torch.randn(weight.shape, generator=chance)
            if name.endswith("bias"):
                noise *= 0.1
            elif weight.ndim == 1 and "norm" in name:
                noise = 1 + noise * 0.2
            elif weight.ndim >= 2 and "embed" not in name and "position" not in name:
                inputs = weight.shape[-2] if "experts." in name else weight.shape[-1]
                noise *= (3.0 if "lm_head" in name else 1.5) / math.sqrt(inputs)
            weight.copy_(noise.to(dtype).float())
    return model


def draw(size, seed):
    chance = random.Random(seed)
    width, height = size
    y, x = np.mgrid[0:height, 0:width]
    rgb = np.stack([x * 255 // width, y * 255 // height, (x + y) % 256], -1).astype(np.uint8)
    for _ in range(5):
        colour = [chance.randrange(256) for _ in range(3)]
        left, top = chance.randrange(width), chance.randrange(height)
        reach = chance.randrange(6, 24)
        if chance.random() < 0.5:
            rgb[(x - left) ** 2 + (y - top) ** 2 < reach**2] = colour
        else:
            rgb[(abs(x - left) < reach) & (abs(y - top) < reach / 2)] = colour
    return rgb


class Answers:
    def __init__(self, model, tokenizer):
        self.model, self.tokenizer = model, tokenizer
        self.begin = tokenizer.bos_token_id

    @torch.no_grad()
    def scores(self, embedded):
        out = self.model.language_model(inputs_embeds=embedded, use_cache=False, logits_to_keep=1)
        return torch.log_softmax(out.logits[0, -1].double(), -1)

    def embed(self, ids):
        return self.model.get_input_embeddings()(torch.tensor([ids]))

    @torch.no_grad()
    def after(self, embedded, greedy=GREEDY):
        """The likeliest next tokens, and what follows when the best is taken each time."""
        first = self.scores(embedded)
        best, taken, margin = first, [], math.inf
        for _ in range(greedy):
            two = best.topk(2).values
            margin = min(margin, float(two[0] - two[1]))
            taken.append(int(best.argmax()))
            embedded = torch.cat([embedded, self.embed(taken[-1:])], 1)
            best = self.scores(embedded)
        values, ids = first.topk(TOP)
        top = [[int(i), round(float(v), 6)] for i, v in zip(ids, values)]
        return dict(top=top, **(dict(greedy=taken, margin=round(margin, 4)) if greedy else {}))

    def encode(self, text):
        return [self.begin] + self.tokenizer.encode(text, add_special_tokens=False)

    def text(self, prompt):
        ids = self.encode(prompt)
        return dict(prompt=prompt, ids=ids, **self.after(self.embed(ids)))

    @torch.no_grad()
    def picture(self, name, tile, patch):
        """Laid out as Llama 4's processor does it; and, for one tile, as llama.cpp does: no <|image|>, by columns."""
        pixels = torch.from_numpy(np.array(Image.open(HERE / f"{name}.png"))).permute(2, 0, 1).contiguous()
        processor = Llama4ImageProcessor(size=dict(height=tile, width=tile), max_patches=TILES_MAX)
        made = processor(images=[pixels], return_tensors="pt")
        tiles = made["pixel_values"].float()
        per_tile = (tile // patch) ** 2 // 4
        layout = object.__new__(Llama4Processor)._prompt_split_image(made["aspect_ratios"][0].tolist(), per_tile)
        before, behind = "What is in it? ", " Say:"
        ids = self.encode(before + layout + behind)
        expected = self.model(input_ids=torch.tensor([ids]), pixel_values=tiles).logits[0, -1]
        features = self.model.multi_modal_projector(self.model.vision_model(tiles).last_hidden_state)
        item = dict(file=f"{name}.png", before=before, behind=behind, tiles=len(tiles), ids=ids)
        embedded = self.embed(ids)
        embedded[0, torch.tensor(ids) == self.tokenizer.convert_tokens_to_ids("<|patch|>")] = features.reshape(
            -1, embedded.shape[-1]
        )
        item |= self.after(embedded)
        assert torch.allclose(self.scores(embedded), torch.log_softmax(expected.double(), -1), atol=1e-4)
        if len(tiles) == 1:
            side = math.isqrt(per_tile)
            columns = features.reshape(side, side, -1).transpose(0, 1).reshape(1, per_tile, -1)
            parts = [self.encode(before + "<|image_start|>"), self.tokenizer.encode("<|image_end|>" + behind)]
            ends = [self.embed(part) for part in parts]
            item["columns"] = self.after(torch.cat([ends[0], columns, ends[1]], 1))
        return item

    def long(self):
        words = "route model price token scout key health ledger the of a to".split()
        chance = random.Random(9)
        ids = self.encode(" ".join(chance.choice(words) for _ in range(LENGTHS[-1])))[: LENGTHS[-1]]
        prompt = self.tokenizer.decode(ids[1:], clean_up_tokenization_spaces=False)
        assert self.encode(prompt) == ids
        self.model.set_attn_implementation("sdpa")
        return dict(prompt=prompt, after=[dict(tokens=n, **self.after(self.embed(ids[:n]), 0)) for n in LENGTHS])


def write_answers(path, model, tokenizer, tile, patch, has_long):
    answers = Answers(model, tokenizer)
    found = dict(
        text=[answers.text(prompt) for prompt in TEXTS],
        pictures=[answers.picture(name, tile, patch) for name in SIZES],
        **(dict(long=answers.long()) if has_long else {}),
    )
    path.write_text(json.dumps(found, ensure_ascii=False))
    print(path.name, "least margins:", *(f"{item['margin']:.4f}" for item in found["text"] + found["pictures"]))


def rope_divisors(text):
    """What the llama3 scaling divides each frequency by, as GGUF files hold it."""
    rope = text["rope_parameters"]
    size = text["head_dim"]
    wave = 2 * np.pi * rope["rope_theta"] ** (np.arange(0, size, 2, dtype=np.float32) / size)
    turns = rope["original_max_position_embeddings"] / wave
    low, high, factor = rope["low_freq_factor"], rope["high_freq_factor"], rope["factor"]
    with np.errstate(divide="ignore", invalid="ignore"):
        smooth = (turns - low) / (high - low)
        between = 1 / ((1 - smooth) / factor + smooth)
    return np.where(turns > high, 1, np.where(turns < low, factor, between)).astype(np.float32)


def write_text(path, model, text, tokenizer):
    out = gguf.GGUFWriter(path, "llama4")
    out.add_name("parity")
    out.add_context_length(text["max_position_embeddings"])
    out.add_embedding_length(text["hidden_size"])
    out.add_block_count(text["num_hidden_layers"])
    out.add_feed_forward_length(text["intermediate_size_mlp"])
    out.add_expert_feed_forward_length(text["intermediate_size"])
    out.add_head_count(text["num_attention_heads"])
    out.add_head_count_kv(text["num_key_value_heads"])
    for add in (out.add_key_length, out.add_value_length, out.add_rope_dimension_count):
        add(text["head_dim"])
    out.add_rope_freq_base(text["rope_parameters"]["rope_theta"])
    out.add_layer_norm_rms_eps(text["rms_norm_eps"])
    out.add_expert_count(text["num_local_experts"])
    out.add_expert_used_count(text["num_experts_per_tok"])
    out.add_interleave_moe_layer_step(text["interleave_moe_layer_step"])
    out.add_vocab_size(text["vocab_size"])
    write_vocabulary(out, tokenizer)
    weights = {name: weight.detach().numpy() for name, weight in model.state_dict().items()}
    put = lambda name, weight: out.add_tensor(name, np.ascontiguousarray(weight, dtype=np.float32))
    put("rope_freqs.weight", rope_divisors(text))
    put("token_embd.weight", weights["language_model.model.embed_tokens.weight"])
    put("output_norm.weight", weights["language_model.model.norm.weight"])
    put("output.weight", weights["language_model.lm_head.weight"])
    names = {
        "input_layernorm": "attn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
        "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output", "post_attention_layernorm": "ffn_norm",
        "feed_forward.router": "ffn_gate_inp", "feed_forward.shared_expert.gate_proj": "ffn_gate_shexp",
        "feed_forward.shared_expert.up_proj": "ffn_up_shexp", "feed_forward.shared_expert.down_proj": "ffn_down_shexp",
    }  # fmt: skip
    for layer in range(text["num_hidden_layers"]):
        source = f"language_model.model.layers.{layer}."
        for theirs, ours in names.items():
            put(f"blk.{layer}.{ours}.weight", weights[f"{source}{theirs}.weight"])
        both = weights[source + "feed_forward.experts.gate_up_proj"].transpose(0, 2, 1)
        gate, up = np.split(both, 2, axis=1)
        put(f"blk.{layer}.ffn_gate_exps.weight", gate)
        put(f"blk.{layer}.ffn_up_exps.weight", up)
        put(f"blk.{layer}.ffn_down_exps.weight", weights[source + "feed_forward.experts.down_proj"].transpose(0, 2, 1))
    close(out)


def write_vocabulary(out, tokenizer):
    file = json.loads(TOKENIZER.read_text())
    kinds = {id: gguf.TokenType.NORMAL for id in file["model"]["vocab"].values()}
    tokens = {id: token for token, id in file["model"]["vocab"].items()}
    for added in file["added_tokens"]:
        tokens[added["id"]], kinds[added["id"]] = added["content"], gguf.TokenType.CONTROL
    out.add_tokenizer_model("gpt2")
    out.add_tokenizer_pre("llama4")
    out.add_token_list([tokens[id] for id in range(len(tokens))])
    out.add_token_types([kinds[id] for id in range(len(tokens))])
    out.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in file["model"]["merges"]])
    ids = tokenizer.convert_tokens_to_ids
    out.add_bos_token_id(ids("<|begin_of_text|>"))
    out.add_eos_token_id(ids("<|eot|>"))
    out.add_eot_token_id(ids("<|eot|>"))
    out.add_eom_token_id(ids("<|eom|>"))
    out.add_add_bos_token(True)
    # Tokens are found by the merges alone here; Meta's own vocabulary takes known words whole.
    out.add_bool("tokenizer.huggingface.ignore_merges", bool(file["model"].get("ignore_merges")))


def write_projector(path, model, text, vision):
    out = gguf.GGUFWriter(path, "clip")
    out.add_name("parity projector")
    out.add_type("mmproj")
    out.add_clip_has_vision_encoder(True)
    out.add_clip_projector_type("llama4")
    out.add_vision_use_gelu(True)
    out.add_vision_projection_dim(text["hidden_size"])
    out.add_vision_image_size(vision["image_size"])
    out.add_vision_patch_size(vision["patch_size"])
    out.add_vision_embedding_length(vision["hidden_size"])
    out.add_vision_feed_forward_length(vision["intermediate_size"])
    out.add_vision_block_count(vision["num_hidden_layers"])
    out.add_vision_head_count(vision["num_attention_heads"])
    out.add_vision_attention_layernorm_eps(vision["norm_eps"])
    out.add_vision_projector_scale_factor(2)
    out.add_vision_image_mean([0.5] * 3)
    out.add_vision_image_std([0.5] * 3)
    names = {
        "vision_model.patch_embedding.linear": "v.patch_embd", "vision_model.layernorm_pre": "v.pre_ln",
        "vision_model.layernorm_post": "v.post_ln", "vision_model.vision_adapter.mlp.fc1": "mm.model.mlp.1",
        "vision_model.vision_adapter.mlp.fc2": "mm.model.mlp.2", "multi_modal_projector.linear_1": "mm.model.fc",
        "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
        "self_attn.o_proj": "attn_out", "input_layernorm": "ln1", "post_attention_layernorm": "ln2",
        "mlp.fc1": "ffn_up", "mlp.fc2": "ffn_down",
    }  # fmt: skip
    for name, weight in model.state_dict().items():
        if not name.startswith(("vision_model", "multi_modal")):
            continue
        if name.endswith("class_embedding"):
            ours = "v.class_embd"
        elif name.endswith("positional_embedding_vlm"):
            ours = "v.position_embd.weight"
        else:
            path_of, _, kind = name.rpartition(".")
            _, is_layer, rest = path_of.partition("vision_model.model.layers.")
            number, _, part = rest.partition(".")
            ours = f"v.blk.{number}.{names[part]}.{kind}" if is_layer else f"{names[path_of]}.{kind}"
        out.add_tensor(ours, np.ascontiguousarray(weight.numpy(), dtype=np.float32))
    close(out)


def close(out):
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_tensors_to_file()
    out.close()


def write_hub(model, tile):
    """Spoils the model: its rotations do not survive BF16."""
    shutil.rmtree(HUB, ignore_errors=True)
    model.to(torch.bfloat16).save_pretrained(HUB)
    shutil.copy(TOKENIZER, HUB / "tokenizer.json")
    Llama4ImageProcessor(size=dict(height=tile, width=tile), max_patches=TILES_MAX).save_pretrained(HUB)


def main():
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(TOKENIZER), bos_token="<|begin_of_text|>", eos_token="<|eot|>",
        pad_token="<|finetune_right_pad|>", clean_up_tokenization_spaces=False,
    )  # fmt: skip
    for seed, (name, size) in enumerate(SIZES.items()):
        Image.fromarray(draw(size, seed)).save(HERE / f"{name}.png", optimize=True)
    text, vision = text_config(tokenizer, 64, 4, 1), vision_config(56, 14)
    model = make_model(tokenizer, text, vision, 7, torch.float32)
    write_text(HERE / "model.gguf", model, text, tokenizer)
    write_projector(HERE / "projector.gguf", model, text, vision)
    write_answers(HERE / "answers.json", model, tokenizer, 56, 14, True)
    model = make_model(tokenizer, text_config(tokenizer, 32, 2, 2), vision_config(28, 7), 5, torch.bfloat16)
    write_answers(HERE / "hub-answers.json", model, tokenizer, 28, 7, False)
    write_hub(model, 28)


if __name__ == "__main__":
    main()
