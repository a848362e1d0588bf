"""Measures a checkpoint on what it was never trained on, and the trained questions beside it.

    python evaluate.py CHECKPOINT.pt TOKENIZER.json [--pictures 500] [--verbose]

Training is steered by it; `npm run evaluate-mini` measures the finished files through the real engine.
"""
import argparse
import json
import random
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

import corpus
import pictures
from model import IMAGE_TOKENS, build, embed, normalise, text_states
from questions import COLOUR, SEE, SHAPE, article, whole_answer
from vocabulary import special_ids

AIMS = {"facts, trained wordings": 0.95, "facts, unseen wordings": 0.85, "unknown questions": 0.90,
        "colour": 0.99, "shape": 0.90}
ids = special_ids()


def prompt(tokenizer, question, system=None, with_picture=False):
    """The tokens up to where the answer begins."""
    plain = lambda text: tokenizer.encode(text, add_special_tokens=False).ids
    turn = lambda role, body: [ids("<|header_start|>"), *plain(role), ids("<|header_end|>"), *plain("\n\n"), *body]
    image = [ids("<|image_start|>"), ids("<|image|>"), *[ids("<|patch|>")] * IMAGE_TOKENS, ids("<|image_end|>")]
    tokens = [ids("<|begin_of_text|>")]
    if system:
        tokens += [*turn("system", plain(system)), ids("<|eot|>")]
    tokens += [*turn("user", [*(image if with_picture else []), *plain(question)]), ids("<|eot|>")]
    return tokens + turn("assistant", [])


@torch.no_grad()
def answer(model, tokenizer, prompts, pixels=None, limit=72):
    """Greedy answers. Prompts of one length go together, so that no padding is needed."""
    answers, by_length = [None] * len(prompts), {}
    for k, tokens in enumerate(prompts):
        by_length.setdefault(len(tokens), []).append(k)
    for places in by_length.values():
        for start in range(0, len(places), 64):
            some = places[start:start + 64]
            part = None if pixels is None else pixels[some]
            for k, tokens in zip(some, greedy(model, torch.tensor([prompts[k] for k in some]), part, limit)):
                answers[k] = tokenizer.decode(tokens)
    return answers


def greedy(model, tokens, pixels, limit):
    end, length = ids("<|eot|>"), tokens.shape[1]
    features = embed(model, tokens, None if pixels is None else normalise(pixels), ids("<|patch|>"))
    open_rows = torch.ones(len(tokens), dtype=torch.bool)
    out = [[] for _ in range(len(tokens))]
    for _ in range(limit):
        best = model.language_model.lm_head(text_states(model, features)[:, -1]).argmax(-1)
        open_rows &= best != end
        if not open_rows.any():
            break
        for k in open_rows.nonzero()[:, 0].tolist():
            out[k].append(int(best[k]))
        features = torch.cat([features, model.get_input_embeddings()(best)[:, None]], 1)
    return out


def squeeze(text):
    return " ".join(text.split())


def text_cases():
    """(kind, question, right answer)"""
    for fact in corpus.FACTS.values():
        for question in fact["ask"]:
            yield "facts, trained wordings", question, fact["answer"]
    for name, questions in corpus.UNSEEN.items():
        for question in questions:
            yield "facts, unseen wordings", question, corpus.FACTS[name]["answer"]
    for question in corpus.UNSEEN_UNKNOWN:
        yield "unknown questions", question, corpus.DO_NOT_KNOW


def measure_text(model, tokenizer):
    cases = list(text_cases())
    answers = answer(model, tokenizer, [prompt(tokenizer, question) for _, question, _ in cases])
    return [(kind, question, right, said, squeeze(said) == squeeze(right)) for (kind, question, right), said in zip(cases, answers)]


def measure_pictures(model, tokenizer, count, seed=20_261_126):
    """New drawings, from a seed that no training pool has."""
    rng, tiles, drawings = random.Random(seed), [], []
    for _ in range(count):
        tile, _, drawing = pictures.tile_sample(rng)
        tiles.append(np.asarray(tile))
        drawings.append(drawing)
    pixels = torch.from_numpy(np.stack(tiles))
    asked = {"whole": [rng.choice(SEE[:8]) for _ in drawings], "colour": [rng.choice(COLOUR) for _ in drawings],
             "shape": [rng.choice(SHAPE) for _ in drawings]}
    said = {kind: answer(model, tokenizer, [prompt(tokenizer, q, None, True) for q in questions], pixels, 24) for kind, questions in asked.items()}
    for k, drawing in enumerate(drawings):
        whole = said["whole"][k]
        yield "colour", asked["whole"][k], drawing.colour, whole, f" {drawing.colour} " in whole.split(" on ")[0] + " "
        yield "shape", asked["whole"][k], drawing.shape, whole, f" {drawing.shape} on " in whole
        yield "picture, whole answer", asked["whole"][k], whole_answer(drawing), whole, whole == whole_answer(drawing)
        right = f"The shape is {drawing.colour}."
        yield "picture, colour question", asked["colour"][k], right, said["colour"][k], said["colour"][k] == right
        right = f"It is {article(drawing.shape)}."
        yield "picture, shape question", asked["shape"][k], right, said["shape"][k], said["shape"][k] == right


def load(path, tokenizer):
    model = build(tokenizer.get_vocab_size(), ids, 0).eval()
    state = torch.load(path)
    model.load_state_dict(state["model"])
    return model, state


def report(results, verbose):
    kinds, missed = {}, []
    for kind, *_, right in results:
        total = kinds.setdefault(kind, [0, 0])
        total[0] += right
        total[1] += 1
    for kind, (right, total) in kinds.items():
        aim = AIMS.get(kind)
        verdict = "" if aim is None else f"  aim {aim:.0%}  {'reached' if right / total >= aim else 'MISSED'}"
        missed += [kind] if verdict.endswith("MISSED") else []
        print(f"{kind:26} {right:5}/{total:<5} {right / total:7.1%}{verdict}")
    if verbose:
        for kind, question, right, said, well in results:
            if not well:
                print(f"[{kind}] {question}\n    right: {right[:70]}\n    said:  {said[:70]}")
    return missed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint")
    parser.add_argument("tokenizer")
    parser.add_argument("--pictures", type=int, default=0)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    tokenizer = Tokenizer.from_file(options.tokenizer)
    model, state = load(options.checkpoint, tokenizer)
    print(Path(options.checkpoint).name, json.dumps({k: v for k, v in state.items() if k != "model"}))
    results = measure_text(model, tokenizer)
    if options.pictures:
        results += measure_pictures(model, tokenizer, options.pictures)
    raise SystemExit(1 if report(results, options.verbose) else 0)


if __name__ == "__main__":
    main()
