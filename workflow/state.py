"""Where a document stands: five steps (read, review, redact, verify, export) and what is left in words.

Everything comes from the project's database and cache; nothing is computed here that takes longer than
a page may wait: what has not been merged or searched yet is said to be so (workflow.warm does it).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from model.texts import catalogue, text
from storage import exports, ledger, readings
from storage.documents import Document

if TYPE_CHECKING:
    from storage.project import Project
    from storage.work import Progress

StepState = Literal["todo", "now", "done", "problem"]
STEPS: Final = ("read", "review", "redact", "verify", "export")
SECONDS_A_WORD: Final = 4.0
"""A flagged word costs a reviewer about this long (3.29 s: Chrons & Sundell, Digitalkoot, 2011)."""
PATIENCE: Final = 15.0
"""Seconds without a sign of life after which a worker is taken to be absent."""
ENGINE_NAMES: Final = {"rapidocr": "RapidOCR", "tesseract": "Tesseract"}
"""Names that are the same in every language; the catalogue has the others."""


@dataclass(frozen=True, slots=True)
class Step:
    """One of STEPS with how far it is (0..1)."""

    name: str
    state: StepState
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class DocumentState:
    """What a list shows of a document."""

    document: Document
    steps: tuple[Step, ...]
    words: str
    """What is left, as in "61 words to review, about 4 min"."""
    page: str
    """The page of the application where the work goes on: review, redact or export."""
    reading: bool
    problems: tuple[str, ...] = ()
    assigned: str | None = None
    """Whom the document is assigned to."""
    blind: bool = False
    """Entered by two people who do not see each other's."""
    waits: bool = False
    """True where workflow.warm has something to make before the state can be told."""

    @property
    def name(self) -> str:
        """The first step that is not done: what the list filters by."""
        return next((s.name for s in self.steps if s.state != "done"), "done")


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the ledger and the merged pages say."""

    left: int
    flagged: int
    approved: bool
    undecided: int | None
    """None where nobody has looked for personal data yet."""
    chosen: int
    assigned: str | None = None
    blind: bool = False


_kept: OrderedDict[tuple[Any, ...], _Facts] = OrderedDict()
_guard = threading.Lock()


def state(project: Project, document: Document, *, wait: bool = False, language: str = "en") -> DocumentState:
    """The document's state, its words in `language`. With `wait` pages are merged now where nobody has yet.

    Raises StorageFailed where the project can't be read.
    """
    progress = readings.progress(project, document.id)
    problems = tuple(
        text(
            "state.failed",
            language,
            page=f.page,
            engine=engine_name(f.engine, language),
            message=f.message,
        )
        for f in progress.failures
    )
    if not progress.finished or (progress.total == 0 and not readings.ids(project, document.id)):
        share = progress.done / progress.total if progress.total else 0.0
        steps = (Step("read", "now", share), *(Step(name, "todo") for name in STEPS[1:]))
        return DocumentState(document, steps, reading_words(progress, language), "review", True, problems)
    facts = _facts(project, document, wait)
    if facts is None:
        steps = (Step("read", "done", 1.0), Step("review", "now"), *(Step(n, "todo") for n in STEPS[2:]))
        return DocumentState(
            document, steps, text("state.comparing", language), "review", False, problems, waits=True
        )
    return _decided(project, document, facts, problems, language)


def engine_name(name: str, language: str = "en") -> str:
    """An engine's name as people know it; its own name where nobody calls it otherwise."""
    if f"engine_{name}" in catalogue("state"):
        return text(f"state.engine_{name}", language)
    return ENGINE_NAMES.get(name, name)


def reading_words(progress: Progress, language: str = "en") -> str:
    """As in "page 4 of 12, Tesseract", or why nothing moves."""
    now = progress.current
    if now is None:
        if progress.done == 0:
            return text("state.waiting", language)
        return text("state.readings", language, done=progress.done, total=progress.total)
    engine = engine_name(now.engine, language)
    return text("state.reading", language, page=now.page, pages=now.pages, engine=engine)


