"""Arranges what is filled in: forms, bills, tables, ledgers.

Reading order: a label, then its answer; row by row.
"""

from __future__ import annotations

from dataclasses import replace

from . import marks
from .layouts import Desk, margin_notes, stamp
from .sheet import Pen

GREY = (70, 70, 70)


def form(desk: Desk) -> None:
    """Printed labels with answers in boxes, on lines, in combs or below; check boxes; a place to sign."""
    sheet, texts, chance = desk.sheet, desk.texts, desk.chance
    label = desk.type(chance.choice((8, 9, 10, 11)))
    answer = (
        desk.hand(chance.uniform(11, 17))
        if desk.kind != "printed"
        else desk.type(chance.choice((10, 11, 12)))
    )
    left, right = desk.margin * 0.8, sheet.width - desk.margin * 0.8
    head = label.scaled(chance.choice((1.5, 1.8, 2.2)))
    y = desk.margin * 0.7 + head.size
    sheet.write(texts.one("titles"), left, y, head, limit=right - left)
    if chance.random() < 0.5:
        code = texts.code()
        sheet.write(code, right - sheet.length(code, label) * 1.05, y, label)
    y += head.size * 0.8
    if chance.random() < 0.5:
        y = sheet.paragraph(
            texts.paragraph(1),
            left,
            y + label.size,
            right - left,
            label,
            label.size * 1.3,
            y + label.size * 4,
        )
    for _ in range(chance.choice((1, 2, 2))):
        y = _fields(desk, y, label, answer) + label.size * 1.5
        if y > sheet.height * 0.75:
            break
        if chance.random() < 0.5:
            sheet.write(texts.one("titles"), left, y + label.size, label.scaled(1.2), limit=right - left)
            y += label.size * 1.5
    row = answer.size * 1.8
    y = min(y + row, sheet.height - desk.margin * 0.6)
    x = left + (right - left) * 0.55
    sheet.rule((x, y, right, y), GREY, 1)
    sheet.write(texts.date(), left, y, answer, limit=x - left - 10)
    marks.signature(sheet, x + 20, y - answer.size * 0.4, answer.size * 1.3, answer.ink, chance)
    desk.some(lambda: stamp(desk), lambda: margin_notes(desk), share=0.25)


def _fields(desk: Desk, y: float, label: Pen, answer: Pen) -> float:
    """A section of a form in one style from y on. Returns the y below."""
    sheet, texts, chance = desk.sheet, desk.texts, desk.chance
    left, right = desk.margin * 0.8, sheet.width - desk.margin * 0.8
    style = chance.choice(("lines", "boxes", "dots", "table", "comb", "below"))
    fields = chance.sample(texts.words["fields"], k=min(len(texts.words["fields"]), chance.randint(8, 16)))
    row = max(answer.size * chance.uniform(1.5, 2.2), label.size * 1.9)
    start = left + (right - left) * chance.uniform(0.24, 0.38)
    y += row
    while fields and y < sheet.height - desk.margin - row * 2:
        pair = fields[:2] if chance.random() < 0.3 and style != "comb" else fields[:1]
        del fields[: len(pair)]
        half = (right - left) / 2
        for number, field in enumerate(pair):
            if len(pair) == 2:
                x0, x1 = left + number * half, left + (number + 1) * half - label.size
                at = x0 + half * 0.38
            else:
                x0, x1, at = left, right, start
            name, kind = field.split("|")
            value = texts.one("jobs") if kind == "jobs" else str(getattr(texts, kind)())
            _field(desk, (x0, at, x1, y), (name, value), style, (label, answer))
        y += row * (1.5 if style == "below" else 1)
        if chance.random() < 0.18:
            y = _choices(desk, left, y, label, answer) + (row * 0.6 if style == "below" else 0)
    return y


def _field(
    desk: Desk,
    place: tuple[float, float, float, float],
    texts: tuple[str, str],
    style: str,
    pens: tuple[Pen, Pen],
) -> None:
    """One label and its answer in (x0, where the answer starts, x1, baseline)."""
    sheet, chance = desk.sheet, desk.chance
    x0, at, x1, y = place
    name, value = texts
    label, answer = pens
    thin = max(1.0, sheet.dpi / 150)
    name += chance.choice(("", ":")) if not desk.ja else ""
    if style == "below":
        sheet.write(name, x0, y - answer.size * 1.05, label.scaled(0.85), limit=x1 - x0)
        at = x0 + label.size * 0.4
        sheet.box((x0, y - answer.size * 1.05 - label.size, x1, y + answer.size * 0.4), GREY, thin)
    else:
        at = max(at, x0 + sheet.length(name, label) + label.size * 0.6)
        sheet.write(name, x0 + (label.size * 0.3 if style == "table" else 0), y, label, limit=at - x0)
    if style == "lines":
        sheet.rule((at, y + answer.size * 0.15, x1, y + answer.size * 0.15), GREY, thin)
    elif style == "dots":
        sheet.rule((at, y + answer.size * 0.12, x1, y + answer.size * 0.12), (60, 60, 60), thin, dashed=True)
    elif style in ("boxes", "table"):
        corners = (at - answer.size * 0.3, y - answer.size * 1.05, x1, y + answer.size * 0.45)
        sheet.box(corners, GREY, thin)
        if style == "table":
            sheet.box((x0, *corners[1:]), GREY, thin)
    if style == "comb" and len(value) * answer.size * 0.95 < x1 - at:
        _comb(desk, (at, x1, y), value, answer)
    elif chance.random() > 0.06:  # some fields stay empty
        start = at + answer.size * chance.uniform(0, 0.5)
        sheet.write(
            value,
            start,
            y + answer.size * chance.gauss(0, 0.05),
            answer,
            limit=x1 - start + answer.size * 0.5,
        )


