"""A language model behind a chat endpoint, over a real socket: good answers, bad ones, where a text goes."""

from __future__ import annotations

import datetime
import json
import logging
import socket
import ssl
from pathlib import Path
from typing import Any

import pytest
from models_made import Chat, chat, says

from model.findings import TextFinding
from redaction.detect import find_text
from redaction.recognisers.models import registry
from redaction.recognisers.models.base import parse
from redaction.recognisers.models.chat import here
from redaction.recognisers.models.llm import key_of, places_of
from redaction.recognisers.models.runner import Outcome, Runner

TEXT = "the parcel went to quixelby at mirkholm mill\nmail t.nakagawa@northfield.org, quixelby signed"
KEY = "sk-invented-0123456789"


def ask(
    url: str, text: str = TEXT, *, forbidden: Any = registry.nowhere
) -> tuple[list[TextFinding], Outcome]:
    """What is found with the model, and how it did."""
    runner = Runner(registry.models(parse(f"llm:small@{url}"), forbidden))
    hits = find_text(text, models=runner)
    (outcome,) = runner.outcomes(found=hits)
    return hits, outcome


def test_claims_that_stand_in_the_text_are_found_everywhere(endpoint: Chat) -> None:
    endpoint.answer = lambda _: says([("quixelby", "PERSON"), ("mirkholm  mill", "address")])
    hits, outcome = ask(endpoint.url)
    name = f"llm:small@127.0.0.1:{endpoint.port}"
    found = [(TEXT[h.start : h.end], h.type) for h in hits if h.recogniser == name]
    assert found == [("quixelby", "PERSON"), ("mirkholm mill", "ADDRESS"), ("quixelby", "PERSON")]
    assert "EMAIL_ADDRESS" in {h.type for h in hits}
    assert (outcome.failed, outcome.dropped, outcome.found) == ((), 0, 3)
    asked = endpoint.asked[0]
    assert endpoint.paths == ["/v1/chat/completions"]
    assert asked["model"] == "small"
    assert asked["messages"][-1] == {"role": "user", "content": TEXT}
    assert "Authorization" not in endpoint.headers[0]


def test_claims_that_do_not_are_dropped_and_counted(endpoint: Chat) -> None:
    endpoint.answer = lambda _: says(
        [
            ("quixelby", "PERSON"),
            ("Jane Nobody", "PERSON"),
            ("mill", "BUILDING"),
            ("q", "PERSON"),
            ("", "PERSON"),
        ]
    )
    hits, outcome = ask(endpoint.url)
    assert {TEXT[h.start : h.end] for h in hits if h.recogniser.startswith("llm:")} == {"quixelby"}
    assert (outcome.dropped, outcome.failed) == (4, ())


@pytest.mark.parametrize("dress", ["```json\n{}\n```", '<think>hm, {{"a"</think>\n{}', " {} \n"])
def test_usual_dresses_of_the_json_come_off(endpoint: Chat, dress: str) -> None:
    plain = json.dumps({"entities": [{"text": "quixelby", "type": "PERSON"}]})
    endpoint.answer = lambda _: says(dress.replace("{}", plain))
    assert any(h.recogniser.startswith("llm:") for h in ask(endpoint.url)[0])


