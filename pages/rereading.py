"""Reading again, on the documents page: by which engines, and what that takes, before the button."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from model.errors import InkveilError
from pages import common, identity, known, rows
from pages.common import esc
from pages.identity import t
from storage import cloud, documents, work
from storage.documents import Document
from workflow.reading import Estimate, Part, estimate, every_page, take_up

MINUTE = 60.0


def show(chosen: Sequence[Document], languages: Sequence[str]) -> None:
    """The panel; `languages` are given to the documents first, where any are."""
    project = common.project()
    named = _engines()
    picked = st.multiselect(
        t("documents.engines"), list(named), format_func=named.__getitem__, key="reread-engines",
        placeholder=t("documents.fitting"),
    )  # fmt: skip
    try:
        found = estimate(project, every_page(chosen, picked) if picked else _as_before(chosen))
    except InkveilError as error:
        common.failed(error)
        return
    if found.parts:
        common.html(table(found))
        said = t("documents.together", time=duration(found.seconds), cost=_cost(found.cost))
        common.html(f"<p><b>{esc(said)}</b></p>")
    if found.too_dear:
        st.warning(t("documents.too_dear", left=money(found.budget or 0.0)))
    ready = [part.engine for part in found.parts if part.pages]
    if st.button(t("documents.again"), type="primary", disabled=not ready, width="stretch"):
        _again(chosen, languages, [name for name in picked if name in ready])


def _engines() -> dict[str, str]:
    """Engines that can read here now: the local ones, and those that the project lets out."""
    allowed = cloud.allowances(common.project())
    return {
        e["name"]: e["title"]
        for e in known.engines()
        if e["available"] and e["name"] != "null" and (e["privacy"] == "local" or e["name"] in allowed)
    }


def _as_before(chosen: Sequence[Document]) -> dict[str, dict[str, int]]:
    """The engines that read, or would read, each page by themselves."""
    found: dict[str, dict[str, int]] = {}
    for document in chosen:
        tasks = Counter(engine for _, engine in work.states(common.project(), document.id))
        for engine, pages in tasks.items():
            found.setdefault(engine, {})[document.id] = pages
    return found


def _again(chosen: Sequence[Document], languages: Sequence[str], engines: Sequence[str]) -> None:
    project = common.project()
    for document in chosen:
        if languages and tuple(languages) != document.languages:
            documents.set_languages(project, document.id, list(languages), actor=identity.actor())
        take_up(project, document, engines)
    rows.clear()
    st.rerun()


def table(found: Estimate) -> str:
    """An estimate as a table: an engine a row, why one reads nothing in place of its figures."""
    heads = [
        ("engines.engine", ""),
        ("accuracy.pages", "n"),
        ("documents.time", "n"),
        ("documents.cost", "n"),
    ]
    lines = "".join(_line(part) for part in found.parts)
    top = "".join(f'<th scope="col" class="{kind}">{esc(t(key))}</th>' for key, kind in heads)
    return f'<table class="iv-table"><thead><tr>{top}</tr></thead><tbody>{lines}</tbody></table>'


def _line(part: Part) -> str:
    name = f"<td>{esc(part.title)}</td>"
    if part.reason is not None:
        return f'<tr>{name}<td colspan="3" class="iv-amber">{esc(part.reason)}</td></tr>'
    basis = t("documents.measured", n=part.measured) if part.measured else t("documents.usual")
    stay = f'<div class="iv-mute">{esc(t("documents.staying", n=part.staying))}</div>' if part.staying else ""
    return (
        f'<tr>{name}<td class="n">{part.pages:,}{stay}</td>'
        f'<td class="n">{esc(duration(part.seconds))}<div class="iv-mute">{esc(basis)}</div></td>'
        f'<td class="n">{esc(_cost(part.cost))}</td></tr>'
    )


def duration(seconds: float) -> str:
    """About how long: whole seconds up to two minutes, then minutes, then hours."""
    if seconds < 2 * MINUTE:
        return t("documents.seconds", n=max(1, round(seconds)))
    if seconds < 120 * MINUTE:
        return t("documents.minutes", n=round(seconds / MINUTE))
    return t("documents.hours", n=f"{seconds / MINUTE / 60:.1f}")


def money(dollars: float) -> str:
    """US dollars, to a hundredth of a cent where there are few."""
    return f"{dollars:.2f} USD" if dollars >= 1 else f"{dollars:.4f} USD"


def _cost(dollars: float) -> str:
    return money(dollars) if dollars else t("engines.free")
