"""The texts of the demonstration model: what it knows, what it does not know, and the many ways to ask for it.

    python corpus.py --check      refuses a training wording that equals one of the evaluation
"""
import argparse
import random
import re
import tomllib
from pathlib import Path

HERE = Path(__file__).parent


def read(path):
    return tomllib.loads((HERE / path).read_text())


def read_facts():
    facts = read("corpus/facts-use.toml") | read("corpus/facts-model.toml") | read("corpus/facts-more.toml")
    for name, more in read("corpus/wordings.toml").items():
        facts[name]["ask"] = [*facts[name]["ask"], *more]
    return facts


FACTS = read_facts()
UNKNOWN = read("corpus/unknown.toml")
UNKNOWN["words"] |= {kind: (HERE / f"corpus/{kind}s.txt").read_text().split() for kind in ("noun", "verb")}
DO_NOT_KNOW = UNKNOWN["answers"][0]
NOT_KNOWN = "not known"

# What facts are about. A fact's question in which all of these became something else is a question about something else.
DOMAIN = re.compile(r"\b(" + "|".join((
    "trunkline\\S*", "scout", "llama", "api", "keys?", "port", "urls?", "addresses", "address", "base_url", "endpoints?", "providers?", "hosters?",
    "models?", "mini", "tokens?", "credits?", "dollars?", "money", "prices?", "pay", "costs?", "charged?", "billed", "billing", "balance", "budget", "limits?", "ollama", "vllm", "sglang",
    "lm studio", "llama-server", "engines?", "groq", "deepinfra", "together", "fireworks", "novita", "openrouter", "openai", "python", "javascript",
    "typescript", "node", "npm", "curl", "http", "sdk", "json\\S*", "schema", "stream\\S*", "sse", "tools?", "functions?", "pictures?", "images?",
    "photos?", "database", "postgres\\S*", "sqlite", "backup", "prompts?", "answers?", "answered", "reply", "replies", "conversations?", "chats?", "metrics", "health", "prometheus", "docker", "containers?",
    "admin\\S*", "401", "402", "404", "429", "requests?", "routing", "fallback", "failover", "variants?", "suffix\\S*", "nitro", "floor", "free",
    "offline", "internet", "network", "generation", "gguf", "weights?", "experts?", "moe", "context", "licen[cs]e\\S*", "gateway", "server", "start\\S*",
    "install\\S*", "settings?", "config\\S*", "command\\S*", "cli", "you", "your", "yourself", "temperature", "quanti\\S*", "parameters?", "memory", "ram", "gpu", "vram",
    "sampling", "hold", "settle\\S*", "code", "tests?", "data", "file", "files", "folder", "directory", "it", "this", "here", "clients?", "app", "meta",
)) + r")\b", re.I)

ABOUT = ("Tell me about {}.", "What about {}?", "What do you know about {}?", "I have a question about {}.", "Explain {}.",
         "{}?", "{}", "I want to know about {}.", "Information about {} please.", "Can you explain {}?", "Help me with {}.",
         "Say something about {}.", "I need help with {}.", "Describe {}.", "How is it with {}?", "Is there something about {}?",
         "Please explain {}.", "Where can I read about {}?", "I am interested in {}.", "What should I know about {}?")
BEFORE = ("Hi, ", "Hello. ", "Please: ", "Question: ", "Hey, ", "Sorry, ", "Quick question: ", "So ", "And ", "Ok, ", "One more thing: ",
          "Could you tell me: ", "I wonder: ", "Now ", "Well, ", "Excuse me, ", "Then ", "Dear model, ", "I am new here. ", "Just asking: ")
