"""PyMuPDF, imported late and untyped: its own annotations are incomplete."""

from __future__ import annotations

from typing import Any


def library() -> Any:
    """The module `pymupdf`, its messages switched off (they may quote the document)."""
    import pymupdf

    module: Any = pymupdf
    module.TOOLS.mupdf_display_errors(False)
    module.TOOLS.mupdf_display_warnings(False)
    return module


def rotation_of(page: Any) -> Any:
    """MuPDF's coordinates of a page's text (before /Rotate) -> points of the displayed page: a Matrix.

    PyMuPDF's `rotation_matrix` forgets UserUnit and a CropBox larger than the MediaBox: text would be looked
    for beside the boxes.
    """
    wide, high = float(page.rect.width), float(page.rect.height)
    turned = {
        90: (0, 1, -1, 0, wide, 0),
        180: (-1, 0, 0, -1, wide, high),
        270: (0, -1, 1, 0, 0, high),
    }
    return library().Matrix(*turned.get(int(page.rotation) % 360, (1, 0, 0, 1, 0, 0)))
