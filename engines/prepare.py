"""Page images made fit for engines, with the way back: every step measured, recorded and reversible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from model.geometry import Frame, Transform, image_frame

if TYPE_CHECKING:
    from engines.base import Pixels


@dataclass(frozen=True)
class Step:
    """One step of the preparation: what was measured, and whether anything was done about it."""

    name: str
    measured: float
    applied: bool
    note: str = ""


@dataclass(frozen=True)
class Prepared:
    """The image that the engines see, and the map from its pixels to those of the page image."""

    image: Pixels
    transform: Transform
    steps: tuple[Step, ...]


def prepare(image: Pixels, dpi: float) -> Prepared:
    """The page image as it is."""
    height, width = image.shape[:2]
    frame = Frame("prepared", float(width), float(height))
    return Prepared(image, Transform(frame, image_frame(width, height)), ())