def _comb(desk: Desk, place: tuple[float, float, float], value: str, pen: Pen) -> None:
    """One character a cell. The words are still words: the truth joins what stands in neighbouring cells."""
    sheet = desk.sheet
    at, x1, y = place
    cell = pen.size * 0.95
    count = min(int((x1 - at) / cell), max(len(value) + 4, 10))
    for n in range(count + 1):
        sheet.rule((at + n * cell, y - pen.size * 0.55, at + n * cell, y + pen.size * 0.25), GREY, 1)
    sheet.rule((at, y + pen.size * 0.25, at + count * cell, y + pen.size * 0.25), GREY, 1)
    sheet.comb(value[:count], at, y, pen, cell)


def _choices(desk: Desk, x: float, y: float, label: Pen, answer: Pen) -> float:
    sheet, texts, chance = desk.sheet, desk.texts, desk.chance
    side = label.size * 0.9
    for name in chance.sample(texts.words["boxes"], k=chance.randint(2, 5)):
        wide = side * 1.5 + sheet.length(name, label) + label.size * 1.5
        if x + wide > sheet.width - desk.margin * 0.5:
            break
        marks.check_box(sheet, x, y, side, chance.random() < 0.45, answer.ink, chance)
        sheet.write(name, x + side * 1.5, y, label)
        x += wide
    return y + max(label.size * 2, answer.size * 1.4)


def bill(desk: Desk) -> None:
    """An invoice: seller, customer, a table of items, the sum, an account."""
    sheet, texts, chance, pen = desk.sheet, desk.texts, desk.chance, desk.type(chance_points(desk))
    left, right = desk.margin, sheet.width - desk.margin
    words = texts.words["bill"]
    written = desk.hand(chance.uniform(10, 14)) if desk.kind != "printed" else pen
    head = pen.scaled(chance.uniform(1.5, 2.4))
    y = desk.margin + head.size
    sheet.write(texts.company(), left, y, head, limit=right - left)
    y += head.size * 0.5
    for line in [*texts.address(), texts.phone(), texts.email()]:
        y += pen.size * 1.35
        sheet.write(line, left, y, pen, limit=right - left)
    y += pen.size * 3
    sheet.write(words[0], left, y, pen.scaled(1.6))
    y += pen.size * 2
    for name, value in (
        (words[1], texts.code()),
        (words[2], texts.name()),
        (texts.words["heads"][5], texts.date()),
    ):
        at = left + max(sheet.length(name, pen) + pen.size, pen.size * 7)
        sheet.write(name, left, y, pen)
        sheet.write(value, at, y, written, limit=right - at)
        y += max(pen.size, written.size) * 1.5
    y = _table(desk, (left, y + pen.size, right), pen, written, bill_heads(desk), chance.randint(3, 12))
    for name in words[3:6]:
        value = texts.money()
        at = max(left + (right - left) * 0.66, right - sheet.length(value, written) * 1.1)
        sheet.write(name, at - sheet.length(name, pen) - pen.size * 1.5, y, pen)
        sheet.write(value, at, y, written, limit=right - at + pen.size)
        y += max(pen.size, written.size) * 1.5
    for line in (f"{words[7]} {texts.iban()}", words[6]):
        if y < sheet.height - desk.margin * 0.5:
            sheet.write(line, left, y + pen.size, pen, limit=right - left)
            y += pen.size * 1.8
    desk.some(lambda: stamp(desk), share=0.4)
    desk.some(lambda: margin_notes(desk), share=0.2)


def chance_points(desk: Desk) -> float:
    return float(desk.chance.choice((8, 9, 10, 11)))


def bill_heads(desk: Desk) -> list[tuple[str, str]]:
    heads = desk.texts.words["heads"]
    if desk.ja:
        return [(heads[0], "item"), (heads[1], "quantity"), (heads[2], "figure"), (heads[3], "figure")]
    return [(heads[1], "item"), (heads[2], "quantity"), (heads[3], "figure"), (heads[4], "figure")]


