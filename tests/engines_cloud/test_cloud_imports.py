"""Listing engines imports no SDK and opens no socket; keys print as dots."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from engines import registry
from engines.openai_compatible import OpenAiCompatible
from engines.remote import secrets
from engines.remote.secrets import Secret
from model.errors import UsageError

ROOT = Path(__file__).resolve().parents[2]
LOOK = """
import json, socket, sys
opened = []
class Watched(socket.socket):
    def __init__(self, *a, **k):
        opened.append("socket"); super().__init__(*a, **k)
socket.socket = Watched
from engines import registry
names = [e["name"] for e in registry.describe()]
heavy = ["google.cloud.vision_v1", "google.genai", "google.auth", "azure.ai.documentintelligence",
         "azure.core", "azure.ai.vision.imageanalysis", "openai", "anthropic", "boto3", "botocore",
         "mistralai", "grpc", "httpx", "httpx2", "requests", "streamlit"]
print(json.dumps({"names": names, "loaded": [h for h in heavy if h in sys.modules], "sockets": len(opened)}))
"""


def test_listing_engines_imports_no_sdk_and_opens_no_socket() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOOK], cwd=ROOT, check=True, capture_output=True, text=True, timeout=120
    )
    found = json.loads(done.stdout)
    assert "google_vision" in found["names"]
    assert found["loaded"] == []
    assert found["sockets"] == 0


def test_a_secret_prints_as_dots_and_is_not_copied() -> None:
    secret = Secret("very-secret-text")
    assert f"{secret} {secret!r} {[secret]}" == "••• ••• [•••]"
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        json.dumps(secret)
    assert secrets.scrub({"a": ["x very-secret-text y"]}, [secret]) == {"a": ["x ••• y"]}


def test_keys_come_from_the_environment_or_the_secrets_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "secrets.toml"
    file.write_text('[engines.azure]\nkey = "from-the-file"\nendpoint = "https://a.example.com"\n')
    monkeypatch.setattr(secrets, "FILES", (file,))
    monkeypatch.delenv("INKVEIL_AZURE_KEY", raising=False)
    assert secrets.secret("azure", "key").reveal() == "from-the-file"
    assert secrets.value("azure", "endpoint") == "https://a.example.com"
    assert not secrets.secret("azure", "nothing")
    monkeypatch.setenv("OTHER_KEY", "the-providers-own")
    assert secrets.secret("azure", "key", "OTHER_KEY").reveal() == "the-providers-own"
    monkeypatch.setenv("INKVEIL_AZURE_KEY", "ours")
    assert secrets.secret("azure", "key", "OTHER_KEY").reveal() == "ours"
    file.write_text("no toml at all [")
    assert secrets.value("azure", "endpoint") == ""


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://api.example.com", None),
        ("http://127.0.0.1:8000/v1", None),
        ("http://localhost:8000", None),
        ("http://api.example.com", "not encrypted"),
        ("http://127.0.0.1.example.com", "not encrypted"),
        ("ftp://127.0.0.1", "no http"),
        ("https://", "no http"),
        ("https://user:word@api.example.com", "name or password"),
        ("https://api.example.com:port", "no http"),
    ],
)
def test_images_go_to_encrypted_addresses_or_to_this_machine(url: str, why: str | None) -> None:
    found = secrets.unsafe(url)
    assert found is None if why is None else why in (found or "")


def test_a_profile_of_ones_own_is_an_engine_and_one_that_does_not_fit_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_model.toml").write_text(
        'title = "My model"\nmodel = "m"\nprompt = "Read."\n[form]\nname = "text"\nboxes = "none"\n'
    )
    (tmp_path / "bad_model.toml").write_text('title = "Bad"\nmodel = "m"\nsystem_prompt = "x"\n')
    monkeypatch.setenv("INKVEIL_PROFILES", str(tmp_path))
    try:
        listed = {e["name"]: e for e in registry.describe()}
        assert listed["my_model"]["title"] == "My model"
        assert listed["my_model"]["boxes"] == "none"
        assert not listed["bad_model"]["available"]
        assert "system_prompt" in listed["bad_model"]["reason"]
    finally:
        registry._engines.pop("my_model", None)


def test_a_profile_can_be_like_another_and_says_only_what_differs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "near.toml").write_text(
        'like = "qwen3_vl"\ntitle = "Near"\nmodel = "n"\n[fit]\nmax_side = 900\n'
    )
    (tmp_path / "lost.toml").write_text('like = "no_such"\ntitle = "Lost"\nmodel = "m"\n')
    (tmp_path / "chain.toml").write_text('like = "near"\ntitle = "Chain"\nmodel = "m"\n')
    monkeypatch.setenv("INKVEIL_PROFILES", str(tmp_path))
    try:
        base, near = registry.get("qwen3_vl"), registry.get("near")
        assert isinstance(base, OpenAiCompatible)
        assert isinstance(near, OpenAiCompatible)
        assert (near.title, near.profile.model, near.fit.max_side) == ("Near", "n", 900)
        assert near.profile.prompt == base.profile.prompt
        assert near.profile.form == base.profile.form
        assert near.fit.multiple == base.fit.multiple
        for name in ("lost", "chain"):
            with pytest.raises(UsageError, match="which is no profile of its own"):
                registry.get(name)
    finally:
        registry._engines.pop("near", None)
