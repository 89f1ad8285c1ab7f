"""From names to models: one instance a process of each that is heavy, and what is said about all of them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from model.errors import UsageError
from redaction.recognisers.models.base import KINDS, Kind, Spec, TextModel, parse

if TYPE_CHECKING:
    from engines.remote.gate import Gate

VARIABLE: Final = "INKVEIL_MODELS"
_KEPT: Final = 4
"""Models that stay in memory; each may take gigabytes."""
_loaded: dict[tuple[Spec, str], TextModel] = {}
_guard = threading.Lock()


def nowhere(host: str) -> str | None:
    """Where no project says otherwise, no text goes to another machine."""
    return (
        f"{host} is another machine, and no text goes there unless an administrator allows it for the "
        f"project: inkveil models --allow {host}"
    )


def of_environment() -> tuple[Spec, ...]:
    """The models that $INKVEIL_MODELS names. Raises UsageError."""
    try:
        return parse(os.environ.get(VARIABLE, ""))
    except UsageError as error:
        raise UsageError(f"{VARIABLE}: {error.message}") from None


def models(
    specs: Sequence[Spec], forbidden: Callable[[str], str | None] = nowhere, gate: Gate | None = None
) -> tuple[TextModel, ...]:
    """The models by name, not loaded yet. `forbidden` as of llm.ChatModel, `gate` as of llm.EngineModel."""
    return tuple(_model(spec, forbidden, gate) for spec in specs)


def _model(spec: Spec, forbidden: Callable[[str], str | None], gate: Gate | None) -> TextModel:
    if spec.kind == "llm":  # what it may do depends on the project and the document
        from redaction.recognisers.models.llm import ChatModel, EngineModel

        return ChatModel(spec, forbidden) if spec.url else EngineModel(spec, gate)
    fresh: TextModel = _class(spec.kind)(spec)
    with _guard:
        # The stamp is in the key: a folder that changed, or a package that was installed, is looked at anew.
        model = _loaded.pop((spec, fresh.stamp), fresh)
        _loaded[spec, fresh.stamp] = model
        while len(_loaded) > _KEPT:
            _loaded.pop(next(iter(_loaded)))
    return model


def _class(kind: Kind) -> type[Any]:
    if kind == "spacy":
        from redaction.recognisers.models.spacy_ner import SpacyNer

        return SpacyNer
    if kind == "clinical":
        from redaction.recognisers.models.clinical import TokenClassifier

        return TokenClassifier
    from redaction.recognisers.models.gliner import Gliner

    return Gliner


def kinds() -> list[dict[str, Any]]:
    """The four kinds: whether what they need is installed, else how to install it."""
    from redaction.recognisers.models import clinical, gliner, hub

    needs = {"spacy": ("spacy",), "clinical": clinical.NEEDS, "gliner": gliner.NEEDS, "llm": ()}
    extra = {"spacy": "ner", "clinical": "clinical", "gliner": "gliner"}
    rows = []
    for kind in KINDS:
        lacking = hub.missing(needs[kind])
        reason = f"needs {' and '.join(lacking)}: pip install 'inkveil[{extra[kind]}]'" if lacking else None
        rows.append({"kind": kind, "installed": not lacking, "reason": reason})
    return rows


def describe(found: Sequence[TextModel]) -> list[dict[str, Any]]:
    """Each chosen model with its state, for `inkveil models` and the page."""
    rows = []
    for model in found:
        reason = model.availability()
        rows.append(
            {
                "model": model.spec.text, "name": model.name, "kind": model.spec.kind,
                "available": reason is None, "reason": reason, "note": model.note(),
                "host": getattr(model, "host", ""),
            }
        )  # fmt: skip
    return rows
