"""Destroys what stands under boxes and everything that repeats it, and writes a new file.

`apply` is the whole surface; the parts are in redaction.burn. It proves nothing about its own output:
that is redaction.verify, which shares no code with it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from model.errors import UsageError
from model.findings import Redaction, Stamp, Stamped
from model.geometry import Box
from redaction.burn.layer import LayerWord

Mode = Literal["preserve", "flatten"]

__all__ = ["Applied", "Copy", "Flattened", "LayerWord", "Mode", "apply"]


@dataclass(frozen=True, slots=True)
class Copy:
    """A further place of a redacted string that was destroyed, too. Points of the displayed page."""

    page: int
    box: Box


@dataclass(frozen=True, slots=True)
class Flattened:
    """A page that was to keep its text and became an image with a text layer, and why."""

    page: int
    reason: str


@dataclass(frozen=True, slots=True)
class Applied:
    """The new file, and what was done to make it."""

    pdf: bytes
    mode: Mode
    pages: int
    boxes: tuple[tuple[int, Box], ...]
    """Every box as it was painted: page (from 1) and points of the displayed page. At least as large as
    what was asked for, on a grid of a quarter em where there is room."""
    copies: tuple[Copy, ...] = ()
    flattened: tuple[Flattened, ...] = ()
    moved_layers: tuple[int, ...] = ()
    """Pages whose invisible text layer stood beside its ink and was moved onto it before anything else."""
    widest_shift: float = 0.0
    """Points by which a word after a gap was moved at most (preserve closes the width of gaps)."""
    stamps: tuple[Stamped, ...] = ()
    """Where each stamp stands: page by page, those of a page in the order given."""


def apply(
    source: bytes,
    redactions: Sequence[Redaction],
    *,
    name: str,
    mode: Mode = "preserve",
    password: str | None = None,
    layers: Mapping[int, Sequence[LayerWord]] | None = None,
    stamps: Sequence[Stamp] = (),
    careful: Collection[int] = (),
) -> Applied:
    """A new PDF of `source` (a PDF or an image file) without what the redactions cover.

    `flatten`: every page becomes an image with a searchable layer of what stayed; `preserve`: pages
    that were born digital keep their text where that can be proved, else they are flattened and named
    in `Applied.flattened`. `layers`: page (from 1) -> words, for pages that have no text of their own.
    `stamps`: texts for the pages' margins. `careful`: pages (from 1) whose text is not kept, and whose images
    are written at a high quality, whatever their size. Labels are written on their boxes where they fit.
    The same input gives the same bytes. Raises UsageError for a mode or page that does not exist
    or a stamp that can't be written, Unreadable, PasswordNeeded, OverLimit for files that can't be taken.
    """
    from redaction.burn.job import run_image, run_pdf

    if mode not in ("preserve", "flatten"):
        raise UsageError(f"There is no mode {mode}. Use preserve or flatten.")
    if b"%PDF-" in source[:1024] or not source:
        return run_pdf(
            source,
            redactions,
            name=name,
            mode=mode,
            password=password,
            layers=layers or {},
            stamps=stamps,
            careful=frozenset(careful),
        )
    return run_image(
        source,
        redactions,
        name=name,
        mode=mode,
        layers=layers or {},
        stamps=stamps,
        careful=frozenset(careful),
    )
