"""Documents: files in, and how far each is. The home page."""

from __future__ import annotations

import streamlit as st

from pages import common, identity, intake, rereading, rows
from pages.identity import t
from storage import documents, ledger, people, readings, settings
from workflow import state, team, warm

PAGE = 40
FILTERS = ("all", "read", "review", "redact", "export", "done", "problem")


def main() -> None:
    zone, shelf = st.columns([5, 6], gap="large")
    with zone:
        intake.drop_zone()
    with shelf, st.container(key="shelf"):
        intake.samples()
    intake.answers()
    found = documents.find(common.project())
    if not found:
        return
    busy = _busy([state.state(common.project(), d, language=identity.language()) for d in found])
    st.fragment(listing, run_every="1s" if busy else "20s")(busy)


def listing(was_busy: bool) -> None:
    """The list; runs again by itself, so that progress shows without a reload."""
    project = common.project()
    states = [state.state(project, d, language=identity.language()) for d in documents.find(project)]
    _prepare(states)
    if _busy(states) != was_busy:
        st.rerun()  # the pace of this fragment is chosen by the page
    if state.unattended(project, states):
        st.warning(t("documents.no_worker"))
    text, chosen = _filter()
    shown = [s for s in states if _fits(s, text, chosen)]
    page = rows.page_of(len(shown), PAGE)
    selected = rows.table(shown[page * PAGE : (page + 1) * PAGE])
    if selected:
        _act(selected)


def _busy(states: list[state.DocumentState]) -> bool:
    return any(s.reading or s.waits for s in states)


def _filter() -> tuple[str, str]:
    name, kind, languages = st.columns([2, 5, 1], vertical_alignment="center")
    text = name.text_input(
        t("documents.filter"), placeholder=t("documents.filter_name"), label_visibility="collapsed"
    )
    chosen = kind.segmented_control(
        t("documents.state"),
        FILTERS,
        format_func=lambda name: t(f"documents.f_{name}"),
        default="all",
        label_visibility="collapsed",
    )
    with languages.popover(t("documents.languages"), width="stretch"):
        before = settings.get(common.project(), "languages") or []
        picked = st.multiselect(
            t("documents.new_in"),
            list(common.LANGUAGES),
            before,
            format_func=rows.language,
            placeholder=t("documents.suggested_by"),
        )
        if picked != before and identity.may("administrator"):
            settings.set(common.project(), "languages", picked, identity.actor())
    return text.strip().casefold(), chosen or "all"


def _fits(item: state.DocumentState, text: str, chosen: str) -> bool:
    if text not in f"{item.document.name} {item.document.added_by} {item.assigned or ''}".casefold():
        return False
    return chosen == "all" or (bool(item.problems) if chosen == "problem" else item.name == chosen)


def _prepare(states: list[state.DocumentState]) -> None:
    """Has the first document that needs it merged and searched, unless a worker does it."""
    project = common.project()
    if warm.silence(project) < state.PATIENCE:
        return
    for item in states:
        if item.waits:
            known = readings.ids(project, item.document.id)
            at = hash((tuple(known.items()), ledger.head(project, item.document.id)))
            if warm.start(project, item.document.id, at):
                return


def _act(selected: list[state.DocumentState]) -> None:
    """What can be done to several documents at once."""
    project = common.project()
    label, languages, again, to, assign, clear = st.columns([1, 3, 1, 1.6, 1, 1], vertical_alignment="center")
    with label:
        common.html(f"<b>{t('documents.selected', n=len(selected))}</b>")
    shared = set.intersection(*(set(s.document.languages) for s in selected))
    picked = languages.multiselect(
        t("documents.languages"), list(common.LANGUAGES), [c for c in common.LANGUAGES if c in shared],
        format_func=rows.language, placeholder=t("documents.languages"), label_visibility="collapsed",
        key="languages-" + "-".join(sorted(s.document.id for s in selected)),
    )  # fmt: skip
    with again.popover(t("documents.again"), width="stretch"):
        rereading.show([s.document for s in selected], picked)
    known = list(people.everybody(project)) or [identity.actor()]
    person = to.selectbox(
        t("team.assigned"),
        [*known, team.NOBODY],
        format_func=lambda p: t("team.nobody") if p == team.NOBODY else p,
        label_visibility="collapsed",
    )
    why = identity.needs("approver")
    if assign.button(t("state.assign"), width="stretch", disabled=why is not None, help=why):
        for item in selected:
            team.assign(project, item.document.id, person, identity.actor())
        rows.clear()
        st.rerun(scope="fragment")
    if clear.button(t("common.clear"), width="stretch"):
        rows.clear()
        st.rerun(scope="fragment")


main()
