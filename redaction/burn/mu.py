"""PyMuPDF, imported late and untyped: its own annotations are incomplete. And how it turns a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def library() -> Any:
    """The module `pymupdf`, its messages switched off (they may quote the document)."""
    import pymupdf

    module: Any = pymupdf
    module.TOOLS.mupdf_display_errors(False)
    module.TOOLS.mupdf_display_warnings(False)
    return module


def turning(page: Any) -> tuple[float, float, float, float, float, float]:
    """A b c d e f: what MuPDF says of a page (unrotated, crop-relative points) -> the displayed page.

    PyMuPDF's own `rotation_matrix` takes the size from the crop box as it is written, which may reach beyond
    the media box.
    """
    width, height = float(page.rect.width), float(page.rect.height)
    return {
        90: (0.0, 1.0, -1.0, 0.0, width, 0.0),
        180: (-1.0, 0.0, 0.0, -1.0, width, height),
        270: (0.0, -1.0, 1.0, 0.0, 0.0, height),
    }.get(int(page.rotation) % 360, (1.0, 0.0, 0.0, 1.0, 0.0, 0.0))


def turned(box: Sequence[float], m: Sequence[float]) -> tuple[float, float, float, float]:
    """The upright bounds (x0 y0 x1 y1) of a box that was moved by a matrix (a b c d e f)."""
    xs = [x * m[0] + y * m[2] + m[4] for x in (box[0], box[2]) for y in (box[1], box[3])]
    ys = [x * m[1] + y * m[3] + m[5] for x in (box[0], box[2]) for y in (box[1], box[3])]
    return min(xs), min(ys), max(xs), max(ys)
