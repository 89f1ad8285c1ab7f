"""The workbench's routes over a real project: who is let in, what is stored, how errors come back."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from starlette.applications import Starlette
from starlette.testclient import TestClient

from model.geometry import Box, Quad
from model.words import Reading, Word
from review.access import HEADER, SECONDS, XSRF_COOKIE, issue
from review.edits import MAX_TEXT
from review.load import load
from review.routes import MAX_EDITS, routes
from storage import documents, ledger, readings
from storage.project import Project

HOST = "testserver"
TEXT = ["Dear", "Madam", "your", "letter", "of", "the", "third", "was", "most", "welcome", "to", "me"]


def page_image(path: Path) -> Path:
    image = Image.new("RGB", (900, 300), "white")
    draw = ImageDraw.Draw(image)
    for n, text in enumerate(TEXT):
        draw.text((40 + 140 * (n % 6), 60 + 90 * (n // 6)), text, fill="black", font_size=30)
    image.save(path, dpi=(200, 200))
    return path


def reading(engine: str, wrong: dict[int, str], drop: tuple[int, ...] = (), shift: float = 0) -> Reading:
    words = []
    for n, text in enumerate(TEXT):
        if n in drop:
            continue
        x, y = 40 + 140 * (n % 6) + shift, 62 + 90 * (n // 6)
        box = Box(x, y, x + 15 * len(text), y + 32)
        words.append(Word(wrong.get(n, text), Quad.from_box(box), 0.6 if n in wrong else 0.95, n // 6))
    return Reading(engine, "1", 900, 300, tuple(words))


class Bench:
    """A client of the routes with a token, as the browser is."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.project = Project.open(data)
        file = page_image(data / "page.png")
        self.document = documents.add(self.project, file, "letter.png", languages=["en"]).id
        readings.add(self.project, self.document, 1, reading("rapidocr", {3: "lettcr", 9: "we1come"}))
        readings.add(self.project, self.document, 1, reading("tesseract", {1: "Madarn"}, drop=(4,)))
        self.client = TestClient(Starlette(routes=routes(data)), base_url=f"http://{HOST}")
        self.base = f"/inkveil/review/{self.project.path.name}/{self.document}"
        self.headers = {HEADER: self.token()}

    def token(self, **change: Any) -> str:
        values = {"actor": "ann", "session": "s1", "host": HOST, **change}
        return issue(self.project.path, **values)

    def get(self, path: str, **options: Any) -> Any:
        return self.client.get(self.base + path, headers=self.headers, **options)

    def post(self, *edits: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
        return self.client.post(
            f"{self.base}/decisions", json={"edits": list(edits)}, headers=headers or self.headers
        )

    def slots(self) -> list[dict[str, Any]]:
        return list(self.get("/pages/1").json()["slots"])

    def find(self, text: str) -> dict[str, Any]:
        return next(s for s in self.slots() if s["text"] == text)

    def events(self) -> list[Any]:
        return [e for e in ledger.events(self.project, self.document) if e.kind != "added"]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    with bench.client:  # one event loop for all requests
        yield bench
    bench.project.close()


def edit(kind: str, word: dict[str, Any] | None = None, /, **payload: Any) -> dict[str, Any]:
    if word is not None:
        q = word["quad"]
        payload = {"slot": word["id"], "box": [q[0], q[1], q[4], q[5]], **payload}
    return {"kind": kind, "page": 1, "key": f"k{secrets.token_hex(12)}", "payload": payload}


def test_words_come_once_with_candidates_and_marks(bench: Bench) -> None:
    page = bench.get("/pages/1").json()
    assert (page["width"], page["height"]) == (900, 300)
    assert [s["text"] for s in page["slots"]][:2] == ["Dear", "Madam"]
    madam = page["slots"][1]
    assert {c[0] for c in madam["candidates"]} == {"Madam", "Madarn"}
    assert {e for c in madam["candidates"] for e in c[1]} == {"rapidocr", "tesseract"}
    assert len(madam["quad"]) == 8
    overview = bench.get("/overview").json()
    assert overview["pages"][0]["slots"] == len(page["slots"])
    assert overview["name"] == "letter.png"


def test_images_need_the_token_and_come_as_images(bench: Bench) -> None:
    for kind in ("page", "thumb"):
        answer = bench.get(f"/pages/1/image?kind={kind}")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("image/")
        assert "private" in answer.headers["cache-control"]
    assert bench.client.get(f"{bench.base}/pages/1/image").status_code == 401
    assert bench.get("/pages/9/image").status_code == 404


def test_a_decision_is_stored_once_and_acknowledged_each_time(bench: Bench) -> None:
    wrong = bench.find("Madam")
    one = edit("correct", wrong, text="Madame", before="Madam")
    first = bench.post(one)
    assert first.status_code == 200
    again = bench.post(one, edit("accept", bench.find("Dear"), text="Dear"))
    assert again.json()["acks"][0] == first.json()["acks"][0]
    assert [e.kind for e in bench.events()] == ["correct", "accept"]
    event = bench.events()[0]
    assert (event.actor, event.page) == ("ann", 1)
    assert {"quad", "redact_box"} <= event.payload.keys()
    assert "Madame" in load(bench.project, bench.document).text


def test_undo_and_redo_answer_with_the_page(bench: Bench) -> None:
    before = bench.slots()
    bench.post(edit("delete", bench.find("Madam"), before="Madam"))
    undo = {"kind": "undo", "page": 1, "key": "k" * 12, "payload": {}}
    answer = bench.post(undo).json()["acks"][0]
    assert answer["page"]["slots"] == before
    assert bench.post(undo).json()["acks"][0]["seq"] == answer["seq"]
    redo = bench.post({"kind": "redo", "page": 1, "key": "r" * 12, "payload": {}}).json()["acks"][0]
    assert len(redo["page"]["slots"]) == len(before) - 1
    nothing = bench.post({"kind": "redo", "page": 1, "key": "n" * 12, "payload": {}})
    assert nothing.status_code == 409
    assert nothing.json()["error"] == "There is nothing to redo."


def test_an_undo_names_the_decision_that_it_means(bench: Bench) -> None:
    one, two = (
        edit("accept", bench.find("Dear"), text="Dear"),
        edit("accept", bench.find("your"), text="your"),
    )
    bench.post(one, two)
    undo = {"kind": "undo", "page": 1, "key": "k" * 12, "payload": {}, "target_key": one["key"]}
    assert bench.post(undo).status_code == 200
    assert (bench.find("Dear")["status"], bench.find("your")["status"]) == ("open", "accepted")
    other = {HEADER: bench.token(actor="bob")}
    refused = bench.post({**undo, "key": "b" * 12, "target_key": two["key"]}, headers=other)
    assert refused.status_code == 409


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"headers": {}}, 401),
        ({"headers": {HEADER: "made.up"}}, 401),
        ({"token": {"now": 1.0}}, 401),
        ({"token": {"host": "evil.example"}}, 403),
        ({"token": {"cookies": {XSRF_COOKIE: "2|00000000|aabbccdd|1"}}}, 401),
        ({"extra": {"Origin": "http://evil.example"}}, 403),
        ({"extra": {"Sec-Fetch-Site": "cross-site"}}, 403),
        ({"extra": {"Origin": "null"}}, 403),
    ],
)
def test_who_is_not_let_in(bench: Bench, change: dict[str, Any], status: int) -> None:
    headers = change.get(
        "headers", {HEADER: bench.token(**change.get("token", {})), **change.get("extra", {})}
    )
    answer = bench.post(edit("accept", bench.find("Dear"), text="Dear"), headers=headers or {"x": "y"})
    assert answer.status_code == status
    assert "error" in answer.json()
    assert bench.events() == []
    for path in ("/overview", "/pages/1", "/pages/1/image"):
        assert bench.client.get(bench.base + path, headers=headers).status_code == status


