"""The home page: files in, each with its own answer; states, filters, several documents at once."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from pages_made import letter, png
from streamlit.testing.v1 import AppTest

from pages import common, intake
from redaction import found
from review.session import load
from storage import documents, readings, settings, work
from storage.project import Project
from workflow import state, warm

App = Callable[..., AppTest]
SAMPLES = ["Letter, 1905", "Will, 1914", "Lead form", "Japanese note"]


def texts(app: AppTest) -> str:
    return " ".join(h.proto.body for h in app.get("html"))


def test_an_empty_project_shows_the_drop_zone_and_the_samples_only(app: App) -> None:
    page = app()
    assert not page.exception
    assert len(page.file_uploader) == 1
    assert [b.label for b in page.button] == SAMPLES
    assert not page.checkbox
    assert not page.text_input


def test_one_click_adds_a_sample_with_its_language(app: App, project: Project) -> None:
    page = app()
    page.button("sample-will-1914.jpg").click().run()
    (added,) = documents.find(project)
    assert (added.name, added.languages, added.pages) == ("will-1914.jpg", ("fr",), 1)
    assert "will-1914.jpg" in texts(page)
    assert "waiting to be read" in texts(page)
    page.button("sample-will-1914.jpg").click().run()
    assert [i.value for i in page.info] == ["will-1914.jpg is here already, as will-1914.jpg."]
    assert len(documents.find(project)) == 1


def test_one_bad_file_of_a_batch_stops_no_other(app: App, project: Project) -> None:
    page = app()
    batch = [
        ("good.pdf", letter(3), "application/pdf"),
        ("empty.pdf", b"", "application/pdf"),
        ("cut.pdf", letter()[:300], "application/pdf"),
        ("notes.pdf", b"only some text, no PDF at all\n" * 9, "application/pdf"),
        ("page.png", png(), "image/png"),
        ("copy of good.pdf", b"", "application/pdf"),
    ]
    page.file_uploader[0].set_value(batch).run()
    assert not page.exception
    assert sorted(d.name for d in documents.find(project)) == ["good.pdf", "page.png"]
    refused = [e.value for e in page.error]
    assert len(refused) == 4
    for name in ("empty.pdf", "cut.pdf", "notes.pdf", "copy of good.pdf"):
        assert sum(name in message for message in refused) == 1
    assert not any(word in " ".join(refused).lower() for word in ("traceback", "error occurred", "oops"))


def test_an_encrypted_pdf_asks_for_its_password(app: App, project: Project) -> None:
    page = app()
    page.file_uploader[0].set_value([("secret.pdf", letter(password="opensesame"), "application/pdf")]).run()
    assert documents.find(project) == []
    assert any("password" in m.value.lower() for m in page.markdown)
    page.text_input[0].input("wrong")
    page.button[[b.label for b in page.button].index("Open")].click().run()
    assert documents.find(project) == []
    page.text_input[0].input("opensesame")
    page.button[[b.label for b in page.button].index("Open")].click().run()
    assert [d.name for d in documents.find(project)] == ["secret.pdf"]
    assert not any(b.label == "Open" for b in page.button)


def test_a_page_of_too_many_pixels_is_refused(data: Path) -> None:
    bomb = png(12_000, 12_000)
    answer = intake.take("bomb.png", bomb)
    assert answer.kind == "refused"
    assert "megapixels" in answer.text
    assert documents.find(Project.open(data)) == []


@pytest.mark.usefixtures("read")
def test_a_read_document_says_what_is_left(app: App, project: Project) -> None:
    page = app()
    shown = texts(page)
    assert "letter.pdf" in shown
    assert "2 pages" in shown
    for step in state.STEPS:
        assert step in shown
    document = documents.find(project)[0]
    waited = state.state(project, document, wait=True)
    assert not waited.reading
    assert waited.words in texts(app())
    assert waited.name == "review"


@pytest.mark.usefixtures("read")
def test_merging_and_searching_happen_beside_the_page(app: App, project: Project) -> None:
    document = documents.find(project)[0]
    assert state.state(project, document).waits
    assert "comparing the readings" in texts(app())
    warm.finish()
    now = state.state(project, document)
    assert not now.reading
    assert found.stored(project, document, load(project, document.id).pages) is not None


def test_reading_progress_survives_a_reload(app: App, project: Project) -> None:
    documents.add(project, letter(3), "long.pdf")
    document = documents.find(project)[0]
    tasks = [(number, engine) for number in (1, 2, 3) for engine in ("pdf_text", "tesseract")]
    work.queue(project, document.id, tasks)
    claim = work.claim(project, work.worker_id())
    assert claim is not None
    work.finish(project, claim, "pdf_text", "done")
    work.beat(project, claim, "tesseract")
    for _ in range(2):  # two visits: nothing of it is kept in a session
        assert "page 1 of 3, Tesseract" in texts(app())


def test_a_failed_engine_is_a_chip_with_its_reason(
    app: App, read: documents.Document, project: Project
) -> None:
    from model.words import Failure

    readings.add_failure(project, read.id, Failure("azure", "auth", "The key was refused.", 2))
    assert "Page 2 could not be read by azure: The key was refused." in texts(app())


def test_filter_and_reading_several_again(app: App, read: documents.Document, project: Project) -> None:
    documents.add(project, png(), "photo.png")
    state.state(project, read, wait=True)
    page = app()
    assert len(page.checkbox) == 2
    page.text_input[0].input("LETT").run()
    assert [c.label for c in page.checkbox] == ["letter.pdf"]
    page.checkbox[0].check().run()
    page.button[[b.label for b in page.button].index("Read again")].click().run()
    assert set(work.states(project, read.id).values()) == {"queued"}
    assert not page.checkbox[0].value


def test_the_projects_languages_are_given_to_new_documents(data: Path, project: Project) -> None:
    settings.set(project, "languages", ["de", "fr"])
    assert intake.take("photo.png", png()).kind == "added"
    assert documents.find(project)[0].languages == ("de", "fr")


def test_a_project_folder_that_cannot_be_written_is_said_so(data: Path, project: Project) -> None:
    common.project()
    shutil.rmtree(project.path / "blobs")
    (project.path / "blobs").write_bytes(b"")
    answer = intake.take("photo.png", png())
    assert answer.kind == "refused"
    assert "can't be written" in answer.text


def test_a_project_that_cannot_be_opened_is_said_so(app: App, data: Path) -> None:
    data.mkdir()
    (data / "default").write_bytes(b"a file where the folder should be")
    page = app()
    assert not page.exception
    assert ["can't be written" in e.value for e in page.error] == [True]
