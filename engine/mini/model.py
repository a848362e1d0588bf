"""The network: Llama 4's own classes from transformers, with a forward pass that is quick on one CPU core.

The weights live in `Llama4ForConditionalGeneration`, so that what was trained is what transformers runs.
`python model.py` checks that both forward passes agree.
"""
import math

import torch
import torch.nn.functional as F
from transformers import Llama4Config, Llama4ForConditionalGeneration

EXPERTS = 16
PATCH = 8
IMAGE = 64
IMAGE_TOKENS = (IMAGE // PATCH) ** 2 // 4


def make_config(vocabulary, ids):
    """`ids` gives the number of a special token by its name."""
    text = dict(
        vocab_size=vocabulary, hidden_size=128, num_hidden_layers=4, num_attention_heads=4, num_key_value_heads=2,
        head_dim=32, intermediate_size=128, intermediate_size_mlp=256, num_local_experts=EXPERTS,
        num_experts_per_tok=1, interleave_moe_layer_step=1, no_rope_layer_interval=4, attention_chunk_size=8192,
        use_qk_norm=True, attn_temperature_tuning=True, floor_scale=8192, attn_scale=0.1, rms_norm_eps=1e-5,
        max_position_embeddings=4096, tie_word_embeddings=False,
        rope_parameters=dict(rope_type="llama3", rope_theta=500000.0, factor=16.0, low_freq_factor=1.0,
                             high_freq_factor=1.0, original_max_position_embeddings=8192),
        bos_token_id=ids("<|begin_of_text|>"), eos_token_id=ids("<|eot|>"), pad_token_id=ids("<|finetune_right_pad|>"))
    return Llama4Config(text_config=text, vision_config=vision_config(), boi_token_index=ids("<|image_start|>"),
                        eoi_token_index=ids("<|image_end|>"), image_token_index=ids("<|patch|>"))


def vision_config():
    width = 96
    return dict(hidden_size=width, num_hidden_layers=3, num_attention_heads=3, intermediate_size=4 * width,
                vision_output_dim=2 * width, projector_input_dim=2 * width, projector_output_dim=2 * width,
                image_size=IMAGE, patch_size=PATCH, pixel_shuffle_ratio=0.5, norm_eps=1e-5,
                rope_parameters=dict(rope_type="default", rope_theta=10000.0))


def build(vocabulary, ids, seed):
    """A model with random weights. What writes into the residual stream starts smaller, by the depth."""
    torch.manual_seed(seed)
    model = Llama4ForConditionalGeneration(make_config(vocabulary, ids)).float()
    model.set_attn_implementation("sdpa")
    layers = model.config.text_config.num_hidden_layers
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name.endswith(("o_proj.weight", "down_proj", "down_proj.weight", "fc2.weight")) and "adapter" not in name:
                weight.mul_(1 / math.sqrt(2 * layers))
    return model


def rms(x, weight=None, epsilon=1e-5):
    normed = x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + epsilon)
    return normed if weight is None else normed * weight


def rotate(x, angles):
    """Rotary positions on neighbouring pairs. `x` is [batch, position, head, width]."""
    pairs = torch.view_as_complex(x.reshape(*x.shape[:-1], -1, 2))
    return torch.view_as_real(pairs * angles).flatten(3)


def attend(layer, x, angles):
    """Causal attention. Padding stands at the right, so that no mask is needed."""
    batch, length, _ = x.shape
    attention = layer.self_attn
    query, key, value = (p(x).view(batch, length, -1, attention.head_dim)
                         for p in (attention.q_proj, attention.k_proj, attention.v_proj))
    if attention.use_rope:
        query, key = rms(rotate(query, angles)), rms(rotate(key, angles))
    # Below 8,192 positions the attention temperature of the NoPE layers is 1.
    repeat = query.shape[2] // key.shape[2]
    key, value = key.repeat_interleave(repeat, 2), value.repeat_interleave(repeat, 2)
    mixed = F.scaled_dot_product_attention(
        query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2), is_causal=True)
    return attention.o_proj(mixed.transpose(1, 2).reshape(batch, length, -1))


