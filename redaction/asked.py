"""What is asked of an export, looked at first: boxes, stamps, and the texts that must not be repeated."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from model.errors import UsageError
from model.findings import Redaction, Stamp
from redaction import certificate as certificates
from redaction.verify import Judge


def check_boxes(sizes: Sequence[tuple[float, float]], name: str, redactions: Sequence[Redaction]) -> None:
    """Raises UsageError for a box on no page, outside of its page or without area. `sizes` in points."""
    for index, redaction in enumerate(redactions, 1):
        if not 1 <= redaction.page <= len(sizes):
            raise UsageError(
                f"{name}: box {index} is on page {redaction.page}, but the file has "
                f"{len(sizes)} {'page' if len(sizes) == 1 else 'pages'}.",
                file=name,
                page=redaction.page,
            )
        width, height = sizes[redaction.page - 1]
        inside = redaction.box.clipped(width, height)
        if inside.width <= 0 or inside.height <= 0:
            what = "has no area" if redaction.box.area <= 0 else "lies outside of the page"
            raise UsageError(
                f"{name}: box {index} on page {redaction.page} {what}, "
                f"which is {width:.0f} x {height:.0f} points.",
                file=name,
                page=redaction.page,
            )


def check_stamps(stamps: Sequence[Stamp], name: str, mask: certificates.Mask) -> None:
    """Raises UsageError for a text that repeats what is redacted: the file could never be proved."""
    for stamp in stamps:
        if mask(stamp.text) != stamp.text:
            raise UsageError(
                f"{name}: the stamp of page {stamp.page} repeats a redacted text. Nothing was written; "
                "give it another text.",
                file=name,
                page=stamp.page,
            )


def masking(judge: Judge) -> certificates.Mask:
    """Withholds a text that repeats what was redacted: names and reasons come from people."""
    needles = judge.needles

    @lru_cache(maxsize=4096)
    def mask(text: str) -> str:
        return certificates.WITHHELD if needles.in_text(text) else text

    return mask