AFTER = (" Thanks.", " please", " Thank you!", " Please help.", " Any idea?", " I am new.", "??", " !", " ...", " Please.", " Do you know?")
# Words of one meaning. Either side may become any other of its group.
SAME = [group.split("|") for group in (
    "how do i|how can i|how to|how would i|how does one|what do i do to|what is the way to|how might i|how should i|what must i do to|i want to|i would like to|i need to|is it possible to|can i",
    "what is|what's|whats|what exactly is|explain|tell me what is|what would be|define|give me",
    "which|what", "where is|where's|where do i find|where can i find|in which place is|where would be|where do i see",
    "show me|list|give me|display|let me see|print|i want to see", "tell me|let me know|say|explain",
    "create|make|generate|add|get|issue|produce", "use|work with|run|utilise|try", "connect|hook up|attach|add|plug in|set up|configure|link",
    "delete|remove|revoke|drop|erase|get rid of|disable", "start|launch|run|boot|fire up|bring up|open", "install|set up|get|deploy|put up",
    "change|set|modify|alter|switch|pick|choose", "big|large|huge", "small|tiny|little", "price|cost|fee", "pay|be charged|be billed|spend money",
    "memory|ram|gigabytes", "computer|machine|laptop|pc|box|server", "provider|hoster|vendor|company", "folder|directory|place|path",
    "file|document", "answer|reply|response|output", "request|call|question|query", "picture|image|photo|screenshot", "fails|breaks|is down|crashes|does not answer|goes offline",
    "licence|license|terms", "see|look at|view|check|find out|look up", "many|much", "does|will|can|would", "is there|do you have|does it have|do you offer|can i have|is it possible to have",
    "supported|possible|available|allowed", "my|our|the", "chosen|picked|selected|taken|used", "wrong|broken|the matter|the problem", "backup|safety copy|save", "need|require|want|must have",
    "money|dollars|credit", "limit|cap|budget|maximum", "happens|is done", "monitor|watch|observe|supervise", "send|pass|include|attach|give", "key|api key|token for the api",
    "model|llm", "another|a different|some other", "several|multiple|two|many", "stored|saved|kept|logged|recorded", "trained|taught|made|built", "know|understand|speak", "made|built|created|developed",
)]
PATTERNS = [(re.compile(r"\b(" + "|".join(sorted(map(re.escape, group), key=len, reverse=True)) + r")\b", re.I), group) for group in SAME]
SMALL = set("a an the of to in on at for is are do does i it my me you your and or with from can how what which where who why when".split())


def fill(rng, sentence):
    """A sentence with its gaps filled."""
    return re.sub(r"\{(\w+)\}", lambda gap: rng.choice(UNKNOWN["words"][gap[1]]), sentence)


def swap_words(rng, text):
    """Some words and phrases become others of the same meaning."""
    for pattern, group in rng.sample(PATTERNS, len(PATTERNS)):
        if rng.random() < 0.45:
            text = pattern.sub(lambda _: rng.choice(group), text, count=1)
    return text


def mistype(rng, text):
    words = text.split(" ")
    at = [k for k, word in enumerate(words) if len(word) > 4 and word.isalpha()]
    if not at:
        return text
    k = rng.choice(at)
    word = words[k]
    j = rng.randrange(1, len(word) - 1)
    words[k] = rng.choice((word[:j] + word[j + 1] + word[j] + word[j + 2:], word[:j] + word[j + 1:], word[:j] + word[j] + word[j:]))
    return " ".join(words)


def bag(rng, text):
    """Only the words that matter, in some order: what is left of a question typed in haste."""
    words = [word for word in re.sub(r"[^\w:./=-]+", " ", text).split() if word.lower() not in SMALL or rng.random() < 0.25]
    if len(words) < 2:
        return text
    if rng.random() < 0.5:
        rng.shuffle(words)
    return " ".join(words)


def vary(rng, text):
    """The same question as somebody else would type it."""
    if rng.random() < 0.55:
        text = swap_words(rng, text)
    kind = rng.random()
    if kind < 0.09:
        text = bag(rng, text)
    elif kind < 0.17:
        words = text.split(" ")
        if len(words) > 3:
            del words[rng.randrange(len(words))]
        text = " ".join(words)
    if rng.random() < 0.15:
        text = mistype(rng, text)
    if rng.random() < 0.2:
        text = rng.choice(BEFORE) + (text[:1].lower() + text[1:] if rng.random() < 0.5 else text)
    if rng.random() < 0.12:
        text = text.rstrip("?.! ") + rng.choice(AFTER)
    if rng.random() < 0.3:
        text = text.rstrip("?.!")
    if rng.random() < 0.4:
        text = text.lower()
    elif rng.random() < 0.5:
        text = text[:1].upper() + text[1:]
    return text if text.strip() else "Hello"


def ask_fact(rng, name=None):
    """A question, its answer, and the name of the fact."""
    name = name or rng.choice(NAMES)
    fact = FACTS[name]
    if fact["topics"] and rng.random() < 0.3:
        text = rng.choice(ABOUT).format(rng.choice(fact["topics"]))
    else:
        text = rng.choice(fact["ask"])
    text = vary(rng, text)
    # Never trained, whatever the variations come to.
    return ask_fact(rng, name) if plain(text) in HELD_OUT_PLAIN else (text, fact["answer"], name)


