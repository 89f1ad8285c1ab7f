"""Several versions of one review: what each leaves readable, its boxes, page numbers, log and names."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace

import pymupdf
import pytest
from pages_made import NAME, PHONE
from streamlit.testing.v1 import AppTest

from model.errors import NotAllowed, UsageError
from model.geometry import Box
from model.policy import Policy
from redaction import decide, found, profiles, reasons, versions
from redaction.plan import plan, seal
from redaction.versions import PUBLIC, Version
from review.policy import set_policy
from review.session import load
from storage import documents, ledger, numbers
from storage.project import Project
from workflow import versions as asked
from workflow.publish import Result, publish, transcript_zip


@pytest.fixture
def decided(read: documents.Document, project: Project) -> documents.Document:
    """The letter: its name a third party's, its telephone personal data."""
    findings = found.look(project, read, load(project, read.id).pages)
    for text, reason in ((NAME, "third party"), (PHONE, "personal data")):
        chosen = [f for f in findings if f.text == text]
        decide.judge(project, read.id, chosen, "approve", actor="anna", reason=reason)
    return read


def text_of(done: Result) -> str:
    pdf = next(content for name, content in done.files.items() if name.endswith(".pdf") and "log" not in name)
    with pymupdf.open(stream=pdf) as made:
        return "\n".join(page.get_text() for page in made)


def log_of(done: Result) -> list[dict[str, str]]:
    content = next(c for name, c in done.files.items() if name.endswith("redaction-log.csv"))
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_an_internal_version_leaves_readable_what_the_public_one_destroys(
    decided: documents.Document, project: Project
) -> None:
    internal = Version("internal", keeps=("third party",), names="pseudonyms")
    versions.put(project, internal, "anna")
    public = publish(project, decided.id, actor="anna")
    inner = publish(project, decided.id, version="internal", actor="anna")
    assert "Agler" not in text_of(public)
    assert "496 0314" not in text_of(public)
    assert "Agler" in text_of(inner)
    assert "496 0314" not in text_of(inner)
    assert "third party (" in text_of(inner)
    assert "Left" not in text_of(public)
    assert inner.export.report["version"] == "internal"
    assert list(inner.export.report["left"]) == ["third party"]
    assert {row["Exemption"] for row in log_of(inner)} - {""} == {"personal data"}
    assert {row["Exemption"] for row in log_of(public)} - {""} == {"personal data", "third party"}
    assert all("anna" not in row["Decided by"] for row in log_of(inner))
    assert "Reviewer 1" in {row["Decided by"] for row in log_of(inner)}
    assert "anna" not in text_of(inner)
    assert public.export.path != inner.export.path
    assert public.export.folder != inner.export.folder
    masked, open_ = (transcript_zip(project, decided.id, ["txt"], v) for v in ("public", "internal"))
    assert len(masked) != len(open_)


def test_the_log_has_a_row_for_each_box_with_its_basis_and_number(
    decided: documents.Document, project: Project
) -> None:
    lines = ["third party | (b)(6) | 5 U.S.C. 552(b)(6)", "personal data"]
    reasons.set_reasons(project, lines, "anna")
    versions.put(project, Version("foia", labels="reason", bates="CASE-000998"), "anna")
    done = publish(project, decided.id, version="foia", actor="anna")
    rows = log_of(done)
    report = done.export.report
    assert len(rows) == report["boxes"] + len(report["copies"])
    assert [int(r["No."]) for r in rows] == list(range(1, len(rows) + 1))
    legal = [r for r in rows if r["Exemption"] == "third party"]
    assert {r["Legal basis"] for r in legal} == {"5 U.S.C. 552(b)(6)"}
    assert {r["Label"] for r in legal} == {"(b)(6)"}
    assert {r["Page number"] for r in rows if r["Page"] == "1"} == {"CASE-000998"}
    assert {r["Page number"] for r in rows if r["Page"] == "2"} == {"CASE-000999"}
    assert report["bates"] == ["CASE-000998", "CASE-000999"]
    pdf = next(c for name, c in done.files.items() if name.endswith("redaction-log.pdf"))
    with pymupdf.open(stream=pdf) as made:
        text = "".join(page.get_text() for page in made)
    assert "CASE-000998" in text
    assert "CASE-000999" in text_of(done)
    assert "(b)(6)" in text_of(done)
    assert "5 U.S.C. 552(b)(6)" in text
    assert "Agler" not in text


def test_the_certificate_names_the_profile_that_was_searched_with(
    decided: documents.Document, project: Project
) -> None:
    profiles.choose(project, profiles.builtin("gdpr"), "anna")
    done = publish(project, decided.id, actor="anna")
    said = " ".join(text_of(done).split())
    assert "Search profile" in said
    assert " gdpr " in said
    assert done.export.report["profile"] == "gdpr"


def test_page_numbers_are_given_once(decided: documents.Document, project: Project) -> None:
    bates = numbers.Bates.of("X 0009")
    first = numbers.reserve(project, decided.id, "public", bates, 2, "anna")
    assert first == ["X 0009", "X 0010"]
    assert numbers.reserve(project, decided.id, "public", bates, 2, "anna") == first
    assert numbers.reserve(project, decided.id, "internal", bates, 2, "anna") == ["X 0011", "X 0012"]
    assert numbers.reserve(project, decided.id, "x", numbers.Bates.of("X 0100"), 1, "anna") == ["X 0100"]
    for bad in ("", "ABC", "A" * 40 + "1", "=cmd()1", "X-0000", "X-12345678901234567890"):
        with pytest.raises(UsageError):
            numbers.Bates.of(bad)


