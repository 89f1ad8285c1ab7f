"""Every hiding place again with another secret, page and box: one variation a seed.

`varied(name, seed)` builds the file of that name with the seed's secret, then turns or moves its pages and
draws the boxes tight, loose or a little off, as people do. The same seed gives the same file.
"""

from __future__ import annotations

import dataclasses
import io
import random
from collections.abc import Iterator
from contextlib import contextmanager

import corpus
import hostile
import pikepdf
from pikepdf import Array

SECRETS = (
    (hostile.SECRET, hostile.TOKENS),
    ("Account GB29 Zébulon Überström 4471-88-2093", ("Zébulon", "Überström", "4471-88-2093")),
    ("No. 7714-2203 Thelonius Quackenbush", ("7714-2203", "Quackenbush")),
    ("Ñandú Ørsted-Gwrtheyrn ref QX4471882", ("Gwrtheyrn", "QX4471882")),
    ("Prof. Dr. Ypsilanti O'Mxyzptlk +44 20 7946 0991", ("Ypsilanti", "Mxyzptlk", "7946 0991")),
)
OWN = frozenset({"ligatures", "glyph_names", "secret_over_two_lines", "embedded_subset"})
"""Files that spell the secret in a way of their own."""
EXACT = frozenset(
    {"japanese", "japanese_vertical", "japanese_shift_jis", "japanese_utf16", "tight_leading", "hebrew"}
)
"""Files in which a box a little larger covers a neighbour's letter."""
UPRIGHT = frozenset({"annotations", "rare_annotations"})
"""Icons of notes turn with the page once they are content, and do not before."""


@contextmanager
def _secret(text: str, tokens: tuple[str, ...]) -> Iterator[None]:
    before = hostile.SECRET, hostile.TOKENS
    hostile.SECRET, hostile.TOKENS = text, tokens
    hostile.outline.cache_clear()
    try:
        yield
    finally:
        hostile.SECRET, hostile.TOKENS = before
        hostile.outline.cache_clear()


def varied(name: str, seed: int) -> hostile.Case:
    """The file of a name in its variation of a seed."""
    chance = random.Random(f"{name} {seed}")
    text, tokens = SECRETS[seed % len(SECRETS)]
    if name in OWN:
        text, tokens = hostile.SECRET, hostile.TOKENS
    with _secret(text, tokens):
        case = (corpus.BUILDERS | corpus.MORE)[name].__wrapped__()  # type: ignore[attr-defined]
    if case.secret == SECRETS[0][0]:
        case = dataclasses.replace(
            case, secret=text, tokens=tokens, text=text if case.text == SECRETS[0][0] else case.text
        )
    loose = chance.choice([0.0, 0.0, 0.5, 1.0])
    right, down = chance.choice([-1.0, 0.0, 0.0, 1.0]), chance.choice([-1.0, 0.0, 0.0, 1.0])
    if case.text is None or name in EXACT:  # nobody says what is redacted: the box must cover it
        right = down = 0.0
    if name in EXACT:
        loose = 0.0
    boxes = tuple(
        (page, (max(x0 - loose + right, 0), max(y0 - loose + down, 0), x1 + loose + right, y1 + loose + down))
        for page, (x0, y0, x1, y1) in case.boxes
    )
    case = dataclasses.replace(case, boxes=boxes)
    if name in UPRIGHT:
        return case
    return turned(case, chance.choice([0, 0, 90, 180, 270]), chance.choice([0, 0, 37]))


def turned(case: hostile.Case, angle: int, offset: float) -> hostile.Case:
    """The file with its pages turned and their media boxes begun elsewhere, if it is whole and open."""
    if (not angle and not offset) or case.password or b"startxref" not in case.data:
        return case
    try:
        pdf = pikepdf.open(io.BytesIO(case.data))
    except pikepdf.PdfError:
        return case
    with pdf:
        if (
            pdf.is_encrypted
            or pdf.get_warnings()
            or case.data.count(b"%%EOF") > 1
            or b"/ByteRange" in case.data
        ):
            return case
        sizes = {}
        for number, page in enumerate(pdf.pages, 1):
            obj = page.obj
            if any(k in obj for k in ("/Rotate", "/CropBox", "/UserUnit")) or "/MediaBox" not in obj:
                return case
            x0, y0, x1, y1 = (float(v) for v in obj.MediaBox)
            if (x0, y0) != (0, 0):
                return case
            sizes[number] = (x1, y1)
            if angle:
                obj.Rotate = angle
            if offset:
                obj.MediaBox = Array([-offset, -offset, x1 + offset, y1])
        buffer = io.BytesIO()
        pdf.save(buffer, deterministic_id=True)
    boxes = []
    for number, (x0, y0, x1, y1) in case.boxes:
        w, h = sizes[number][0] + 2 * offset, sizes[number][1] + offset
        x0, x1 = x0 + offset, x1 + offset
        boxes.append(
            (
                number,
                {
                    0: (x0, y0, x1, y1),
                    90: (h - y1, x0, h - y0, x1),
                    180: (w - x1, h - y1, w - x0, h - y0),
                    270: (y0, w - x1, y1, w - x0),
                }[angle],
            )
        )
    return dataclasses.replace(case, data=buffer.getvalue(), boxes=tuple(boxes))