def made_up(rng):
    """A word that nobody knows."""
    parts = (rng.choice(("", "b", "br", "d", "dr", "f", "fl", "g", "gl", "h", "j", "k", "kr", "l", "m", "n", "p", "pl", "qu", "r", "s", "st", "t", "tr", "v", "w", "x", "z", "sh", "ch"))
             + rng.choice(("a", "e", "i", "o", "u", "ai", "ou", "ee", "y")) + rng.choice(("", "", "n", "r", "l", "s", "t", "m", "k", "p", "ng", "rd", "x")) for _ in range(rng.randint(1, 4)))
    return "".join(parts)


def thing(rng):
    kind = rng.random()
    if kind < 0.3:
        return made_up(rng)
    word = rng.choice(UNKNOWN["words"]["noun"])
    return f"{rng.choice(UNKNOWN['words']['noun'])} {word}" if kind > 0.85 else word


def about_something_else(rng):
    """A fact's question with its subject replaced: what looks like a known question and is none."""
    text = rng.choice(FACTS[rng.choice(NAMES)]["ask"])
    found = DOMAIN.findall(text)
    if not found or len(found) > 3:
        return about_something_else(rng)
    return DOMAIN.sub(lambda _: thing(rng), text)


def odd(rng):
    """Words in no order, or letters without sense."""
    if rng.random() < 0.5:
        return " ".join(thing(rng) for _ in range(rng.randint(1, 6)))
    return "".join(rng.choice("abcdefghijklmnopqrstuvwxyz   0123456789.,!?") for _ in range(rng.randint(2, 25))).strip() or "?"


def ask_unknown(rng):
    kind = rng.random()
    if kind < 0.58:
        text = fill(rng, rng.choice(UNKNOWN["ask"]))
        if rng.random() < 0.3:
            text = re.sub(r"\b[a-z]{5,}\b", lambda word: thing(rng) if rng.random() < 0.4 else word[0], text)
    elif kind < 0.88:
        text = about_something_else(rng)
    else:
        text = odd(rng)
    text = vary(rng, text)
    return ask_unknown(rng) if plain(text) in HELD_OUT_PLAIN else (text, DO_NOT_KNOW, NOT_KNOWN)


def plain(text):
    """What is left when letter case and punctuation don't count."""
    return re.sub(r"\W+", " ", text).strip().lower()


NAMES = list(FACTS)
UNSEEN = read("evaluation/unseen.toml")
UNSEEN_UNKNOWN = read("evaluation/unknown.toml")["questions"]
FRESH = read("evaluation/fresh.toml")
HELD_OUT = {text for facts in (UNSEEN, FRESH["facts"]) for wordings in facts.values() for text in wordings}
HELD_OUT |= set(UNSEEN_UNKNOWN) | set(FRESH["unknown"]["questions"])
HELD_OUT_PLAIN = {plain(text) for text in HELD_OUT}


def tokenizer_texts(seed=3, count=30_000):
    """What the vocabulary is made from."""
    rng = random.Random(seed)
    for fact in FACTS.values():
        yield from [fact["answer"]] * 40
    yield from [DO_NOT_KNOW] * 200
    for _ in range(count):
        yield ask_fact(rng)[0] if rng.random() < 0.6 else ask_unknown(rng)[0]
    for k in range(60):
        yield '{"name": "get_weather", "parameters": {"city": "Paris", "days": %d}}' % k


def check():
    problems = []
    for name in (*UNSEEN, *FRESH["facts"]):
        if name not in FACTS:
            problems.append(f"the evaluation asks for {name}, which is no fact")
    trained = {text for fact in FACTS.values() for text in fact["ask"]} | set(UNKNOWN["ask"])
    lowered = {plain(text) for text in trained}
    for text in HELD_OUT:
        if plain(text) in lowered:
            problems.append(f"trained and evaluated: {text}")
    return problems


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.parse_args()
    found = check()
    print("\n".join(found) or f"{len(FACTS)} facts, {sum(len(f['ask']) + len(f['topics']) for f in FACTS.values())} wordings")
    raise SystemExit(1 if found else 0)
