"""Writes strings.json: texts and the ids that HF's tokenizers gives them, to compare our own tokenizer with.

    python make_strings.py TOKENIZER_JSON          (tokenizers 0.23.3; writes tokenizer.json and strings.json here)

Each entry is [text, ids] or [text, ids, parsed ids] where special names in the text make a difference. A lone
surrogate has no UTF-8: its ids are those of U+FFFD in its place.
"""
import json, os, random, sys
from tokenizers import Tokenizer

HERE = os.path.dirname(os.path.abspath(__file__))

WRITTEN = [
    "", " ", "  ", "   ", "a", " a", "  a", "a ", "a  ", " a ", "\t", "\t\t", "\n", "\n\n", "\r", "\r\n", "\r\n\r\n", " \n", "\n ", " \n ",
    "  \n\n  x", "x\n\n\n  y", "\t\n\t!", " !", "  !", "\t!", "!\n", "!\n\n/", "//\n//", "!/\r\n/ ", "a/b", "a /b/ c", "http://example.com/a/b?c=d&e=f#g",
    "Hello, world!", "HELLO WORLD", "Hello World", "helloWorld", "HelloWorld", "HELLOworld", "hELLO", "iPhone", "XMLHttpRequest", "McDonald",
    "It's", "it's", "IT'S", "It'S", "we'll WE'LL We'Ll", "don't DON'T", "I'm I'M", "you're YOU'RE yoU'rE", "they've THEY'VE", "he'd HE'D",
    "'s", "'S", "'sx", "x'sy", "''s", "'", "''", "'t't't", "'re", "'ree", "a'reb", "A'REB", "x'\u017f", "X'\u017fy", "x'l", "x'll", "x'lll", "x'v", "x'r", "\u4f60's", "\u4f60'LLa",
    "x\u2019s", "rock 'n' roll", "'tis", "O'Neil", "1's", "1'st", "!'s", " 's", "\u00e9's", "\u00c9'S", "e\u0301's", "\u0301's",
    "1", "12", "123", "1234", "12345", "1234567890", " 1", " 12", " 1234", "1 2 3", "1,234.56", "3.14159", "-1", "+1e10", "0x1F", "1st 2nd 3rd", "a1b2c3", "A1B", "\u0661\u0662\u0663\u0664", "\u2460\u2461\u2462\u2463", "\u00bd\u00bc", "\u216b\u216c", "x\u00b2y\u00b3", "\U0001d7d8\U0001d7d9\U0001d7da\U0001d7db",
    "\u00dcber die Br\u00fccke", "d\u00e9j\u00e0 vu", "de\u0301ja\u0300 vu", "ma\u00f1ana", "man\u0303ana", "\u00df\u1e9e", "\u0130stanbul \u0131", "\u01c5\u01c8\u01cb", "\u01c5abc", "\u01c4A", "\u02b0\u02b1", "A\u02b0", "\u02b0A", "\u00aa\u00ba", "\ufb01n \ufb02", "\u017f\u017fs",
    "\u4f60\u597d", "\u4f60\u597d\uff0c\u4e16\u754c\uff01", "\u3053\u3093\u306b\u3061\u306f", "\u30ab\u30bf\u30ab\u30ca\u30fc", "\uc548\ub155\ud558\uc138\uc694", "\u4f60a", "a\u4f60", "A\u4f60B", "\u4f60A", "\u4f60AB\u4f60", "\u4f60 A", "AB\u4f60CD", "\u3000\u5168\u89d2\u3000", "\uff21\uff22\uff43", "\u4e00\u4e8c\u4e09 123",
    "\u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440!", "\u041f\u0420\u0418\u0412\u0415\u0422", "\u0395\u03bb\u03bb\u03b7\u03bd\u03b9\u03ba\u03ac", "\u05e9\u05dc\u05d5\u05dd", "\u0645\u0631\u062d\u0628\u0627", "\u0645\u064e\u0631\u0652\u062d\u064e\u0628\u064b\u0627", "\u0928\u092e\u0938\u094d\u0924\u0947", "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35", "\u1019\u103c\u1014\u103a\u1019\u102c", "\u10d2\u10d0\u10db\u10d0\u10e0\u10ef\u10dd\u10d1\u10d0", "\u1c90\u1c91", "\u13a0\u13a1\uab70",
    "\U0001f999", "\U0001f999\U0001f999", " \U0001f999", "a\U0001f999b", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f44d\U0001f3fd", "\U0001f1e9\U0001f1ea", "\u2764\ufe0f", "1\ufe0f\u20e3", "\u263a", "\U0001f999\u0301", "#\ufe0f\u20e3a", "\u200d", "\u200b", "a\u200bb", "\u00ad", "a\u00adb", "\u2060", "\ufeff", "\ufeffHello", "a\ufeffb", " \ufeff ",
    "\u0300", "\u0300\u0301", " \u0300", "\u0300A", "\u0300a", "!\u0300", "A\u0300", "A\u0300B", "AB\u0300", "a\u0300B", "1\u0300", "\n\u0300", "\u20dd", "x\u20dd", "\u0903", "\u0488A", "\U000e0100",
    "\u00a0", "\u00a0a", "a\u00a0b", "\u1680", "\u2000\u2001\u2002", "\u2028", "\u2029", "a\u2028b", "\u202f", "\u205f", "\u3000", "\u0085", "a\u0085b", "\u0085\n", "\u180e", "a\u180eb", "\x0b\x0c", "a\x0b\x0cb", "\x1c\x1d\x1e\x1f", "a\x1cb", " \u00a0 a", "\u2003\u2003a", "\u00a0!", "\u2003!",
    "\0", "\0\0", "a\0b", " \0", "\0a", "\x01\x02\x7f", "\x80\x9f", "a\x80", "\ue000", "\uf8ff", "\U000f0000", "\U0010ffff", "\ufffd", "\ufffe", "\uffff", "\ufdd0", "\u0378", "\U0001fbf0",
    "def add(a, b):\n    return a + b\n", "if (x) {\n\treturn y;\n}\r\n", "for (let i = 0; i < n; i++) { a[i] += `${b}`; }", "<div class=\"x\">&amp;</div>", "SELECT * FROM t WHERE id='1';--", "{\"name\": \"get_weather\", \"parameters\": {\"city\": \"Paris\"}}", "[get_weather(city=\"Paris\", days=3)]", "\\n\\t\\\\", "# Title\n\n- a\n- b\n\n```py\nx\n```\n", "a_b_c __init__ snake_case", "$x = @y; %z", "C++ C# F# .NET", "100% $5.00 \u20ac5 \u00a35", "e.g. i.e. etc...", "...", "\u2026", "---", "\u2014\u2013", "(((", ")))\n\n", "!!!???", "?!\n?!", "~`^",
    "<|eot|>", "<|begin_of_text|>", "a<|eot|>b", "<|eot|><|eot|>", " <|eot|> ", "<|eot|", "<|eot|>>", "<<|eot|>", "<|EOT|>", "<| eot |>", "<|header_start|>system<|header_end|>\n\nBe evil.<|eot|>", "<|image|>", "<|image_start|><|image|><|patch|><|image_end|>", "<|python_start|>[f(x=1)]<|python_end|>", "<|", "|>", "<|<|eot|>|>", "<|eot|>\n\n<|eom|>", "x<|end_of_text|>", "<|unknown|>", "<|begin_of_text|>Hello", "\u4f60<|eot|>\u597d", "<|eot|> a", "a <|eot|>", "  <|eot|>  a", "[PAD0]", "<|fim_prefix|>a<|fim_suffix|>b<|fim_middle|>",
    "a" * 100, "A" * 100, " " * 100, " " * 100 + "a", "\n" * 50, "\t" * 50 + "x", "ab" * 60, "\u4f60" * 40, "1" * 100, "!" * 100, "'" * 50, "\U0001f999" * 20, "e\u0301" * 40, "the" * 40, " the" * 40, "The gateway " * 10, "\r\n" * 30, " \n" * 30, "A\u4f60" * 30, "'s" * 30, "<|" * 30,
]
LONE = [["\ud800"], ["a", "\udc00", "b"], ["\udc00\ud800"], [" ", "\ud83e"], ["\ud83e", " \U0001f999"], ["<|eot|>", "\udbff"], ["A", "\ud800", "a"]]

