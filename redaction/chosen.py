"""Which models a project is searched with: those of $INKVEIL_MODELS and those of its settings.

`runner` makes them ready for one document: what its project allows to leave this machine, and what the
ledger is told when something does.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from engines.remote.gate import Gate
from model.errors import NotAllowed
from model.policy import role_at_least
from redaction.recognisers.models import registry
from redaction.recognisers.models.base import Spec, TextModel, parse
from redaction.recognisers.models.runner import Runner
from storage import leaving, people, settings

if TYPE_CHECKING:
    from storage.project import Project

SETTING: Final = "models"
SYSTEM: Final = "inkveil"
"""Who sends a text, in the ledger: a search that nobody started by hand."""


def of(project: Project) -> tuple[Spec, ...]:
    """The models of the environment, then the project's. Raises UsageError for what can't be read."""
    return tuple(dict.fromkeys([*registry.of_environment(), *own(project)]))


def own(project: Project) -> tuple[Spec, ...]:
    """The project's own choice."""
    stored = settings.get(project, SETTING)
    return parse(",".join(map(str, stored))) if isinstance(stored, list) else ()


def choose(project: Project, text: str, actor: str) -> None:
    """From now on the project is searched with these models; "" with none but the environment's.

    Raises UsageError for a name that is none, NotAllowed for who is no administrator.
    """
    specs = parse(text)
    if people.everybody(project) and not role_at_least(people.role(project, actor), "administrator"):
        raise NotAllowed("Only an administrator chooses the models of a project.")
    if specs != own(project):
        settings.set(project, SETTING, [spec.text for spec in specs], actor)


def models(project: Project, document_id: str | None = None) -> tuple[TextModel, ...]:
    """The project's models, for a document or (None) to show their state."""
    specs = of(project)
    gate = Gate(project, document_id, SYSTEM)
    return registry.models(specs, partial(leaving.forbidden, project, document_id), gate) if specs else ()


def runner(project: Project, document_id: str) -> Runner:
    """What searches a document; pages that go elsewhere stand in its ledger before they go."""

    def leaves(model: TextModel, page: int) -> None:
        leaving.sent(project, document_id, page or None, getattr(model, "host", ""), model.name, SYSTEM)

    return Runner(models(project, document_id), leaving=leaves)
