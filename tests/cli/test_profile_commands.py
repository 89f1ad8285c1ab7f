"""Profiles on the command line: listed, explained, used for one file, chosen for a project, refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymupdf
import pytest

import cli
from redaction import profiles
from storage import settings
from storage.project import Project

ROOT = Path(__file__).resolve().parents[2]
LINES = ("Patient: Wilhelmina Quarterstaff", "Mail: w.q@example.org", "SSN: 536-22-8145", "a fine day")


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
def note(tmp_path: Path) -> Path:
    path = tmp_path / "note.txt"
    path.write_text("\n".join(LINES) + "\n", "utf-8")
    return path


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "letter.pdf"
    with pymupdf.open() as pdf:
        pdf.new_page(width=420, height=300).insert_text((40, 80), list(LINES), fontsize=14, lineheight=1.6)
        pdf.save(path)
    return path


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Numbers go, names stay."""
    path = tmp_path / "numbers.toml"
    path.write_text(
        'title = "Numbers only"\n[defaults]\nreason = "sealed"\nlabel = "SEALED"\n'
        "[types.PERSON]\nenabled = false\n[types.EMAIL_ADDRESS]\nthreshold = 1.0\n",
        "utf-8",
    )
    return path


def text_of(path: Path) -> str:
    with pymupdf.open(path) as pdf:
        return "".join(page.get_text() for page in pdf)


def types(answer: Answer) -> set[str]:
    assert answer.code == 0, answer.err
    return {f["type"] for f in answer.json["findings"]}


def test_they_are_listed_and_explained(run: Run, tmp_path: Path) -> None:
    data = tmp_path / "data"
    listed = run("profiles", "--data", data, "--json").json["profiles"]
    assert [p["name"] for p in listed if p["chosen"]] == ["general"]
    assert [p["name"] for p in listed] == list(profiles.BUILTIN)
    told = run("profiles", "hipaa", "--data", data, "--json").json
    assert len(told["identifiers"]) == 18
    assert {i["covered"] for i in told["identifiers"]} == {"yes", "partly", "no"}
    assert told["types"]["PERSON"] == {
        "enabled": True, "threshold": 0.35, "reason": "HIPAA (A)", "label": "NAME",
    }  # fmt: skip
    said = run("profiles", "hipaa", "--data", data).out
    assert "not covered: no finger print is known by its form" in said
    assert "DATE_TIME              not looked for" in run("profiles", "foia", "--data", data).out


def test_the_documentation_has_the_same_table_and_types() -> None:
    written = (ROOT / "docs" / "profiles.md").read_text("utf-8")
    for item in profiles.builtin("hipaa").identifiers:
        kinds = ", ".join(f"`{kind}`" for kind in item.types)
        assert f"| {item.id} | {item.title} | " in written
        assert f" | {kinds} | {item.note or item.not_covered} |" in written
    assert all(f"`{name}`" in written for name in (*profiles.TYPES, *profiles.BUILTIN))


def test_the_documented_profile_of_ones_own_is_one() -> None:
    written = (ROOT / "docs" / "profiles.md").read_text("utf-8")
    example = written.split('    title = "Family court"', 1)[1].split("\n\n|", 1)[0]
    profile = profiles.parse('    title = "Family court"' + example, "court")
    assert profile.rule("PERSON") == profiles.TypeRule(True, 0.5, "family court", "NAME")
    assert not profile.rule("DATE_TIME").enabled
    assert [i.covered for i in profile.identifiers] == ["partly", "no"]


def test_detect_counts_what_the_profile_counts(run: Run, note: Path, own: Path) -> None:
    every = types(run("detect", "--text", note, "--json"))
    assert {"PERSON", "EMAIL_ADDRESS", "US_SSN"} <= every
    assert types(run("detect", "--text", note, "--profile", "general", "--json")) == every
    assert types(run("detect", "--text", note, "--profile", "hipaa", "--json")) == every
    assert "PERSON" not in types(run("detect", "--text", note, "--profile", own, "--json"))


def test_detect_in_pages_and_files_does_so_as_well(run: Run, tmp_path: Path, letter: Path, own: Path) -> None:
    pages = tmp_path / "pages.json"
    assert run("read", letter, "--engines", "pdf_text", "--out", pages).code == 0
    for given in ([pages], [letter, "--engines", "pdf_text"]):
        assert "PERSON" in types(run("detect", *given, "--language", "en", "--json"))
        found = types(run("detect", *given, "--language", "en", "--profile", own, "--json"))
        assert "US_SSN" in found
        assert "PERSON" not in found


