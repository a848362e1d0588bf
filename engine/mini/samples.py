"""What the model is trained on: rows of tokens, what is to be learned in them, and the pictures they hold."""
import random
from dataclasses import dataclass, field

import numpy as np
import torch

import corpus
import pictures
from model import IMAGE_TOKENS
from questions import COLOUR, GROUND, SEE, SHAPE, article, whole_answer
from vocabulary import special_ids

SYSTEMS = ("You are a helpful assistant.", "Answer briefly.", "You are trunkline/mini.", "Be concise and polite.",
           "You answer questions about Trunkline.", "Today is Monday.", "Answer in one sentence.", "You are a friendly guide for newcomers.",
           "Be brief.", "You help people with software.", "Reply in English.", "Use simple words.", "You are an assistant of our company.",
           "Answer the user's question as well as you can.", "Do not make things up.", "You are an experienced engineer.", "Be honest.",
           "Keep your answers short and friendly.", "You are a chatbot on a web page.", "Never talk about politics.", "Speak like a teacher.")
NOTHING = -100
# Rows that are drawn at once and sorted by length, so that a batch has little padding.
BATCHES_AT_ONCE = 6
# Of one batch, padding counted: long rows come in smaller batches.
TOKENS_MAX = 4000
# Of an answer in an `ask` row: enough to learn how it begins.
FIRST_TOKENS = 3


@dataclass
class Row:
    """`labels` are tokens to be predicted; `topics` say at a token which fact it is about."""

    tokens: list = field(default_factory=list)
    labels: list = field(default_factory=list)
    topics: list = field(default_factory=list)
    pixels: object = None
    names: object = None

    def add(self, tokens, learn=False, topic=NOTHING):
        self.tokens += tokens
        self.labels += tokens if learn else [NOTHING] * len(tokens)
        self.topics += [topic] * len(tokens)


@dataclass
class Batch:
    tokens: torch.Tensor
    labels: torch.Tensor
    topics: torch.Tensor
    last: torch.Tensor
    pixels: object
    names: object


