"""Who may let pages leave this machine: switching engines on and off, budgets, documents that stay.

Everything here is recorded in the ledger by storage.cloud. Switching on, switching off and budgets are an
administrator's; marking a document local-only is anybody's who works on it, taking the mark back is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from model.errors import NotAllowed, UsageError
from model.policy import role_at_least
from storage import cloud, documents, people
from storage.cloud import CHAIN, Allowance, Spent

if TYPE_CHECKING:
    from engines.base import Engine
    from storage.project import Project


def role_of(project: Project, actor: str) -> str | None:
    """The actor's role; where nobody has one (no sign-in is used) whoever is there is administrator."""
    return people.role(project, actor) if people.everybody(project) else "administrator"


def allow(
    project: Project,
    name: str,
    actor: str,
    *,
    role: str | None = None,
    region: str = "",
    every_page: bool = False,
    options: Mapping[str, Any] | None = None,
) -> Allowance:
    """Switches an engine on for the project, at the address that it has now.

    `role`: the actor's, where the caller knows it better than the project's list. `region` is what the
    administrator states where the provider does not say. Raises NotAllowed, UsageError.
    """
    _administrator(project, actor, role)
    engine = _remote(name)
    chosen = checked(name, options or {})
    from engines.base import region as region_of
    from engines.remote.gate import host_of

    allowance = Allowance(
        name, engine.privacy, region or region_of(engine), host_of(engine), every_page, chosen
    )
    cloud.allow(project, allowance, actor)
    return allowance


def options_of(texts: Iterable[str]) -> dict[str, str]:
    """Settings as people write them, each NAME=VALUE. Raises UsageError."""
    chosen: dict[str, str] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or not name.strip():
            raise UsageError(f"{text.strip()}: write NAME=VALUE, such as samples=3.")
        chosen[name.strip()] = value.strip()
    return chosen


def forbid(project: Project, name: str, actor: str, *, role: str | None = None) -> None:
    """Switches an engine off; what waits for it is not sent any more."""
    _administrator(project, actor, role)
    cloud.forbid(project, name, actor)


def set_budget(project: Project, dollars: float | None, actor: str, *, role: str | None = None) -> None:
    """What all calls of the project together may cost, or None for no limit."""
    _administrator(project, actor, role)
    cloud.set_budget(project, dollars, actor)


def set_local_only(project: Project, document_id: str, local: bool, actor: str) -> None:
    """Marks a document, or takes the mark back (an administrator's)."""
    cloud.set_local_only(project, documents.get(project, document_id).id, local, actor)


def overview(project: Project) -> dict[str, Any]:
    """What is allowed, what it has cost, and which documents stay: as `inkveil cloud --json` gives it."""
    spent: Spent = cloud.spent(project)
    return {
        "engines": [
            {
                "name": a.engine, "provider": a.provider, "region": a.region, "host": a.host,
                "every_page": a.every_page, "options": dict(a.options),
            }
            for a in cloud.allowances(project).values()
        ],
        "budget": cloud.budget(project),
        "spent": round(spent.cost, 6),
        "requests": spent.requests,
        "tokens": {"in": spent.tokens_in, "out": spent.tokens_out},
        "local_only": [d.id for d in documents.find(project) if cloud.local_only(project, d.id)],
    }  # fmt: skip


def _administrator(project: Project, actor: str, role: str | None) -> None:
    if not role_at_least(role or role_of(project, actor), "administrator"):
        raise NotAllowed("Only an administrator of the project decides what may leave this machine.")


def _remote(name: str) -> Engine:
    """The engine. Raises UsageError for one that sends nothing, or whose address or key is missing."""
    from engines import registry

    engine = registry.get(name)
    if engine.privacy == "local":
        reason = engine.availability()
        raise UsageError(f"{engine.title} sends nothing anywhere." + (f" {reason}" if reason else ""))
    reason = engine.availability()
    if reason is not None:
        raise UsageError(f"{engine.title} cannot be switched on yet. {reason}")
    return engine


def checked(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """An engine's options as values of their kind. Raises UsageError for one that it does not have."""
    from engines import registry
    from engines.remote.engine import COMMON, option

    engine = registry.get(name)

    known = {**COMMON, **getattr(engine, "options", {})}
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise UsageError(f"{engine.title} has no option {unknown[0]}. It has {', '.join(sorted(known))}.")
    try:
        return {name: option(value, known[name], name) for name, value in given.items()}
    except ValueError as error:
        raise UsageError(f"{engine.title}: {error}.") from None


__all__ = [
    "CHAIN",
    "allow",
    "checked",
    "forbid",
    "options_of",
    "overview",
    "role_of",
    "set_budget",
    "set_local_only",
]