def test_a_token_holds_in_its_browser_for_its_time_and_over_a_restart(bench: Bench) -> None:
    headers = {
        HEADER: bench.token(cookies={XSRF_COOKIE: "2|01020304|aa00bb11|99"}),
        "Origin": f"http://{HOST}",
    }
    masked_anew = f"{XSRF_COOKIE}=2|00000000|ab02b815|120"
    assert (
        bench.client.get(f"{bench.base}/overview", headers={**headers, "Cookie": masked_anew}).status_code
        == 200
    )
    other = f"{XSRF_COOKIE}=2|00000000|ab02b816|120"
    assert bench.client.get(f"{bench.base}/overview", headers={**headers, "Cookie": other}).status_code == 401
    restarted = TestClient(Starlette(routes=routes(lambda: bench.data)), base_url=f"http://{HOST}")
    assert restarted.get(f"{bench.base}/overview", headers=bench.headers).status_code == 200
    assert SECONDS == 12 * 3600
    assert (bench.project.path / "review.key").stat().st_mode & 0o077 == 0


def test_projects_and_documents_that_do_not_exist(bench: Bench) -> None:
    for base in (
        f"/inkveil/review/..%2F..%2Fetc/{bench.document}",
        f"/inkveil/review/nowhere/{bench.document}",
    ):
        assert bench.client.get(f"{base}/overview", headers=bench.headers).status_code in {401, 404}
    assert not (bench.data / "nowhere").exists()
    base = bench.base.replace(bench.document, "gone")
    assert bench.client.get(f"{base}/overview", headers=bench.headers).status_code == 404
    assert bench.get("/pages/2").status_code == 404


