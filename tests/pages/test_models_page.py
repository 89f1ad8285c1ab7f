"""Opt-in models on the page Redact: switched on, which one ran, what failed, and searched again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from model.errors import NotAllowed
from redaction import chosen, found
from review.session import load
from storage import documents, leaving, people
from storage.project import Project
from tests.redaction_models.models_made import Chat, chat, says, spacy_folder
from workflow import trail

App = Callable[..., AppTest]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return spacy_folder(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Chat]:
    monkeypatch.setattr("redaction.recognisers.models.chat.TRIES", 1)
    with chat() as state:
        yield state


def look(project: Project, document: documents.Document) -> set[str]:
    """Who found something."""
    return {f.recogniser for f in found.look(project, document, load(project, document.id).pages)}


def html(test: AppTest) -> str:
    return " ".join(h.proto.body for h in test.get("html"))


def test_switching_a_model_on_searches_again_and_off_again(
    read: documents.Document, project: Project, endpoint: Chat
) -> None:
    endpoint.answer = lambda _: says([("funeral", "DATE_TIME"), ("nobody here", "PERSON")])
    name = f"llm:m@127.0.0.1:{endpoint.port}"
    before = look(project, read)
    assert found.outcomes(project, read.id) == []
    chosen.choose(project, f"llm:m@{endpoint.url}", "anna")
    assert look(project, read) == before | {name}
    asked = len(endpoint.asked)
    assert asked == 2  # one question a page: the transcript, not every reading
    (outcome,) = found.outcomes(project, read.id)
    assert (outcome["state"], outcome["found"], outcome["dropped"]) == ("ran", 2, 2)
    assert look(project, read) == before | {name}
    assert len(endpoint.asked) == asked
    chosen.choose(project, "", "anna")
    assert look(project, read) == before


def test_what_failed_is_kept_shown_and_searched_again(
    read: documents.Document, project: Project, endpoint: Chat, app: App
) -> None:
    chosen.choose(project, f"llm:m@{endpoint.url}", "anna")
    answers = [says([("funeral", "DATE_TIME")]), (500, {}, b"")]
    endpoint.answer = lambda _: answers.pop(0)
    recognisers = look(project, read)
    assert any(r.startswith("llm:") for r in recognisers)
    assert len(recognisers) > 1
    (outcome,) = found.outcomes(project, read.id)
    assert (outcome["state"], outcome["failed_pages"]) == ("failed", [2])
    found._memories.clear()  # as another process sees it
    for page in ("redact", "export"):
        (said,) = [w.value for w in app(page, doc=read.id).warning]
        assert "did not look at p. 2" in said
        assert "out of order" in said
    endpoint.answer = lambda _: says([("funeral", "DATE_TIME")])
    test = app("redact", doc=read.id)
    asked = len(endpoint.asked)
    test.button(key="models-again").click().run()
    assert not test.warning
    assert len(endpoint.asked) == asked + 1  # the page that had failed, alone
    assert found.outcomes(project, read.id)[0]["state"] == "ran"


def test_a_folder_that_is_none_is_named_and_the_findings_remain(
    read: documents.Document, project: Project, app: App, tmp_path: Path, tiny: Path
) -> None:
    before = look(project, read)
    (tmp_path / "empty").mkdir()
    chosen.choose(project, f"spacy:{tmp_path / 'empty'}", "anna")
    assert look(project, read) == before
    test = app("redact", doc=read.id)
    assert "holds no spaCy pipeline" in test.warning[0].value
    shutil.copytree(tiny, tmp_path / "empty", dirs_exist_ok=True)
    assert not app("redact", doc=read.id).warning  # it is there now, so all is searched again
    assert found.outcomes(project, read.id)[0]["state"] == "ran"


def test_the_page_lists_models_with_their_state(
    read: documents.Document, project: Project, app: App, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = app("redact", doc=read.id)
    test.segmented_control(key="redact-tab").set_value("words").run()
    assert "nothing leaves this machine" in html(test)
    monkeypatch.setenv("INKVEIL_MODELS", f"spacy:{tiny}")
    chosen.choose(project, "llm:m@https://api.example.org/v1", "anna")
    test = app("redact", doc=read.id)
    test.segmented_control(key="redact-tab").set_value("words").run()
    shown = html(test)
    assert "spacy:tiny" in shown
    assert "switched on for the whole server" in shown
    assert "ran, " in shown
    assert "llm:m@api.example.org" in shown
    assert "inkveil models --allow api.example.org" in shown
    assert "inkveil[clinical]" in shown or "installed" in shown
    assert not test.exception


def test_the_page_stores_the_choice_the_hosts_and_the_mark(
    read: documents.Document, project: Project, app: App, tiny: Path
) -> None:
    test = app("redact", doc=read.id)
    test.segmented_control(key="redact-tab").set_value("words").run()
    field = next(w for w in test.text_input if "comma-separated" in w.label)
    field.set_value(f"spacy:{tiny}")
    next(w for w in test.text_area if "may see texts" in w.label).set_value(
        "api.example.org\nmodels.example.org"
    )
    next(b for b in test.button if b.label == "Save" and "models" in str(b.form_id)).click().run()
    assert [spec.name for spec in chosen.own(project)] == ["spacy:tiny"]
    assert leaving.allowed(project) == {"api.example.org", "models.example.org"}
    box = next(c for c in test.checkbox if "never leaves" in c.label)
    box.check().run()
    assert leaving.local_only(project, read.id)
    assert not test.exception


def test_marks_and_hosts_are_told_in_words(read: documents.Document, project: Project) -> None:
    leaving.set_local_only(project, read.id, True, "ben")
    leaving.sent(project, read.id, 2, "api.example.org", "llm:m", "inkveil")
    from storage import ledger

    said = [trail.line(e, masked=True).what for e in ledger.events(project, read.id)[-2:]]
    assert said == ["stays on this machine, marked", "sent, to api.example.org, llm:m"]
    assert (
        "外部送信の禁止" in trail.line(ledger.events(project, read.id)[-2], masked=True, language="ja").what
    )
    people.set_role(project, "ada", "administrator", actor="t")
    people.set_role(project, "ben", "reviewer", actor="t")
    with pytest.raises(NotAllowed):
        leaving.set_local_only(project, read.id, False, "ben")
    leaving.set_local_only(project, read.id, False, "ada")
    assert not leaving.local_only(project, read.id)
    assert ledger.verify(project, read.id).ok


def test_what_another_version_left_is_searched_anew(read: documents.Document, project: Project) -> None:
    first = look(project, read)
    path = found._pages(project, read.id)
    path.write_text(
        json.dumps({n: row[:2] for n, row in json.loads(path.read_text("utf-8"))["pages"].items()})
    )
    found._file(project, read.id).unlink()
    found._memories.clear()
    assert found._memory(project, read.id).pages == {}
    found._memories.clear()
    assert look(project, read) == first
