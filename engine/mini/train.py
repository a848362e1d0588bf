"""Trains the demonstration model.

    python train.py OUT.pt --minutes 40                                          the text model alone
    … --vision VISION.pt --pools POOL … --shares ask=0.5,talk=0.35,picture=0.15   and to read what the vision part sees
    … --vision-rate 0.5                                                           both parts together

`VISION.pt` comes from train_vision.py, which may still be running: its newer checkpoints are taken over as they come,
unless both parts are trained here. Checkpoints are written every few minutes. One thread. A head that is thrown away afterwards names the fact that a question is about, from each of its tokens: this
teaches more with each example than the words of the answer do.
"""
import argparse
import json
import math
import os
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import nn

import corpus
from model import build, embed, normalise, text_states
from samples import NOTHING, Samples
from vocabulary import special_ids, train_tokenizer

TOPICS_MAX = 192
ROWS = {"ask": 96, "talk": 32, "picture": 40}


def loss_of(model, head, samples, kind):
    batch = samples.batch(kind, ROWS[kind])
    balance = []
    embeddings = embed(model, batch.tokens, None if batch.pixels is None else normalise(batch.pixels), samples.ids("<|patch|>"))
    states = text_states(model, embeddings, balance)
    targets = batch.labels[:, 1:]
    learned = targets >= 0
    logits = model.language_model.lm_head(states[:, :-1][learned])
    loss = F.cross_entropy(logits, targets[learned])
    parts = {"words": loss.item()}
    if kind != "picture":
        known = batch.topics != NOTHING
        each = F.cross_entropy(head(states[known]), batch.topics[known], reduction="none")
        last = batch.last[known]
        parts["topic"] = each[last].mean().item()
        loss = loss + each[last].mean() + 0.3 * each[~last].mean()
    return loss + 0.01 * torch.stack(balance).mean(), batch.tokens.numel(), parts


def open_tokenizer(path):
    if not path.exists():
        train_tokenizer(corpus.tokenizer_texts()).save(str(path))
    return Tokenizer.from_file(str(path))


def load(model, head, topics, options):
    for path in filter(None, (options.origin, options.vision)):
        state = torch.load(path)
        model.load_state_dict(state.get("model", state), strict=False)
        if "head" in state:
            head.load_state_dict(state["head"])
            for name in state["topics"]:
                topics.setdefault(name, len(topics))
    for name in (*corpus.FACTS, corpus.NOT_KNOWN):
        topics.setdefault(name, len(topics))


def take_over(model, path, changed):
    """The vision part's newest checkpoint; returns when it was written."""
    written = os.path.getmtime(path)
    if written != changed:
        model.load_state_dict(torch.load(path)["model"], strict=False)
    return written


def pick_kind(rng, shares):
    return rng.choices(list(shares), list(shares.values()))[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out")
    parser.add_argument("--minutes", type=float, default=40)
    parser.add_argument("--rate", type=float, default=2.5e-3)
    parser.add_argument("--vision-rate", type=float, default=0, help="the vision part's rate, as a share of the other; 0 leaves it as it is")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--from", dest="origin")
    parser.add_argument("--vision")
    parser.add_argument("--pools", nargs="*", default=[])
    parser.add_argument("--shares", default="ask=0.65,talk=0.35", help="shares of batches: ask, talk, picture")
    options = parser.parse_args()
    torch.set_num_threads(1)
    tokenizer = open_tokenizer(Path(options.out).parent / "tokenizer.json")
    model = build(tokenizer.get_vocab_size(), special_ids(), options.seed)
    head, topics = nn.Linear(model.config.text_config.hidden_size, TOPICS_MAX), {}
    load(model, head, topics, options)
    samples = Samples(tokenizer, options.seed, topics, options.pools)
    shares = {kind: float(share) for kind, share in (part.split("=") for part in options.shares.split(","))}
    is_vision = lambda name: "vision_model" in name or "multi_modal" in name
    text = [w for n, w in model.named_parameters() if not is_vision(n)] + list(head.parameters())
    vision = [w.requires_grad_(options.vision_rate > 0) for n, w in model.named_parameters() if is_vision(n)]
    vision = vision if options.vision_rate else []
    groups = [dict(params=[w for w in weights if (w.ndim > 1) == decays], weight_decay=0.05 * decays, share=share)
              for weights, share in ((text, 1), (vision, options.vision_rate)) for decays in (True, False)]
    optimizer = torch.optim.AdamW([group for group in groups if group["params"]], lr=options.rate, betas=(0.9, 0.98))
    began, step, seen, saved, watched, means = time.time(), 0, 0, time.time(), 0, {}
    state = lambda: dict(model=model.state_dict(), head=head.state_dict(), topics=topics, steps=step, tokens=seen)
    while (done := (time.time() - began) / 60 / options.minutes) < 1:
        for group in optimizer.param_groups:
            group["lr"] = options.rate * group["share"] * min(1, (step + 1) / 40) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * done)))
        if options.vision and not vision and step % 20 == 0:
            watched = take_over(model, options.vision, watched)
        kind = pick_kind(samples.rng, shares)
        loss, count, parts = loss_of(model, head, samples, kind)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(text + vision, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        step += 1
        seen += count
        for part, value in parts.items():
            name = f"{kind} {part}"
            means[name] = means.get(name, value) * 0.95 + value * 0.05
        if step % 50 == 0:
            shown = " ".join(f"{name} {value:.3f}" for name, value in sorted(means.items()))
            print(f"{step} {time.time() - began:.0f}s {shown} {seen / (time.time() - began):.0f} tokens/s", flush=True)
        if time.time() - saved > 150:
            saved = time.time()
            torch.save(state(), options.out)
    torch.save(state(), options.out)
    print(json.dumps(dict(steps=step, tokens=seen, minutes=options.minutes)))


if __name__ == "__main__":
    main()