POOL = (["a", "b", "t", "s", "S", "T", "A", "B", "the", "The", " the", "ing", "LL", "re", "'", "'s", "'T", "'ll", "\u2019", " ", " ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u3000", "\u0085",
         "1", "23", "456", "\u0663", "\u00bd", "!", "?", "/", "//", ".", ",", "-", "_", "(", ")", "[", "]", "{", "}", "<", "|", ">", "\"", "\\", "#", "@",
         "\u00e9", "\u00c9", "\u00df", "\u0301", "\u0308", "\u093e", "\u4f60", "\u597d", "\u3042", "\u30fc", "\uac00", "\u0434", "\u0414", "\u03c3", "\u05d0", "\u0639", "\u01c5", "\u02b0", "\u00aa", "\U0001f999", "\U0001f44d\U0001f3fd", "\u200d", "\ufe0f",
         "\0", "\x1f", "\ufeff", "\ue000", "\U00010400", "\U00010428", "\U00020000", "<|eot|>", "gateway", " model", "Scout"])


def made(rng):
    for _ in range(330):
        yield "".join(rng.choice(POOL) for _ in range(rng.randint(2, 24)))
    # one text for each stretch of scripts, of characters that every Unicode version since 9 classes alike
    for first in list(range(0x20, 0x590, 0x40)) + [0x5d0, 0x620, 0x660, 0x710, 0x905, 0x960, 0xa05, 0xe01, 0xf00, 0x10a0, 0x1100, 0x13a0, 0x1e00, 0x1f00, 0x2010, 0x2070, 0x2100, 0x2150, 0x2190, 0x2460, 0x2600, 0x2c60, 0x2e80, 0x3005, 0x3041, 0x30a1, 0x4e00, 0xa4d0, 0xa640, 0xac00, 0xfb00, 0xfe30, 0xff01, 0x10400, 0x12000, 0x1d400, 0x1f600, 0x20000]:
        yield "".join(c for c in map(chr, range(first, first + 24)) if not 0x378 <= ord(c) <= 0x37f)


def main():
    source = json.load(open(sys.argv[1], encoding="utf8"))
    json.dump(source, open(f"{HERE}/tokenizer.json", "w", encoding="utf8"), ensure_ascii=False, separators=(",", ":"))
    parsing, plain = Tokenizer.from_file(sys.argv[1]), Tokenizer.from_file(sys.argv[1])
    plain.encode_special_tokens = True
    texts = [(t, t) for t in list(dict.fromkeys(WRITTEN + list(made(random.Random(4)))))]
    for parts in LONE:
        text = "".join(parts)
        texts.append((text, "".join("\ufffd" if 0xd800 <= ord(c) < 0xe000 else c for c in text)))
    lines = []
    for text, clean in texts:
        ids = plain.encode(clean, add_special_tokens=False).ids
        parsed = parsing.encode(clean, add_special_tokens=False).ids
        lines.append(json.dumps([text, ids] + ([parsed] if parsed != ids else []), separators=(",", ":")))
    open(f"{HERE}/strings.json", "w").write("[\n" + ",\n".join(lines) + "\n]\n")
    print(len(lines), "texts")


if __name__ == "__main__":
    main()
