"""Labelled texts to measure detection on, and how they are misread. Used by bench/pii.py.

Two ways to misread: `misread`, single characters at a given rate (the measure of earlier rounds), and
`scanned`, which also joins and breaks words, drops accents, and mixes up kana and ideographs. Both keep
the entities' places and draw from the generator they are given, so that a seed repeats them.
"""

from __future__ import annotations

import json
import random
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

CONFUSIONS = {
    "0": "OoD", "1": "lI|7", "2": "Z7", "3": "8", "4": "9", "5": "S6", "6": "Gb", "7": "1", "8": "B3",
    "9": "g4", "O": "0Q", "o": "0c", "l": "1I", "I": "l1", "S": "5", "s": "5", "B": "8", "G": "6", "Z":
    "2", "e": "c", "c": "e", "a": "o", "u": "n", "n": "u", "h": "b", "b": "h", "i": "l", "t": "f", "f":
    "t", "v": "y", "y": "v", ",": ".", ".": ",", "r": "n", "E": "F", "F": "E", "D": "O", "C": "G", "M":
    "N", "N": "M",
}  # fmt: skip
PAIRS = {"m": "rn", "w": "vv", "d": "cl"}

# Look-alikes of the second model: pairs of print and of kana and ideographs, either way.
_ALIKE = (
    "0O 0o 1l 1I lI l| 5S 8B 2Z 6b 6G 9g 7T 3J ce ao un hb il tf vy rn EF DO CG MN UV QO gq .,"
    " ニ二 ー一 カ力 エ工 ロ口 タ夕 ハ八 ソン シツ オ才 ミ三 へヘ りリ めぬ るろ はほ きさ ちら わね"
    " ッツ ャヤ ュユ ョヨ パバ ベペ 木本 未末 土士 日曰 大犬 太大 己已 巳己 氏民 住往 待侍 千干 王玉 田由"
    " 甲申 目日 白自 束東 石右 人入 九丸 刀力 間問 名各 藤籐 斉斎 沢澤 崎埼 茶荼 萩荻 治冶 徴微 網綱 候侯"
    " 師帥 枚牧 坂板 昭照 話詰 主生"
)
ALIKE: dict[str, str] = {}
for _pair in _ALIKE.split():
    ALIKE[_pair[0]] = ALIKE.get(_pair[0], "") + _pair[1]
    ALIKE[_pair[1]] = ALIKE.get(_pair[1], "") + _pair[0]
SPLIT = {"m": "rn", "d": "cl", "w": "vv", "n": "ri", "u": "ii", "M": "IVI", "H": "I-I"}
JOINED = {"rn": "m", "cl": "d", "vv": "w", "ri": "n", "li": "h", "ii": "u"}


@dataclass
class Sample:
    """A text with its entities: (type, start, end). `open` ones may be found or not."""

    text: str
    spans: list[tuple[str, int, int]]
    group: str = "C"
    language: str = "en"
    open: tuple[tuple[str, int, int], ...] = ()


_ENTITY = re.compile(r"\[\[(\??)(\w+)\|(.*?)\]\]", re.S)
_LINE = re.compile(r"^(\w\w)-?(\w\w)? (\w+): (.*)$")


def entities(raw: str) -> tuple[str, list[tuple[str, int, int]], list[tuple[str, int, int]]]:
    """(text, entities, entities that may be found or not) of a text with [[TYPE|text]]."""
    text, spans, optional, last = "", [], [], 0
    for match in _ENTITY.finditer(raw):
        text += raw[last : match.start()]
        (optional if match[1] else spans).append((match[2], len(text), len(text) + len(match[3])))
        text += match[3]
        last = match.end()
    return text + raw[last:], spans, optional


def labelled(path: Path) -> list[Sample]:
    """Lines `C\\t...` (clean), `O\\t...` (misread), `N\\t...` (holds nothing)."""
    samples = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if "\t" in line and not line.startswith("#"):
            group, raw = line.split("\t", 1)
            text, spans, _ = entities(raw)
            samples.append(Sample(text, spans, group))
    return samples


def invented(path: Path) -> list[Sample]:
    """A file of bench/pii_sets: `LANGUAGE-COUNTRY STYLE: text`; the group is the style."""
    samples = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        match = _LINE.match(line)
        if match is None:
            raise ValueError(f"{path.name}, line {number}: not a labelled text")
        text, spans, optional = entities(match[4].replace("\\n", "\n"))
        samples.append(Sample(text, spans, match[3], match[1], tuple(optional)))
    return samples


def sentences(path: Path, half: str) -> list[Sample]:
    items = json.loads(path.read_text(encoding="utf-8"))["items"]
    chosen = {"tune": items[::2], "held": items[1::2], "both": items}[half]
    return [Sample(i["text"], [(s["type"], s["start"], s["end"]) for s in i["spans"]]) for i in chosen]


def _rewritten(sample: Sample, change: Callable[[str, int], tuple[str, int]]) -> Sample:
    """The sample with `change(text, i)` -> (what is read there, characters used up) for every character."""
    text, out, length = sample.text, [], 0
    at = [0] * (len(text) + 1)
    i = 0
    while i < len(text):
        piece, used = change(text, i)
        for k in range(used):
            at[i + k] = length
        out.append(piece)
        length += len(piece)
        i += used
    at[len(text)] = length

    def moved(spans: object) -> list[tuple[str, int, int]]:
        return [(kind, at[a], at[b]) for kind, a, b in spans]  # type: ignore[attr-defined]

    return Sample("".join(out), moved(sample.spans), sample.group, sample.language, tuple(moved(sample.open)))


def misread(sample: Sample, rate: float, rng: random.Random) -> Sample:
    """The sample with characters changed at `rate`."""

    def change(text: str, i: int) -> tuple[str, int]:
        c = text[i]
        if c.isspace() or rng.random() >= rate:
            return c, 1
        roll = rng.random()
        if c in PAIRS and roll < 0.3:
            return PAIRS[c], 1
        if c in CONFUSIONS and roll < 0.9:
            return rng.choice(CONFUSIONS[c]), 1
        return ("" if roll < 0.95 else c + c), 1

    return _rewritten(sample, change)


def scanned(sample: Sample, rate: float, rng: random.Random) -> Sample:
    """The sample as a poor scan reads: `rate` of its characters, and spaces, accents and line ends."""

    def change(text: str, i: int) -> tuple[str, int]:
        c, pair = text[i], text[i : i + 2]
        if c == "\n":
            return c, 1
        if c.isspace():
            return ("" if rng.random() < rate / 2 else c), 1
        bare = unicodedata.normalize("NFD", c)
        if len(bare) > 1 and c.isalpha() and ord(c) < 0x250 and rng.random() < 4 * rate:
            return bare[0], 1
        if pair in JOINED and rng.random() < 2 * rate:
            return JOINED[pair], 2
        inside = 2 < i < len(text) - 3 and all(x.isascii() and x.islower() for x in text[i - 3 : i + 3])
        if inside and rng.random() < rate / 10:
            return "-\n" + c, 1
        if rng.random() >= rate:
            return c, 1
        roll = rng.random()
        if c in SPLIT and roll < 0.35:
            return SPLIT[c], 1
        if c in ALIKE and roll < 0.85:
            return rng.choice(ALIKE[c]), 1
        if roll < 0.93:
            return " " + c, 1
        return ("" if roll < 0.97 else c + c), 1

    return _rewritten(sample, change)
