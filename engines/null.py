"""The engine that reads nothing: for pages that are typed by hand, and for tests of everything around."""

from __future__ import annotations

from typing import Literal

from engines.base import BoxKind, PageImage, reading_of
from model.words import Reading


class Null:
    """Always ready, always empty."""

    name = "null"
    title = "No recognition"
    privacy = "local"
    boxes: BoxKind = "word"
    confidence = False
    page_seconds = 0.01

    def availability(self) -> None:
        return None

    def version(self) -> Literal["1"]:
        return "1"

    def recognise(self, page: PageImage) -> Reading:
        return reading_of(self, page, ())
