"""Imports without what comes along unasked: some packages load others at once that are never called here."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def leaving_out(*names: str) -> Iterator[None]:
    """Within it, importing one of these modules fails as if it were not installed (unless it is loaded)."""
    absent = [name for name in names if name not in sys.modules]
    for name in absent:
        sys.modules[name] = None  # type: ignore[assignment] # the documented way to forbid an import
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]