def test_pseudonyms_are_the_same_everywhere_and_their_key_is_in_no_file(
    decided: documents.Document, project: Project
) -> None:
    versions.put(project, Version("study", look="pseudonym"), "anna")
    done = publish(project, decided.id, version="study", actor="anna")
    assert "[PERSON 1]" in text_of(done)
    assert "[PERSON 1]" in done.files["letter.txt"].decode()
    for name, content in done.files.items():
        assert b"Agler" not in content, name
    assert "key is kept apart" in " ".join(text_of(done).split())
    rows = asked.key_rows(project)
    assert ("[PERSON 1]", NAME) in {(r["pseudonym"], r["text"]) for r in rows}
    assert NAME in asked.key_csv(project).decode("utf-8-sig")
    again = publish(project, decided.id, version="study", actor="anna")
    assert asked.key_rows(project) == rows
    assert "[PERSON 1]" in text_of(again)


def test_nothing_unseen_is_destroyed_unless_the_version_says_so(
    read: documents.Document, project: Project
) -> None:
    assert "Agler" in text_of(publish(project, read.id, actor="anna"))
    versions.put(project, Version("all", unseen=True), "anna")
    done = publish(project, read.id, version="all", actor="anna")
    assert "Agler" not in text_of(done)
    assert done.export.report["reviewed"] is False
    assert done.export.report["unseen"] > 0
    assert "Unreviewed" in text_of(done)


def test_four_eyes_hold_an_export_back_until_somebody_else_has_confirmed(
    decided: documents.Document, project: Project
) -> None:
    set_policy(project, Policy(four_eyes=True), "anna")
    with pytest.raises(NotAllowed, match="one person only"):
        publish(project, decided.id, actor="anna")
    with pytest.raises(NotAllowed):
        asked.confirm_all(project, decided.id, "anna")
    confirmed, left = asked.confirm_all(project, decided.id, "bert")
    assert confirmed > 0
    assert left == 0
    done = publish(project, decided.id, actor="anna")
    assert done.export.report["seconds"] == {"bert": done.export.report["boxes"]}
    assert {r["Confirmed by"] for r in log_of(done) if r["Decided by"]} == {"bert"}
    assert "Confirmed by a second person" in " ".join(text_of(done).split())
    # A box that changes afterwards is one that nobody else has seen.
    event = decide.add_box(project, decided.id, 1, Box(10, 10, 60, 40), actor="bert", reason="other")
    with pytest.raises(NotAllowed):
        publish(project, decided.id, actor="anna")
    assert asked.confirm_all(project, decided.id, "carla") == (1, 0)
    decide.move_box(
        project, decided.id, 1, event.payload["redaction"], Box(10, 10, 90, 40), Box(10, 10, 60, 40),
        actor="carla",
    )  # fmt: skip
    with pytest.raises(NotAllowed):
        publish(project, decided.id, actor="anna")
    assert asked.confirm_all(project, decided.id, "anna") == (1, 0)
    publish(project, decided.id, actor="anna")
    seq = next(e.seq for e in ledger.events(project, decided.id) if e.kind == "confirm_redactions")
    decide.undo(project, decided.id, [seq], actor="bert", key="u")
    with pytest.raises(NotAllowed):
        publish(project, decided.id, actor="anna")


def test_the_export_page_says_that_a_sources_signature_is_lost(
    read: documents.Document, app: Callable[..., AppTest], project: Project
) -> None:
    assert not app("export", doc=read.id).warning
    signed = publish(project, read.id, actor="anna").files["letter.redacted.pdf"]
    again = documents.add(project, signed, "signed.pdf", actor="anna", languages=["en"])
    assert any("signed" in w.value for w in app("export", doc=again.id).warning)


def test_a_seal_changes_with_everything_that_a_second_person_sees(
    decided: documents.Document, project: Project
) -> None:
    pages = load(project, decided.id).pages
    planned = plan(found.look(project, decided, pages), ledger.events(project, decided.id), pages)
    box = planned.redactions[0]
    others = [
        replace(box, page=2), replace(box, box=Box(1, 2, 3, 4)), replace(box, reason="other"),
        replace(box, label="X"), replace(box, decided_by="bert"), replace(box, decided_at="later"),
    ]  # fmt: skip
    assert len({seal(r) for r in [box, *others]}) == len(others) + 1


@pytest.mark.parametrize(
    "bad",
    [
        {"id": ""}, {"id": "Public"}, {"id": "../x"}, {"id": "a", "look": "pink"},
        {"id": "a", "bates": "none"}, {"id": "a", "labels": "all"}, {"id": "a", "names": 3},
    ],
)  # fmt: skip
def test_versions_that_make_no_sense_are_refused(project: Project, bad: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        versions.from_json(bad)
    with pytest.raises(UsageError):
        versions.get(project, "nowhere")
    with pytest.raises(UsageError):
        versions.remove(project, PUBLIC.id, "anna")
    assert versions.of(project) == [PUBLIC]
