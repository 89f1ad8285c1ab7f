"""What may leave this machine and what did: engines that a project allows, pages that stay, calls and costs.

An allowance is a setting with its history and an event of the project's own chain in the ledger (`CHAIN`);
every page that leaves is an event of its document's chain. `calls` has a row for each request to a provider:
from it follow the money spent, how many requests run, and how many there were in the last minute, over all
processes of the project. Who may allow is workflow.cloud's.
"""

from __future__ import annotations

import json
import secrets
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from model.decisions import Decision
from model.errors import UsageError
from model.files import reading_from_json
from model.words import Reading
from storage import ledger, settings
from storage.leaving import PROJECT, local_only, set_local_only
from storage.project import Project

__all__ = [
    "CHAIN", "Allowance", "Call", "Limits", "Spent", "allow", "allowances", "begin", "budget", "end",
    "forbid", "known", "local_only", "pause", "record_sent", "set_budget", "set_local_only", "spent",
]  # fmt: skip

CHAIN: Final = PROJECT
"""The document id of the project's own chain of events."""
SETTING: Final = "cloud"
BUDGET: Final = "cloud_budget"
MINUTE: Final = 60.0


@dataclass(frozen=True, slots=True)
class Allowance:
    """One engine elsewhere that an administrator has switched on."""

    engine: str
    provider: str
    region: str
    host: str
    """Where the images go; another address needs another allowance."""
    every_page: bool = False
    """Reads every page without being asked; else only where it is chosen."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Settings of the engine: model, samples and what else it knows."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a provider takes from one account."""

    per_minute: int = 60
    parallel: int = 4


@dataclass(frozen=True, slots=True)
class Spent:
    """What calls have cost so far, those that still run by their estimate."""

    cost: float
    requests: int
    tokens_in: int
    tokens_out: int


# -- what is allowed ----------------------------------------------------------------------------------


def allowances(project: Project) -> dict[str, Allowance]:
    """The engines that may send pages of this project out, by name."""
    stored = settings.get(project, SETTING) or {}
    return {name: Allowance(**value) for name, value in stored.items()}


def allow(project: Project, allowance: Allowance, actor: str) -> None:
    """Switches an engine on: the setting and the ledger's event in one transaction."""
    value = asdict(allowance)
    value["options"] = dict(allowance.options)
    with project.writing():
        stored = settings.get(project, SETTING) or {}
        if stored.get(allowance.engine) == value:
            return
        settings.set(project, SETTING, {**stored, allowance.engine: value}, actor)
        _record(project, "allow_engine", value, actor)


def forbid(project: Project, engine: str, actor: str) -> None:
    """Switches an engine off. Raises UsageError where it is not on."""
    with project.writing():
        stored = dict(settings.get(project, SETTING) or {})
        if engine not in stored:
            raise UsageError(f"{engine} is not switched on in this project.")
        del stored[engine]
        settings.set(project, SETTING, stored, actor)
        _record(project, "forbid_engine", {"engine": engine}, actor)


def budget(project: Project) -> float | None:
    """US dollars that all calls of the project together may cost; None where nobody has set a limit."""
    value = settings.get(project, BUDGET)
    return None if value is None else float(value)


def set_budget(project: Project, dollars: float | None, actor: str) -> None:
    """Sets the limit, or takes it away (None)."""
    if dollars is not None and not 0 <= dollars < 1e9:
        raise UsageError("A budget is an amount of US dollars, 0 or more.")
    with project.writing():
        if budget(project) != dollars:
            settings.set(project, BUDGET, dollars, actor)
            _record(project, "set_budget", {"dollars": dollars}, actor)


def record_sent(
    project: Project, document_id: str | None, page: int, payload: Mapping[str, Any], actor: str
) -> None:
    """The event that a page is about to leave: in its document's chain, else in the project's.

    The same answer asked for again (payload's fingerprint) is recorded again: it is sent again.
    """
    decision = Decision("sent", page, payload, actor, f"s{secrets.token_hex(12)}")
    ledger.append(project, document_id or CHAIN, decision)


def _record(project: Project, kind: str, payload: Mapping[str, Any], actor: str) -> None:
    ledger.append(project, CHAIN, Decision(kind, None, payload, actor, f"c{secrets.token_hex(12)}"))


