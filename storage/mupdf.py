"""MuPDF, opened safely: one lock for the process (MuPDF is not thread-safe) and no chatter on stderr.

Whoever calls pymupdf in a process that has threads (the web application) holds `LOCK` while doing so.
"""

from __future__ import annotations

import importlib
import threading
from typing import Any, Final

from storage.imports import leaving_out

LOCK: Final = threading.RLock()
UNUSED: Final = ("pymupdf.layout", "pymupdf4llm")
"""Page layout analysis, which PyMuPDF loads at once: 0.7 CPU seconds for what is never called here."""


_loaded: list[Any] = []


def pymupdf() -> Any:
    """The pymupdf module, loaded late, with its warnings off: they may quote a document's text."""
    if not _loaded:
        with LOCK:
            if not _loaded:
                _loaded.append(_load())
    return _loaded[0]


def _load() -> Any:
    with leaving_out(*UNUSED):
        module: Any = importlib.import_module("pymupdf")
    module.TOOLS.mupdf_display_errors(False)
    module.TOOLS.mupdf_display_warnings(False)
    return module