BAD: list[tuple[dict[str, Any], str]] = [
    ({"kind": "explode"}, "kind"),
    ({"kind": "added"}, "kind"),
    ({"kind": "approve_finding"}, "kind"),
    ({"key": "short"}, "key"),
    ({"key": 7}, "key"),
    ({"page": 2}, "page"),
    ({"page": True}, "page"),
    ({"page": "1"}, "page"),
    ({"payload": []}, ""),
    ({"payload": {"slot": "../x"}}, "id"),
    ({"payload": {"box": [0, 0, 10]}}, "box"),
    ({"payload": {"box": [10, 10, 5, 40]}}, "empty"),
    ({"payload": {"box": [10, 10, 10, 40]}}, "empty"),
    ({"payload": {"box": [800, 10, 950, 40]}}, "outside"),
    ({"payload": {"box": [-50, 10, 20, 40]}}, "outside"),
    ({"payload": {"box": ["a", 1, 2, 3]}}, "box"),
    ({"payload": {"box": [0, 0, 1e400, 3]}}, "box"),
    ({"payload": {"text": ""}}, "empty"),
    ({"payload": {"text": "x" * (MAX_TEXT + 1)}}, "longer"),
    ({"payload": {"text": "two\nlines"}}, "line breaks"),
    ({"payload": {"text": "nul\x00"}}, "control"),
    ({"payload": {"text": None}}, "text"),
    ({"seen": "1"}, "seen"),
]


@pytest.mark.parametrize(("change", "names"), BAD)
def test_malformed_decisions_are_refused_and_named(bench: Bench, change: dict[str, Any], names: str) -> None:
    good = edit("correct", bench.find("Madam"), text="Madame", before="Madam")
    bad = {**good, **change}
    if isinstance(change.get("payload"), dict):
        bad["payload"] = {**good["payload"], **change["payload"]}
    body = json.dumps({"edits": [bad]}).replace("Infinity", "1e999")
    answer = bench.client.post(f"{bench.base}/decisions", content=body, headers=bench.headers)
    assert answer.status_code == 422
    assert names in answer.json()["error"]
    assert "xxxx" not in answer.json()["error"]
    assert bench.events() == []


def test_a_refused_decision_stops_the_list_but_not_what_came_before(bench: Bench) -> None:
    first, last = (
        edit("accept", bench.find("Dear"), text="Dear"),
        edit("accept", bench.find("your"), text="your"),
    )
    bad = edit("accept", {"id": "p1-nowhere", "quad": [5, 5, 9, 5, 9, 9, 5, 9]}, text="x")
    answer = bench.post(first, bad, last)
    assert answer.status_code == 409
    assert [a["key"] for a in answer.json()["acks"]] == [first["key"]]
    assert answer.json()["key"] == bad["key"]
    assert "no longer on page 1" in answer.json()["error"]
    assert len(bench.events()) == 1


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"edits": 3}', b'{"edits": []}', b'{"edits": [5]}', b"\xff\xfe"]
)
def test_bodies_that_are_no_decisions(bench: Bench, body: bytes) -> None:
    assert (
        bench.client.post(f"{bench.base}/decisions", content=body, headers=bench.headers).status_code == 422
    )


