"""Imitates what a language model says of a page: no boxes, and the errors that such models make.

A model's errors are not an engine's: a real word in place of another, spelling put right, abbreviations
written out, a line left out or said twice, a loop, words and lines that stand nowhere, columns read across,
markdown, words joined over a line's end, figures written the model's way. How good the model is and which
habits it has is drawn by page and seed. Used to train the prior and to measure grounding where no model can
be called.
"""

from __future__ import annotations

import json
import random
import re
import sys
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from rapidfuzz import fuzz, process

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from evaluation.labels import line_items, truth_lines
from evaluation.truth import Page
from model.geometry import Box
from model.words import Reading, unspaced

Word = tuple[str, int | None]
"""What is said, and the number of the truth's word that it stands for; None for what stands nowhere."""
Lines = list[list[Word]]

_LIKE = (
    "aeo", "nmu", "ltif", "ceo", "rvn", "bhk", "gqy", "sz5", "o0", "il1", "BRE", "MNW", "0689", "17", "235",
    "CGO", "土士", "未末", "日目白", "人入八", "シツ", "ソン", "ロ口", "大犬太", "千干", "田由甲", "氏民",
    "待持特", "間問聞", "はほ", "ぬめ", "ねれわ", "さき", "るろ", "いり", "クケワ", "ウラ", "チテ", "コユ",
)  # fmt: skip
_MODERN = {
    "&": "and", "Mr.": "Mr", "Mrs.": "Mrs", "Dr.": "Dr", "Esq.": "Esquire", "inst.": "instant",
    "ult.": "ultimo", "recd": "received", "recd.": "received", "yr": "your", "yr.": "your", "wd": "would",
    "shd": "should", "&c": "etc.", "&c.": "etc.", "to-day": "today", "to-morrow": "tomorrow",
    "thro'": "through", "tho'": "though", "chearful": "cheerful", "shew": "show", "connexion": "connection",
    "nr.": "near", "No.": "Number", "St.": "Street", "M.": "Monsieur", "Mme": "Madame",
    "Mlle": "Mademoiselle", "Sr": "Sieur", "n°": "numéro", "sept.": "septembre", "8bre": "octobre",
    "9bre": "novembre", "Xbre": "décembre", "enfans": "enfants", "tems": "temps", "étoit": "était",
    "avoit": "avait", "Str.": "Straße", "daß": "dass", "muß": "muss", "u.": "und", "Thür": "Tür",
    "seyn": "sein", "Sr.": "Señor", "Dña.": "Doña",
}  # fmt: skip
_PREFACES = (
    "Here is the transcription:",
    "Transcription of the document:",
    "Voici la transcription :",
    "Here is the text in the image:",
    "以下は画像のテキストです。",
)
_GAPS = ("[illegible]", "[unclear]", "[?]", "[...]")
_CORE = re.compile(r"^(\W*)(.*?)(\W*)$", re.DOTALL)


@dataclass(frozen=True)
class Temper:
    """How good a model is and what it is given to; each figure a probability."""

    rate: float
    """Errors a word, on words that some engine reads; 2.5 times as many on others."""
    dropped: float
    """Lines left out."""
    asides: float
    """Lines left out that are stamps, margins or turned."""
    repeated: float
    invented: float
    normalises: float
    """Share of the old or unusual spellings that are put right."""
    joins: float
    """Words broken at a line's end that are joined."""
    figures: float
    markdown: bool
    preface: bool
    order: str
    """straight, blocks (two blocks swapped), across (columns read across), asides (margins first)."""
    loop: bool
    stops: bool
    gaps: bool
    """Says [illegible] for some hard words."""

    @classmethod
    def drawn(cls, chance: random.Random, rate: float | None = None) -> Temper:
        """From very good (1 %) to poor (25 %), even on a logarithmic scale."""
        rate = rate if rate is not None else 0.01 * 25 ** chance.random()
        careless = rate**0.5
        return cls(
            rate=rate,
            dropped=chance.uniform(0, 0.12) * careless,
            asides=chance.choice((0.0, 0.3, 0.8)),
            repeated=chance.uniform(0, 0.06) * careless,
            invented=chance.uniform(0, 0.08) * careless,
            normalises=chance.choice((0.0, 0.1, 0.6)),
            joins=chance.choice((0.0, 0.5, 1.0)),
            figures=chance.choice((0.0, 0.0, 0.05, 0.3)),
            markdown=chance.random() < 0.25,
            preface=chance.random() < 0.07,
            order=chance.choices(("straight", "blocks", "across", "asides"), (74, 9, 9, 8))[0],
            loop=chance.random() < 0.2 * careless,
            stops=chance.random() < 0.12 * careless,
            gaps=chance.random() < 0.15,
        )


def imitated(page: Page, seed: int, rate: float | None = None) -> Reading:
    """What a model might say of the page, as a reading without boxes."""
    lines = imitated_words(page, seed, rate)
    text = "\n".join(spoken(line) for line in lines)
    return Reading("imitated", "", round(page.truth.width), round(page.truth.height), None, text)


