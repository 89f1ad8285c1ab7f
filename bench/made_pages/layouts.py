"""Arranges whole pages: letters, columns, lists, notes, upright Japanese. Forms and tables are in forms.py.

A layout is a function of a Desk: it writes everything in reading order. Ink that is no word (rules, seals,
signatures) is in marks.py.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from . import marks
from .fonts import PRINT, Shelf
from .sheet import Pen, Sheet
from .texts import Texts

INKS = (
    (20, 20, 25),
    (15, 15, 15),
    (30, 45, 120),
    (20, 30, 90),
    (60, 50, 45),
    (95, 70, 45),
    (70, 70, 75),
    (140, 25, 30),
)


@dataclass
class Desk:
    """What a layout has at hand."""

    sheet: Sheet
    texts: Texts
    shelf: Shelf
    chance: random.Random
    kind: str
    """printed, handwritten or mixed: what the body is written in."""

    @property
    def ja(self) -> bool:
        return self.texts.language == "ja"

    @property
    def margin(self) -> float:
        return self.sheet.dpi * self._margin

    def __post_init__(self) -> None:
        self._margin = self.chance.uniform(0.45, 1.0)
        self.body = self.hand() if self.kind == "handwritten" else self.type()
        self.hand_pen = self.body if self.kind == "handwritten" else self.hand()

    def type(self, points: float | None = None, styles: tuple[str, ...] = PRINT) -> Pen:
        """A printer's or a typewriter's letters."""
        chance = self.chance
        face = self.shelf.pick(styles, self.texts.language, chance)
        size = self.sheet.px(points or chance.choice((8, 9, 10, 10, 11, 11, 12, 14)))
        size = max(size, 13.0 if self.ja else 11.0)
        if face.style == "mono" and chance.random() < 0.6:
            return Pen(
                face,
                size,
                ink=(35, 35, 50),
                strength=chance.uniform(0.75, 1),
                uneven=chance.uniform(0, 0.45),
                letterwise=True,
                wander=chance.uniform(0, 0.03),
            )
        return Pen(face, size, ink=chance.choice(INKS[:2]), strength=chance.uniform(0.75, 1.0))

    def hand(self, points: float | None = None) -> Pen:
        """Somebody's hand: one face, and that person's size, slant, ink and calm today."""
        chance = self.chance
        caps = 0.12 if self.texts.language in ("en", "it", "de") else 0
        style = "hand_caps" if chance.random() < caps else "hand"
        face = self.shelf.pick((style,), self.texts.language, chance)
        size = max(self.sheet.px(points or chance.uniform(12, 20)), 24.0 if self.ja else 16.0)
        joined = face.style == "hand" and chance.random() < 0.75
        if chance.random() < 0.3:  # in a hurry, with a bad pen: letters run into each other and fade
            return Pen(
                face,
                size,
                ink=chance.choice(INKS),
                strength=chance.uniform(0.45, 0.9),
                uneven=chance.uniform(0.4, 1),
                tremor=chance.uniform(0.05, 0.09),
                wander=chance.uniform(0.06, 0.16),
                sway=chance.uniform(0.15, 0.35),
                slant=chance.uniform(-0.1, 0.4),
                gap=chance.uniform(0.45, 1.1),
                width=1 if self.sheet.dpi >= 200 and chance.random() < 0.4 else 0,
            )
        return Pen(
            face,
            size,
            ink=chance.choice(INKS),
            strength=chance.uniform(0.65, 1.0),
            uneven=chance.uniform(0, 0.7),
            tremor=chance.choice((0, 0.02, 0.04, 0.06)),
            wander=chance.uniform(0.01, 0.1),
            sway=chance.uniform(0.02, 0.22),
            slant=chance.gauss(0, 0.08),
            gap=chance.uniform(0.8, 2.2),
            letterwise=not joined and chance.random() < 0.5,
            width=1 if self.sheet.dpi >= 200 and chance.random() < 0.4 else 0,
        )

    def some(self, *choices: Callable[[], None], share: float = 0.5) -> None:
        for choice in choices:
            if self.chance.random() < share:
                choice()


def letter(desk: Desk) -> None:
    sheet, texts, chance, pen = desk.sheet, desk.texts, desk.chance, desk.body
    left, right = desk.margin, sheet.width - desk.margin
    leading = pen.size * chance.uniform(1.25, 1.9)
    y = desk.margin + pen.size
    if chance.random() < 0.3 and desk.kind == "handwritten":
        marks.ruled(sheet, leading, y, chance)
    if chance.random() < 0.6:  # the letterhead, printed even over a written letter
        head = desk.type(chance.choice((14, 16, 20, 24)))
        name = texts.company()
        x = chance.choice((left, max(left, (sheet.width - sheet.length(name, head)) / 2)))
        sheet.write(name, x, y + head.size * 0.5, head, limit=right - x)
        small = replace(head, size=max(sheet.px(8), 12.0))
        y += head.size * 1.3
        for line in [*texts.address(), f"Tel. {texts.phone()}  {texts.email()}"]:
            sheet.write(line, x, y, small, limit=right - x)
            y += small.size * 1.35
        if chance.random() < 0.6:
            sheet.rule((left, y, right, y), (60, 60, 60), max(1, sheet.dpi / 120))
        y += leading * 1.2
    for line in [texts.name(), *texts.address()] if chance.random() < 0.6 else []:
        sheet.write(line, left, y, pen)
        y += leading
    y += leading * 0.5
    date = texts.date() if desk.ja else f"{texts.city()}, {texts.date()}"
    sheet.write(date, max(left, right - sheet.length(date, pen) * 1.15), y, pen)
    y += leading * 1.6
    if chance.random() < 0.4:
        sheet.write(
            texts.fill(texts.one("subjects")), left, y, replace(pen, width=pen.width + (sheet.dpi > 180))
        )
        y += leading * 1.5
    sheet.write(texts.fill(texts.one("greetings")), left, y, pen)
    y += leading * 1.3
    bottom = sheet.height - desk.margin - leading * 5
    for _ in range(chance.randint(1, 5)):
        indent = chance.choice((0, 0, pen.size * 2))
        y = sheet.paragraph(
            texts.paragraph(chance.randint(1, 6)),
            left + indent,
            y,
            right - left - indent,
            pen,
            leading,
            bottom,
            hyphens=not desk.ja and chance.random() < 0.3,
        )
        y += leading * chance.choice((0, 0.6, 1))
    x = chance.choice((left, left + (right - left) * 0.5))
    y = min(y + leading * 0.5, sheet.height - desk.margin - leading * 3.5)
    sheet.write(texts.fill(texts.one("closings")), x, y, pen, limit=right - x)
    marks.signature(sheet, x, y + leading * 1.2, leading * chance.uniform(1.2, 2), desk.hand_pen.ink, chance)
    y += leading * 2.5
    sheet.write(texts.name(), x, y, pen, limit=right - x)
    desk.some(lambda: margin_notes(desk), share=0.35)
    desk.some(lambda: stamp(desk), share=0.3)


def columns(desk: Desk) -> None:
    sheet, texts, chance, pen = desk.sheet, desk.texts, desk.chance, desk.body
    count = chance.choice((2, 2, 3))
    left, right = desk.margin * 0.8, sheet.width - desk.margin * 0.8
    y = desk.margin + pen.size
    title = desk.type(chance.choice((18, 22, 28)))
    sheet.write(
        texts.one("lists" if chance.random() < 0.3 else "titles"),
        left,
        y + title.size * 0.6,
        title,
        limit=right - left,
    )
    y += title.size * 1.8
    gutter = pen.size * chance.uniform(1.2, 2.5)
    width = (right - left - gutter * (count - 1)) / count
    while width < pen.size * 9:
        count -= 1
        width = (right - left - gutter * (count - 1)) / count
    leading = pen.size * chance.uniform(1.15, 1.45)
    ruled = chance.random() < 0.3
    for number in range(count):
        x, line = left + number * (width + gutter), y
        bottom = sheet.height - desk.margin * chance.uniform(0.8, 2.5)
        if ruled and number:
            sheet.rule((x - gutter / 2, y - pen.size, x - gutter / 2, bottom), (90, 90, 90), 1)
        while line < bottom:
            if chance.random() < 0.3:
                sheet.write(
                    texts.fill(texts.one("subjects")),
                    x,
                    line,
                    replace(pen, width=int(sheet.dpi > 180)),
                    limit=width,
                )
                line += leading * 1.2
            line = sheet.paragraph(
                texts.paragraph(chance.randint(2, 5)),
                x,
                line,
                width,
                pen,
                leading,
                bottom,
                hyphens=not desk.ja,
            )
            line += leading * chance.choice((0.2, 0.8))
    desk.some(lambda: margin_notes(desk), share=0.3)


def listing(desk: Desk) -> None:
    """A list: shopping, members with numbers, things to do; some entries crossed out."""
    sheet, texts, chance, pen = desk.sheet, desk.texts, desk.chance, desk.body
    left = desk.margin
    y = desk.margin + pen.size * 1.5
    leading = pen.size * chance.uniform(1.4, 2.2)
    if chance.random() < 0.4:
        marks.ruled(sheet, leading, y + pen.size * 0.15, chance)
    title = texts.one("lists")
    far = sheet.write(title, left, y, pen.scaled(1.25))
    if chance.random() < 0.6:
        sheet.rule(
            (left, y + pen.size * 0.35, left + far, y + pen.size * 0.3), pen.ink, max(1, pen.size / 14)
        )
    y += leading * 1.5
    entry = chance.choice((texts.item, texts.name, lambda: texts.fill(texts.one("notes")), texts.street))
    second = chance.choice((None, texts.figure, texts.phone, texts.date))
    bullet = chance.choice(("", "-", "number", "box"))
    for number in range(1, chance.randint(8, 26)):
        if y > sheet.height - desk.margin:
            break
        x = left
        if bullet == "box":
            marks.check_box(sheet, x, y, pen.size * 0.7, chance.random() < 0.4, pen.ink, chance)
            x += pen.size * 1.2
        mark = {"number": f"{number}.", "-": "-"}.get(bullet, "")
        text = f"{mark} {entry()}".strip()
        if second is not None and chance.random() < 0.85:
            tab = sheet.width * chance.choice((0.62, 0.64))
            sheet.write(text, x, y, pen, limit=tab - x - pen.size)
            sheet.write(second(), tab, y, pen, limit=sheet.width - tab - desk.margin * 0.3)
        else:
            sheet.write(text, x, y, pen, limit=sheet.width - x - desk.margin * 0.5)
        y += leading
    desk.some(lambda: margin_notes(desk), lambda: stamp(desk), share=0.25)


def note(desk: Desk) -> None:
    """A page of one hand: a diary, a will, a message; ruled or not, tight or wide."""
    sheet, texts, chance, pen = desk.sheet, desk.texts, desk.chance, desk.body
    left, right = desk.margin, sheet.width - desk.margin * chance.uniform(0.3, 1)
    leading = pen.size * chance.uniform(1.1, 1.9)
    y = desk.margin + leading
    if chance.random() < 0.5:
        marks.ruled(sheet, leading, y + pen.size * 0.12, chance)
    if chance.random() < 0.7:
        text = texts.date()
        sheet.write(text, max(left, right - sheet.length(text, pen) * 1.2), y, pen)
        y += leading
    bottom = sheet.height - desk.margin * chance.uniform(0.6, 3)
    while y < bottom:
        y = sheet.paragraph(
            texts.paragraph(chance.randint(2, 6)), left, y, right - left, pen, leading, bottom
        )
        if chance.random() < 0.2:
            break
    if chance.random() < 0.5:
        marks.signature(sheet, (left + right) / 2, y, leading * 1.5, pen.ink, chance)
    desk.some(lambda: margin_notes(desk), lambda: stamp(desk), share=0.3)


def upright(desk: Desk) -> None:
    """Japanese from top to bottom, lines from right to left."""
    sheet, texts, chance, pen = desk.sheet, desk.texts, desk.chance, desk.body
    pen = pen.scaled(chance.uniform(1.0, 1.4))
    step = pen.size * chance.uniform(1.4, 2.2)
    x, top = sheet.width - desk.margin - pen.size / 2, desk.margin
    bottom = sheet.height - desk.margin
    if chance.random() < 0.4:
        at = x + step / 2
        while at > desk.margin * 0.7:
            sheet.rule((at, top - 10, at, bottom + 10), (150, 120, 120), 1)
            at -= step
    while x > desk.margin:
        text = "".join(c for c in texts.paragraph(chance.randint(1, 3)) if not c.isascii())
        start = top + pen.size * chance.choice((0, 1, 1))
        while text and x > desk.margin:
            taken = sheet.upright(text, x, start, pen, bottom)
            text, start = text[max(1, taken) :], top
            x -= step
        if chance.random() < 0.12:
            break


def margin_notes(desk: Desk) -> None:
    """Afterthoughts of another hand: in the margin, turned by a quarter, or written across."""
    sheet, texts, chance = desk.sheet, desk.texts, desk.chance
    pen = replace(desk.hand(chance.uniform(9, 14)), ink=chance.choice(INKS))
    room = max(desk.margin * 0.8, pen.size)
    for _ in range(chance.choice((1, 1, 2))):
        text = texts.fill(texts.one("notes")) if chance.random() < 0.7 else texts.sentence()
        long = sheet.length(text, pen)
        kind = chance.random()
        if kind < 0.45:
            y = chance.uniform(0.25, 0.9) * sheet.height
            sheet.write(
                text,
                room * 0.6,
                min(sheet.height - 5, max(y, long * 1.1 + 10)),
                pen,
                angle=90 + chance.gauss(0, 1.5),
            )
        elif kind < 0.6:
            y = chance.uniform(0.1, 0.5) * sheet.height
            sheet.write(
                text,
                sheet.width - room * 0.6,
                y,
                pen,
                limit=sheet.height - y - 10,
                angle=-90 + chance.gauss(0, 1.5),
            )
        elif kind < 0.8:
            y = sheet.height - desk.margin * 0.35
            sheet.write(text, desk.margin, y, pen)
        else:
            x, y = chance.uniform(0.1, 0.4) * sheet.width, chance.uniform(0.4, 0.9) * sheet.height
            angle = chance.uniform(8, 25)
            sheet.write(text, x, y, pen, limit=sheet.width - x - 20, angle=angle)


def stamp(desk: Desk) -> None:
    """A rubber stamp with a word to be read, or a seal with none."""
    sheet, texts, chance = desk.sheet, desk.texts, desk.chance
    ink = chance.choice(((150, 30, 40), (40, 50, 140), (90, 40, 110), (50, 50, 50)))
    x, y = chance.uniform(0.45, 0.75) * sheet.width, chance.uniform(0.08, 0.85) * sheet.height
    if chance.random() < 0.5:
        marks.seal(sheet, x, y, sheet.dpi * chance.uniform(0.35, 0.6), ink, chance)
        return
    pen = replace(
        desk.type(chance.choice((14, 18, 22)), ("sans", "narrow")),
        ink=ink,
        strength=chance.uniform(0.35, 0.8),
        uneven=0.8,
    )
    angle = chance.gauss(0, 8)
    lines = [texts.one("stamps")] + ([texts.date()] if chance.random() < 0.5 else [])
    wide = max(sheet.length(line, pen) for line in lines)
    x = min(x, sheet.width - wide - 25)
    for number, line in enumerate(lines):
        sheet.write(line, x, y + number * pen.size * 1.2, pen, limit=wide * 1.1, angle=angle)
    if chance.random() < 0.7:
        marks.frame(sheet, (x, y, wide, pen.size), len(lines), angle, ink, pen.strength)
