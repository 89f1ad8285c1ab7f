"""What the XML formats share: lines of a page, escaping, what is not sure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final
from xml.etree import ElementTree as ET

from model.geometry import Box
from model.words import TranscriptPage, TranscriptSlot

NOT_SURE: Final = frozenset({"unsure", "contested"})
"""What a reader has to know: somebody looked and could not tell, or two people decided differently."""


def lines(page: TranscriptPage) -> Iterator[tuple[int, list[TranscriptSlot]]]:
    """Runs of slots with text that stand on one line, numbered in reading order."""
    runs = groupby((s for s in page.slots if s.text), key=lambda s: s.line)
    yield from ((number, list(run)) for number, (_, run) in enumerate(runs, 1))


def around(slots: Sequence[TranscriptSlot]) -> Box:
    """The box around all of the slots, in pixels of the page image."""
    return Box.union_of(s.box for s in slots)


def sure(slot: TranscriptSlot) -> float:
    """How sure the text is, 0..1: a decision of a person is, what nobody decided on as its risk says."""
    return min(max(1 - slot.risk, 0.0), 1.0) if slot.status in {"open", *NOT_SURE} else 1.0


def xml(text: str) -> str:
    """Without the characters that XML 1.0 can't hold (control characters, lone surrogates)."""
    return re.sub("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text)


def document(root: ET.Element) -> str:
    """The file: declaration, root, a line's end."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'