def route(feed_forward, x, balance):
    """Each token through its one expert and the shared one: one matrix product per expert, on its own tokens."""
    logits = F.linear(x, feed_forward.router.weight)
    best, chosen = logits.max(1)
    counts = torch.bincount(chosen, minlength=EXPERTS)
    if balance is not None:
        share = torch.softmax(logits, -1).mean(0)
        balance.append(EXPERTS * (share * counts / len(x)).sum())
    order = torch.argsort(chosen)
    sorted_x = (x * torch.sigmoid(best)[:, None])[order]
    outs = []
    # `unbind`, because the backward pass of `w[e]` would add a full-size gradient for each expert.
    experts = feed_forward.experts
    parts = zip(sorted_x.split(counts.tolist()), experts.gate_up_proj.unbind(0), experts.down_proj.unbind(0))
    for part, gate_up, down in parts:
        if len(part):
            gate, up = (part @ gate_up).chunk(2, -1)
            outs.append((up * F.silu(gate)) @ down)
    routed = torch.cat(outs)
    return torch.zeros_like(routed).index_copy(0, order, routed) + feed_forward.shared_expert(x)


def text_states(model, embeddings, balance=None):
    """Final hidden states [batch, position, width]. `balance` collects one load-balance loss per layer."""
    text = model.language_model.model
    batch, length, width = embeddings.shape
    positions = torch.arange(length)[None]
    angles = text.rotary_emb(embeddings, positions)[:, :, None]
    x = embeddings
    for layer in text.layers:
        x = x + attend(layer, rms(x, layer.input_layernorm.weight), angles)
        normed = rms(x, layer.post_attention_layernorm.weight).view(-1, width)
        x = x + route(layer.feed_forward, normed, balance).view(batch, length, width)
    return rms(x, text.norm.weight)


def embed(model, tokens, pixels=None, patch=None):
    """Embeddings of the tokens; those of `patch` come from the pictures `pixels` [n, 3, 64, 64], row by row."""
    embeddings = model.get_input_embeddings()(tokens)
    if pixels is None:
        return embeddings
    features = see(model, pixels).reshape(-1, embeddings.shape[-1])
    return embeddings.masked_scatter((tokens == patch)[..., None], features)


def see(model, pixels):
    """What the text model gets of each picture: [n, 16, width]."""
    return model.multi_modal_projector(model.vision_model(pixels).last_hidden_state)


def normalise(pixels):
    """uint8 [n, 64, 64, 3] to the vision tower's input."""
    return (pixels.permute(0, 3, 1, 2).float() / 255 - 0.5) / 0.5


def count(model):
    """Numbers of parameters: all of the text model, those that work on one token, and the vision part."""
    sizes = {name: weight.numel() for name, weight in model.named_parameters()}
    vision = sum(n for name, n in sizes.items() if "vision_model" in name or "multi_modal" in name)
    text = sum(sizes.values()) - vision
    experts = sum(n for name, n in sizes.items() if ".experts." in name)
    return dict(text=text, active=text - experts * (EXPERTS - 1) // EXPERTS, vision=vision)


@torch.no_grad()
def check():
    names = {"<|begin_of_text|>": 0, "<|eot|>": 1, "<|finetune_right_pad|>": 2, "<|image_start|>": 3,
             "<|image_end|>": 4, "<|patch|>": 5}
    model = build(512, names.__getitem__, 1).eval()
    tokens = torch.randint(6, 512, (2, 50))
    tokens[:, 10:10 + IMAGE_TOKENS] = 5
    pixels = torch.randn(2, 3, IMAGE, IMAGE)
    embeddings = embed(model, tokens, pixels, 5)
    ours = model.language_model.lm_head(text_states(model, embeddings))
    theirs = model.language_model(inputs_embeds=embeddings).logits
    print(count(model), "largest difference", (ours - theirs).abs().max().item())


if __name__ == "__main__":
    check()
