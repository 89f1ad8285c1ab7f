"""A tiny trained spaCy pipeline, once for all tests; a chat endpoint for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from models_made import Chat, chat, spacy_folder


@pytest.fixture(scope="session")
def tiny_spacy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return spacy_folder(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Chat]:
    monkeypatch.delenv("INKVEIL_LLM_KEY", raising=False)
    with chat() as state:
        yield state
