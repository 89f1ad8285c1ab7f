# ruff: noqa: F811 - fixtures of test_commands
"""What certificate and report say of the search for personal data: its profile, its rules, and each model."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

import pikepdf
import pymupdf
import pytest
from test_commands import Run, boxes_of, run  # noqa: F401 - the fixture

from model.files import boxes_from_json
from redaction import found
from redaction.certificate import WITHHELD
from redaction.detect import VERSION
from redaction.export import redact_file
from redaction.searched import Search, public
from review.session import load
from storage import documents, exports
from storage.project import Project
from tests.redaction_models.models_made import chat, says, spacy_folder

FIRST = "we met quixelby near mirkholm at noon"
SECOND = "mail t.nakagawa@northfield.org about zorblatt"
SECRETS = ("quixelby", "zorblatt", "mirkholm", "nakagawa", "northfield")
SEARCH = {"profile": "general", "detector": VERSION}


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("INKVEIL_MODELS", "INKVEIL_LLM_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return spacy_folder(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    return written(tmp_path / "letter.pdf", [FIRST, SECOND])


@pytest.fixture
def stored(run: Run, letter: Path, tmp_path: Path) -> str:
    """The letter in a project whose exports destroy what was found, decided or not."""
    data, version = tmp_path / "data", tmp_path / "version.json"
    version.write_text(json.dumps({"id": "all", "unseen": True}), "utf-8")
    ask = ("add", letter, "--data", data, "--languages", "en", "--json")
    document = run(*ask).json["documents"][0]["id"]
    assert run("worker", "--once", "--processes", 1, "--data", data).code == 0
    assert run("versions", "--set", version, "--data", data).code == 0
    return str(document)


def written(path: Path, pages: list[str]) -> Path:
    with pymupdf.open() as pdf:
        for text in pages:
            pdf.new_page(width=420, height=300).insert_text((50, 80), text, fontsize=14)
        pdf.save(path)
    return path


def exported(run: Run, document: str, data: Path, out: Path, *more: str) -> tuple[bytes, dict[str, Any]]:
    """The PDF with its certificate, and report.json."""
    answer = run(
        "export", document, "--out", out, "--version", "all", "--sign", "none", "--data", data, *more
    )
    assert answer.code == 0, answer.err
    (pdf,) = (p for p in out.glob("*.pdf") if "log" not in p.name and "certificate" not in p.name)
    export = exports.list(Project.open(data), document)[0]
    report = json.loads((export.folder / "report.json").read_text("utf-8"))
    assert report == export.report
    return pdf.read_bytes(), report


def said(pdf: bytes, after: int = 2) -> str:
    """The text of the certificate's pages, on one line."""
    with pymupdf.open(stream=pdf) as document:
        return " ".join(" ".join(page.get_text(sort=True) for page in list(document)[after:]).split())


