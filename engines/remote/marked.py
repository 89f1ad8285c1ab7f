"""Answers of models that were trained to mark places in their text -> texts with boxes. Pure.

| form | what is written |
|---|---|
| spotted | `text(x0,y0),(x1,y1)`, a line of text each (HunyuanOCR) |
| ref_box | `<ref>text</ref><box>[[x0, y0, x1, y1]]</box>` (InternVL), `<box>x0 y0 x1 y1</box>` (MiniCPM-V) |
| html_blocks | `<div data-bbox="x0 y0 x1 y1" data-label="Text">HTML</div>`, or a list for the box (Chandra) |

Whatever stands outside of marks is text of the page, too, and comes without a box: nothing is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Final

Marked = tuple[str, list[float] | None]
"""A text and the four numbers of its box; None where it has none."""
NUMBER: Final = r"\s*(-?\d+(?:\.\d+)?)\s*"
SPOTTED: Final = re.compile(rf"\({NUMBER},{NUMBER}\)\s*,\s*\({NUMBER},{NUMBER}\)")
REF_BOX: Final = re.compile(r"<ref>(.*?)</ref>\s*<box>(.*?)</box>", re.DOTALL)
BREAKS: Final = frozenset(
    {"br", "p", "tr", "li", "div", "hr", "table", "ul", "ol", "pre", "caption"}
    | {f"h{n}" for n in range(1, 7)}
)


def spotted(text: str) -> Iterator[Marked]:
    """Each text before a pair of corners, in the order written."""
    at = 0
    for found in SPOTTED.finditer(text):
        yield text[at : found.start()].strip(), [float(v) for v in found.groups()]
        at = found.end()
    yield text[at:].strip(), None


def ref_box(text: str) -> Iterator[Marked]:
    """Each referred text; with several boxes, or numbers that are no box, it has no place."""
    at = 0
    for found in REF_BOX.finditer(text):
        yield text[at : found.start()].strip(), None
        yield found.group(1).strip(), four(found.group(2))
        at = found.end()
    yield text[at:].strip(), None


def four(text: str) -> list[float] | None:
    """The four numbers of a text that has exactly four."""
    numbers = [float(v) for v in re.findall(r"-?\d+(?:\.\d+)?", text)]
    return numbers if len(numbers) == 4 else None


def html_blocks(text: str) -> Iterator[Marked]:
    """Each outermost block's text without its tags; an image's description is no text of the page."""
    reader = _Blocks()
    reader.feed(text)
    reader.close()
    reader.end()
    yield from reader.found


class _Blocks(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Marked] = []
        self._parts: list[str] = []
        self._box: list[float] | None = None
        self._depth = 0
        """Of open divs inside the block; 0 outside of one."""

    def end(self) -> None:
        """Closes the block, or the text between two."""
        lines = (" ".join(line.split()) for line in "".join(self._parts).splitlines())
        said = "\n".join(line for line in lines if line)
        if said:
            self.found.append((said, self._box))
        self._parts, self._box, self._depth = [], None, 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "div" and "data-bbox" in given and self._depth == 0:
            self.end()
            self._box, self._depth = four(given["data-bbox"] or ""), 1
            return
        if tag == "div" and self._depth:
            self._depth += 1
        self._space(tag)
        if tag == "input":
            self._parts.append("☑ " if "checked" in given else "☐ ")

    def handle_endtag(self, tag: str) -> None:
        self._space(tag)
        if tag == "div" and self._depth:
            self._depth -= 1
            if self._depth == 0:
                self.end()

    def handle_data(self, data: str) -> None:
        self._parts.append(data)

    def _space(self, tag: str) -> None:
        self._parts.append("\n" if tag in BREAKS else " " if tag in ("td", "th") else "")
