"""PyMuPDF, imported late and untyped: its own annotations are incomplete. And how it turns a page."""

from __future__ import annotations

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