def table(desk: Desk) -> None:
    """A page with one or two tables and a line or two around them."""
    sheet, texts, chance, pen = desk.sheet, desk.texts, desk.chance, desk.type()
    written = desk.hand(chance.uniform(10, 15)) if desk.kind != "printed" else pen
    left, right = desk.margin * 0.8, sheet.width - desk.margin * 0.8
    y = desk.margin + pen.size
    kinds = ["name", "date", "city", "figure", "quantity", "item", "code", "phone", "surname"]
    for _ in range(chance.choice((1, 1, 2))):
        sheet.write(texts.one("lists"), left, y, pen.scaled(1.4))
        y += pen.size * 2.2
        heads = [(texts.one("heads"), kind) for kind in chance.sample(kinds, k=chance.randint(3, 6))]
        y = _table(desk, (left, y, right), pen, written, heads, chance.randint(5, 20))
        y += pen.size * 2
        if y > sheet.height * 0.7:
            break
    sheet.paragraph(
        texts.paragraph(2), left, y, right - left, pen, pen.size * 1.4, sheet.height - desk.margin
    )
    desk.some(lambda: margin_notes(desk), lambda: stamp(desk), share=0.2)


def _table(
    desk: Desk,
    place: tuple[float, float, float],
    pen: Pen,
    written: Pen,
    heads: list[tuple[str, str]],
    rows: int,
) -> float:
    """Heads in print, cells in `written`, with all, some or no rules. Returns the y below."""
    sheet, texts, chance = desk.sheet, desk.texts, desk.chance
    left, y, right = place
    shares = [{"item": 2.2, "name": 2.0, "phone": 1.7, "quantity": 0.7}.get(kind, 1.2) for _, kind in heads]
    edges = [left]
    for share in shares:
        edges.append(edges[-1] + (right - left) * share / sum(shares))
    height = max(pen.size, written.size) * chance.uniform(1.35, 1.9)
    ruling = chance.choice(("all", "all", "rows", "head", "none"))
    thin = max(1.0, sheet.dpi / 150)
    top = y - height * 0.72
    flush = chance.random() < 0.6
    for row in range(rows + 1):
        if y > sheet.height - desk.margin * 0.7:
            break
        for n, (head, kind) in enumerate(heads):
            text = (
                head if row == 0 else texts.number(24) if kind == "quantity" else str(getattr(texts, kind)())
            )
            if row and chance.random() < 0.06:
                continue
            use = replace(pen, width=int(sheet.dpi > 180)) if row == 0 else written
            room = edges[n + 1] - edges[n] - pen.size * 0.6
            x = edges[n] + pen.size * 0.3
            if flush and kind in ("figure", "quantity"):
                x = max(x, edges[n + 1] - sheet.length(text, use) - pen.size * 0.3)
            sheet.write(text, x, y, use, limit=edges[n + 1] - x if room > 0 else room)
        if ruling in ("all", "rows") or (ruling == "head" and row == 0):
            sheet.rule((left, y + height * 0.28, right, y + height * 0.28), GREY, thin)
        y += height
    if ruling == "all":
        sheet.rule((left, top, right, top), GREY, thin)
        for edge in edges:
            sheet.rule((edge, top, edge, y - height * 0.72), GREY, thin)
    return y + height * 0.6


def ledger(desk: Desk) -> None:
    """A register kept by hand: number, date, entry, sums in columns; a total under a double rule."""
    sheet, texts, chance = desk.sheet, desk.texts, desk.chance
    pen = desk.hand(chance.uniform(11, 15)) if desk.kind != "printed" else desk.type(styles=("mono",))
    left, right = desk.margin * 0.5, sheet.width - desk.margin * 0.5
    edges = [left + (right - left) * share for share in (0, 0.08, 0.26, 0.64, 0.82, 1)]
    row = pen.size * chance.uniform(1.35, 1.8)
    y = desk.margin + row
    ink = chance.choice(((170, 120, 125), (120, 140, 170), (130, 130, 130)))
    heading = f"{texts.one('lists')} {texts.number(99)}"
    sheet.write(heading, edges[2], y, pen.scaled(1.2), limit=right - edges[2])
    y += row * 1.5
    top = y - row
    for number in range(1, chance.randint(10, 32)):
        if y > sheet.height - desk.margin - row:
            break
        entry = chance.choice(
            (texts.item, texts.name, texts.company, lambda: texts.fill(texts.one("notes")))
        )()
        cells = [str(number), texts.date(), entry, texts.figure(), texts.figure()]
        empty = chance.choice((3, 4, 9))
        for n, text in enumerate(cells):
            if n == empty:
                continue
            room = edges[n + 1] - edges[n]
            x = edges[n] + 4 if n < 3 else max(edges[n] + 4, edges[n + 1] - sheet.length(text, pen) - 8)
            sheet.write(text, x, y, pen, limit=edges[n + 1] - x if n != 2 else room)
        sheet.rule((left, y + row * 0.25, right, y + row * 0.25), ink, 1)
        y += row
    for edge in edges:
        sheet.rule((edge, top, edge, y), ink, max(1, sheet.dpi / 120))
    total = texts.figure()
    sheet.write(total, max(edges[4], right - sheet.length(total, pen) - 8), y + row * 0.2, pen)
    for shift in (0.45, 0.55):
        sheet.rule((edges[4], y + row * shift, right, y + row * shift), pen.ink, 1)
    desk.some(lambda: margin_notes(desk), lambda: stamp(desk), share=0.3)