def unattended(project: Project, states: Sequence[DocumentState]) -> bool:
    """Whether something waits to be read, has waited for PATIENCE seconds, and no worker shows itself."""
    from workflow.warm import silence

    since = [datetime.fromisoformat(s.document.added_at) for s in states if s.reading]
    if not since or (datetime.now(UTC) - min(since)).total_seconds() < PATIENCE:
        return False
    return silence(project) > PATIENCE


def minutes(words: int, language: str = "en") -> str:
    """How long so many flagged words take a reviewer."""
    return text("state.minutes", language, n=max(round(words * SECONDS_A_WORD / 60), 1))


def day(at: str, language: str = "en") -> str:
    """As in "12 Nov" for an ISO time; with the year where it is another one."""
    when = datetime.fromisoformat(at).astimezone()
    this_year = when.year == datetime.now().astimezone().year
    if language == "ja":
        return f"{when.month}月{when.day}日" if this_year else f"{when.year}年{when.month}月{when.day}日"
    return f"{when.day} {when:%b}" if this_year else f"{when.day} {when:%b} {when.year}"


def plural(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _decided(
    project: Project, document: Document, facts: _Facts, problems: tuple[str, ...], language: str
) -> DocumentState:
    done = exports.list(project, document.id)
    reviewed = facts.approved
    searched = facts.undecided == 0
    share = 1.0 if reviewed else (facts.flagged - facts.left) / facts.flagged if facts.flagged else 0.0
    steps = (
        Step("read", "problem" if problems else "done", 1.0),
        Step("review", "done" if reviewed else "now", share),
        Step("redact", "done" if searched else "now" if reviewed else "todo", 1.0 if searched else 0.0),
        Step("verify", "done" if done else "todo", 1.0 if done else 0.0),
        Step("export", "done" if done else "now" if searched and reviewed else "todo", 1.0 if done else 0.0),
    )
    words, page = _left(facts, reviewed, language)
    if done:
        fresh = done[0].ledger_seq + 1 >= ledger.head(project, document.id)[0]
        key = "state.exported" if fresh else "state.changed"
        when = text(key, language, day=day(done[0].at, language))
        words, page = (f"{when}; {words}", page) if page != "export" else (when, page)
    waits = facts.undecided is None and not facts.left
    return DocumentState(
        document, steps, words, page, False, problems, facts.assigned, facts.blind, waits=waits
    )


def _left(facts: _Facts, reviewed: bool, language: str) -> tuple[str, str]:
    """What is left in words, and the page where it is done."""
    if facts.left:
        time = minutes(facts.left, language)
        return text("state.to_review", language, n=facts.left, time=time), "review"
    if not reviewed:
        return text("state.not_approved", language), "review"
    if facts.undecided is None:
        return text("state.to_look", language), "redact"
    if facts.undecided:
        return text("state.findings", language, n=facts.undecided), "redact"
    return text("state.ready", language, n=facts.chosen), "export"


def _facts(project: Project, document: Document, wait: bool) -> _Facts | None:
    """None while the pages have not been merged yet: merging takes longer than a list may wait."""
    from redaction import found
    from redaction.decide import open_groups
    from redaction.plan import plan
    from review.blind import entry_mode
    from review.session import load
    from workflow.warm import merged

    key = (
        str(project.path),
        document.id,
        ledger.head(project, document.id),
        tuple(readings.ids(project, document.id).items()),
        found.stamp(project, document.id),
    )
    with _guard:
        if key in _kept:
            return _kept[key]
    if not wait and not merged(project, document.id):
        return None
    review = load(project, document.id)
    findings = found.stored(project, document, review.pages)
    undecided, chosen = None, 0
    if findings is not None:
        planned = plan(findings, ledger.events(project, document.id), review.pages)
        undecided, chosen = open_groups(planned), len(planned.redactions)
    events = ledger.events(project, document.id)
    to = next((e.payload.get("to") for e in reversed(events) if e.kind == "assign"), None)
    facts = _Facts(
        review.counts.left,
        review.counts.flagged,
        review.document_approved,
        undecided,
        chosen,
        to if isinstance(to, str) else None,
        entry_mode(events) == "blind",
    )
    with _guard:
        _kept[key] = facts
        while len(_kept) > 500:
            _kept.popitem(last=False)
    return facts
