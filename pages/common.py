"""What every page shares: the project, the person at the screen, the chosen document, small pieces of HTML.

`streamlit` widgets that only one page needs stand with that page.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache
from html import escape
from pathlib import Path

import streamlit as st

from model.errors import InkveilError
from storage.documents import Document, find
from storage.project import Project

HERE = Path(__file__).resolve().parent
LANGUAGES = {
    "en": "English", "fr": "French", "de": "German", "es": "Spanish", "it": "Italian",
    "ja": "Japanese", "ja-vert": "Japanese, vertical",
}  # fmt: skip


def data_dir() -> Path:
    """$INKVEIL_DATA, else the folder data where the application was started."""
    return Path(os.environ.get("INKVEIL_DATA") or "data").absolute()


@lru_cache(maxsize=8)
def _open(folder: Path) -> Project:
    return Project.open(folder)


def project() -> Project:
    """The project of this server; one object for all sessions (storage keeps a connection a thread)."""
    return _open(data_dir())


def html(body: str) -> None:
    """A piece of HTML in the pages' type. Everything that is not ours goes through `esc` before."""
    st.html(f'<div class="iv">{body}</div>')


def esc(text: object) -> str:
    return escape(str(text), quote=True)


def table(heads: Sequence[tuple[str, str]], rows: Sequence[Sequence[object]]) -> str:
    """A table: heads as (text, class of the column: "n" for numbers), cells escaped here."""
    top = "".join(f'<th scope="col" class="{kind}">{esc(head)}</th>' for head, kind in heads)
    lines = [
        "".join(f'<td class="{kind}">{esc(cell)}</td>' for (_, kind), cell in zip(heads, row, strict=True))
        for row in rows
    ]
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f'<table class="iv-table"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>'


def styles() -> None:
    st.html(HERE / "styles.html")


def failed(error: InkveilError) -> None:
    """An error of ours, in its own words, where it happened."""
    st.error(error.message)


def go(to: str, document_id: str, **more: str) -> None:
    """Opens another page on this document; `more` goes into the address as well."""
    st.session_state["document"] = document_id
    st.switch_page(HERE / f"{to}.py", query_params={"doc": document_id, **more})


def document(documents: list[Document] | None = None) -> Document | None:
    """The chosen document: ?doc= in the address, else the last one chosen, else the newest."""
    documents = find(project()) if documents is None else documents
    wanted = st.query_params.get("doc") or st.session_state.get("document")
    chosen = next((d for d in documents if d.id == wanted), documents[0] if documents else None)
    if chosen is not None:
        st.session_state["document"] = chosen.id
    return chosen


def choose(documents: list[Document]) -> Document:
    """A list to choose the document from; keeps ?doc= in the address, so that a reload stays here."""
    chosen = document(documents) or documents[0]
    names = {d.id: d.name for d in documents}
    ids = list(names)
    from pages.identity import t

    picked = st.selectbox(
        t("common.document"),
        ids,
        ids.index(chosen.id),
        format_func=names.__getitem__,
        label_visibility="collapsed",
    )
    if st.query_params.get("doc") != picked:
        st.query_params["doc"] = picked
    st.session_state["document"] = picked
    return next(d for d in documents if d.id == picked)


def chosen_or_stop() -> Document:
    """The document to work on; without any, a way to the documents, and the page ends."""
    documents = find(project())
    if not documents:
        from pages.identity import t

        html(f'<p class="iv-mute">{t("common.no_document")}</p>')
        if st.button(t("common.documents")):
            st.switch_page(HERE / "documents.py")
        st.stop()
    return choose(documents)