def test_too_much_at_once(bench: Bench) -> None:
    assert bench.post(*[{}] * (MAX_EDITS + 1)).status_code == 422
    assert (
        bench.client.post(
            f"{bench.base}/decisions", content=b" " * 300_000, headers=bench.headers
        ).status_code
        == 413
    )
    assert bench.client.get(f"{bench.base}/decisions", headers=bench.headers).status_code == 405


def test_two_people_on_one_word_both_decisions_are_kept_and_shown(bench: Bench) -> None:
    word = bench.find("Madam")
    bench.post(edit("correct", word, text="Madame", before="Madam"))
    other = {HEADER: bench.token(actor="bob")}
    late = bench.post(edit("correct", word, text="Madonna", before="Madam"), headers=other)
    assert late.status_code == 200
    ack = late.json()["acks"][0]
    assert ack["contested"] is True
    shown = next(s for s in ack["page"]["slots"] if s["status"] == "contested")
    assert [(c[0], c[1]) for c in shown["candidates"][:2]] == [("Madame", ["ann"]), ("Madonna", ["bob"])]
    assert (shown["text"], shown["mark"], shown["rank"]) == ("Madame", "high", 0)
    approve = {"kind": "approve_page", "page": 1, "key": "a" * 12, "payload": {}}
    assert bench.post(approve).status_code == 403
    again = {**edit("correct", shown, text="Madonna", before="Madame"), "seen": shown["seen"]}
    assert "contested" not in bench.post(again, headers=other).json()["acks"][0]
    assert bench.find("Madonna")["status"] == "corrected"
    assert bench.post({**approve, "key": "b" * 12}).status_code == 200


def test_two_people_who_agree_do_not_disturb_each_other(bench: Bench) -> None:
    word = bench.find("Madam")
    other = {HEADER: bench.token(actor="bob")}
    for headers in (bench.headers, other):
        answer = bench.post(edit("correct", word, text="Madame", before="Madam"), headers=headers)
        assert "contested" not in answer.json()["acks"][0]
    assert bench.find("Madame")["status"] == "corrected"


def test_the_first_one_late_from_an_outbox_does_not_settle_a_conflict_unseen(bench: Bench) -> None:
    word, other = bench.find("Madam"), {HEADER: bench.token(actor="bob")}
    bench.post(edit("correct", word, text="Madame", before="Madam"))
    bench.post(edit("delete", word, before="Madam"), headers=other)
    late = bench.post(edit("accept", word, text="Madam"))
    assert late.json()["acks"][0]["contested"] is True
    shown = next(s for s in bench.slots() if s["status"] == "contested")
    assert shown["candidates"][1][:2] == ["Madam", ["ann"]]


def test_what_a_decision_took_is_kept_and_bounded(bench: Bench) -> None:
    one = {**edit("accept", bench.find("Dear"), text="Dear"), "ms": 1234, "keys": 1}
    two = {**edit("accept", bench.find("your"), text="your"), "ms": 10**12, "keys": 3}
    assert bench.post(one, two).status_code == 200
    assert [(e.payload["ms"], e.payload["keys"]) for e in bench.events()] == [(1234, 1), (600_000, 3)]
    bad = {**edit("accept", bench.find("Dear"), text="Dear"), "ms": -1}
    assert bench.post(bad).status_code == 422