def spoken(line: list[Word]) -> str:
    """A line's words as one text: a space between them where their scripts have one."""
    out = ""
    for word, _ in line:
        out += " " if out and not (unspaced(out[-1]) or unspaced(word[0])) else ""
        out += word
    return out


def imitated_words(page: Page, seed: int, rate: float | None = None) -> Lines:
    """The model's words, line by line. The numbers count the words of evaluation.labels.truth_lines.

    Every word has a character and no space. A word joined over a line's end has the number of its
    longer half.
    """
    chance = random.Random(f"{page.name}{seed}")
    temper = Temper.drawn(chance, rate)
    said = truth_lines(page.truth)
    known = {w.text for r in page.readings.values() for w in r.words or ()}
    pool = _pool(page.truth.languages, tuple(sorted({w for line in said for w in line})))
    asides = _asides(page)
    numbered: Lines = []
    number = 0
    for line in said:
        numbered.append([(word, number + n) for n, word in enumerate(line)])
        number += len(line)
    order = _ordered(page, list(range(len(numbered))), asides, temper.order, chance)
    out: Lines = []
    for n in order:
        if chance.random() < (max(temper.asides, temper.dropped) if n in asides else temper.dropped):
            continue
        line = _misheard(numbered[n], known, pool, temper, chance)
        out.append(line)
        if chance.random() < temper.repeated:
            out.append([(word, None) for word, _ in line])
        if chance.random() < temper.invented:
            out.append([(chance.choice(pool), None) for _ in range(chance.randint(2, 9))])
    if temper.joins:
        _join_broken(out, temper.joins, chance)
    if temper.stops:
        out = out[: round(len(out) * chance.uniform(0.5, 0.95))]
    if temper.loop and out:
        _loop(out, chance)
    if temper.markdown:
        out = [_decorated(line, n, chance) for n, line in enumerate(out)]
    if temper.preface:
        out.insert(0, [(word, None) for word in chance.choice(_PREFACES).split()])
    return [kept for line in out if (kept := [word for word in line if word[0].strip()])]


# -- words --------------------------------------------------------------------------------------


def _misheard(
    line: list[Word], known: set[str], pool: tuple[str, ...], temper: Temper, chance: random.Random
) -> list[Word]:
    out: list[Word] = []
    for word, number in line:
        text = word
        hard = word not in known
        if word in _MODERN and chance.random() < temper.normalises:
            text = _MODERN[word]
        if any(c.isdigit() for c in word) and chance.random() < temper.figures:
            text = _refigured(text, chance)
        if chance.random() >= min(0.6, temper.rate * (2.5 if hard else 1)):
            out.append((text, number))
            continue
        kind = chance.random()
        if hard and temper.gaps and kind < 0.3:
            out.append((chance.choice(_GAPS), None))
        elif kind < 0.1:
            continue
        elif kind < 0.15:
            out += [(text, number), (text, None)]
        elif kind < 0.2:
            out += [(text, number), (chance.choice(pool), None)]
        elif kind < 0.32:
            out.append((_respelt(text, chance), number))
        elif kind < 0.55:
            out.append((misread(text, chance), number))
        else:
            out.append((_other(text, pool, chance), number))
    return out


def misread(word: str, chance: random.Random) -> str:
    """One or two letters taken for others that look like them; always another word."""
    letters = list(word)
    for _ in range(1 if len(word) < 5 else chance.choice((1, 1, 2))):
        at = chance.randrange(len(letters))
        near = [c for group in _LIKE if letters[at] in group for c in group if c != letters[at]]
        letters[at] = chance.choice(near or [c for c in "aeinrstlo" if c != letters[at]])
    changed = "".join(letters)
    return changed if changed != word else word + chance.choice("snet")


def _other(word: str, pool: tuple[str, ...], chance: random.Random) -> str:
    """A real word that looks like this one, in its case and with its punctuation."""
    match = _CORE.match(word)
    before, core, after = match.groups() if match else ("", word, "")
    if not core or any(c.isdigit() for c in core) or unspaced(core[0]):
        return misread(word, chance)
    found = process.extract(core.lower(), pool, scorer=fuzz.ratio, limit=6, score_cutoff=50)
    near = [w for w, score, _ in found if w.lower() != core.lower() and score < 100]
    if not near:
        return misread(word, chance)
    other = chance.choice(near)
    if core.isupper() and len(core) > 1:
        other = other.upper()
    elif core[0].isupper():
        other = other[0].upper() + other[1:]
    return f"{before}{other}{after}"


def _respelt(word: str, chance: random.Random) -> str:
    """The same word with other capitals, accents or punctuation; another text in any case."""
    bare = "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
    options = [
        bare,
        word.capitalize(),
        word.lower(),
        word.rstrip(".,;:"),
        f"{word},",
        f"{word}.",
        word.replace("-", ""),
        word.replace("ß", "ss"),
        word.replace("'", "’"),
    ]
    options = [o for o in options if o and o != word]
    return chance.choice(options) if options else misread(word, chance)


