"""docs/own-engine.md followed to the letter: files written, commands typed, and the engines read a page."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import cv2
import numpy as np
import pytest
from fake_cloud import lines_on, sample_page, words_on
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "own-engine.md").read_text("utf-8")
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)


def section(title: str) -> str:
    return re.split(r"^## ", PAGE.split(f"\n## {title}\n", 1)[1], flags=re.MULTILINE)[0]


def follow(text: str, folder: Path, environment: dict[str, str]) -> list[subprocess.CompletedProcess[str]]:
    """Writes each block that has a file's name before it, and types each line of the others."""
    answers = []
    for found in BLOCK.finditer(text):
        kind, body = found.groups()
        before = text[: found.start()].rstrip().rsplit("\n\n", 1)[-1]
        names = re.findall(r"`([\w./]+\.(?:py|toml))`", before)
        if kind in ("python", "toml") and names:
            place = folder / ("profiles" if "folder `profiles`" in before else ".") / names[-1]
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(body, encoding="utf-8")
        for line in body.splitlines() if kind == "sh" else ():
            if line.startswith("export "):
                name, _, value = line.removeprefix("export ").partition("=")
                environment.setdefault(name, value.strip('"'))
            else:
                answers.append(typed(line, folder, environment))
    return answers


def typed(line: str, folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = line.split()
    if command[0] == "pip":  # into a folder of its own, without the index
        offline = ["--no-deps", "--no-build-isolation", "--target", str(folder / "site"), "-q"]
        command = [sys.executable, "-m", "pip", *command[1:], *offline]
    elif command[0] == "inkveil":
        command = [sys.executable, "-m", "cli", *command[1:], "--json", "--data", str(folder / "data")]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, f"{line}: {done.stderr[-2000:]}"
    return done


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("INKVEIL_") and "proxy" not in k.lower()}
    return {
        **kept,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": f"{tmp_path / 'site'}{os.pathsep}{ROOT}",
        "OMP_NUM_THREADS": "1",
    }


def state(answer: subprocess.CompletedProcess[str], name: str) -> dict[str, Any]:
    listed = json.loads(answer.stdout)["engines"]
    found: dict[str, Any] = next(e for e in listed if e["name"] == name)
    return found


def read_by(answer: subprocess.CompletedProcess[str], name: str) -> list[dict[str, Any]]:
    """The slots of the page in which the engine has a say."""
    (page,) = json.loads(answer.stdout)["pages"]
    assert name in page["engines"]
    return [s for s in page["slots"] if any(name in c["engines"] for c in s["candidates"])]


def test_a_command(tmp_path: Path, environment: dict[str, str]) -> None:
    Image.fromarray(sample_page()[0]).save(tmp_path / "page.png", dpi=(150, 150))
    listed, read = follow(section("A command"), tmp_path, environment)
    assert state(listed, "command")["available"]
    assert (tmp_path / ".streamlit" / "secrets.toml").is_file()
    assert len(read_by(read, "command")) >= 3


def test_a_model_behind_a_server(tmp_path: Path, environment: dict[str, str], model: str) -> None:
    pytest.importorskip("openai")
    Image.fromarray(sample_page()[0]).save(tmp_path / "page.png", dpi=(150, 150))
    environment["INKVEIL_MY_MODEL_URL"] = f"{model}/v1"  # the page's port may be taken here
    listed, read = follow(section("A model behind a server"), tmp_path, environment)
    assert state(listed, "my_model")["available"]
    assert state(listed, "my_model")["title"] == "My model"
    assert len(read_by(read, "my_model")) >= 3


def test_a_python_package(tmp_path: Path, environment: dict[str, str]) -> None:
    code = cv2.QRCodeEncoder.create().encode("Shelf-14-Invented")
    page = np.full((900, 700), 255, np.uint8)
    big = cv2.resize(code, None, fx=8, fy=8, interpolation=cv2.INTER_NEAREST)
    page[200 : 200 + big.shape[0], 150 : 150 + big.shape[1]] = big
    Image.fromarray(page).save(tmp_path / "page.png", dpi=(150, 150))
    _, listed, read = follow(section("A Python package"), tmp_path, environment)
    assert state(listed, "qr")["available"]
    (slot,) = read_by(read, "qr")
    assert slot["text"] == "Shelf-14-Invented"
    x0, y0, x1, y1 = slot["box"]
    quiet = 4 * 8 + 2  # the code's own margin of four modules
    assert abs(x0 - 150) <= quiet
    assert abs(y0 - 200) <= quiet
    assert abs(x1 - 150 - big.shape[1]) <= quiet
    assert abs(y1 - 200 - big.shape[0]) <= quiet


@pytest.fixture
def model() -> Iterator[str]:
    """A server that answers as the profile on the page asks, with the lines of the image that it is sent."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert asked["model"] == "my-model"
            parts = asked["messages"][-1]["content"]
            url = next(p["image_url"]["url"] for p in parts if p["type"] == "image_url")
            words, width, height = words_on(base64.b64decode(url.partition(",")[2]))
            scale = np.array([1000 / width, 1000 / height] * 2)
            lines = [
                {"bbox_2d": [round(v) for v in np.array(line.box) * scale], "text_content": line.text}
                for line in lines_on(words)
            ]
            message = {"role": "assistant", "content": json.dumps(lines)}
            choice = {"index": 0, "finish_reason": "stop", "message": message}
            usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
            body = {"id": "1", "object": "chat.completion", "created": 1, "model": "my-model"}
            answer = json.dumps({**body, "choices": [choice], "usage": usage}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join(10)
