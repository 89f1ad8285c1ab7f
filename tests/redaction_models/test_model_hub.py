"""Models of the hub: fetched when told to, from a hub made here on 127.0.0.1, then used without a socket."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from models_made import classifier_folder, gliner_folder, run_offline

pytest.importorskip("torch")
pytest.importorskip("transformers")
ROOT = Path(__file__).resolve().parents[2]
COMMIT = "0123456789abcdef0123456789abcdef01234567"
NAME = "inkveil-made/deid"
TEXT = "the ward was kept by zorblatt in tallowby and then by ann marchbanks on room seven"


@contextmanager
def hub(models: dict[str, Path]) -> Iterator[tuple[str, list[str]]]:
    """The parts of the hub's HTTP interface that its client uses to fetch a model: address, paths asked."""
    asked: list[str] = []
    stored = {
        name: {p.name: p.read_bytes() for p in folder.iterdir()} | {"run.py": b"raise SystemExit(9)"}
        for name, folder in models.items()
    }

    class Handler(BaseHTTPRequestHandler):
        def _answer(self, body: bytes, kind: str, **more: str) -> None:
            self.send_response(200)
            headers = {"Content-Type": kind, "Content-Length": str(len(body)), "X-Repo-Commit": COMMIT} | more
            for head, value in headers.items():
                self.send_header(head, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def do_GET(self) -> None:
            path = unquote(urlsplit(self.path).path)
            asked.append(path)
            name = next((n for n in stored if f"/{n}/" in f"{path}/"), "")
            files = stored.get(name, {})
            if path.startswith(f"/api/models/{name}/tree/"):
                rows = [
                    {"type": "file", "path": n, "size": len(b), "oid": "0" * 40} for n, b in files.items()
                ]
                self._answer(json.dumps(rows).encode(), "application/json")
            elif name and path.startswith(f"/api/models/{name}"):
                told: dict[str, Any] = {
                    "id": name,
                    "modelId": name,
                    "sha": COMMIT,
                    "private": False,
                    "tags": [],
                }
                told["siblings"] = [{"rfilename": n} for n in files]
                self._answer(json.dumps(told).encode(), "application/json")
            elif path.startswith(f"/{name}/resolve/") and path.rpartition("/")[2] in files:
                body = files[path.rpartition("/")[2]]
                self._answer(body, "application/octet-stream", ETag=f'"{hashlib.sha256(body).hexdigest()}"')
            else:
                self.send_error(404)

        do_HEAD = do_GET  # noqa: N815 - http.server's name

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def inkveil(*arguments: str, home: Path, address: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "HOME": str(home), "HF_HOME": str(home / "hf"), "HF_ENDPOINT": address, "PATH": os.environ["PATH"],
        "OMP_NUM_THREADS": "1", "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1",
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, "-m", "cli", *arguments, "--data", str(home / "data")],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return classifier_folder(tmp_path_factory.mktemp("models") / "deid")


def test_a_model_is_fetched_when_told_to_and_used_without_a_socket(tiny: Path, tmp_path: Path) -> None:
    with hub({NAME: tiny}) as (address, asked):
        text = tmp_path / "note.txt"
        text.write_text(TEXT, "utf-8")
        before = inkveil(
            "detect", "--text", str(text), "--models", f"clinical:{NAME}", home=tmp_path, address=address
        )
        assert before.returncode == 4
        assert f"inkveil models --get clinical:{NAME}" in before.stderr
        assert asked == []  # looking never downloads
        got = inkveil("models", "--get", f"clinical:{NAME}", home=tmp_path, address=address)
        assert got.returncode == 0, got.stderr
        assert any(path.endswith("/model.safetensors") for path in asked)
        assert not any(path.endswith("/run.py") for path in asked)  # no code
        nobody = inkveil("models", "--get", "clinical:inkveil-made/nobody", home=tmp_path, address=address)
        assert nobody.returncode == 4
        assert "could not be downloaded" in nobody.stderr
    assert run_offline(f"clinical:{NAME}", TEXT, tmp_path, HF_HOME=str(tmp_path / "hf")) == "offline"
    assert run_offline(f"clinical:{NAME}@main", TEXT, tmp_path, HF_HOME=str(tmp_path / "hf")) == "offline"


def test_a_gliner_is_fetched_with_the_settings_of_the_encoder_it_names(tmp_path: Path) -> None:
    """As the published ones are: their own weights, the encoder's settings and tokeniser by its name."""
    pytest.importorskip("gliner")
    folder, encoder = tmp_path / "tiny", tmp_path / "encoder"
    gliner_folder(folder, encoder=encoder)
    told = json.loads((folder / "gliner_config.json").read_text("utf-8"))
    told["vocab_size"] = told["encoder_config"]["vocab_size"]
    told["encoder_config"], told["model_name"] = None, "inkveil-made/encoder"
    (folder / "gliner_config.json").write_text(json.dumps(told), "utf-8")
    name = "gliner:inkveil-made/tiny"
    with hub({"inkveil-made/tiny": folder, "inkveil-made/encoder": encoder}) as (address, asked):
        got = inkveil("models", "--get", name, home=tmp_path, address=address)
        assert got.returncode == 0, got.stderr
        assert any(path.endswith("/tiny/resolve/" + COMMIT + "/pytorch_model.bin") for path in asked)
        assert not any("/encoder/resolve/" in path and path.endswith(".safetensors") for path in asked)
    spec, text = f"{name}?PERSON=PERSON&CITY=LOCATION", "we met quixelby near mirkholm at noon"
    assert run_offline(spec, text, tmp_path, HF_HOME=str(tmp_path / "hf")) == "offline"