def test_redact_auto_destroys_what_the_profile_counts_and_labels_it(
    run: Run, tmp_path: Path, letter: Path, own: Path
) -> None:
    out = tmp_path / "out.pdf"
    given = ["redact", letter, "--auto", "--engines", "pdf_text", "--languages", "en"]
    answer = run(*given, "--profile", own, "--out", out)
    assert answer.code == 0, answer.err
    assert "Quarterstaff" in text_of(out)
    assert "536-22" not in text_of(out)
    assert run("verify", out).code == 0
    hipaa = tmp_path / "hipaa.pdf"
    answer = run(*given, "--profile", "hipaa", "--out", hipaa, "--certificate", "pages")
    assert answer.code == 0, answer.err
    said = text_of(hipaa)
    assert not any(word in said for word in ("Quarterstaff", "536-22", "example.org"))
    assert "HIPAA (A)" in said
    assert "HIPAA (G)" in said
    assert "a fine day" in said


def test_a_project_has_its_own_one_and_its_reasons(run: Run, tmp_path: Path, own: Path) -> None:
    data, copy = tmp_path / "data", tmp_path / "copy.toml"
    listed = run("profiles", "--set", own, "--data", data, "--json").json["profiles"]
    assert [p["name"] for p in listed if p["chosen"]] == ["numbers"]
    assert [p["own"] for p in listed] == [False] * len(profiles.BUILTIN) + [True]
    assert run("profiles", "numbers", "--data", data, "--json").json["title"] == "Numbers only"
    assert run("profiles", "--out", copy, "--data", data).code == 0
    assert copy.read_bytes() == own.read_bytes()
    run("profiles", "--set", "gdpr", "--data", data)
    project = Project.open(data)
    assert [value["name"] for value, _, _ in settings.history(project, profiles.SETTING)] == [
        "numbers",
        "gdpr",
    ]
    codes = [r["code"] for r in run("reasons", "--data", data, "--json").json["reasons"]]
    assert "GDPR special category" in codes
    assert codes[0] == "personal data"


def test_findings_and_boxes_of_a_stored_document_follow_the_project(
    run: Run, tmp_path: Path, letter: Path
) -> None:
    """Chosen, found, exported with what nobody decided on: reasons in the log, the profile in the ledger."""
    data, out = tmp_path / "data", tmp_path / "out"
    document = run("add", letter, "--data", data, "--languages", "en", "--json").json["documents"][0]["id"]
    assert run("worker", "--once", "--processes", 1, "--data", data).code == 0
    version = tmp_path / "version.json"
    version.write_text(json.dumps({"id": "all", "unseen": True}), "utf-8")
    assert run("versions", "--set", version, "--data", data).code == 0
    assert run("profiles", "--set", "hipaa", "--data", data).code == 0
    answer = run("export", document, "--out", out, "--version", "all", "--data", data, "--json")
    assert answer.code == 0, answer.err
    (log,) = out.glob("*redaction-log.csv")
    rows = log.read_text("utf-8-sig")
    assert "HIPAA (A),45 CFR 164.514(b)(2)(i)(A): names,NAME" in rows
    assert "HIPAA (G)" in rows
    (pdf,) = (p for p in out.glob("*.pdf") if "log" not in p.name)
    assert "Quarterstaff" not in text_of(pdf)
    history = run("audit", document, "--data", data, "--json").json["events"]
    assert [e["payload"].get("profile") for e in history if e["kind"] == "exported"] == ["hipaa"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('title = "x"\n[types.PERSON\n', "bad.toml, line 2: no valid TOML"),
        ('title = "x"\n[types.PERSN]\n', "bad.toml, line 2: types.PERSN: there is no such type"),
        (
            'title = "x"\n[types.AGE]\nthreshold = 7\n',
            "bad.toml, line 3: types.AGE.threshold: a score from 0",
        ),
    ],
)
@pytest.mark.parametrize("command", ["detect", "redact", "profiles", "set"])
def test_a_bad_file_ends_with_3_and_names_its_line(
    run: Run, tmp_path: Path, note: Path, letter: Path, command: str, text: str, said: str
) -> None:
    bad, out, data = tmp_path / "bad.toml", tmp_path / "out.pdf", tmp_path / "data"
    bad.write_text(text, "utf-8")
    call = {
        "detect": ["detect", "--text", note, "--profile", bad],
        "redact": ["redact", letter, "--auto", "--engines", "pdf_text", "--profile", bad, "--out", out],
        "profiles": ["profiles", bad, "--data", data],
        "set": ["profiles", "--set", bad, "--data", data],
    }[command]
    answer = run(*call)
    assert answer.code == 3
    assert said in answer.err
    assert "Traceback" not in answer.err
    assert not out.exists()
    if command == "set":
        assert profiles.of(Project.open(data)) == profiles.builtin()


def test_wrong_usage_of_profiles_ends_with_2(run: Run, tmp_path: Path, note: Path, letter: Path) -> None:
    answer = run("detect", "--text", note, "--profile", "ferpa")
    assert answer.code == 2
    assert "general, gdpr, hipaa, foia" in answer.err
    boxes = tmp_path / "boxes.json"
    boxes.write_text('{"boxes": []}', "utf-8")
    call = ["redact", letter, "--boxes", boxes, "--profile", "gdpr", "--out", tmp_path / "out.pdf"]
    answer = run(*call)
    assert answer.code == 2
    assert "--auto" in answer.err
