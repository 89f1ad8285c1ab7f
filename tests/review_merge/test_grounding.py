"""Words of a reading without boxes stand on their ink or nowhere: on print, on writing that engines garble,
with lines joined, moved, missing, invented and repeated.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from merge_cases import boxless, recorded, truth, typed

from model.geometry import Box, Quad
from model.words import MergedPage, Reading, Word
from review.characters import characters
from review.columns import stack
from review.merge import merge

WILL = [
    "Je soussigne Georges Turpault declare",
    "ceci est mon testament ecrit entierement de ma main",
    "par consequent date et signe de ma main",
    "je laisse a ma femme cherie le maximum",
    "de ce que la loi me permet sur tout",
    "deux obligations foncieres deposees a mon nom",
    "a la Societe Generale de cette ville",
    "une somme d'environ onze cents francs",
    "deposee a la Caisse Nationale d'Epargne",
    "les deux obligations sont alourdies d'un pret",
    "que mon beau frere doit me rembourser",
    "Fait a Paris le deux aout mil neuf cent",
]
LETTERS = "abcdefghilmnopqrstuvy"


def garbled(lines: Sequence[str], kept: float, seed: int, engine: str = "rapidocr") -> Reading:
    """What an engine makes of hard writing: `kept` of the letters, others changed, lost or added."""
    chance = random.Random(f"{engine}{seed}")
    clean = typed(list(lines), engine, confidence=0.6)
    words = []
    for word in clean.words or ():
        letters = []
        for letter in word.text:
            if chance.random() < kept:
                letters.append(letter)
            elif chance.random() < 0.75:
                letters.append(chance.choice(LETTERS))
            if chance.random() < 0.05:
                letters.append(chance.choice(LETTERS))
        words.append(Word("".join(letters) or "x", word.quad, 0.4 + 0.3 * chance.random(), word.line))
    return Reading(engine, "1", 1000, 1400, tuple(words))


def lines_of(page: MergedPage, engine: str) -> dict[int, list[str]]:
    """The words that an engine said, by the line of the page (40 px apart, the first at 50) they stand in."""
    out: dict[int, list[str]] = {}
    for slot in page.slots:
        for candidate in slot.candidates:
            if engine in candidate.engines:
                out.setdefault(round((slot.box.centre[1] - 60) / 40), []).extend(candidate.text.split())
    return out


def share_right(page: MergedPage, lines: Sequence[str], engine: str = "model") -> float:
    """Share of the words of the lines that stand in their line."""
    stands = lines_of(page, engine)
    right = 0
    for number, line in enumerate(lines):
        here = "".join(stands.get(number, []))
        right += sum(word in here for word in line.split())
    return right / sum(len(line.split()) for line in lines)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("break_up", "least"),
    [
        ("\n", 0.9),
        (" ", 0.85),
    ],
    ids=["the page's lines", "one paragraph"],
)
def test_words_find_their_row_where_engines_read_a_third_of_the_letters(
    break_up: str, least: float, seed: int
) -> None:
    placed = [garbled(WILL, 0.35, seed), garbled(WILL, 0.1, seed, "tesseract")]
    page = merge([*placed, boxless(break_up.join(WILL))], None, languages=("fr",))
    assert share_right(page, WILL) >= least


def test_a_line_that_no_engine_saw_is_listed_apart_and_moves_no_other() -> None:
    placed = garbled(WILL, 0.35, 1)
    words = tuple(w for w in placed.words or () if w.line not in (4, 5))
    page = merge([Reading("rapidocr", "1", 1000, 1400, words), boxless("\n".join(WILL))], None)
    seen = [line for n, line in enumerate(WILL) if n not in (4, 5)]
    stands = lines_of(page, "model")
    right = sum(
        word in "".join(stands.get(n, []))
        for n, line in enumerate(WILL)
        if line in seen
        for word in line.split()
    )
    assert right >= 0.85 * sum(len(line.split()) for line in seen)
    apart = [u.text for u in page.unplaced]
    assert sum(word in apart for word in (WILL[4] + " " + WILL[5]).split()) >= 12


def test_a_phrase_said_twice_keeps_each_time_its_own_line() -> None:
    lines = ["Paris le deux aout mil neuf cent", *WILL[1:6], "Fait a Paris le deux aout mil neuf cent"]
    placed = garbled(lines, 0.6, 3)
    page = merge([placed, boxless("\n".join(lines))], None)
    assert share_right(page, lines) >= 0.9


def test_the_real_word_wins_over_its_repeat() -> None:
    lines = ["the boiler will be mended", "on Tuesday morning by Mr Dressler", "who asks for four dollars"]
    said = (
        "the boiler will be boiler mended\non Tuesday Tuesday morning by Mr Dressler\n"
        "who for asks for four dollars"
    )
    page = merge([typed(lines), typed(lines, "tesseract", x=51), boxless(said)], None)
    assert page.text == "\n".join(lines)
    assert all(len(s.candidates) == 1 and "model" in s.candidates[0].engines for s in page.slots)
    assert [u.text for u in page.unplaced] == ["boiler", "Tuesday", "for"]


def test_of_a_word_said_twice_the_first_has_the_ink() -> None:
    lines = ["the boiler will be mended", "on Tuesday morning"]
    columns = stack(
        [
            characters(r, 1000, 1400)
            for r in (typed(lines), boxless("the boiler boiler will be mended\non on Tuesday morning"))
        ]
    )
    said = columns.streams[1]
    placed = set(columns.members[(columns.members >= 0).all(axis=1), 1].tolist())
    assert [all(i in placed for i in range(u.start, u.end)) for u in said.units] == [
        True, True, False, True, True, True, True, False, True, True,
    ]  # fmt: skip


def test_an_invented_word_between_real_neighbours_gets_no_box() -> None:
    lines = [
        "please accept my deep sympathy",
        "and tell the Board that Mr Hinsdale",
        "will represent our office",
    ]
    said = "\n".join(lines).replace("deep", "deep heartfelt").replace("the Board", "the whole Board")
    said = said.replace("our office", "our honourable office")
    page = merge([typed(lines), boxless(said)], None)
    assert page.text == "\n".join(lines)
    assert [u.text for u in page.unplaced] == ["heartfelt", "whole", "honourable"]


def test_markdown_notes_and_stammers_get_no_ink_of_hard_writing() -> None:
    placed = garbled(WILL, 0.35, 2)
    lines = [f"## {WILL[0]}", WILL[1], *(f"- {line}" for line in WILL[2:5]), WILL[5], WILL[5], *WILL[6:]]
    lines[1] = lines[1].replace("testament", "testament testament").replace("ceci", "[illegible] ceci")
    page = merge([placed, boxless("\n".join(lines))], None)
    apart = [u.text for u in page.unplaced]
    assert {"##", "[illegible]", "testament"} <= set(apart)
    assert all(word in apart for word in WILL[5].split())
    assert share_right(page, WILL) >= 0.85


def test_moved_blocks_and_joined_lines_find_their_place() -> None:
    said = " ".join(WILL[6:]) + "\n" + " ".join(WILL[:6])
    page = merge([typed(WILL), boxless(said)], None)
    assert share_right(page, WILL) == 1.0
    assert page.unplaced == ()


def test_what_stands_apart_is_never_lost() -> None:
    placed = garbled(WILL, 0.2, 5)
    text = "\n".join([*WILL, "and a line that stands nowhere", *[WILL[2]] * 6])
    page = merge([placed, boxless(text)], None)
    said = [c.text for s in page.slots for c in s.candidates if "model" in c.engines]
    said += [u.text for u in page.unplaced if u.engine == "model"]
    assert sorted("".join(said).replace(" ", "")) == sorted("".join(text.split()))


def test_two_columns_read_across_are_put_back() -> None:
    left, right = WILL[:6], WILL[6:]
    words = (*(typed(left).words or ()), *(typed(right, x=560).words or ()))
    placed = Reading("rapidocr", "1", 1300, 1400, words)
    across = "\n".join(f"{a} {b}" for a, b in zip(left, right, strict=True))
    page = merge([placed, boxless(across)], None)
    assert page.unplaced == ()
    assert all(len(s.candidates) == 1 and len(s.candidates[0].engines) == 2 for s in page.slots)


def japanese(lines: Sequence[str], *, vertical: bool, engine: str = "rapidocr") -> Reading:
    """Characters of 20 x 20 px, lines 40 px apart; upright lines from the right."""
    words = []
    for n, line in enumerate(lines):
        for k, glyph in enumerate(line):
            x, y = (900 - 40 * n, 50 + 22 * k) if vertical else (50 + 22 * k, 50 + 40 * n)
            words.append(Word(glyph, Quad.from_box(Box(x, y, x + 20, y + 20)), 0.9, n, vertical))
    return Reading(engine, "1", 1000, 1400, tuple(words), "\n".join(lines))


@pytest.mark.parametrize("vertical", [False, True])
@pytest.mark.parametrize("break_up", ["\n", ""])
def test_japanese_without_spaces_is_placed_whatever_its_lines(vertical: bool, break_up: str) -> None:
    lines = [
        "私は東京都港区に住んでいます",
        "電話番号は次のとおりです",
        "来週の火曜日に伺います",
        "よろしくお願いします",
    ]
    misread = [lines[0].replace("港", "浩"), lines[1], lines[2].replace("曜", "躍"), lines[3]]
    page = merge(
        [japanese(misread, vertical=vertical), boxless(break_up.join(lines))], None, languages=("ja",)
    )
    said = "".join(c.text for s in page.slots for c in s.candidates if "model" in c.engines)
    assert len(said) == len("".join(lines)), "every character has its place"
    assert page.unplaced == ()
    assert {"港", "浩"} <= {g for s in page.slots for c in s.candidates for g in c.text}


def test_a_real_form_read_without_boxes_stands_where_it_was_written() -> None:
    readings, image, transform = recorded("form")
    words = truth("form")["words"]
    lines: dict[int, list[str]] = {}
    for word in sorted(words, key=lambda w: (w["box"][1], w["box"][0])):
        lines.setdefault(round(word["box"][1] / 40), []).append(word["text"])
    text = "\n".join(" ".join(line) for line in lines.values())
    page = merge([*readings, boxless(text)], image, transform=transform, languages=("en",))
    right = 0
    for word in words:
        box = Box.of(word["box"])
        right += any(
            word["text"] in c.text and "model" in c.engines and slot.redact_box.contains(box.centre)
            for slot in page.slots
            for c in slot.candidates
        )
    assert right >= 0.94 * len(words)
