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
