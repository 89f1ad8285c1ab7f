"""The command line as others call it: real processes' exit codes, one JSON object, files of the contract."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
import pymupdf
import pytest
from PIL import Image

import cli

ROOT = Path(__file__).resolve().parents[2]
SECRET = "Wilhelmina Quarterstaff"


@dataclass
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Answer]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    def call(*arguments: object) -> Answer:
        with pytest.raises(SystemExit) as end:
            cli.main([str(a) for a in arguments])
        captured = capsys.readouterr()
        return Answer(int(end.value.code or 0), captured.out, captured.err)

    return call


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    """A born-digital letter of two pages that names an invented person on both."""
    path = tmp_path / "letter.pdf"
    with pymupdf.open() as pdf:
        for body in (f"Dear Ms {SECRET},\nthe garden was in flower.", f"Yours, {SECRET}\n12 harbour lane"):
            page = pdf.new_page(width=420, height=300)
            page.insert_text((50, 80), body.split("\n"), fontsize=14, lineheight=1.6)
        pdf.set_metadata({"author": SECRET, "title": "a letter"})
        pdf.save(path)
    return path


def boxes_of(path: Path, needle: str, pages: list[int]) -> dict[str, Any]:
    with pymupdf.open(path) as pdf:
        return {
            "boxes": [
                {"page": n, "rect": list(rect), "reason": "personal data", "text": needle}
                for n in pages
                for rect in pdf[n - 1].search_for(needle)
            ]
        }


# -- usage ---------------------------------------------------------------------------------------------


def test_help_names_every_command_and_the_documentation_describes_it(run: Run) -> None:
    documented = (ROOT / "docs" / "commands.md").read_text("utf-8")
    answer = run("--help")
    assert answer.code == 0
    for name in cli.inkveil.commands:
        assert re.search(rf"^  {name}\b", answer.out, re.MULTILINE)
        assert f"`inkveil {name}" in documented


def test_every_option_is_documented() -> None:
    documented = (ROOT / "docs" / "commands.md").read_text("utf-8")
    waiting = {"evaluate"}
    missing = {
        f"{name} {option}"
        for name, command in cli.inkveil.commands.items()
        if name not in waiting
        for parameter in command.params
        for option in parameter.opts
        if option.startswith("--") and option not in documented
    }
    assert missing == set()


@pytest.mark.parametrize(
    "arguments",
    [
        ["score"],
        ["score", "--truth", "x.json"],
        ["score", "--truth", "x.json", "--prediction", "x.txt", "--cases", "y.json"],
        ["evaluate"],
        ["worker", "--scheduler", "tcp://127.0.0.1:1"],
        ["nonsense"],
        ["read"],
        ["detect"],
        ["redact", "a.pdf", "--out", "b.pdf"],
        ["redact", "a.pdf", "--out", "b.pdf", "--auto", "--boxes", "c.json"],
        ["redact", "a.pdf", "--out", "b.pdf", "--auto", "--mode", "paint"],
        ["read", "a.pdf", "--engines", "no_such_engine"],
        ["audit", "no-such-document"],
    ],
)
def test_wrong_usage_ends_with_2_and_says_why(run: Run, arguments: list[str], tmp_path: Path) -> None:
    answer = run(*arguments, "--data", tmp_path / "data") if arguments[0] == "audit" else run(*arguments)
    assert answer.code == 2
    assert answer.err.strip()
    assert "Traceback" not in answer.err


# -- input that is refused -----------------------------------------------------------------------------


def bad_files(folder: Path) -> dict[str, Path]:
    good = pymupdf.open()
    good.new_page().insert_text((50, 50), "text")
    data = good.tobytes()
    encrypted = folder / "locked.pdf"
    good.save(encrypted, encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="pw", owner_pw="own")
    made = {
        "cut.pdf": data[: len(data) // 4],
        "empty.pdf": b"",
        "text.pdf": b"This is no PDF at all.\n",
        "noise.png": b"\x89PNG\r\n\x1a\n" + b"\x00" * 64,
    }
    for name, content in made.items():
        (folder / name).write_bytes(content)
    return {
        **{name: folder / name for name in made},
        "locked.pdf": encrypted,
        "absent.pdf": folder / "absent.pdf",
    }


@pytest.mark.parametrize(
    "name", ["cut.pdf", "empty.pdf", "text.pdf", "noise.png", "locked.pdf", "absent.pdf"]
)
@pytest.mark.parametrize("command", ["read", "redact", "add"])
def test_bad_input_ends_with_3_and_writes_nothing(run: Run, tmp_path: Path, name: str, command: str) -> None:
    path = bad_files(tmp_path)[name]
    out = tmp_path / "out.pdf"
    boxes = tmp_path / "boxes.json"
    boxes.write_text(json.dumps({"boxes": [{"page": 1, "rect": [1, 1, 9, 9], "reason": "r"}]}))
    more = {
        "read": ["--out", out],
        "redact": ["--boxes", boxes, "--out", out],
        "add": ["--data", tmp_path / "data"],
    }[command]
    answer = run(command, path, *more, "--json")
    assert answer.code == 3
    assert path.name in answer.err or "PDF" in answer.err
    assert "Traceback" not in answer.err
    assert not out.exists()
    assert isinstance(answer.json, dict)


def test_one_bad_file_does_not_stop_the_others(run: Run, tmp_path: Path, letter: Path) -> None:
    bad = tmp_path / "empty.pdf"
    bad.write_bytes(b"")
    answer = run("add", bad, letter, letter, "--data", tmp_path / "data", "--json")
    assert answer.code == 3
    assert [r["file"] for r in answer.json["refused"]] == ["empty.pdf"]
    assert [(d["name"], d["duplicate"]) for d in answer.json["documents"]] == [
        ("letter.pdf", False),
        ("letter.pdf", True),
    ]


@pytest.mark.parametrize(
    "content",
    ["not json", "[]", '{"boxes": 3}', '{"boxes": [{"page": 0, "rect": [0,0,1,1]}]}',
     '{"boxes": [{"page": 1, "rect": [9,9,1,1]}]}', '{"boxes": [{"page": 1}]}'],
)  # fmt: skip
def test_broken_boxes_are_refused(run: Run, tmp_path: Path, letter: Path, content: str) -> None:
    boxes = tmp_path / "boxes.json"
    boxes.write_text(content)
    answer = run("redact", letter, "--boxes", boxes, "--out", tmp_path / "out.pdf")
    assert answer.code == 3
    assert "boxes.json" in answer.err
    assert not (tmp_path / "out.pdf").exists()


# -- the jobs ------------------------------------------------------------------------------------------


FIELDS = {"name", "title", "available", "reason", "privacy", "boxes", "confidence", "version"}


def test_engines_says_of_each_whether_it_is_ready(run: Run) -> None:
    found = {e["name"]: e for e in run("engines", "--json").json["engines"]}
    assert {"rapidocr", "tesseract", "rapidocr_rescaled", "pdf_text", "null", "replay"} <= set(found)
    assert found["rapidocr"]["available"]
    for engine in found.values():
        assert {"name", "title", "available", "reason", "privacy", "boxes", "confidence", "version"} <= set(
            engine
        )
        assert engine["available"] == (engine["reason"] is None)


def test_a_born_digital_page_is_read_word_for_word(run: Run, tmp_path: Path, letter: Path) -> None:
    out = tmp_path / "pages.json"
    answer = run("read", letter, "--engines", "pdf_text", "--out", out, "--json")
    assert answer.code == 0
    pages = json.loads(out.read_text())["pages"]
    assert pages == answer.json["pages"]
    assert [p["page"] for p in pages] == [1, 2]
    assert pages[0]["text"] == f"Dear Ms {SECRET},\nthe garden was in flower."


def test_merge_of_two_readings_keeps_both_candidates(run: Run, tmp_path: Path) -> None:
    image = tmp_path / "page.png"
    page = Image.new("RGB", (400, 100), "white")
    page.paste((0, 0, 0), (20, 30, 140, 60))
    page.save(image)
    for name, text in (("a", "Palmer"), ("b", "Paimer")):
        reading = {
            "engine": name, "version": "1", "image": {"width": 400, "height": 100}, "text": None,
            "words": [{"text": text, "box": [20, 30, 140, 60], "confidence": 0.8, "line": 0}],
        }  # fmt: skip
        (tmp_path / f"{name}.json").write_text(json.dumps(reading))
    answer = run("merge", "--image", image, "--readings", tmp_path / "a.json", tmp_path / "b.json", "--json")
    assert answer.code == 0
    (slot,) = [s for s in answer.json["pages"][0]["slots"] if s["text"]]
    assert {c["text"] for c in slot["candidates"]} == {"Palmer", "Paimer"}
    assert "disagreement" in slot["reasons"]


@pytest.mark.parametrize("mode", ["preserve", "flatten"])
def test_redact_and_verify_take_the_name_out_everywhere(
    run: Run, tmp_path: Path, letter: Path, mode: str
) -> None:
    boxes, out, report = tmp_path / "boxes.json", tmp_path / "out.pdf", tmp_path / "report.json"
    boxes.write_text(json.dumps(boxes_of(letter, SECRET, [1])))
    answer = run(
        "redact", letter, "--boxes", boxes, "--out", out, "--mode", mode, "--report", report, "--json"
    )
    assert answer.code == 0, answer.err
    with pikepdf.open(out) as pdf:
        assert SECRET.encode() not in b"".join(
            o.read_bytes() for o in pdf.objects if isinstance(o, pikepdf.Stream) and "/Filter" not in o
        )
    with pymupdf.open(out) as pdf:
        text = "".join(page.get_text() for page in pdf)
        assert "Quarterstaff" not in text
        assert "garden was in flower" in text
        assert "12 harbour lane" in text
        assert not any(pdf.metadata[k] for k in ("author", "title", "subject", "keywords"))
    written = json.loads(report.read_text())
    assert {"source_sha256", "output_sha256", "mode", "boxes", "reviewed", "checks"} <= set(written)
    assert "Quarterstaff" not in report.read_text()
    checked = run("verify", out, "--source", letter, "--boxes", boxes, "--json")
    assert checked.code == 0, checked.out
    assert checked.json["passed"]


def test_verify_finds_a_rectangle_that_was_only_painted(run: Run, tmp_path: Path, letter: Path) -> None:
    boxes, out = tmp_path / "boxes.json", tmp_path / "painted.pdf"
    boxes.write_text(json.dumps(boxes_of(letter, SECRET, [1, 2])))
    with pymupdf.open(letter) as pdf:
        for page in pdf:
            for rect in page.search_for(SECRET):
                page.draw_rect(rect, color=(0, 0, 0), fill=(0, 0, 0))
        pdf.save(out)
    answer = run("verify", out, "--source", letter, "--boxes", boxes, "--json")
    assert answer.code == 5
    assert not answer.json["passed"]
    assert "Quarterstaff" not in answer.out
    alone = run("verify", out, "--json")
    assert alone.code == 5


def test_the_same_redaction_twice_gives_the_same_bytes(run: Run, tmp_path: Path, letter: Path) -> None:
    boxes = tmp_path / "boxes.json"
    boxes.write_text(json.dumps(boxes_of(letter, SECRET, [1, 2])))
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        assert run("redact", letter, "--boxes", boxes, "--out", tmp_path / name / "out.pdf").code == 0
    assert (tmp_path / "one" / "out.pdf").read_bytes() == (tmp_path / "two" / "out.pdf").read_bytes()


def test_detect_in_plain_text(run: Run, tmp_path: Path) -> None:
    text = tmp_path / "note.txt"
    text.write_text("Patient: Wilhelmina Quarterstaff\nE-mail w.quarterstaff@example.org\n")
    found = run("detect", "--text", text, "--language", "en", "--json").json["findings"]
    covered = {text.read_text()[f["start"] : f["end"]] for f in found}
    assert any("w.quarterstaff@example.org" in c for c in covered)
    assert any("Quarterstaff" in c for c in covered)


def test_detect_says_which_language_it_does_not_know(run: Run, tmp_path: Path) -> None:
    text = tmp_path / "note.txt"
    text.write_text("Igama: Nomvula Zwide\nE-mail n.zwide@example.org\n")
    answer = run("detect", "--text", text, "--language", "zu", "--json")
    assert answer.code == 0
    assert "No recogniser was made for zu" in answer.err
    assert answer.json["findings"]
    assert "No recogniser" not in run("detect", "--text", text, "--language", "en").err


def test_redact_auto_is_marked_unreviewed(run: Run, tmp_path: Path) -> None:
    source, out, report = tmp_path / "mail.pdf", tmp_path / "out.pdf", tmp_path / "report.json"
    with pymupdf.open() as pdf:
        page = pdf.new_page(width=420, height=200)
        page.insert_text(
            (40, 80), ["Patient: Wilhelmina Quarterstaff", "Mail: w.q@example.org", "a fine day"]
        )
        pdf.save(source)
    answer = run("redact", source, "--auto", "--engines", "pdf_text", "--out", out, "--report", report)
    assert answer.code == 0, answer.err
    assert json.loads(report.read_text())["reviewed"] is False
    with pymupdf.open(out) as pdf:
        text = "".join(page.get_text() for page in pdf)
    assert "example.org" not in text
    assert "Quarterstaff" not in text
    assert "a fine day" in text


def test_documents_from_adding_to_audit(run: Run, tmp_path: Path, letter: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    document = run("add", letter, "--data", data, "--languages", "en", "--json").json["documents"][0]["id"]
    assert run("worker", "--once", "--processes", 1, "--data", data).code == 0
    listed = run("list", "--data", data, "--json").json["documents"]
    assert [d["id"] for d in listed] == [document]
    formats = "pdf,txt,json,hocr,alto,page,csv"
    answer = run("export", document, "--out", out, "--formats", formats, "--data", data, "--json")
    assert answer.code == 0, answer.err
    written = sorted(p.name for p in out.iterdir())
    for ending in (".pdf", ".txt", ".json", ".hocr", ".alto.xml", ".page.xml", ".csv"):
        assert any(name.endswith(ending) for name in written), (ending, written)
    history = run("audit", document, "--data", data, "--json").json
    assert [e["kind"] for e in history["events"]] == ["added", "exported"]
    assert run("audit", document, "--verify", "--data", data).code == 0
