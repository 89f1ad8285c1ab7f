"""Licences of engines that a project has accepted: events of the project's own chain in the ledger.

Who may accept is workflow.licences'; who asks is engines.remote.gate.agree.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass

from model.decisions import Decision
from storage import ledger
from storage.leaving import PROJECT
from storage.project import Project


@dataclass(frozen=True, slots=True)
class Licence:
    """What was accepted. An engine whose licence is another one since then is not covered."""

    engine: str
    licence: str
    address: str


def accepted(project: Project) -> dict[str, Licence]:
    """The licences in force, by engine: read from the ledger, so that none is there without its event."""
    found: dict[str, Licence] = {}
    for event in ledger.events(project, PROJECT):
        if event.kind == "accept_licence":
            licence = Licence(*(str(event.payload.get(n)) for n in ("engine", "licence", "address")))
            found[licence.engine] = licence
        elif event.kind == "withdraw_licence":
            found.pop(str(event.payload.get("engine")), None)
    return found


def accept(project: Project, licence: Licence, actor: str) -> None:
    """Records that the licence is accepted; nothing where it is already."""
    with project.writing():
        if accepted(project).get(licence.engine) != licence:
            _record(project, "accept_licence", licence, actor)


def withdraw(project: Project, engine: str, actor: str) -> bool:
    """Takes the acceptance back; False where there is none."""
    with project.writing():
        licence = accepted(project).get(engine)
        if licence is not None:
            _record(project, "withdraw_licence", licence, actor)
        return licence is not None


def _record(project: Project, kind: str, licence: Licence, actor: str) -> None:
    ledger.append(project, PROJECT, Decision(kind, None, asdict(licence), actor, f"l{secrets.token_hex(12)}"))
