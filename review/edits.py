"""What the browser sends as a decision, checked field by field: JSON in, a Decision out.

Nothing is trusted: kinds, ids, boxes inside the page, text without control characters and of bounded
length. What does not fit raises InvalidEdit naming the field; it never repeats the text. Whether the
slot exists is review.live's question.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from model.decisions import HISTORY_KINDS, REVIEW_KINDS
from model.errors import UsageError

MAX_TEXT: Final = 1000
MAX_PARTS: Final = 20
_TOOK: Final[Mapping[str, int]] = {"ms": 600_000, "keys": 10_000}
"""Time on the desk and keys pressed for a word decision; more than this is cut."""
_ID = re.compile(r"[A-Za-z0-9_.:\-]{1,80}")
_KEY = re.compile(r"[A-Za-z0-9_\-]{8,64}")

Json = Mapping[str, Any]


class InvalidEdit(UsageError):
    """A decision that can't be stored as it was sent."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A decision as it came from the browser, its fields checked."""

    kind: str
    page: int | None
    key: str
    payload: dict[str, Any]
    target_key: str | None = None
    """For undo and redo: the key of the decision that is meant; None means the last one."""
    seen: int = 0
    """Seq of the last decision on the word that the browser knew, 0 for none."""


def parse(data: object, sizes: Mapping[int, tuple[int, int]]) -> Edit:
    """One decision. `sizes` gives width and height in pixels of every page. Raises InvalidEdit."""
    if not isinstance(data, dict):
        raise InvalidEdit("A decision is a JSON object.")
    kind, key = data.get("kind"), data.get("key")
    if not isinstance(kind, str) or kind not in REVIEW_KINDS | HISTORY_KINDS:
        raise InvalidEdit("This kind of decision is not known.")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise InvalidEdit("The decision's key is missing or malformed.")
    seen = data.get("seen") or 0
    if not isinstance(seen, int) or isinstance(seen, bool):
        raise InvalidEdit("The field 'seen' is a number.")
    if kind in HISTORY_KINDS:
        target = data.get("target_key")
        if target is not None and not (isinstance(target, str) and _KEY.fullmatch(target)):
            raise InvalidEdit("The field 'target_key' is malformed.")
        return Edit(kind, None, key, {}, target_key=target)
    if kind in {"approve_document", "reopen_document"}:
        return Edit(kind, None, key, {})
    page = data.get("page")
    if not isinstance(page, int) or isinstance(page, bool) or page not in sizes:
        raise InvalidEdit("The document has no such page, or it has not been read yet.")
    payload = data.get("payload") or {}
    if not isinstance(payload, dict):
        raise InvalidEdit("The field 'payload' is an object.")
    width, height = sizes[page]
    fields = _FIELDS.get(kind, {})
    checked = {name: check(payload.get(name), name, width, height) for name, check in fields.items()}
    for name, most in _TOOK.items():
        took = data.get(name)
        if took is not None:
            if not isinstance(took, int) or isinstance(took, bool) or took < 0:
                raise InvalidEdit(f"The field '{name}' is a number.")
            checked[name] = min(took, most)
    if kind == "merge" and len(checked["slots"]) != len(checked["boxes"]):
        raise InvalidEdit("A merge names as many boxes as words.")
    return Edit(kind, page, key, checked, seen=seen)


def text(value: object, name: str, *_: int) -> str:
    """A word's text: NFC, no control characters, trimmed, at most MAX_TEXT characters."""
    if not isinstance(value, str):
        raise InvalidEdit(f"The field '{name}' is a text.")
    clean = unicodedata.normalize("NFC", value).strip()
    if len(clean) > MAX_TEXT:
        raise InvalidEdit(f"The text is longer than {MAX_TEXT} characters. Split it into words.")
    if any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in clean):
        raise InvalidEdit("The text holds control characters or line breaks. Type it as plain text.")
    return clean


def _written(value: object, name: str, *_: int) -> str:
    clean = text(value, name)
    if not clean:
        raise InvalidEdit("The text is empty. To say that there is no word, delete it.")
    return clean


def _slot(value: object, name: str, *_: int) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise InvalidEdit(f"The field '{name}' is not the id of a word.")
    return value


def _slot_or_none(value: object, name: str, *_: int) -> str | None:
    return None if value is None else _slot(value, name)


def _box(value: object, name: str, width: int, height: int) -> list[float]:
    """[x0, y0, x1, y1] in pixels of the page image, at least one pixel wide and high, inside the page."""
    if (
        not isinstance(value, list)
        or len(value) != 4
        or not all(
            isinstance(v, (int, float)) and not isinstance(v, bool) and math.isfinite(v) for v in value
        )
    ):
        raise InvalidEdit(f"The field '{name}' is not a box.")
    x0, y0, x1, y1 = (float(v) for v in value)
    if x1 - x0 < 1 or y1 - y0 < 1:
        raise InvalidEdit("The box is empty.")
    if x0 < -2 or y0 < -2 or x1 > width + 2 or y1 > height + 2:
        raise InvalidEdit("The box lies outside the page.")
    return [
        round(max(x0, 0.0), 2), round(max(y0, 0.0), 2),
        round(min(x1, float(width)), 2), round(min(y1, float(height)), 2),
    ]  # fmt: skip


def _parts(value: object, name: str, width: int, height: int) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not 2 <= len(value) <= MAX_PARTS:
        raise InvalidEdit(f"A word is split into 2 to {MAX_PARTS} parts.")
    parts = []
    for part in value:
        if not isinstance(part, dict):
            raise InvalidEdit(f"The field '{name}' is not a list of parts.")
        parts.append(
            {
                "slot": _slot(part.get("slot"), "slot"),
                "box": _box(part.get("box"), "box", width, height),
                "text": _written(part.get("text"), "text"),
            }
        )
    return parts


def _list(item: Callable[..., Any]) -> Callable[..., Any]:
    def check(value: object, name: str, width: int, height: int) -> list[Any]:
        if not isinstance(value, list) or not 2 <= len(value) <= MAX_PARTS:
            raise InvalidEdit(f"The field '{name}' lists 2 to {MAX_PARTS} words.")
        return [item(v, name, width, height) for v in value]

    return check


_FIELDS: Final[Mapping[str, Mapping[str, Callable[..., Any]]]] = {
    "accept": {"slot": _slot, "box": _box, "text": text},
    "correct": {"slot": _slot, "box": _box, "text": _written, "before": text},
    "unsure": {"slot": _slot, "box": _box, "text": text},
    "delete": {"slot": _slot, "box": _box, "before": text},
    "move": {"slot": _slot, "box": _box, "before": _box},
    "insert": {"slot": _slot, "box": _box, "text": _written, "after": _slot_or_none},
    "split": {"slot": _slot, "box": _box, "parts": _parts},
    "merge": {"slots": _list(_slot), "boxes": _list(_box), "slot": _slot, "box": _box, "text": _written},
}