def everything(pdf: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        streams = [v.read_bytes() for v in document.objects if isinstance(v, pikepdf.Stream)]
    return (pdf + b"".join(streams)).lower()


def test_an_export_says_which_model_looked_and_how_much_it_found(
    run: Run, stored: str, letter: Path, tiny: Path, tmp_path: Path
) -> None:
    data, copy = tmp_path / "data", tmp_path / "copy"
    assert run("models", "--set", f"spacy:{tiny}", "--data", data).code == 0
    shutil.copytree(data, copy)
    pdf, report = exported(run, stored, data, tmp_path / "out")
    findings = found.last(Project.open(data), stored)
    count = sum("spacy:tiny" in (f.recogniser, *f.explanation.split("also found by ")) for f in findings)
    assert count >= 3
    row = {"model": "spacy:tiny", "state": "ran", "found": count, "failed_pages": []}
    assert report["search"] == SEARCH | {"models": [row]}
    told = said(pdf)
    assert "Search for personal data Search profile general" in told
    assert f"Rules version {VERSION}" in told
    assert f"Model Findings Pages spacy:tiny {count} every page with text" in told
    assert "failed" not in told
    looked = Project.open(copy)
    found.look(looked, documents.get(looked, stored), load(looked, stored).pages)
    assert exported(run, stored, copy, tmp_path / "again") == (
        pdf,
        report,
    )  # searched before, or by the export
    (out,) = (p for p in (tmp_path / "out").glob("*.pdf") if "log" not in p.name)
    assert run("verify", out, "--data", data).code == 0
    raw = everything(pdf)
    held = raw.decode("latin-1") + json.dumps(report).lower() + told
    assert not [word for word in (*SECRETS, str(tiny.parent).lower(), "says person") if word in held]


def test_without_models_nothing_is_said_of_any(run: Run, stored: str, tmp_path: Path) -> None:
    pdf, report = exported(run, stored, tmp_path / "data", tmp_path / "out")
    assert report["search"] == SEARCH
    assert f"Rules version {VERSION} Checks of the finished file" in said(pdf)
    assert "Model" not in said(pdf)


def test_a_certificate_says_on_which_pages_a_model_failed(
    run: Run, stored: str, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("redaction.recognisers.models.chat.TRIES", 1)
    data, none = tmp_path / "data", tmp_path / "nothing"
    none.mkdir()
    with chat() as state:
        answers = [says([("noon", "DATE_TIME")]), (500, {}, b"")]
        state.answer = lambda _: answers.pop(0)
        models = f"spacy:{tiny},spacy:{none},llm:/srv/models/qwen.gguf@{state.url}"
        assert run("models", "--set", models, "--data", data).code == 0
        pdf, report = exported(run, stored, data, tmp_path / "out", "--certificate", "file")
        asked = len(state.asked)
        assert asked == 2
    host = f"127.0.0.1:{state.port}"
    rows = {m["model"]: m for m in report["search"]["models"]}
    assert list(rows) == ["spacy:tiny", "spacy:nothing", f"llm:qwen.gguf@{host}"]
    assert [m["state"] for m in rows.values()] == ["ran", "failed", "failed"]
    assert [m["failed_pages"] for m in rows.values()] == [[], [1, 2], [2]]
    assert [m["found"] for m in rows.values()][1:] == [0, 1]
    (certificate,) = (tmp_path / "out").glob("*.certificate.pdf")
    made = certificate.read_bytes()
    told = said(made, 0)
    assert "spacy:nothing 0 failed on pages 1-2" in told
    assert f"llm:qwen.gguf@{host} 1 failed on page 2 Where a model failed, only the rules" in told
    held = everything(pdf) + everything(made) + json.dumps(report).lower().encode() + told.encode()
    for word in (*SECRETS, str(tmp_path), str(tiny.parent), "/srv", "holds no", "out of order"):
        assert word.lower().encode() not in held


def test_the_cache_of_another_search_is_not_certified(
    run: Run, stored: str, tiny: Path, tmp_path: Path
) -> None:
    """The pages keep what an earlier search said of its models; the certificate is of its own search."""
    data = tmp_path / "data"
    project = Project.open(data)
    run("models", "--set", f"spacy:{tmp_path / 'nothing'}", "--data", data)
    document = documents.get(project, stored)
    pages = load(project, stored).pages
    _, search = found.searched(project, document, pages)
    assert [(m.name, m.failed) for m in search.models] == [("spacy:nothing", (1, 2))]
    cached = found._file(project, stored)
    before = cached.read_bytes()
    cached.unlink()
    cached.mkdir()  # it can't be written: what is certified does not come from it
    run("models", "--set", f"spacy:{tiny}", "--data", data)
    _, search = found.searched(project, document, pages)
    assert [(m.name, m.failed) for m in search.models] == [("spacy:tiny", ())]
    cached.rmdir()
    cached.write_bytes(before)
    assert found.searched(project, document, pages)[1] == search


def test_redacting_everything_found_names_the_models_too(
    run: Run, letter: Path, tiny: Path, tmp_path: Path
) -> None:
    out, report = tmp_path / "out.pdf", tmp_path / "report.json"
    ask = ("redact", letter, "--out", out, "--report", report, "--certificate", "pages", "--data", tmp_path)
    found_ones = ("--auto", "--engines", "pdf_text", "--languages", "en")
    told = (*ask, *found_ones, "--models", f"spacy:{tiny}")
    answer = run(*told, "--json")
    assert answer.code == 0, answer.err
    listed = ("detect", letter, "--engines", "pdf_text", "--language", "en", "--data", tmp_path, "--json")
    detected = run(*listed, "--models", f"spacy:{tiny}")
    assert detected.code == 0, detected.err
    (model,) = detected.json["models"]
    row = {"model": "spacy:tiny", "state": "ran", "found": model["found"], "failed_pages": []}
    assert model["found"] >= 3
    assert answer.json["search"] == SEARCH | {"models": [row]}
    assert json.loads(report.read_text("utf-8"))["search"] == answer.json["search"]
    pdf = out.read_bytes()
    assert f"spacy:tiny {model['found']} every page with text" in said(pdf)
    assert run("verify", out, "--data", tmp_path).code == 0
    assert run(*told).code == 0
    assert out.read_bytes() == pdf
    held = everything(pdf) + report.read_bytes().lower()
    assert not [w for w in (*SECRETS, str(tiny.parent).lower()) if w.encode() in held]
    assert run(*ask, *found_ones, "--profile", "gdpr").code == 0
    assert json.loads(report.read_text("utf-8"))["search"] == SEARCH | {"profile": "gdpr"}
    assert "Model" not in said(out.read_bytes())
    boxes = tmp_path / "boxes.json"
    boxes.write_text(json.dumps(boxes_of(letter, "quixelby", [1])), "utf-8")
    given = run(*ask, "--boxes", boxes, "--json")
    assert given.code == 0, given.err
    assert "search" not in given.json
    assert "Search for personal data" not in said(out.read_bytes())


def test_a_name_is_withheld_where_it_repeats_what_was_redacted(
    run: Run, letter: Path, tiny: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "quixelby"
    folder.symlink_to(tiny, target_is_directory=True)
    out = tmp_path / "out.pdf"
    ask = ("redact", letter, "--out", out, "--auto", "--languages", "en", "--certificate", "pages")
    told = ("--engines", "pdf_text", "--data", tmp_path, "--models", f"spacy:{folder}", "--json")
    answer = run(*ask, *told)
    assert answer.code == 0, answer.err
    (model,) = answer.json["search"]["models"]
    assert (model["model"], model["found"] >= 1) == (WITHHELD, True)
    assert "quixelby" not in said(out.read_bytes())
    assert WITHHELD in said(out.read_bytes())


def test_a_profile_of_ours_is_named_whatever_was_redacted(tmp_path: Path) -> None:
    """It says nothing of a General; one's own profile of that name would."""
    letter = written(tmp_path / "x.pdf", ["we met General Quixelby at noon"])
    boxes, _ = boxes_from_json(boxes_of(letter, "General Quixelby", [1]), "x.json")
    for profile, told in (("general", "general"), ("general-quixelby", WITHHELD)):
        made = redact_file(letter.read_bytes(), "x.pdf", boxes, search=Search(profile, VERSION))
        assert made.report["search"]["profile"] == told
        assert f"Search profile {told} Rules" in said(made.pdf, 1)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("spacy:en_core_web_lg", "spacy:en_core_web_lg"),
        ("spacy:models/ours", "spacy:ours"),
        ("clinical:obi/deid_roberta_i2b2@main", "clinical:obi/deid_roberta_i2b2@main"),
        ("clinical:../deid", "clinical:deid"),
        ("gliner:~/models/pii/", "gliner:pii"),
        ("llm:claude", "llm:claude"),
        ("llm:Qwen/Qwen3-8B@127.0.0.1:8000", "llm:Qwen/Qwen3-8B@127.0.0.1:8000"),
        ("llm:/srv/models/qwen.gguf@127.0.0.1:8000", "llm:qwen.gguf@127.0.0.1:8000"),
        (r"llm:C:\models\qwen.gguf@localhost", "llm:qwen.gguf@localhost"),
    ],
)
def test_no_way_to_a_folder_is_told(name: str, told: str) -> None:
    assert public(name) == told
