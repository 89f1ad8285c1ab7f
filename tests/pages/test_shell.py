"""What surrounds the pages: headers, Host check, signed addresses, the navigation, the engines page."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect
from streamlit.testing.v1 import AppTest

import app as application
from pages import identity, media
from workflow.state import minutes, plural, reading_words

App = Callable[..., AppTest]
ROOT = Path(application.__file__).parent
HOSTS = ["127.0.0.1", "localhost"]


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """The guard before two routes of no interest."""
    monkeypatch.setattr(application.st, "get_option", lambda _: HOSTS)

    async def echo(socket: WebSocket) -> None:
        await socket.accept()
        await socket.close()

    def hello(_: object) -> PlainTextResponse:
        return PlainTextResponse("hello", headers={"Access-Control-Allow-Origin": "*"})

    routes = [Route("/", hello), WebSocketRoute("/socket", echo)]
    guarded = Starlette(routes=routes, middleware=[Middleware(application.Guard)])
    return TestClient(guarded, base_url="http://127.0.0.1:8501")


def test_every_answer_carries_the_security_headers(client: TestClient) -> None:
    headers = client.get("/").headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert "unsafe-eval" not in headers["content-security-policy"]
    assert "'unsafe-inline'" not in policy["script-src"]
    assert policy["frame-ancestors"] == "'none'"
    assert policy["object-src"] == "'none'"
    assert policy["connect-src"] == "'self'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "access-control-allow-origin" not in headers


def test_the_inline_script_of_the_installed_streamlit_is_the_one_allowed() -> None:
    index = (Path(streamlit.__file__).parent / "static" / "index.html").read_text("utf-8")
    inline = re.findall(r"<script>", index)
    hashes = re.findall(r"'sha256-[^']+'", application.content_security_policy())
    assert len(hashes) == len(inline)


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "127.0.0.1:80:80", "a@127.0.0.1"]
)
def test_a_foreign_host_is_refused_on_every_route(client: TestClient, host: str) -> None:
    assert client.get("/", headers={"host": host}).status_code == 400
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/socket", headers={"host": host}):
        pass


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8501", "localhost:9", "LOCALHOST"])
def test_our_own_hosts_are_let_in(host: str) -> None:
    assert application.allowed(host, HOSTS)
    assert not application.allowed(host, [])


def test_the_safe_settings_are_switched_on() -> None:
    import tomllib

    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
    assert config["server"]["address"] == "127.0.0.1"
    assert config["server"]["allowedHosts"] == HOSTS
    assert config["server"]["maxUploadSize"] == 100
    assert config["server"]["enableStaticServing"] is False
    assert config["server"]["showEmailPrompt"] is False
    assert config["browser"]["gatherUsageStats"] is False
    assert config["client"]["showErrorDetails"] == "none"


def test_samples_are_shown_small_and_nothing_else_is_served(data: Path) -> None:
    client = TestClient(Starlette(routes=media.routes()))
    answer = client.get(media.sample_url("will-1914.jpg"))
    assert answer.headers["content-type"] == "image/jpeg"
    assert len(answer.content) < 60_000
    assert client.get(media.sample_url("none.jpg")).status_code == 404
    assert client.get(media.sample_url("..%2Fapp.py")).status_code == 404
    assert client.get("/inkveil/sample/will-1914.jpg").status_code == 403


def test_every_sample_is_there_and_attributed() -> None:
    import json

    readme = (ROOT / "samples" / "README.md").read_text("utf-8")
    listed = json.loads((ROOT / "samples" / "samples.json").read_text("utf-8"))
    files = {p.name for p in (ROOT / "samples").glob("*.jpg")}
    assert {s["file"] for s in listed} == files
    for name in files:
        row = next(line for line in readme.splitlines() if f"| {name} |" in line)
        assert "CC BY 4.0" in row or "CC0" in row


@pytest.mark.parametrize("page", ["documents", "redact", "export", "audit", "engines", "accuracy"])
def test_every_page_opens_in_an_empty_project(app: App, page: str) -> None:
    opened = app(page)
    assert not opened.exception
    assert not opened.error


def test_engines_say_what_they_are_and_where_images_go(app: App) -> None:
    page = app("engines")
    assert [s.value for s in page.subheader] == ["On this machine", "Leaves this machine", "Test on a sample"]
    table = " ".join(h.proto.body for h in page.get("html"))
    assert "RapidOCR" in table
    assert "Tesseract" in table
    assert "ready" in table
    page.selectbox[0].set_value("rapidocr")
    page.selectbox[1].set_value("lead-form.jpg")
    page.button[[b.label for b in page.button].index("Read")].click().run(timeout=120)
    assert not page.exception
    assert not page.error
    found = re.search(r"(\d+) words in", " ".join(h.proto.body for h in page.get("html")))
    assert found is not None
    assert int(found[1]) > 20


def test_the_person_is_the_systems_user_or_local(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "anna")
    assert identity.actor() == "anna"

    def nobody() -> str:
        raise OSError("no such user")

    monkeypatch.setattr("getpass.getuser", nobody)
    assert identity.actor() == "local"


def test_what_is_left_in_words() -> None:
    from storage.work import Current, Progress

    assert minutes(1) == "about 1 min"
    assert minutes(61) == "about 4 min"
    assert plural(1, "box", "boxes") == "1 box"
    assert plural(1204, "word") == "1,204 words"
    assert reading_words(Progress(3, 12, Current(4, 12, "tesseract"), ())) == "page 4 of 12, Tesseract"
    assert reading_words(Progress(0, 12, None, ())) == "waiting to be read"