def test_a_refused_request_is_logged_without_what_was_sent(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    word = bench.find("Dear")
    bench.post(edit("correct", word, text="Geheim", before="Dear"), headers={HEADER: "made.up"})
    stranger = {HEADER: bench.token(actor="zoe", local=False)}
    bench.post(edit("correct", word, text="Geheim", before="Dear"), headers=stranger)
    assert len(caplog.records) == 2
    for hidden in ("Geheim", "Dear", "made.up", "zoe", bench.document):
        assert hidden not in caplog.text
    assert "401" in caplog.text
    assert "403" in caplog.text


def test_many_writers_at_once_lose_nothing(bench: Bench) -> None:
    slots = bench.slots()

    def work(n: int) -> int:
        slot = slots[n % len(slots)]
        return int(bench.post(edit("accept", slot, text=slot["text"])).status_code)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(work, range(64))) == {200}
    assert len(bench.events()) == 64
    assert ledger.verify(bench.project, bench.document).ok


def test_a_decision_survives_a_new_reading_of_the_page(bench: Bench) -> None:
    bench.post(edit("correct", bench.find("Madam"), text="Madame", before="Madam"))
    bench.post(edit("accept", bench.find("letter"), text="letter"))
    better = reading("rapidocr", {0: "Deor"}, shift=4)
    readings.add(bench.project, bench.document, 1, better)
    assert bench.find("Madame")["status"] == "corrected"
    assert bench.find("letter")["status"] == "accepted"
    assert bench.slots() == [s for s in bench.slots() if s["text"] not in {"lettcr", "Madarn"}]


def test_merges_are_kept_in_the_cache_and_come_back_when_it_is_emptied(bench: Bench) -> None:
    import shutil

    from review import load as module

    before = load(bench.project, bench.document)
    cached = list((bench.project.path / "cache" / "merged").rglob("*.json"))
    assert len(cached) == 1
    module._memory.clear()
    assert load(bench.project, bench.document).state_hash == before.state_hash
    cached[0].write_text("{ cut short")
    module._memory.clear()
    assert load(bench.project, bench.document).state_hash == before.state_hash
    shutil.rmtree(bench.project.path / "cache")
    module._memory.clear()
    assert load(bench.project, bench.document).state_hash == before.state_hash


def test_what_the_routes_show_is_the_fold(bench: Bench) -> None:
    dear, your = bench.find("Dear"), bench.find("your")
    q, r = dear["quad"], your["quad"]
    middle = (q[0] + q[2]) / 2
    parts = [
        {"slot": "s-1", "box": [q[0], q[1], middle, q[5]], "text": "De"},
        {"slot": "s-2", "box": [middle, q[1], q[4], q[5]], "text": "ar"},
    ]
    bench.post(edit("split", dear, parts=parts))
    bench.post(
        edit("insert", None, slot="i-1", box=[r[2] + 5, r[1], r[2] + 40, r[5]], text="new", after=your["id"])
    )
    bench.post(edit("move", your, before=[r[0], r[1], r[4], r[5]], box=[r[0] + 2, r[1], r[4] + 2, r[5]]))
    answer = bench.post({"kind": "approve_page", "page": 1, "key": "a" * 12})
    assert answer.status_code == 200
    shown = bench.get("/pages/1").json()
    folded = load(bench.project, bench.document).pages[0]
    assert [(s["id"], s["text"], s["status"]) for s in shown["slots"]] == [
        (s.id, s.text, s.status) for s in folded.slots
    ]
    assert shown["approved"]
    assert folded.approved
    assert bench.get("/overview").json()["pages"][0]["left"] == 0


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-10, 2000) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner, max_size=5),
    max_leaves=12,
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(st.sampled_from(["kind", "page", "key", "payload", "seen", "target_key"]), _JSON),
    st.sampled_from(["accept", "correct", "split", "merge", "insert", "move", "undo", "unsure", "delete"]),
    st.dictionaries(
        st.sampled_from(["slot", "box", "text", "parts", "slots", "boxes", "before", "after"]), _JSON
    ),
)
def test_no_request_makes_the_server_stumble(bench: Bench, change: Any, kind: str, payload: Any) -> None:
    data = {"kind": kind, "page": 1, "key": "f" * 12, "payload": payload, **change}
    answer = bench.client.post(
        f"{bench.base}/decisions", content=json.dumps({"edits": [data]}), headers=bench.headers
    )
    assert answer.status_code in {200, 409, 422}
