"""What a language model wrote about a page -> Parsed: one pure parser a form of answer, checks included.

| form | what the model was asked for, or was trained to write |
|---|---|
| json | a list of objects with a text and a box: words, lines or blocks |
| text | plain text or Markdown, no places |
| grounded | `<|ref|>label<|/ref|><|det|>[[x0, y0, x1, y1]]<|/det|>` before each block (DeepSeek-OCR) |
| front_matter | YAML between `---` lines, then Markdown (olmOCR) |
| spotted, ref_box, html_blocks | marks of engines.remote.marked (HunyuanOCR; InternVL, MiniCPM-V; Chandra) |

A form of another model is one more function in FORMS.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from engines.base import BoxKind
from engines.remote import marked
from engines.remote.parsed import Parsed
from engines.remote.places import Order, Piece, System, place
from engines.remote.untrusted import Suspicious, check_text, json_in, undecorated
from model.geometry import Quad
from model.words import Region

TEXTS: Final = ("text", "text_content", "label", "content", "transcription", "word", "line", "Text")
BOXES: Final = ("bbox_2d", "box_2d", "bbox", "box", "bounding_box", "boundingBox", "coordinates")
MOST_CHARACTERS: Final = 2_000_000
"""Of an answer with its boxes and marks; untrusted.MOST_LETTERS is for the text alone."""
GENERAL_PROMPT: Final = (
    "Transcribe all text on this page, printed and handwritten, stamps and margins included, exactly as it "
    "is written: keep spelling, capitals, punctuation and mistakes; do not translate, correct, complete or "
    "explain. Answer with a JSON list only, in reading order, one object a line of text: "
)
LINES_YX: Final = (
    GENERAL_PROMPT
    + '{"text": the line, "box_2d": [ymin, xmin, ymax, xmax]}, the box tight around the line, in '
    "0 to 1000 down and across the image. For a page without text answer []."
)


@dataclass(frozen=True, slots=True)
class Form:
    """How a model writes its answer and what its boxes are measured in."""

    name: str = "json"
    boxes: BoxKind = "line"
    system: System = "thousand"
    order: Order = "xyxy"
    strip: tuple[str, ...] = ()
    """Regular expressions of what the model adds that is not on the page."""


def parse(
    text: str | None,
    form: Form,
    size: tuple[int, int],
    *,
    finished: bool = True,
    languages: Sequence[str] = (),
) -> Parsed:
    """The words, lines or blocks of an answer, in pixels of the sent image of `size` (width, height).

    `finished` False: the provider says that the answer was cut. Raises Suspicious for what is no reading.
    """
    if text is None:
        raise Suspicious("refusal")
    if len(text) > MOST_CHARACTERS:
        raise Suspicious("too_long")
    for pattern in form.strip:
        text = re.sub(pattern, "", text)
    return FORMS[form.name](text, form, size, finished, languages)


def _json(text: str, form: Form, size: tuple[int, int], finished: bool, languages: Sequence[str]) -> Parsed:
    if not finished:
        check_text(text, finished=False)
    items = list(_items(json_in(text)))
    pieces: list[Piece] = []
    strays = 0
    for said, numbers in items:
        box = place(numbers, *size, form.system, form.order) if isinstance(numbers, list | tuple) else None
        if box is None:
            strays += 1
        else:
            pieces.append(Piece(said, box))
    whole = "\n".join(said for said, _ in items)
    check_text(whole, languages=languages)
    noticed = Counter(no_place=strays) if strays else Counter[str]()
    if strays:  # a word without a place can only be placed with the whole text, by the other engines
        return Parsed(text=whole, regions=_regions(pieces, form.boxes), noticed=noticed)
    if form.boxes == "block":
        return Parsed(text=whole, regions=_regions(pieces, "block"), noticed=noticed)
    return Parsed(pieces=tuple(pieces), text=whole, noticed=noticed)


def _items(value: Any) -> Iterator[tuple[str, Any]]:
    """(text, box) of every object in a JSON value that has a text; lists inside objects are followed."""
    if isinstance(value, list):
        for item in value:
            yield from _items(item)
        return
    if not isinstance(value, dict):
        raise Suspicious("not_json")
    said = next((value[k] for k in TEXTS if isinstance(value.get(k), str)), None)
    if said is not None:
        if said.strip():
            yield said.strip(), next((value[k] for k in BOXES if k in value), None)
        return
    inner = [v for v in value.values() if isinstance(v, list)]
    if not inner:
        raise Suspicious("not_json")
    for item in inner:
        yield from _items(item)


def _regions(pieces: Sequence[Piece], boxes: BoxKind) -> tuple[Region, ...]:
    kind = "block" if boxes == "block" else "line"
    return tuple(Region(p.text, Quad.from_box(p.box), kind, p.confidence) for p in pieces)  # type: ignore[arg-type]


def _text(
    text: str,
    form: Form,
    size: tuple[int, int],
    finished: bool,
    languages: Sequence[str],
) -> Parsed:
    check_text(text, finished=finished)
    plain, count = undecorated(text)
    check_text(plain, languages=languages)
    return Parsed(text=plain, noticed={"decoration": count} if count else {})


def _front_matter(
    text: str, form: Form, size: tuple[int, int], finished: bool, languages: Sequence[str]
) -> Parsed:
    """olmOCR: what it says about the page stands between two lines of dashes before the text."""
    body = re.sub(r"\A\s*---\n.*?\n---[ \t]*(?:\n|\Z)", "", text, count=1, flags=re.DOTALL)
    return _text(body, form, size, finished, languages)


MARK: Final = re.compile(r"<\|ref\|>(.*?)<\|/ref\|><\|det\|>(.*?)<\|/det\|>", re.DOTALL)
NUMBERS: Final = re.compile(r"\[\s*(-?[\d.]+)\s*,\s*(-?[\d.]+)\s*,\s*(-?[\d.]+)\s*,\s*(-?[\d.]+)\s*\]")


def _grounded(
    text: str, form: Form, size: tuple[int, int], finished: bool, languages: Sequence[str]
) -> Parsed:
    """DeepSeek-OCR: each block's label and boxes, then its Markdown; what stands before is text, too."""
    text = re.sub(r"<｜[^｜]*｜>", "", text)  # its own end mark, which is kept as are all special tokens
    check_text(MARK.sub("", text), finished=finished)
    marks = list(MARK.finditer(text))
    parts = [text[: marks[0].start()] if marks else text]
    regions: list[Region] = []
    noticed: Counter[str] = Counter()
    for n, mark in enumerate(marks):
        end = marks[n + 1].start() if n + 1 < len(marks) else len(text)
        said, count = undecorated(text[mark.end() : end])
        noticed["decoration"] += count
        parts.append(said)
        boxes = [place([float(v) for v in m], *size, form.system, form.order)
                 for m in NUMBERS.findall(mark.group(2))]  # fmt: skip
        if not boxes or None in boxes:
            noticed["no_place"] += 1
        regions += [Region(said, Quad.from_box(b), "block") for b in boxes if b is not None]
    whole = "\n\n".join(p.strip() for p in parts if p.strip())
    check_text(whole, languages=languages)
    return Parsed(text=whole, regions=tuple(regions), noticed={k: v for k, v in noticed.items() if v})


