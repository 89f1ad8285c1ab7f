"""Team: people and their roles, the project's rules, and how documents are shared among people."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from model.errors import InkveilError
from model.policy import ROLES, Policy, Target
from pages import common, identity
from pages.common import esc
from pages.identity import t
from review.policy import policy, set_policy
from storage import people
from workflow import team


def main() -> None:
    left, right = st.columns([5, 6], gap="large")
    with left:
        _people()
        _rules()
    with right:
        _documents()


def _people() -> None:
    st.subheader(t("team.people"), anchor=False)
    if not identity.sign_in():
        common.html(f'<p class="iv-mute">{t("team.alone", person=esc(identity.actor()))}</p>')
    newest = {row[0]: row for row in people.history(common.project()) if row[1]}
    known = people.everybody(common.project())
    rows = [
        (name, t(f"common.role_{role}"), newest[name][3][:10], newest[name][2])
        for name, role in known.items()
    ]
    if rows:
        heads = [(t(f"team.{head}"), "") for head in ("person", "role", "since", "given_by")]
        common.html(common.table(heads, rows))
    why = identity.needs("administrator")
    with st.form("person", border=False, clear_on_submit=True):
        who, what, button = st.columns([5, 3, 2], vertical_alignment="bottom")
        name = who.text_input(t("team.person"), placeholder=t("team.person_hint"), disabled=why is not None)
        role = what.selectbox(
            t("team.role"), [*ROLES, None], format_func=lambda r: t(f"common.role_{r or 'none'}"),
            disabled=why is not None,
        )  # fmt: skip
        if button.form_submit_button(t("team.save"), disabled=why is not None, help=why, width="stretch"):
            try:
                people.set_role(common.project(), name, role, actor=identity.actor())
            except InkveilError as error:
                common.failed(error)
                return
            st.rerun()


def _rules() -> None:
    st.subheader(t("team.rules"), anchor=False)
    now, why = policy(common.project()), identity.needs("administrator")
    off = why is not None
    with st.form("rules", border=False):
        four = st.checkbox(t("team.four_eyes"), now.four_eyes, disabled=off)
        blind = st.checkbox(t("team.blind"), now.entry == "blind", disabled=off)
        gated = st.checkbox(t("team.target"), now.target is not None, disabled=off)
        target = now.target or Target(0.005, 0.95)
        one, two, three = st.columns(3)
        rate = one.number_input(t("team.rate"), 0.01, 99.0, target.rate * 100, 0.1, "%.2f", disabled=off)
        sure = two.number_input(
            t("team.confidence"), 50.0, 99.9, target.confidence * 100, 1.0, "%.1f", disabled=off
        )
        seeds = three.number_input(t("team.seeds"), 0.0, 20.0, now.seeds * 100, 0.5, "%.1f", disabled=off)
        if st.form_submit_button(t("team.save"), disabled=off, help=why):
            wanted = Target(round(rate / 100, 6), round(sure / 100, 6)) if gated else None
            rules = Policy(four, "blind" if blind else "single", wanted, round(seeds / 100, 4))
            set_policy(common.project(), rules, identity.actor())
            st.rerun()


def _documents() -> None:
    st.subheader(t("team.documents"), anchor=False)
    found = team.shared(common.project())
    if not found:
        common.html(f'<p class="iv-mute">{t("team.no_documents")}</p>')
        return
    heads = ("document", "assigned", "entry", "now", "take_overs", "agreement")
    common.html(common.table([(t(f"team.{h}"), "") for h in heads], [_row(item) for item in found]))
    _entry({item.document: item.name for item in found if item.entry == "single"})


def _entry(single: dict[str, str]) -> None:
    """A document that has not been begun can be entered by two people who do not see each other's."""
    why = identity.needs("administrator")
    which, button = st.columns([5, 3], vertical_alignment="bottom")
    chosen = which.selectbox(t("team.document"), list(single), format_func=single.__getitem__)
    if button.button(
        t("team.enter"), disabled=not chosen or why is not None, help=why or t("team.enter_hint"),
        width="stretch",
    ) and chosen:  # fmt: skip
        try:
            team.set_entry(common.project(), chosen, "blind", identity.actor())
        except InkveilError as error:
            common.failed(error)
            return
        st.rerun()


def _row(item: team.Shared) -> tuple[object, ...]:
    at_work = "; ".join(
        t("team.now_page", person=x.person, page=x.page, time=f"{datetime.fromtimestamp(x.until):%H:%M}")
        for x in item.leases
    )
    agreed = ""
    if item.agreement is not None and item.agreement.share is not None:
        kappa = item.agreement.kappa
        agreed = t(
            "team.agreement_value",
            share=f"{item.agreement.share:.1%}",
            n=item.agreement.words,
            kappa="–" if kappa is None else f"{kappa:.2f}",
        )
    assigned = item.assigned or t("team.nobody")
    return item.name, assigned, t(f"team.entry_{item.entry}"), at_work, item.take_overs or "", agreed


main()
