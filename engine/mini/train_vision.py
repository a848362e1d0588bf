"""Teaches the vision tower what it needs to see, before it meets the text model.

    python train_vision.py OUT.pt --pools POOL [POOL ...] --minutes 40

Heads that are thrown away afterwards name the shape, the colour and the background, from the mean of the projector's
tokens and from each token, and tell for each token which of its pixels belong to the shape. The last of these is what
makes a tower of this size learn edges within minutes.
"""
import argparse
import math
import os
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from model import IMAGE, build, normalise, see
from pictures import BACKGROUNDS, COLOURS, SHAPES
from vocabulary import special_ids

GRID = 16  # the mask is learned at 16 x 16, which is 4 x 4 for each token of the projector


class Pool:
    """Tiles on disk. Turns and mirrors them, which changes none of their names."""

    def __init__(self, paths, seed):
        read = lambda part: [np.load(f"{path}-{part}.npy", mmap_mode="r") for path in paths]
        self.pixels, self.masks = read("pixels"), read("masks")
        self.names = np.concatenate(read("names"))
        self.sizes = [len(x) for x in self.pixels]
        self.random = np.random.default_rng(seed)

    def at(self, index):
        """One sample as it was drawn: pixels, mask, names."""
        part = index
        for pixels, masks in zip(self.pixels, self.masks):
            if part < len(pixels):
                return pixels[part], masks[part], self.names[index]
            part -= len(pixels)
        raise IndexError(index)

    def batch(self, count):
        """Pixels uint8 [n, 64, 64, 3], masks [n, 64, 64], names [n, 3]."""
        samples = [self.turned(*self.at(k)) for k in self.random.integers(0, len(self.names), count)]
        return tuple(torch.from_numpy(np.stack(part)) for part in zip(*samples))

    def turned(self, pixels, mask, names):
        if self.random.integers(0, 2):
            pixels, mask = pixels[:, ::-1], mask[:, ::-1]
        if self.random.random() < 0.2:
            quarter = self.random.integers(1, 4)
            pixels, mask = np.rot90(pixels, quarter), np.rot90(mask, quarter)
        return np.ascontiguousarray(pixels), np.ascontiguousarray(mask), names


class Heads(nn.Module):
    """Readers of the projector's tokens, used in training only."""

    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.names = nn.Linear(width, len(SHAPES) + len(COLOURS) + len(BACKGROUNDS))
        self.pixels = nn.Linear(width, (GRID // 4) ** 2)

    def forward(self, tokens):
        tokens = self.norm(tokens)
        return self.names(tokens), self.pixels(tokens)


def split(names):
    return names.split((len(SHAPES), len(COLOURS), len(BACKGROUNDS)), -1)


def mask_target(masks):
    """Coverage per cell, in the order of the projector's tokens: [n, 16 tokens, 16 cells]."""
    cells = F.avg_pool2d(masks.float()[:, None] / 255, IMAGE // GRID)
    return cells.view(len(masks), 4, 4, 4, 4).permute(0, 1, 3, 2, 4).reshape(len(masks), 16, 16)


def loss_of(heads, tokens, masks, names):
    named, pixels = heads(tokens)
    loss = F.binary_cross_entropy_with_logits(pixels, mask_target(masks)) * 2
    for part, target in zip(split(named.mean(1)), names.unbind(1)):
        loss = loss + F.cross_entropy(part, target)
    # A token far from the shape can't know its name before the layers have told it: so this weighs less.
    for part, target in zip(split(named), names.unbind(1)):
        loss = loss + 0.15 * F.cross_entropy(part.transpose(1, 2), target[:, None].expand(-1, part.shape[1]))
    return loss


@torch.no_grad()
def score(model, heads, pool, count=1500):
    """Share of right shapes, colours and backgrounds on the last tiles of a pool."""
    right = torch.zeros(3)
    for start in range(len(pool.names) - count, len(pool.names), 100):
        samples = [pool.at(k) for k in range(start, start + 100)]
        pixels = torch.from_numpy(np.stack([s[0] for s in samples]))
        names = torch.from_numpy(np.stack([s[2] for s in samples]))
        named, _ = heads(see(model, normalise(pixels)))
        right += torch.stack([(part.argmax(-1) == names[:, k]).sum() for k, part in enumerate(split(named.mean(1)))])
    return [round(x, 4) for x in (right / count).tolist()]


def save(model, heads, path):
    """At once, because train.py reads it meanwhile."""
    state = {k: v for k, v in model.state_dict().items() if "vision_model" in k or "multi_modal" in k}
    torch.save(dict(model=state, heads=heads.state_dict()), f"{path}.part")
    os.replace(f"{path}.part", path)


def go_on(model, heads, path):
    state = torch.load(path)
    model.load_state_dict(state.get("model", state), strict=False)
    if "heads" in state:
        heads.load_state_dict(state["heads"])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out")
    parser.add_argument("--pools", nargs="+", required=True)
    parser.add_argument("--minutes", type=float, default=40)
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--from", dest="origin", help="goes on from a checkpoint")
    options = parser.parse_args()
    torch.set_num_threads(1)
    model = build(512, special_ids(512), options.seed)
    heads = Heads(model.config.text_config.hidden_size)
    if options.origin:
        go_on(model, heads, options.origin)
    weights = [w for n, w in model.named_parameters() if "vision_model" in n or "multi_modal" in n]
    weights += list(heads.parameters())
    optimizer = torch.optim.AdamW(
        [dict(params=[w for w in weights if w.ndim > 1], weight_decay=0.05),
         dict(params=[w for w in weights if w.ndim < 2], weight_decay=0)], lr=options.rate, betas=(0.9, 0.98))
    pool = Pool(options.pools, options.seed)
    began, step, saved = time.time(), 0, 0.0
    while (done := (time.time() - began) / 60 / options.minutes) < 1:
        rate = options.rate * min(1, (step + 1) / 100) * (0.02 + 0.49 * (1 + math.cos(math.pi * done)))
        for group in optimizer.param_groups:
            group["lr"] = rate
        pixels, masks, names = pool.batch(options.batch)
        loss = loss_of(heads, see(model, normalise(pixels)), masks, names)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        step += 1
        if step % 100 == 0:
            seconds = time.time() - began
            print(f"{step} {seconds:.0f}s {step * options.batch / seconds:.0f}/s loss {loss.item():.3f}", flush=True)
        if time.time() - began - saved > 120:
            saved = time.time() - began
            print("shape, colour, background", score(model, heads, pool), flush=True)
            save(model, heads, options.out)
    print("shape, colour, background", score(model, heads, pool, 3000), flush=True)
    save(model, heads, options.out)


if __name__ == "__main__":
    main()