def _refigured(word: str, chance: random.Random) -> str:
    """A figure as the model writes it: 1.905,20 as 1,905.20, 1905 as 1,905, 5/3/12 as 5.3.12."""
    swapped = word.translate(str.maketrans(",.", ".,"))
    options = [swapped, word.replace("/", "."), word.replace(".", "/"), word.replace(",", "")]
    if word.isdigit() and len(word) > 3:
        options.append(f"{word[:-3]},{word[-3:]}")
    options = [o for o in options if o and o != word]
    return chance.choice(options) if options else word


@lru_cache(maxsize=64)
def _pool(languages: tuple[str, ...], own: tuple[str, ...]) -> tuple[str, ...]:
    """Real words: those of the page, and those that letters and forms in its languages have."""
    wording = json.loads(
        (Path(__file__).parent / "made_pages" / "vocabulary.json").read_text(encoding="utf-8")
    )
    spoken_here = [wording[code] for code in languages if code in wording] or [wording["en"]]
    texts = [
        text for lists in spoken_here for key, texts in lists.items() for text in texts if key != "fields"
    ]
    words = {w.strip(".,;:!?()¡¿").lower() for text in texts for w in text.split() if "{" not in w}
    words |= {w.strip(".,;:!?()¡¿") for w in own}
    return tuple(sorted(w for w in words if w))


# -- lines --------------------------------------------------------------------------------------


def _line_boxes(page: Page) -> list[Box]:
    """One box a line of truth_lines; empty where the truth has no such boxes."""
    if page.truth.words:
        return [Box.union_of([item.box for item in line]) for line in line_items(page.truth)]
    boxes = [item.box for item in page.truth.lines if item.text.split()]
    return boxes if len(boxes) == len(truth_lines(page.truth)) else []


def _asides(page: Page) -> set[int]:
    """Lines that a model easily leaves out: turned by a quarter, or far out in a margin."""
    boxes = _line_boxes(page)
    if not boxes:
        return set()
    words = [len(line) for line in truth_lines(page.truth)]
    upright = sum(b.height > 1.5 * b.width for b in boxes) > len(boxes) / 2
    left = sorted(b.x0 for b in boxes)[len(boxes) // 4]
    out = set()
    for n, box in enumerate(boxes):
        turned = not upright and box.height > 2 * box.width and words[n] > 1
        if turned or box.x1 < left or box.y0 > 0.95 * page.truth.height:
            out.add(n)
    return out


def _ordered(page: Page, order: list[int], asides: set[int], how: str, chance: random.Random) -> list[int]:
    boxes = _line_boxes(page)
    if how == "asides":
        return sorted(order, key=lambda n: n not in asides)
    if how == "across" and boxes:
        step = max(1.0, sorted(b.height for b in boxes)[len(boxes) // 2])
        return sorted(order, key=lambda n: (round(boxes[n].centre[1] / step), boxes[n].x0))
    if how == "blocks" and len(order) > 3:
        first = chance.randint(1, len(order) - 2)
        second = chance.randint(first + 1, len(order) - 1)
        return order[first:second] + order[:first] + order[second:]
    return order


def _join_broken(lines: Lines, share: float, chance: random.Random) -> None:
    """exam- / ple as example, in the first line."""
    for above, below in pairwise(lines):
        if len(below) < 2 or not above or chance.random() >= share:
            continue
        (head, one), (tail, two) = above[-1], below[0]
        if len(head) > 2 and head[-1] in "-‐¬=" and head[-2].isalpha() and tail[:1].islower():
            above[-1] = (head[:-1] + tail, one if len(head) > len(tail) else two)
            del below[0]


def _loop(lines: Lines, chance: random.Random) -> None:
    """The model says one line, or the end of one, over and over; what came after it is lost."""
    at = chance.randrange(len(lines))
    again = [(word, None) for word, _ in lines[at][-chance.randint(1, 8) :]]
    if chance.random() < 0.6:
        del lines[at + 1 :]
    for _ in range(chance.randint(3, 25)):
        lines.insert(at + 1, list(again))


def _decorated(line: list[Word], number: int, chance: random.Random) -> list[Word]:
    if not line or chance.random() < 0.6:
        return line
    kind = chance.choice(("heading", "bold", "bullet", "table") if number else ("heading", "bold"))
    if kind == "heading":
        return [("#" * chance.randint(1, 3), None), *line]
    if kind == "bullet":
        return [("-", None), *line]
    if kind == "bold":
        (first, one), (last, two) = line[0], line[-1]
        if len(line) == 1:
            return [(f"**{first}**", one)]
        return [(f"**{first}", one), *line[1:-1], (f"{last}**", two)]
    parts: list[Word] = [("|", None)]
    for n, word in enumerate(line):
        parts.append(word)
        if n + 1 == len(line) or chance.random() < 0.4:
            parts.append(("|", None))
    return parts