def _marked(text: str, form: Form, size: tuple[int, int], finished: bool, languages: Sequence[str]) -> Parsed:
    """Texts with boxes by the marks of the form; one that has none leaves all words to the other engines."""
    check_text(text, finished=finished)
    items = [(said, numbers) for said, numbers in MARKED[form.name](text) if said]
    whole = "\n".join(said for said, _ in items)
    check_text(whole, languages=languages)
    boxes = [None if v is None else place(v, *size, form.system, form.order) for _, v in items]
    pieces = [Piece(said, box) for (said, _), box in zip(items, boxes, strict=True) if box is not None]
    for piece in pieces:
        check_text(piece.text, languages=languages)
    strays = len(items) - len(pieces)
    noticed = {"no_place": strays} if strays else {}
    if strays or form.boxes == "block":
        return Parsed(text=whole, regions=_regions(pieces, form.boxes), noticed=noticed)
    return Parsed(pieces=tuple(pieces), text=whole)


MARKED: Final[Mapping[str, Callable[[str], Iterator[marked.Marked]]]] = {
    "spotted": marked.spotted,
    "ref_box": marked.ref_box,
    "html_blocks": marked.html_blocks,
}
FORMS: Final[Mapping[str, Callable[[str, Form, tuple[int, int], bool, Sequence[str]], Parsed]]] = {
    "json": _json,
    "text": _text,
    "front_matter": _front_matter,
    "grounded": _grounded,
    **dict.fromkeys(MARKED, _marked),
}
