"""Team and Certify under AppTest: roles and rules are set, samples drawn, nothing of a blind entry shown."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pages_made import NAME, body
from streamlit.testing.v1 import AppTest

from model.policy import Policy, Target
from review import certify, live
from review.edits import parse
from review.policy import policy, set_policy
from storage import documents, leases, people
from storage.project import Project
from workflow import team

App = Callable[..., AppTest]


def test_roles_are_given_and_the_last_administrator_stays(app: App, project: Project) -> None:
    page = app("team")
    assert not page.exception
    page.text_input[0].set_value("ada@example.org")
    page.selectbox[[s.label for s in page.selectbox].index("Role")].set_value("administrator")
    page.button[[b.label for b in page.button].index("Save")].click().run()
    assert people.everybody(project) == {"ada@example.org": "administrator"}
    assert "ada@example.org" in body(page)
    page.text_input[0].set_value("ada@example.org")
    page.selectbox[[s.label for s in page.selectbox].index("Role")].set_value(None)
    page.button[[b.label for b in page.button].index("Save")].click().run()
    assert "last administrator" in page.error[0].value


def test_rules_are_set_on_the_page(app: App, project: Project) -> None:
    page = app("team")
    for box in page.checkbox:
        box.set_value(True)
    page.number_input[0].set_value(1.0)
    page.number_input[2].set_value(2.0)
    page.button[len([b for b in page.button if b.label == "Save"]) - 1].click().run()
    assert not page.exception
    assert policy(project) == Policy(True, "blind", Target(0.01, 0.95), 0.02)


def test_who_has_what_is_shown(app: App, read: documents.Document, project: Project) -> None:
    team.assign(project, read.id, "ben", "ada")
    leases.take(project, read.id, 2, "cy")
    page = app("team")
    assert not page.exception
    assert "ben" in body(page)
    assert "cy, page 2, until" in body(page)


def test_a_document_is_set_to_double_entry_before_it_is_begun(
    app: App, read: documents.Document, project: Project
) -> None:
    page = app("team")
    page.button[[b.label for b in page.button].index("Enter twice, blindly")].click().run()
    assert not page.exception
    assert live.document(project, read.id).is_blind
    assert "double, blind" in body(page)


@pytest.mark.parametrize(("name", "said"), [("team", "規則"), ("certify", "抽出"), ("audit", "言語")])
def test_the_pages_speak_japanese(app: App, read: documents.Document, name: str, said: str) -> None:
    page = app(name, doc=read.id)
    page.selectbox(key="language").set_value("ja").run()
    assert not page.exception
    controls = [*page.selectbox, *page.button, *page.get("form_submit_button")]
    labels = " ".join(getattr(c, "label", "") for c in controls)
    assert said in body(page) + labels + " ".join(s.value for s in page.subheader)


def test_a_sample_is_drawn_and_what_it_says_is_shown(
    app: App, read: documents.Document, project: Project
) -> None:
    page = app("certify", doc=read.id)
    assert not page.exception
    assert "Nothing is known yet" in body(page)
    set_policy(project, Policy(target=Target(0.2, 0.9)), "ada")
    page = app("certify", doc=read.id)
    label = next(b.label for b in page.button if b.label.startswith("Draw a sample of"))
    page.button[[b.label for b in page.button].index(label)].click().run()
    assert not page.exception
    status = certify.of_document(project, read.id)
    assert status.outcome.drawn == int(label.split()[-1])
    assert f"{status.outcome.drawn} sampled words are waiting" in body(page)
    assert "approval waits for it" in body(page)


def test_attention_is_shown_with_its_interval(app: App, read: documents.Document, project: Project) -> None:
    from model.decisions import Decision

    state = live.document(project, read.id)
    for n in range(10):
        payload = {"slot": f"s{n}", "box": [0, 0, 9, 9], "shown": "rnill", "truth": "mill", "text": "mill"}
        payload |= {"caught": n < 8, "text": "mill" if n < 8 else "rnill"}
        state.record(Decision("answer_seed", 1, payload, "ben", f"seed{n:08}"))
    page = app("certify", doc=read.id)
    assert "ben" in body(page)
    assert "44% – 97%" in body(page), "Clopper-Pearson for 8 of 10"
    assert "rnill" not in body(page)


@pytest.mark.parametrize("name", ["audit", "redact", "export", "accuracy", "team", "certify", "documents"])
def test_no_page_tells_what_another_typed_in_blind_entry(
    app: App, read: documents.Document, project: Project, name: str
) -> None:
    secret = "Quixworth"
    team.set_entry(project, read.id, "blind", "ada")
    state = live.document(project, read.id)
    found = state.page(1, "bea")
    assert found is not None
    slot = next(s for s in found[0].slots if s.text in NAME)
    payload = {"slot": slot.id, "box": slot.box.rounded(), "text": secret, "before": slot.text}
    one = {"kind": "correct", "page": 1, "key": "k" * 12, "payload": payload}
    state.decide(parse(one, state.sizes()), "bea")
    page = app(name, doc=read.id) if name != "documents" else app()
    for toggle in page.toggle:
        toggle.set_value(True)
    page.run()
    assert not page.exception
    everything = body(page) + str(page)
    assert secret not in everything
    if name == "audit":
        assert "hidden until both entries are handed in" in body(page)