class Samples:
    def __init__(self, tokenizer, seed, topics, pools=()):
        """`topics` gives the number of a fact by its name."""
        self.tokenizer, self.rng, self.topics = tokenizer, random.Random(seed), topics
        self.ids = special_ids()
        self.known, self.waiting = {}, {}
        self.pools = [(np.load(f"{p}-pixels.npy", mmap_mode="r"), np.load(f"{p}-names.npy")) for p in pools]

    def encode(self, text):
        if len(self.known) > 100_000:
            self.known.clear()
        if text not in self.known:
            self.known[text] = self.tokenizer.encode(text, add_special_tokens=False).ids
        return self.known[text]

    def head(self, role):
        return [self.ids("<|header_start|>"), *self.encode(role), self.ids("<|header_end|>"), *self.encode("\n\n")]

    def begin(self, system_share):
        row = Row()
        row.add([self.ids("<|begin_of_text|>")])
        if self.rng.random() < system_share:
            row.add([*self.head("system"), *self.encode(self.system()), self.ids("<|eot|>")])
        return row

    def system(self):
        """Mostly a few sentences, at times about things that nobody knows."""
        sentences = self.rng.sample(SYSTEMS, self.rng.choice((1, 1, 2, 3)))
        if self.rng.random() < 0.3:
            sentences.append(f"You are a {corpus.thing(self.rng)} {corpus.thing(self.rng)}.")
        return " ".join(sentences)

    def earlier(self, row, share):
        """Up to three turns that came before."""
        if self.rng.random() < share:
            for _ in range(self.rng.choice((1, 1, 2, 3))):
                self.turn(row)

    def question(self):
        """Text, answer, and which fact it is; the number after the facts is for what is not known."""
        return corpus.ask_fact(self.rng) if self.rng.random() < 0.64 else corpus.ask_unknown(self.rng)

    def turn(self, row, answer_tokens=None):
        ask, answer, name = self.question()
        topic = self.topics[name]
        row.add(self.head("user"))
        row.add(self.encode(ask), topic=topic)
        row.add([self.ids("<|eot|>"), *self.head("assistant")], topic=topic)
        row.add([*self.encode(answer), self.ids("<|eot|>")][:answer_tokens], learn=True)

    def ask(self):
        row = self.begin(0.2)
        self.earlier(row, 0.2)
        self.turn(row, FIRST_TOKENS)
        return row

    def talk(self):
        row = self.begin(0.25)
        self.earlier(row, 0.4)
        self.turn(row)
        return row

    def picture(self):
        rng = self.rng
        row = self.begin(0.1)
        if rng.random() < 0.1:
            self.turn(row)
        row.pixels, row.names, drawing = self.tile()
        ask, answer = self.about(drawing)
        # Some engines leave out <|image|>.
        before = [self.ids("<|image_start|>"), self.ids("<|image|>")][:1 if rng.random() < 0.06 else 2]
        image = [*before, *[self.ids("<|patch|>")] * IMAGE_TOKENS, self.ids("<|image_end|>")]
        words = self.encode(corpus.vary(rng, ask) if ask and rng.random() < 0.5 else ask)
        row.add(self.head("user"))
        row.add([*image, *words] if rng.random() < 0.5 else [*words, *image])
        row.add([self.ids("<|eot|>"), *self.head("assistant")])
        row.add([*self.encode(answer), self.ids("<|eot|>")], learn=True)
        return row

    def tile(self):
        """From a pool, turned or mirrored, which changes none of its names."""
        pixels, names = self.rng.choice(self.pools)
        k = self.rng.randrange(len(names))
        tile = np.rot90(pixels[k], self.rng.randrange(4))
        tile = tile[:, ::-1] if self.rng.random() < 0.5 else tile
        shape, colour, background = names[k]
        drawing = pictures.Drawing(None, None, pictures.SHAPES[shape], pictures.COLOURS[colour], pictures.BACKGROUNDS[background])
        return np.ascontiguousarray(tile), names[k], drawing

    def about(self, drawing):
        kind = self.rng.random()
        if kind < 0.4:
            return self.rng.choice(SEE), whole_answer(drawing)
        if kind < 0.6:
            return self.rng.choice(COLOUR), f"The shape is {drawing.colour}."
        if kind < 0.8:
            return self.rng.choice(SHAPE), f"It is {article(drawing.shape)}."
        return self.rng.choice(GROUND), f"The background is {drawing.background}."

    def batch(self, kind, count):
        """`kind` is "ask", "talk" or "picture"."""
        waiting = self.waiting.setdefault(kind, [])
        if not waiting:
            rows = sorted((getattr(self, kind)() for _ in range(count * BATCHES_AT_ONCE)), key=lambda row: len(row.tokens))
            while rows:
                batch = rows[-max(4, min(count, TOKENS_MAX // len(rows[-1].tokens))):]
                del rows[-len(batch):]
                waiting.append(batch)
            self.rng.shuffle(waiting)
        return self.pad(waiting.pop())

    def pad(self, rows):
        length = max(len(row.tokens) for row in rows)
        fill = lambda value, part: torch.tensor([getattr(row, part) + [value] * (length - len(row.tokens)) for row in rows])
        topics = fill(NOTHING, "topics")
        # The last token of a prompt weighs more than the words before it.
        following = torch.cat([topics[:, 1:], torch.full((len(rows), 1), NOTHING)], 1)
        with_pictures = rows[0].pixels is not None
        return Batch(fill(self.ids("<|finetune_right_pad|>"), "tokens"), fill(NOTHING, "labels"), topics,
                     (topics != NOTHING) & (following == NOTHING),
                     torch.from_numpy(np.stack([row.pixels for row in rows])) if with_pictures else None,
                     torch.from_numpy(np.stack([row.names for row in rows])) if with_pictures else None)