# -- calls: limits and costs ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Call:
    """A request that is about to be made, or was."""

    document: str | None
    page: int
    engine: str
    provider: str
    model: str
    estimate: float
    """US dollars that count as spent until the call has ended, and ever after if nobody knows how it did."""


def begin(project: Project, call: Call, limits: Limits, now: float, ends: float) -> int | float | None:
    """Takes a place for a call: its id (an int), or the seconds to wait (a float), or None over budget.

    `ends`: when the call is over at the latest; one whose process died then stops counting as running.
    """
    with project.writing() as db:
        wait = _wait(project, call.provider, limits, now)
        if wait > 0:
            return wait
        most = budget(project)
        if most is not None and spent(project).cost + call.estimate > most + 1e-9:
            return None
        cursor = db.conn.execute(
            "INSERT INTO calls (document, page, engine, provider, model, started, ends, cost) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (call.document, call.page, call.engine, call.provider, call.model, now, ends, call.estimate),
        )
        return int(cursor.lastrowid or 0)


def _wait(project: Project, provider: str, limits: Limits, now: float) -> float:
    conn = project.db.conn
    row = conn.execute("SELECT until FROM pauses WHERE provider = ?", (provider,)).fetchone()
    if row is not None and row[0] > now:
        return float(row[0]) - now
    running, first_end = conn.execute(
        "SELECT count(*), min(ends) FROM calls WHERE provider = ? AND ended IS NULL AND ends > ?",
        (provider, now),
    ).fetchone()
    if running >= limits.parallel:
        return min(0.25, max(float(first_end) - now, 0.01))
    recent = [
        started
        for (started,) in conn.execute(
            "SELECT started FROM calls WHERE provider = ? AND started > ? ORDER BY started DESC LIMIT ?",
            (provider, now - MINUTE, limits.per_minute),
        )
    ]
    return max(float(recent[-1]) + MINUTE - now, 0.01) if len(recent) >= limits.per_minute else 0.0


def end(
    project: Project,
    call_id: int,
    now: float,
    outcome: str,
    *,
    cost: float | None = None,
    tokens: tuple[int, int] = (0, 0),
) -> None:
    """Ends a call. `cost` None: nobody knows whether it is billed, so the estimate stands."""
    with project.writing() as db:
        db.conn.execute(
            "UPDATE calls SET ended = ?, outcome = ?, cost = coalesce(?, cost), tokens_in = ?, "
            "tokens_out = ? WHERE id = ?",
            (now, outcome, cost, *tokens, call_id),
        )


def pause(project: Project, provider: str, until: float) -> None:
    """No call of this provider starts before `until`, in any process of the project."""
    with project.writing() as db:
        db.conn.execute(
            "INSERT INTO pauses (provider, until) VALUES (?, ?) "
            "ON CONFLICT (provider) DO UPDATE SET until = max(until, excluded.until)",
            (provider, until),
        )


def spent(project: Project, document_id: str | None = None, page: int | None = None) -> Spent:
    """What the project's calls, a document's or a page's, have cost."""
    where, values = "", list[object]()
    if document_id is not None:
        where, values = "WHERE document = ?", [document_id]
        if page is not None:
            where, values = where + " AND page = ?", [document_id, page]
    row = project.db.conn.execute(
        "SELECT coalesce(sum(cost), 0), count(*), coalesce(sum(tokens_in), 0), coalesce(sum(tokens_out), 0) "
        f"FROM calls {where}",
        values,
    ).fetchone()
    return Spent(float(row[0]), int(row[1]), int(row[2]), int(row[3]))


# -- what is known already -------------------------------------------------------------------------------


def known(project: Project, fingerprint: str) -> list[tuple[str, int, Reading]]:
    """Readings of this fingerprint with document and page, newest first, in pixels of the page image."""
    rows = project.db.conn.execute(
        "SELECT document, page, body FROM readings WHERE fingerprint = ? ORDER BY id DESC LIMIT 8",
        (fingerprint,),
    )
    return [
        (document, page, reading_from_json(json.loads(zlib.decompress(body))))
        for document, page, body in rows
    ]
