"""Texts in a page's margins (Bates numbers): the place each takes so that it hides nothing.

They are set and written by redaction.burn.label. Places are displayed points, origin top left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, get_args

import numpy as np
from numpy.typing import NDArray

from model.errors import UsageError
from model.findings import Position, Stamp
from model.geometry import Box
from redaction.burn.label import CAP, DARK, WHITE, Written, missing_in, width_of

SIZE: Final = 8.0
"""Points of a stamp's letters; less where the page is narrower than its text."""
EDGE: Final = (24.0, 14.0)
"""Points from the page's side, and from its upper or lower edge, to a stamp."""
BLANK: Final = 24
"""Grey levels within which a place in the margin is empty."""
APART: Final = 0.75
"""Points between a stamp and a box beside it: neither may seem to belong to the other."""


def by_page(stamps: Sequence[Stamp], pages: int, name: str) -> Mapping[int, list[Stamp]]:
    """Page (from 1) -> its stamps, in the order given.

    Raises UsageError for a page or position that does not exist, and for a text that can't be written as it
    is: a number with a letter left out would be another number.
    """
    found: dict[int, list[Stamp]] = {}
    for stamp in stamps:
        if not 1 <= stamp.page <= pages:
            raise UsageError(f"{name} has {pages} pages; a stamp is for page {stamp.page}.", file=name)
        if stamp.position not in get_args(Position):
            known = ", ".join(get_args(Position))
            raise UsageError(
                f"There is no position {stamp.position} for a stamp. Use one of {known}.",
                file=name,
                page=stamp.page,
            )
        if not stamp.text.strip():
            raise UsageError(f"The stamp of page {stamp.page} has no text.", file=name, page=stamp.page)
        if missing := missing_in(" ".join(stamp.text.split())):
            raise UsageError(
                f"The stamp of page {stamp.page} can't be written: no font here has "
                f"{', '.join(f'U+{ord(c):04X}' for c in missing)}.",
                file=name,
                page=stamp.page,
            )
        found.setdefault(stamp.page, []).append(stamp)
    return found


def placed(
    stamp: Stamp,
    size: tuple[float, float],
    pixels: NDArray[np.uint8],
    scale: float,
    boxes: Sequence[tuple[Box, bool]] = (),
    taken: Sequence[Box] = (),
) -> tuple[Written, Box, bool] | None:
    """The stamp as it is written, the box it takes, and whether nothing that shows was there.

    `pixels`: the source's page as displayed at `scale` px a point; `boxes`: what is painted over it, and
    whether it is light; `taken`: the places of the page's other stamps. Where something stands at the
    wanted place the others along that edge are tried, then those along the other one; then a place that
    lies on one box wholly, in the colour that is read there; then the first that no box cuts. None
    where boxes or other stamps cut them all.
    """
    text = " ".join(stamp.text.split())
    em = min(SIZE, (size[0] - 4) / max(width_of(text), 0.1))
    places = [(x, y, _bounds(x, y, text, em)) for x, y in _places(stamp.position, size, width_of(text) * em)]
    free = [(x, y, box) for x, y, box in places if not any(box.intersection(other) for other in taken)]
    beside = [
        (x, y, box)
        for x, y, box in free
        if not any(box.expanded(APART).intersection(other) for other, _ in boxes)
    ]
    for x, y, box in beside:
        if _empty(box, pixels, scale):
            return Written(text, x, y, em, DARK), box, True
    for x, y, box in free:
        light = _ground(box, boxes)
        if light is not None:
            return Written(text, x, y, em, DARK if light else WHITE), box, True
    for x, y, box in beside:
        return Written(text, x, y, em, DARK), box, False
    return None


def _places(
    position: Position, size: tuple[float, float], wide: float
) -> Iterator[tuple[float, float]]:  # fmt: skip
    """Starts of the base line: the wanted place, the others along its edge, those along the other edge."""
    edge, side = position.split("-")
    inset = min(EDGE[0], max((size[0] - wide) / 2, 2.0))
    across = {"left": inset, "center": (size[0] - wide) / 2, "right": size[0] - inset - wide}
    down = {"top": EDGE[1] + CAP * SIZE, "bottom": size[1] - EDGE[1]}
    for where in (edge, *(e for e in ("bottom", "top") if e != edge)):
        for along in (side, *(s for s in ("right", "center", "left") if s != side)):
            yield across[along], down[where]


def _bounds(x: float, y: float, text: str, em: float) -> Box:
    return Box(x - 1, y - em, x + width_of(text) * em + 1, y + 0.3 * em)


def _ground(box: Box, boxes: Sequence[tuple[Box, bool]]) -> bool | None:
    """Whether the boxes under a place are light; None where no one of them holds it or two colours meet."""
    met = [(other, light) for other, light in boxes if box.intersection(other)]
    held = any(
        o.x0 <= box.x0 - APART
        and o.y0 <= box.y0 - APART
        and o.x1 >= box.x1 + APART
        and o.y1 >= box.y1 + APART
        for o, _ in met
    )
    colours = {light for _, light in met}
    return colours.pop() if held and len(colours) == 1 else None


def _empty(box: Box, pixels: NDArray[np.uint8], scale: float) -> bool:
    rows = slice(max(int(box.y0 * scale), 0), max(int(box.y1 * scale) + 1, 0))
    region = pixels[rows, max(int(box.x0 * scale), 0) : max(int(box.x1 * scale) + 1, 0)]
    if not region.size:
        return True
    return int(region.max()) - int(region.min()) <= BLANK and float(region.mean()) > 128
