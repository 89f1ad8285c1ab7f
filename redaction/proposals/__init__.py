"""Proposals: places that may hold something personal that is no text. Marked as such, never redacted unasked.

`search` looks at one page's image and the places of its words: signatures (signatures.py), stamps
(stamps.py), photographs (photographs.py), bar and QR codes (codes.py). No model, no network: ink, form,
colour, tone, and the detectors that OpenCV ships. `on_page` does it where a page was prepared, `findings`
makes Findings of the result; keeping it is redaction.found's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from model.findings import Finding
from model.geometry import Box, Transform
from model.words import TranscriptPage

if TYPE_CHECKING:
    from redaction.profiles import Profile
    from redaction.proposals.common import Pixels, Proposal

VERSION: Final = "1"
"""Raise it when other things are proposed on the same page: what is kept of earlier searches is then void."""


def search(image: Pixels, words: Sequence[Box]) -> list[Proposal]:
    """What may be a signature, a stamp, a photograph or a code on a page, top to bottom.

    `image` is uint8, height x width x 3, RGB, of any size; `words` are the boxes of what was read. Boxes go
    in and come out in pixels of the image. Where two lie over each other the surer one stays.
    """
    import cv2

    from redaction.proposals import codes, photographs, signatures, stamps
    from redaction.proposals.common import LEAST, Sheet, best_first, overlap

    if image.ndim != 3 or min(image.shape[:2]) < LEAST:
        return []
    cv2.setNumThreads(1)
    sheet = Sheet(image, words)
    if not sheet.ink.any():
        return []
    pictures, stamped = photographs.find(sheet), stamps.find(sheet)
    # Lines within a picture or a stamp are no signature; what is a small part of one is its thickest loop.
    signed = [
        s
        for s in signatures.find(sheet)
        if not any(
            overlap(s.box, p.box) > 0.6 and p.box.area > 0.5 * s.box.area for p in [*pictures, *stamped]
        )
    ]
    found = best_first([*codes.find(sheet), *stamped, *pictures, *signed])
    return [_rounded(p) for p in found]


def _rounded(proposal: Proposal) -> Proposal:
    """As it is stored: what comes from the cache is the same as what was found."""
    from dataclasses import replace

    return replace(proposal, box=Box.of(proposal.box.rounded()))


def on_page(page: TranscriptPage, image: Pixels, transform: Transform | None = None) -> list[Proposal]:
    """Proposals of a page, boxes in pixels of the page image.

    `image` is the prepared image and `transform` leads from it to the page image; None: it is the page image.
    """
    from dataclasses import replace

    words = [slot.box for slot in page.slots if slot.text]
    if transform is None:
        return search(image, words)
    into = transform.inverse()
    found = search(image, [into.box(word) for word in words])
    placed = [replace(p, box=transform.box(p.box).clipped(page.width, page.height)) for p in found]
    return [_rounded(p) for p in placed if p.box.area > 0]


def findings(page: int, proposals: Iterable[Proposal], profile: Profile) -> list[Finding]:
    """The proposals that the profile counts, as findings without text, each a group of its own."""
    from redaction.detect import finding_id

    found = []
    for proposal in proposals:
        if profile.counts(proposal.type, proposal.score):
            number = finding_id(proposal.type, page, [proposal.box], "")
            found.append(
                Finding(
                    number, proposal.type, "", page, (), (proposal.box,), proposal.score, proposal.recogniser,
                    proposal.why, number, proposal=True,
                )
            )  # fmt: skip
    return found


def to_json(proposal: Proposal) -> list[Any]:
    """For the cache."""
    box = proposal.box.rounded()
    return [proposal.type, box, proposal.score, proposal.recogniser, proposal.why]


def from_json(data: Sequence[Any]) -> Proposal:
    """The reverse of `to_json`. Raises ValueError, TypeError for anything else."""
    from redaction.proposals.common import Proposal

    kind, box, score, recogniser, why = data
    return Proposal(str(kind), Box.of(box), float(score), str(recogniser), str(why))
