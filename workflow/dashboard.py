"""How the work goes: documents by state, people's pace, how often each engine was right, what it cost.

Everything is counted from the ledger and the readings; nothing here says what anybody typed. A decision's
seconds and keys are the browser's own measure (`ms`, `keys`), without the time that nobody was there; where
a decision has none it is counted and not guessed. Decisions that were taken back do not count as work.
"""

from __future__ import annotations

import statistics
import threading
from collections import Counter, OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from model.decisions import EDIT_KINDS, Event
from review import live
from review.session import live as standing
from review.session import undone
from storage import documents, ledger, readings
from workflow.state import state

if TYPE_CHECKING:
    from storage.documents import Document
    from storage.project import Project

WORDS: Final = EDIT_KINDS - {"move"}
SETTLED: Final = frozenset({"accepted", "corrected", "inserted"})
_KEPT: Final = 500
_Word = tuple[str, str, str, int | None, int | None]
"""(person, kind, day, ms, keys) of a decision."""
_known: OrderedDict[tuple[object, ...], _Counted] = OrderedDict()
_guard = threading.Lock()


@dataclass(frozen=True, slots=True)
class Work:
    """One person's decisions on words. Seconds and keys are medians a word, None without a measure."""

    person: str
    words: int
    accepted: int
    corrected: int
    other: int
    taken_back: int
    seconds: float | None
    keys: float | None
    measured: int


@dataclass(frozen=True, slots=True)
class EngineUse:
    """An engine over the words that people decided on: right where it had read the text that now stands."""

    engine: str
    decided: int
    right: int
    alone: int
    """Right where no other engine was."""
    seconds_right: float | None
    """Seconds a decision took a person where this engine was right, the median; likewise where it was not."""
    seconds_wrong: float | None
    pages: int
    seconds_a_page: float
    cost: float


@dataclass(frozen=True, slots=True)
class Dashboard:
    """What the page shows."""

    states: dict[str, int]
    left: int
    expected: float
    minutes: float | None
    """At the pace of those who decided; None where nobody has yet."""
    people: tuple[Work, ...]
    days: tuple[tuple[str, str, int], ...]
    """(day, person, words decided)."""
    engines: tuple[EngineUse, ...]
    cost: tuple[tuple[str, str, float], ...]
    """(day, engine, cost) as the readings have it, in US dollars."""


@dataclass(slots=True)
class _Counted:
    """One document, counted once for each state of its ledger and readings."""

    words: list[_Word] = field(default_factory=list)
    """Each standing decision on a word."""
    back: Counter[str] = field(default_factory=Counter)
    engines: list[tuple[tuple[str, ...], tuple[str, ...], int | None]] = field(default_factory=list)
    """For a settled word: engines that were right, engines of the page, ms of the decision."""
    left: int = 0
    expected: float = 0.0


def dashboard(project: Project, *, since: str = "", until: str = "", only: Sequence[str] = ()) -> Dashboard:
    """The figures; `since` and `until`: days as 2026-11-26, inclusive; `only`: document ids, all if empty."""
    chosen = [d for d in documents.find(project) if not only or d.id in only]
    counted = [_counted(project, d) for d in chosen]
    words = [w for c in counted for w in c.words if since <= w[2] and (not until or w[2] <= until)]
    seconds = [w[3] / 1000 for w in words if w[3] is not None]
    left = sum(c.left for c in counted)
    states = Counter(state(project, d).name for d in chosen)
    days = Counter((day, person) for person, _, day, _, _ in words)
    ids = {d.id for d in chosen}
    return Dashboard(
        dict(states),
        left,
        sum(c.expected for c in counted),
        left * statistics.fmean(seconds) / 60 if seconds else None,
        tuple(_work(words, counted)),
        tuple((day, person, n) for (day, person), n in sorted(days.items())),
        tuple(_engines(project, counted, ids)),
        tuple(_cost(project, ids, since, until)),
    )


