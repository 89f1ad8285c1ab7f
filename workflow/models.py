"""The opt-in models for the command line: which ones look at a file, and what may leave this machine then."""

from __future__ import annotations

import hashlib
import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engines.remote.gate import Gate
from model.errors import EngineFailed, UsageError
from redaction import chosen as choice
from redaction.recognisers.models import hub, registry
from redaction.recognisers.models.base import is_hub_name, parse
from redaction.recognisers.models.runner import Runner
from storage import documents, leaving
from storage.project import Project

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from model.findings import Finding, TextFinding
    from redaction.recognisers.models.base import TextModel

NONE = "none"
_PROJECT = "default"


def runner(told: str | None, data: Path, file: Path | None, actor: str) -> Runner:
    """What looks at a file that need not be in the database. `told`: names of models, "none", or None for
    those of the environment.

    A text goes to another machine only where the project in `data` allows it, and not at all where the file
    is a document of it that is marked to stay. Raises UsageError for a name that is none.
    """
    specs = registry.of_environment() if told is None else () if told.strip() == NONE else parse(told)
    project = document = None
    if any(spec.kind == "llm" for spec in specs) and (data / _PROJECT / "project.sqlite").is_file():
        project = Project.open(data)
        document = _document(project, file)
    if project is None:
        return Runner(registry.models(specs))
    chain = document or leaving.PROJECT

    def leaves(model: TextModel, page: int) -> None:
        leaving.sent(project, chain, page or None, getattr(model, "host", ""), model.name, actor)

    gate = Gate(project, document, actor)
    forbidden = partial(leaving.forbidden, project, document)
    return Runner(registry.models(specs, forbidden, gate), leaving=leaves)


def _document(project: Project, file: Path | None) -> str | None:
    """The id of the document that the file, or what was read of it, is a copy of."""
    if file is None or not file.is_file():
        return None
    data = file.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    if file.suffix.lower() == ".json":
        try:
            digest = str(json.loads(data)["source"]["sha256"])
        except (ValueError, KeyError, TypeError, RecursionError):
            return None
    return next((d.id for d in documents.find(project) if d.sha256 == digest), None)


def told(runner: Runner, found: Sequence[Finding | TextFinding]) -> list[dict[str, Any]]:
    """How each model did, for --json."""
    return [outcome.to_json() for outcome in runner.outcomes(found=found)]


def refuse_failed(runner: Runner) -> None:
    """Raises EngineFailed where a model that was asked for has not looked at everything."""
    for outcome in runner.outcomes():
        if outcome.failed:
            pages = ", ".join(str(n) for n in outcome.failed if n)
            where = f" (page {pages})" if pages else ""
            raise EngineFailed(f"{outcome.message}{where}", engine=outcome.model, kind="unavailable")


def listed(data: Path) -> dict[str, Any]:
    """The kinds, the models that are switched on with their state, and what may leave this machine."""
    project = Project.open(data)
    return {
        "kinds": registry.kinds(),
        "models": registry.describe(choice.models(project)),
        "hosts": sorted(leaving.allowed(project)),
        "stay": [d.id for d in documents.find(project) if leaving.local_only(project, d.id)],
    }


def download(told: str, say: Callable[[str], None]) -> None:
    """Fetches the models of the hub that are named. Raises UsageError, EngineFailed."""
    for spec in parse(told):
        if spec.kind not in ("clinical", "gliner") or not is_hub_name(spec.where):
            raise UsageError(
                f"{spec.name} does not come from the hub: --get takes clinical:OWNER/NAME and "
                "gliner:OWNER/NAME. A spaCy package is installed: python -m spacy download NAME"
            )
        say(f"{spec.name} lies in {hub.get(spec)}")


def change(
    data: Path,
    actor: str,
    *,
    chosen: str | None = None,
    allow: str | None = None,
    forbid: str | None = None,
    stay: str | None = None,
    leave: str | None = None,
) -> None:
    """Other models, another host, another mark on a document; None leaves a thing as it is.

    Raises UsageError, NotAllowed for who is no administrator.
    """
    project = Project.open(data)
    if chosen is not None:
        choice.choose(project, "" if chosen.strip() == NONE else chosen, actor)
    if allow is not None:
        leaving.allow(project, allow, actor)
    if forbid is not None:
        leaving.allow(project, forbid, actor, on=False)
    if stay is not None:
        leaving.set_local_only(project, documents.get(project, stay).id, True, actor)
    if leave is not None:
        leaving.set_local_only(project, documents.get(project, leave).id, False, actor)
