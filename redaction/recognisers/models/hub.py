"""Where a model of the Hugging Face hub lies: a folder, or a download that somebody asked for before.

Looking for personal data downloads nothing: `inkveil models --get NAME` does, once. A name may have a
revision behind it, OWNER/NAME@REVISION.
"""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from model.errors import EngineFailed
from redaction.recognisers.models.base import Spec, is_hub_name

WANTED = ("*.json", "*.txt", "*.model", "*.safetensors", "pytorch_model*.bin", "*.spm")
"""No code, no weights of other frameworks."""
SETTINGS = ("*.json", "*.txt", "*.model", "*.spm")
"""Of an encoder whose weights lie in the model that stands on it."""


def missing(packages: tuple[str, ...]) -> list[str]:
    """Those of the packages that are not installed."""
    return [name for name in packages if find_spec(name) is None]


def folder_of(spec: Spec, patterns: tuple[str, ...] = WANTED) -> Path | None:
    """The folder that holds the model; None where there is none, or not all of `patterns` was downloaded."""
    path = Path(spec.where).expanduser()
    if path.is_dir():
        return path
    if not is_hub_name(spec.where) or missing(("huggingface_hub",)):
        return None
    from huggingface_hub import snapshot_download

    name, _, revision = spec.where.partition("@")
    try:
        return Path(
            snapshot_download(
                name, revision=revision or None, local_files_only=True, allow_patterns=list(patterns)
            )
        )
    except (OSError, ValueError):  # LocalEntryNotFoundError is a FileNotFoundError, a wrong name a ValueError
        return None


def not_here(spec: Spec) -> str:
    """Why `folder_of` has found nothing, with the remedy."""
    if is_hub_name(spec.where):
        return f"{spec.name} is not on this machine: inkveil models --get {spec.text}"
    return f"{spec.name}: there is no such folder."


def get(spec: Spec) -> Path:
    """Downloads a model of the hub. Raises EngineFailed."""
    if missing(("huggingface_hub",)):
        raise EngineFailed(
            f"{spec.name}: the hub's client is not installed: pip install 'inkveil[{spec.kind}]'",
            engine=spec.name,
            kind="unavailable",
        )
    from huggingface_hub import snapshot_download

    name, _, revision = spec.where.partition("@")
    try:
        folder = Path(snapshot_download(name, revision=revision or None, allow_patterns=list(WANTED)))
        encoder = encoder_of(folder, read_json(folder / "gliner_config.json") or {"encoder_config": {}})
        if encoder is not None and is_hub_name(encoder):
            snapshot_download(encoder, allow_patterns=list(SETTINGS))
        return folder
    except Exception as error:
        raise EngineFailed(
            f"{spec.name} could not be downloaded ({type(error).__name__}).",
            engine=spec.name,
            kind="unavailable",
        ) from error


def encoder_of(folder: Path, told: dict[str, Any]) -> str | None:
    """The other model whose settings or tokeniser a GLiNER needs; None where its folder holds them."""
    whole = told.get("encoder_config") is not None and (folder / "tokenizer_config.json").is_file()
    return None if whole or "model_name" not in told else str(told["model_name"])


def read_json(path: Path) -> dict[str, Any] | None:
    """A model's settings, None where the file is missing or holds something else."""
    try:
        told = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None