def _work(words: Sequence[_Word], all_: Iterable[_Counted]) -> list[Work]:
    back: Counter[str] = Counter()
    for one in all_:
        back.update(one.back)
    found = []
    for person in sorted({w[0] for w in words} | set(back)):
        own = [w for w in words if w[0] == person]
        kinds = Counter(w[1] for w in own)
        ms = [w[3] / 1000 for w in own if w[3] is not None]
        keys = [w[4] for w in own if w[4] is not None]
        found.append(
            Work(
                person,
                len(own),
                kinds["accept"],
                kinds["correct"],
                len(own) - kinds["accept"] - kinds["correct"],
                back[person],
                statistics.median(ms) if ms else None,
                statistics.median(keys) if keys else None,
                len(ms),
            )
        )
    return found


def _engines(project: Project, counted: Iterable[_Counted], ids: set[str]) -> list[EngineUse]:
    decided: Counter[str] = Counter()
    right: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    took: dict[tuple[str, bool], list[float]] = {}
    for one in counted:
        for good, read, ms in one.engines:
            for engine in read:
                decided[engine] += 1
                right[engine] += engine in good
                alone[engine] += good == (engine,)
                if ms is not None:
                    took.setdefault((engine, engine in good), []).append(ms / 1000)
    rows = project.db.conn.execute("SELECT document, engine, seconds, cost FROM readings").fetchall()
    found = []
    for engine in sorted({row[1] for row in rows if row[0] in ids}):
        own = [row for row in rows if row[1] == engine and row[0] in ids]
        yes, no = took.get((engine, True)), took.get((engine, False))
        found.append(
            EngineUse(
                engine,
                decided[engine],
                right[engine],
                alone[engine],
                statistics.median(yes) if yes else None,
                statistics.median(no) if no else None,
                len(own),
                statistics.fmean(row[2] for row in own),
                sum(row[3] for row in own),
            )
        )
    return found


def _cost(project: Project, ids: set[str], since: str, until: str) -> list[tuple[str, str, float]]:
    found: Counter[tuple[str, str]] = Counter()
    rows = project.db.conn.execute("SELECT document, engine, at, cost FROM readings WHERE cost > 0")
    for document, engine, at, cost in rows:
        day = _day(at)
        if document in ids and since <= day and (not until or day <= until):
            found[day, engine] += cost
    return [(day, engine, cost) for (day, engine), cost in sorted(found.items())]


def _counted(project: Project, document: Document) -> _Counted:
    name = (
        str(project.path),
        document.id,
        ledger.head(project, document.id),
        tuple(readings.ids(project, document.id).items()),
    )
    with _guard:
        if name in _known:
            return _known[name]
    found = _count(live.document(project, document.id))
    with _guard:
        _known[name] = found
        while len(_known) > _KEPT:
            _known.popitem(last=False)
    return found


def _count(document: live.LiveDocument) -> _Counted:
    found = _Counted()
    events = document.events()
    by_seq: dict[int, Event] = {}
    for event in standing(events):
        by_seq[event.seq] = event
        if event.kind in WORDS:
            took = (_measure(event, "ms"), _measure(event, "keys"))
            found.words.append((event.actor, event.kind, _day(event.at), *took))
    dead = undone(events)
    found.back.update(e.actor for e in events if e.seq in dead and e.kind in WORDS)
    touched = {e.page for e in events if e.kind in EDIT_KINDS}
    for row in document.overview(None, seconds=5.0)["pages"]:
        if not row["read"]:
            continue
        found.left += row["left"]
        found.expected += row["expected"]
        held = document.page(row["page"]) if row["page"] in touched else None
        for slot in held[0].slots if held is not None else ():
            if slot.status not in SETTLED or not slot.text or not slot.candidates:
                continue
            read = held[1].engines if held is not None else ()
            said = {e for c in slot.candidates if c.text == slot.text for e in c.engines}
            decision = by_seq.get(slot.decided_seq or 0)
            ms = None if decision is None else _measure(decision, "ms")
            found.engines.append((tuple(e for e in read if e in said), read, ms))
    return found


def _measure(event: Event, name: str) -> int | None:
    value = event.payload.get(name)
    return value if isinstance(value, int) else None


def _day(at: str) -> str:
    """The day of an ISO time, where the server stands."""
    return datetime.fromisoformat(at).astimezone().date().isoformat()
