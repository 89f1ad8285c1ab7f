"""Who may accept an engine's licence for a project, and which are: an administrator's act, in the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from model.errors import NotAllowed, UsageError
from model.policy import role_at_least
from storage import licences
from storage.licences import Licence
from workflow.cloud import role_of

if TYPE_CHECKING:
    from engines.base import Terms
    from storage.project import Project


def accept(project: Project, name: str, actor: str, *, role: str | None = None) -> Licence:
    """Accepts the licence that the engine has now. Raises NotAllowed, UsageError for one without terms.

    `role`: the actor's, where the caller knows it better than the project's list.
    """
    _administrator(project, actor, role)
    asked = _terms(name)
    licence = Licence(name, asked.licence, asked.address)
    licences.accept(project, licence, actor)
    return licence


def withdraw(project: Project, name: str, actor: str, *, role: str | None = None) -> None:
    """Takes an acceptance back; the engine reads no further page. Raises NotAllowed, UsageError."""
    _administrator(project, actor, role)
    if not licences.withdraw(project, name, actor):
        raise UsageError(f"No licence of {name} is accepted in this project.")


def accepted(project: Project) -> frozenset[str]:
    """Names of the engines whose present licence the project has accepted."""
    from engines import registry
    from engines.base import terms
    from model.errors import InkveilError

    found = set()
    for name, licence in licences.accepted(project).items():
        try:
            asked = terms(registry.get(name))
        except InkveilError:  # its package is gone
            continue
        if asked is not None and (licence.licence, licence.address) == (asked.licence, asked.address):
            found.add(name)
    return frozenset(found)


def waiting(engines: list[dict[str, Any]], project: Project) -> list[dict[str, Any]]:
    """Of registry.describe's engines those with terms, each with `accepted` as it is in the project."""
    known = accepted(project)
    return [{**e, "terms": {**e["terms"], "accepted": e["name"] in known}} for e in engines if e.get("terms")]


def _administrator(project: Project, actor: str, role: str | None) -> None:
    if not role_at_least(role or role_of(project, actor), "administrator"):
        raise NotAllowed("Only an administrator of the project accepts a licence for it.")


def _terms(name: str) -> Terms:
    from engines import registry
    from engines.base import terms

    asked = terms(registry.get(name))
    if asked is None:
        raise UsageError(f"{name} has no licence that somebody would have to accept.")
    return asked
