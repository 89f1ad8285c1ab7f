"""MuPDF, opened safely: one lock for the process (MuPDF is not thread-safe) and no chatter on stderr.

Whoever calls pymupdf in a process that has threads (the web application) holds `LOCK` while doing so.
"""

from __future__ import annotations

import importlib
import threading
from typing import Any, Final

LOCK: Final = threading.RLock()


def pymupdf() -> Any:
    """The pymupdf module, loaded late, with its warnings off: they may quote a document's text."""
    module: Any = importlib.import_module("pymupdf")

    module.TOOLS.mupdf_display_errors(False)
    module.TOOLS.mupdf_display_warnings(False)
    return module
