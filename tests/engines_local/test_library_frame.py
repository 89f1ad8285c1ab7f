"""The frame of engines that are libraries here: weights, licence, no network, failures, boxes.

The library of these tests is a small module that this file writes: everything around it is the real thing.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from engines import offline, registry, weights
from engines.base import PageImage, Terms, fingerprint
from engines.library import Found, Library, Setup
from engines.placed import Placed
from engines.recognise import read_page
from engines.remote import secrets
from engines.remote.gate import Gate
from model.errors import EngineFailed
from model.geometry import Box, Quad
from storage import ledger, licences
from storage.cloud import CHAIN
from storage.project import Project
from storage.sources import open_source

TERMS = Terms("Example 1.0", "no commercial use", "https://example.org/licence")


class Stamp(Library):
    """Answers what its weights say, at the place that they say."""

    name = "stamp"
    title = "Stamp"
    package = "stamp_library"
    distribution = "pip"
    extra = "stamp"
    codes: ClassVar = {"en": "english", "ja": "japanese"}
    options: ClassVar = {"size": 3}
    holds = "stamp.txt"
    loads = 0
    fails: str = ""

    def lacks(self, setup: Setup) -> str | None:
        return weights.lacking(setup.folder, "stamp.txt")

    def load(self, setup: Setup) -> Any:
        import stamp_library

        self.loads += 1
        if self.fails == "load":
            raise RuntimeError("size mismatch\nin line two")
        return stamp_library.Reader(setup.folder / "stamp.txt")

    def call(self, loaded: Any, page: PageImage, setup: Setup) -> Any:
        if self.fails == "call":
            raise RuntimeError("the words of the page")
        if self.fails == "socket":
            socket.create_connection(("192.0.2.1", 80), 1)
        return loaded.read()

    def read(self, answer: Any, page: PageImage) -> Found:
        return parse(answer)


def parse(answer: Any) -> Found:
    """[[text, [x0, y0, x1, y1]]] -> lines."""
    return Found(lines=tuple(Placed(t, Quad.from_box(Box.of(b)), 0.5) for t, b in answer))


@pytest.fixture
def page() -> PageImage:
    array = np.full((200, 400, 3), 255, np.uint8)
    for x in (*range(20, 120, 12), *range(160, 300, 12)):
        array[50:70, x : x + 6] = 0
    return PageImage(array, 100, ("en",), fingerprint(array))


@pytest.fixture
def stamp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stamp]:
    """The engine with its library installed, and weights in a folder."""
    (tmp_path / "stamp_library.py").write_text(
        "import json, pathlib\n"
        "class Reader:\n"
        "    def __init__(self, path): self.path = path; self.said = json.loads(path.read_text())\n"
        "    def read(self): return self.said\n"
    )
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "stamp.txt").write_text('[["one two", [20, 50, 300, 70]]]')
    monkeypatch.setattr(secrets, "FILES", ())
    monkeypatch.setenv("INKVEIL_STAMP_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.syspath_prepend(str(tmp_path))
    yield Stamp()
    sys.modules.pop("stamp_library", None)


def failure(engine: Library, page: PageImage) -> EngineFailed:
    with pytest.raises(EngineFailed) as found:
        engine.recognise(page)
    assert "\n" not in found.value.message
    return found.value


def test_a_line_becomes_words_at_the_gaps_of_its_ink(stamp: Stamp, page: PageImage) -> None:
    reading = stamp.recognise(page)
    first, second = reading.words or ()
    assert [(w.text, w.line, w.confidence) for w in (first, second)] == [("one", 0, 0.5), ("two", 0, 0.5)]
    assert first.box.x1 == pytest.approx(122, abs=3)
    assert second.box.x0 == pytest.approx(160, abs=3)
    assert reading.settings["languages"] == ["english"]
    assert reading.settings["options"] == {"device": "cpu", "size": 3}
    assert reading.raw["answered"] == [["one two", [20, 50, 300, 70]]]


def test_it_says_what_is_missing_and_how_to_get_it(
    stamp: Stamp, page: PageImage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert stamp.availability() is None
    folder = tmp_path / "other"
    monkeypatch.setenv("INKVEIL_STAMP_WEIGHTS", str(folder))
    assert "is not there" in (stamp.availability() or "")
    folder.mkdir()
    assert "is empty" in (stamp.availability() or "")
    (folder / "readme.txt").write_text("nothing")
    assert "lacks stamp.txt" in (stamp.availability() or "")
    assert failure(stamp, page).kind == "unavailable"
    monkeypatch.delenv("INKVEIL_STAMP_WEIGHTS")
    assert "INKVEIL_STAMP_WEIGHTS" in (stamp.availability() or "")
    file = tmp_path / "secrets.toml"
    file.write_text(f'[engines.stamp]\nweights = "{tmp_path / "weights"}"\nsize = "many"\n')
    monkeypatch.setattr(secrets, "FILES", (file,))
    assert "size cannot be 'many'" in (stamp.availability() or "")
    monkeypatch.setattr(stamp, "package", "no_such_library")
    assert "pip install 'inkveil[stamp]'" in (stamp.availability() or "")


def test_other_weights_or_settings_are_another_reading_and_the_same_are_loaded_once(
    stamp: Stamp, page: PageImage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = stamp.recognise(page)
    again = stamp.recognise(page)
    assert first.fingerprint == again.fingerprint
    assert stamp.loads == 1
    file = tmp_path / "weights" / "stamp.txt"
    file.write_text('[["one owt", [20, 50, 300, 70]]]')  # of the same length
    os.utime(file, ns=(1, 1))
    changed = stamp.recognise(page)
    assert [w.text for w in changed.words or ()] == ["one", "owt"]
    assert changed.fingerprint != first.fingerprint
    monkeypatch.setenv("INKVEIL_STAMP_SIZE", "5")
    assert stamp.recognise(page).fingerprint != changed.fingerprint
    assert stamp.loads == 3


def test_the_digest_is_of_names_and_contents(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    (tmp_path / ".hidden").write_bytes(b"no")
    first = weights.digest(tmp_path, weights.files(tmp_path))
    (tmp_path / "a").rename(tmp_path / "b")
    second = weights.digest(tmp_path, weights.files(tmp_path))
    (tmp_path / "b").write_bytes(b"12")
    assert len({first, second, weights.digest(tmp_path, weights.files(tmp_path))}) == 3
    assert [p.name for p in weights.files(tmp_path)] == ["b"]


def test_languages_that_it_does_not_read_are_a_wrong_question(stamp: Stamp, page: PageImage) -> None:
    said = failure(stamp, replace(page, languages=("fr",)))
    assert (said.kind, "does not read French" in said.message) == ("bad_input", True)
    reading = stamp.recognise(replace(page, languages=("ja", "en", "fr")))
    assert reading.settings["languages"] == ["japanese", "english"]


@pytest.mark.parametrize(("where", "kind"), [("load", "unavailable"), ("call", "bad_output")])
def test_what_the_library_raises_is_one_line(stamp: Stamp, page: PageImage, where: str, kind: str) -> None:
    stamp.fails = where
    said = failure(stamp, page)
    assert said.kind == kind
    assert "RuntimeError" in said.message
    assert "words of the page" not in said.message


def test_a_file_that_is_broken_is_unavailable(stamp: Stamp, page: PageImage, tmp_path: Path) -> None:
    (tmp_path / "weights" / "stamp.txt").write_text("[[")
    assert failure(stamp, page).kind == "unavailable"


@pytest.mark.parametrize(
    "said",
    [
        '[["far away", [2000, 50, 3000, 70]]]',
        '[["inside out", [300, 50, 20, 70]]]',
        '[["no place", [1, 2]]]',
        '[["nowhere", [NaN, 1, 2, 3]]]',
        '{"error": 1}',
        "7",
    ],
)
def test_boxes_off_the_page_and_other_answers_are_bad_output(
    stamp: Stamp, page: PageImage, tmp_path: Path, said: str
) -> None:
    (tmp_path / "weights" / "stamp.txt").write_text(said)
    assert failure(stamp, page).kind == "bad_output"


def test_no_socket_leads_away_while_a_library_works(stamp: Stamp, page: PageImage) -> None:
    stamp.fails = "socket"
    said = failure(stamp, page)
    assert "NoNetwork" in said.message


def test_the_guard_refuses_names_and_addresses_and_leaves_this_machine_and_other_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        with offline.offline({"OWN_SWITCH": "yes"}):
            assert (os.environ["HF_HUB_OFFLINE"], os.environ["OWN_SWITCH"]) == ("1", "yes")
            socket.create_connection(server.getsockname(), 1).close()
            for away in (("example.org", 80), ("192.0.2.1", 80)):
                with pytest.raises(offline.NoNetwork):
                    socket.create_connection(away, 1)
            for family, address in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
                with socket.socket(family, socket.SOCK_DGRAM) as other, pytest.raises(offline.NoNetwork):
                    other.sendto(b"x", (address, 9))
            asked = ("socket.getaddrinfo", ("example.org", 80, 0, 0, 0))
            with pytest.raises(offline.NoNetwork):
                sys.audit(asked[0], *asked[1])
            with ThreadPoolExecutor(1) as other_thread:
                other_thread.submit(sys.audit, asked[0], *asked[1]).result()
        assert "OWN_SWITCH" not in os.environ
        assert "HF_HUB_OFFLINE" not in os.environ


def test_a_licence_is_accepted_by_the_project_before_anything_is_read(
    stamp: Stamp, page: PageImage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Stamp, "terms", TERMS)
    for waits in (page, replace(page, gate=None)):
        said = failure(stamp, waits)
        assert said.kind == "unavailable"
        for part in ("Example 1.0", "no commercial use", TERMS.address, "inkveil engines accept stamp"):
            assert part in said.message
    with Project.open(tmp_path / "data") as project:
        page = replace(page, gate=Gate(project))
        assert failure(stamp, page).kind == "unavailable"
        assert stamp.loads == 0
        licences.accept(project, licences.Licence("stamp", "Example 1.0", TERMS.address), "ada")
        assert [w.text for w in stamp.recognise(page).words or ()] == ["one", "two"]
        monkeypatch.setattr(Stamp, "terms", replace(TERMS, licence="Example 2.0"))
        assert failure(stamp, page).kind == "unavailable"
        assert licences.withdraw(project, "stamp", "ada")
        assert not licences.withdraw(project, "stamp", "ada")
        events = ledger.events(project, CHAIN)
        assert [(e.kind, e.actor, e.payload["licence"]) for e in events] == [
            ("accept_licence", "ada", "Example 1.0"), ("withdraw_licence", "ada", "Example 1.0"),
        ]  # fmt: skip
        assert ledger.verify(project, CHAIN).ok


def test_two_threads_inside_leave_the_environment_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    first = offline.offline()
    first.__enter__()
    with ThreadPoolExecutor(1) as thread:
        second = offline.offline()
        thread.submit(second.__enter__).result()
        first.__exit__(None, None, None)
        assert os.environ["HF_HUB_OFFLINE"] == "1"
        thread.submit(second.__exit__, None, None, None).result()
    assert "HF_HUB_OFFLINE" not in os.environ


def test_what_a_library_prints_is_no_part_of_a_commands_answer(capfd: pytest.CaptureFixture[str]) -> None:
    with offline.offline():
        print("from python")
        os.write(1, b"from c\n")
    os.write(1, b"the answer\n")
    out, err = capfd.readouterr()
    assert out == "the answer\n"
    assert "from python" in err
    assert "from c" in err


def test_it_is_told_the_language_that_a_page_seems_to_be_in(
    stamp: Stamp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = Image.new("RGB", (600, 300), "white")
    ImageDraw.Draw(image).text((40, 80), "The meeting is on Monday.", "black", ImageFont.load_default(32))
    image.save(tmp_path / "page.png", dpi=(100, 100))
    monkeypatch.setitem(registry._engines, "stamp", stamp)
    monkeypatch.setitem(registry.BUILT_IN, "stamp", "nowhere:Stamp")
    with open_source(tmp_path / "page.png", "page.png") as source:
        result = read_page(source, 1, engines=["stamp"])
    assert result.failures == ()
    assert result.readings[0].settings["languages"] == ["english"]
    assert result.languages == ("en",)