REFUSALS = {
    "key": ((401, {}, b'{"error": "bad key"}'), "wants another key"),
    "forbidden": ((403, {}, b"{}"), "does not let this key in"),
    "unknown": ((404, {}, b"{}"), "knows no such model"),
    "wait": ((429, {"Retry-After": "0"}, b"{}"), "asks to wait"),
    "long wait": ((429, {"Retry-After": "86400"}, b"{}"), "asks to wait"),
    "broken": ((500, {"Retry-After": "0"}, b"<h1>oops</h1>"), "is out of order"),
    "elsewhere": (
        (307, {"Location": "http://127.0.0.1:9/v1/chat/completions"}, b""),
        "points to another address",
    ),
    "page": ((200, {"Content-Type": "text/html"}, b"<html>Sign in</html>"), "web page"),
    "cut body": ((200, {}, says([("quixelby", "PERSON")])[2][:-20]), "JSON that can't be read"),
    "deep": ((200, {}, b"[" * 200_000), "JSON that can't be read"),
    "other": ((200, {}, b'{"error": {"message": "no"}}'), "another format"),
    "list": ((200, {}, b"[]"), "another format"),
    "cut json": (says('{"entities": [{"text": "quixelby", "type": "PER'), "half of it"),
    "cut": (says('{"entities": []}', finish_reason="length"), "cut off"),
    "filter": (says("", finish_reason="content_filter"), "refused"),
    "refusal": (says("", message={"refusal": "I can't"}), "refused"),
    "prose": (says("I'm sorry, but I can't help with that."), "something else than JSON"),
    "empty": (says("  "), "empty answer"),
    "null": (says("x", message={"content": None}), "empty answer"),
    "shape": (says('{"people": ["quixelby"]}'), "another JSON"),
    "numbers": (says('{"entities": [{"text": 5, "type": "PERSON"}]}'), "another JSON"),
    "many": (says([(f"a{n}", "PERSON") for n in range(3000)]), "more than a text can hold"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_every_bad_answer_is_a_failure_and_the_rules_findings_remain(
    endpoint: Chat, case: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("INKVEIL_LLM_KEY", KEY)
    answer, said = REFUSALS[case]
    endpoint.answer = lambda _: answer
    with caplog.at_level(logging.DEBUG):
        hits, outcome = ask(endpoint.url)
    assert [h.type for h in hits] == ["EMAIL_ADDRESS"]
    assert said in outcome.message
    assert outcome.failed == (0,)
    assert outcome.to_json()["state"] == "failed"
    assert endpoint.headers[0]["Authorization"] == f"Bearer {KEY}"
    for text in (outcome.message, str(outcome), caplog.text):
        assert KEY not in text
        assert "quixelby" not in text
    tries = {"wait": 2, "broken": 2}
    assert len(endpoint.asked) == tries.get(case, 1)


def test_what_passes_by_itself_is_asked_again(endpoint: Chat) -> None:
    answers = [(429, {"Retry-After": "0"}, b"{}"), says([("quixelby", "PERSON")])]
    endpoint.answer = lambda _: answers.pop(0)
    hits, outcome = ask(endpoint.url)
    assert outcome.failed == ()
    assert any(h.recogniser.startswith("llm:") for h in hits)


def test_a_server_that_knows_no_json_mode_is_asked_without(endpoint: Chat) -> None:
    endpoint.answer = lambda asked: (
        (400, {}, b"{}") if "response_format" in asked else says([("quixelby", "PERSON")])
    )
    _, outcome = ask(endpoint.url)
    assert outcome.failed == ()
    assert [("response_format" in a, "temperature" in a) for a in endpoint.asked] == [
        (True, True),
        (False, False),
    ]


@pytest.mark.parametrize("slow", ["wait", "drip"])
def test_a_slow_server_ends_at_the_deadline(
    endpoint: Chat, slow: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INKVEIL_LLM_SECONDS", "0.3")
    monkeypatch.setattr("redaction.recognisers.models.chat.TRIES", 1)
    setattr(endpoint, slow, 30.0 if slow == "wait" else 0.05)
    hits, outcome = ask(endpoint.url)
    assert "no answer within 0.3 seconds" in outcome.message
    assert [h.type for h in hits] == ["EMAIL_ADDRESS"]


def test_an_answer_that_breaks_off_is_none(endpoint: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("redaction.recognisers.models.chat.TRIES", 1)
    endpoint.cut = True
    endpoint.answer = lambda _: says([("quixelby", "PERSON")])
    _, outcome = ask(endpoint.url)
    assert "broke off" in outcome.message


def test_nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("redaction.recognisers.models.chat.TRIES", 1)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        _, outcome = ask(f"http://127.0.0.1:{taken.getsockname()[1]}/v1")
    assert "can't be reached" in outcome.message


def test_long_texts_go_in_parts(endpoint: Chat) -> None:
    endpoint.answer = lambda asked: says(
        [("quixelby", "PERSON")] if "quixelby" in asked["messages"][-1]["content"] else []
    )
    text = "the miller wrote nothing down that year\n" * 400 + TEXT
    hits, _ = ask(endpoint.url, text)
    assert len([h for h in hits if h.recogniser.startswith("llm:")]) == 2
    parts = [a["messages"][-1]["content"] for a in endpoint.asked]
    assert len(parts) > 3
    assert max(map(len, parts)) <= 4000


# -- where a text goes ----------------------------------------------------------------------------


def test_another_machine_is_refused_before_any_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    for url, said in [
        ("https://api.example.org/v1", "inkveil models --allow api.example.org"),
        ("http://api.example.org/v1", "has to be https"),
        ("https://localhost.example.org/v1", "inkveil models --allow"),
        ("https://10.0.0.7/v1", "inkveil models --allow 10.0.0.7"),
    ]:
        hits, outcome = ask(url)
        assert said in outcome.message
        assert [h.type for h in hits] == ["EMAIL_ADDRESS"]


def test_a_name_of_this_machine_that_leads_elsewhere_gets_nothing(
    endpoint: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the resolver, or a changed hosts file, led localhost to another machine."""
    monkeypatch.setattr("redaction.recognisers.models.chat.here", lambda host: host == "localhost")
    _, outcome = ask(f"http://localhost:{endpoint.port}/v1")
    assert "has the name of this machine but is another one" in outcome.message
    assert endpoint.asked == []


def test_no_proxy_is_obeyed(endpoint: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert ask(endpoint.url)[1].failed == ()


def _certificate(folder: Path, host: str) -> Path:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.mark.parametrize("trusted", [True, False])
def test_an_allowed_host_is_asked_over_tls_and_only_with_a_certificate_that_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trusted: bool
) -> None:
    """The name leads to this machine, so that no text leaves it in the test; everything else is real."""
    monkeypatch.setattr("redaction.recognisers.models.chat.TRIES", 1)
    pem = _certificate(tmp_path, "model.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    resolve = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _, *more, **named: resolve("127.0.0.1", *more, **named))
    with chat(lambda plain: context.wrap_socket(plain, server_side=True)) as state:
        state.answer = lambda _: says([("quixelby", "PERSON")])
        hits, outcome = ask(f"https://model.example:{state.port}/v1", forbidden=lambda _: None)
        if trusted:
            assert outcome.failed == ()
            assert outcome.note == "sends text to model.example"
            assert any(h.recogniser == f"llm:small@model.example:{state.port}" for h in hits)
        else:
            assert "certificate that does not hold" in outcome.message
            assert state.asked == []


def test_which_names_are_this_machine() -> None:
    assert [here(h) for h in ("localhost", "127.0.0.1", "127.9.9.9", "::1", "LOCALHOST.")] == [True] * 5
    assert [here(h) for h in ("localhost.example.org", "10.0.0.1", "192.168.1.2", "", "example.org")] == [
        False
    ] * 5


def test_a_key_goes_to_its_own_host_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INKVEIL_LLM_KEY", KEY)
    assert key_of("https://api.example.org/v1") == KEY
    monkeypatch.setenv("INKVEIL_LLM_KEY", f"api.example.org={KEY} localhost=other==")
    assert key_of("https://api.example.org/v1") == KEY
    assert key_of("http://localhost:8000/v1") == "other=="
    assert key_of("https://elsewhere.example.org/v1") == ""


def test_places_are_whole_words_first() -> None:
    assert places_of("Will will, William Will", "Will") == [(0, 4), (19, 23)]
    assert places_of("田中さんと田中", "田中") == [(0, 2), (5, 7)]
    assert places_of("a (b) [c", "(b) [c") == [(2, 8)]
    assert places_of("abc", "  ") == []
