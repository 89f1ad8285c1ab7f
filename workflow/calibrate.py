"""The risk model refitted from a project's corrections: decisions in, a verdict in words out.

Every live decision on a word of a page, folded as the review folds it, says what its candidates should have
been (`decided`). The refit is stored as a new value of a setting, older ones stay, and every merge of the
project uses the newest (review.load). The model itself is review.calibrate's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.decisions import EDIT_KINDS, Event
from model.words import MergedPage
from review.apply import PageState
from review.calibrate import LEAST_PAGES, LEAST_WRONG, Judgement, ReviewedPage, judge, refit
from review.load import REFIT_SETTING, current_refit, merged_page, page_image, page_keys
from review.merge import placed, stacked
from review.session import live
from storage import documents, ledger, readings, settings
from storage.project import Project


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a refit brought. `kept`: it is stored, and merges use it from now on."""

    judgement: Judgement
    kept: bool
    message: str

    def to_json(self) -> dict[str, Any]:
        j = self.judgement
        return {
            "pages": j.pages,
            "decisions": j.decisions,
            "wrong": j.wrong,
            "enough": j.enough,
            "kept": self.kept,
            "log_loss": {"before": round(j.log_loss[0], 4), "after": round(j.log_loss[1], 4)},
            "errors_in_riskiest_20": {"before": round(j.found[0], 4), "after": round(j.found[1], 4)},
            "message": self.message,
        }


def calibrate(data: Path, document_id: str | None = None, *, actor: str = "local") -> Calibration:
    """Refits the risk from all of the project's decisions, or one document's. Raises UsageError for no such.

    Kept only where it is better on held-back pages; too few decisions, or no gain, change nothing.
    """
    with Project.open(data) as project:
        chosen = [documents.get(project, document_id)] if document_id else documents.find(project)
        pages = [page for document in chosen for page in reviewed_pages(project, document)]
        judgement = judge(pages)
        if not judgement.better:
            return Calibration(judgement, kept=False, message=_words(judgement, "not kept"))
        new = refit(pages)
        if new == current_refit(project):
            return Calibration(judgement, kept=True, message=_words(judgement, "in use already"))
        settings.set(project, REFIT_SETTING, new.to_json(), actor)
        return Calibration(judgement, kept=True, message=_words(judgement, "kept"))


def _words(j: Judgement, verdict: str) -> str:
    counted = f"{_count(j.pages, 'page')}, {_count(j.decisions, 'decision')}"
    if not j.enough:
        return (
            f"{counted}, {j.wrong} of them on words that were wrong: too little to learn from. "
            f"It takes {LEAST_PAGES} pages, with {LEAST_WRONG} words that were right and as many wrong. "
            "Nothing was changed."
        )
    before, after = (f"{100 * share:.0f} %" for share in j.found)
    return f"{counted}: expected errors found in the riskiest 20 %: {before} -> {after}, {verdict}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def reviewed_pages(project: Project, document: documents.Document) -> list[ReviewedPage]:
    """The document's pages on which somebody decided something, with what it says of each draft."""
    events = ledger.events(project, document.id)
    touched = {e.page for e in live(events) if e.kind in EDIT_KINDS}
    found = []
    for number, key in sorted(page_keys(project, document.id).items()):
        if number in touched:
            merged = merged_page(project, document.id, number, key)
            truth = decided(merged, events)
            if truth:
                found.append(_reviewed(project, document, merged, truth))
    return [page for page in found if page.truth]


def decided(merged: MergedPage, events: Sequence[Event]) -> dict[str, str | None]:
    """Slot id -> what a person says stands there: a text, "" for no word, None where it was parted wrongly.

    What somebody was unsure of, and what nobody decided on, is left out.
    """
    state = PageState.of(merged)
    found: dict[str, str | None] = {}
    for event in live(events):
        if event.page != merged.page or event.kind not in EDIT_KINDS:
            continue
        before = [s.id for s in merged.slots if state.slot(s.id) is not None]
        state.apply(event)
        for slot_id in before:
            slot = state.slot(slot_id)
            if slot is None:
                found[slot_id] = _gone(event)
            elif slot.decided_seq == event.seq and slot.status in ("accepted", "corrected"):
                found[slot_id] = slot.text
            elif slot.decided_seq == event.seq and slot.status == "unsure":
                found.pop(slot_id, None)
    return found


def _gone(event: Event) -> str | None:
    """What a decision says of a slot that it took away: no word, a typed word, or other borders."""
    if event.kind == "delete":
        return ""
    return str(event.payload.get("text", "")) if event.kind == "insert" else None


def _reviewed(
    project: Project, document: documents.Document, merged: MergedPage, truth: dict[str, str | None]
) -> ReviewedPage:
    transform = readings.preparation(project, document.id, merged.page)
    work = stacked(
        readings.of_page(project, document.id, merged.page),
        page_image(project, document.id, merged.page),
        transform,
        document.languages,
    )
    slots = [s for s in merged.slots if s.id in truth and s.candidates]
    by_draft: dict[int, str | None] = {}
    for n, draft in enumerate(work.drafts.slots):
        box, _ = placed(draft, work.streams, work.trust, work.ink, *work.frame)
        if transform is not None:
            box = transform.box(box)
        texts = {s.text for s in draft.said if s.text}
        here = [s for s in slots if {c.text for c in s.candidates} == texts and s.box.iou(box) > 0.5]
        if here:
            by_draft[n] = truth[max(here, key=lambda s: s.box.iou(box)).id]
    return ReviewedPage(work.drafts.slots, work.streams, work.trust, document.languages, by_draft)
