"""What a command of engines.command wrote -> Parsed. Pure; the answer is untrusted."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from engines.base import BoxKind
from engines.remote.parsed import Parsed
from engines.remote.places import Piece
from engines.remote.untrusted import Suspicious, check_text
from model.geometry import Quad
from model.words import Region, Word

Item = tuple[str, Quad | None, float | None, int]
"""Text, place, confidence and line of a word."""


def parse(raw: Any, boxes: BoxKind, *, languages: Sequence[str] = ()) -> Parsed:
    """The one result of an answer, in pixels of the image that was given. Raises BadAnswer, Suspicious.

    Where a word has no box, or the text has more than the words, the text counts and the other engines' words
    place it: what is left out of the words would be left out of a redaction.
    """
    results = raw.get("results") if isinstance(raw, Mapping) else None
    if not isinstance(results, list) or len(results) != 1:
        raise Suspicious("not_json")
    result = results[0]
    if isinstance(result, str):
        check_text(result, languages=languages)
        return Parsed(text=result)
    if not isinstance(result, Mapping) or not isinstance(result.get("text", ""), str):
        raise Suspicious("not_json")
    listed = result.get("words")
    if listed is None:
        if "text" not in result:
            raise Suspicious("not_json")
        check_text(result["text"], languages=languages)
        return Parsed(text=result["text"])
    if not isinstance(listed, list):
        raise Suspicious("not_json")
    words = [w for n, item in enumerate(listed) if (w := _word(item, n)) is not None]
    whole = result.get("text") or "\n".join(text for text, _, _, _ in words)
    check_text(whole, languages=languages)
    check_text("\n".join(text for text, _, _, _ in words), languages=languages)
    placed = [(text, quad, conf, line) for text, quad, conf, line in words if quad is not None]
    loose = len(words) - len(placed)
    if loose or _letters(whole) != _letters("".join(text for text, _, _, _ in words)):
        said = whole if _letters(whole) >= _letters("".join(t for t, *_ in words)) else _both(whole, words)
        return Parsed(text=said, regions=_regions(placed, boxes), noticed={"no_place": max(loose, 1)})
    if boxes in ("block", "none"):
        return Parsed(text=whole, regions=_regions(placed, boxes))
    if boxes == "line":
        return Parsed(pieces=tuple(Piece(t, q.bounds, c) for t, q, c, _ in placed), text=whole)
    return Parsed(words=tuple(Word(t, q, c, line) for t, q, c, line in placed))


def _word(item: Any, number: int) -> Item | None:
    """(text, quad, confidence, line); None for one without letters. Raises Suspicious."""
    if not isinstance(item, Mapping) or not isinstance(item.get("text"), str):
        raise Suspicious("not_json")
    confidence, line = item.get("confidence"), item.get("line", number)
    if confidence is not None and not (_number(confidence) and 0 <= confidence <= 1):
        raise Suspicious("not_json")
    if not isinstance(line, int) or isinstance(line, bool) or line < 0:
        raise Suspicious("not_json")
    text = item["text"].strip()
    return (text, _quad(item.get("box")), confidence, line) if text else None


def _quad(box: Any) -> Quad | None:
    """A quad of [x0, y0, x1, y1] or of four corners; None for no box. Raises Suspicious for anything else."""
    if box is None:
        return None
    if not isinstance(box, list) or len(box) != 4:
        raise Suspicious("not_json")
    if all(_number(v) for v in box):
        x0, y0, x1, y1 = (float(v) for v in box)
        if x1 < x0 or y1 < y0:
            raise Suspicious("coordinates")
        box = [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]
    if not all(isinstance(p, list) and len(p) == 2 and all(_number(v) for v in p) for p in box):
        raise Suspicious("not_json")
    return Quad.of(box)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _letters(text: str) -> Counter[str]:
    return Counter("".join(text.split()))


def _both(whole: str, words: Sequence[Item]) -> str:
    """The text, and below it the words, where each has something that the other lacks."""
    return whole + "\n" + "\n".join(text for text, _, _, _ in words)


def _regions(placed: Sequence[tuple[str, Quad, float | None, int]], boxes: BoxKind) -> tuple[Region, ...]:
    return tuple(Region(t, q, "block" if boxes == "block" else "line", c) for t, q, c, _ in placed)
