"""What of a project may leave this machine: hosts that an administrator has allowed, documents that never go.

Both stand in the ledger: the hosts in a chain of the project's own (`PROJECT`), a document's mark in its
chain. Nothing is allowed until somebody allows it. Who sends a text asks `forbidden` before, and tells
`sent`.
"""

from __future__ import annotations

import json
import re
import uuid
from typing import Any, Final

from model.decisions import Decision
from model.errors import NotAllowed, UsageError
from model.policy import role_at_least
from storage import ledger, people
from storage.project import Project

PROJECT: Final = "project"
"""The chain of what was decided about the project as a whole; no document has this id."""
_HOST: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*|[0-9a-f:]+")


def allowed(project: Project) -> frozenset[str]:
    """The hosts that may see texts of this project."""
    hosts: set[str] = set()
    for event in ledger.events(project, PROJECT):
        if event.kind == "allow_host":
            hosts.add(str(event.payload.get("host")))
        elif event.kind == "forbid_host":
            hosts.discard(str(event.payload.get("host")))
    return frozenset(hosts)


def allow(project: Project, host: str, actor: str, *, on: bool = True) -> None:
    """Allows a host, or takes that back. Raises NotAllowed for who is no administrator, UsageError."""
    host = host.strip().lower().rstrip(".")
    if not _HOST.fullmatch(host) or len(host) > 253:
        raise UsageError("A host is named as in its address: api.example.org, without https:// and path.")
    _administrator(project, actor)
    if (host in allowed(project)) != on:
        kind = "allow_host" if on else "forbid_host"
        _append(project, PROJECT, kind, {"host": host}, actor)


def local_only(project: Project, document_id: str) -> bool:
    """Whether the document is marked: it never leaves this machine, whatever is allowed."""
    row = project.db.conn.execute(
        "SELECT payload FROM events WHERE document = ? AND kind = 'set_local_only' ORDER BY seq DESC LIMIT 1",
        (document_id,),
    ).fetchone()
    return row is not None and bool(json.loads(row[0]).get("local_only"))


def set_local_only(project: Project, document_id: str, on: bool, actor: str) -> None:
    """Marks a document as one that stays here. Taking the mark off is an administrator's: else NotAllowed."""
    if not on:
        _administrator(project, actor)
    if local_only(project, document_id) != on:
        _append(project, document_id, "set_local_only", {"local_only": on}, actor)


def forbidden(project: Project, document_id: str | None, host: str) -> str | None:
    """Why the document's text may not go to the host, in one sentence; None where it may."""
    if document_id is not None and local_only(project, document_id):
        return f"The document is marked to stay on this machine, so nothing of it goes to {host}."
    if host.lower().rstrip(".") not in allowed(project):
        return (
            f"{host} is another machine, and no text goes there unless an administrator allows it for the "
            f"project: inkveil models --allow {host}"
        )
    return None


def sent(project: Project, chain: str, page: int | None, host: str, engine: str, actor: str) -> None:
    """Records, before it goes, that the text of a page (None: of a plain text) goes to a host."""
    _append(project, chain, "sent", {"engine": engine, "host": host, "what": "text"}, actor, page)


def _administrator(project: Project, actor: str) -> None:
    """Where nobody has a role (no sign-in is used) the one person here may do everything."""
    if people.everybody(project) and not role_at_least(people.role(project, actor), "administrator"):
        raise NotAllowed("Only an administrator decides what may leave this machine.")


def _append(
    project: Project, chain: str, kind: str, payload: dict[str, Any], actor: str, page: int | None = None
) -> None:
    ledger.append(project, chain, Decision(kind, page, payload, actor, f"{kind}-{uuid.uuid4().hex}"))
