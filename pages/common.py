"""What every page shares: the project, the person at the screen, the chosen document, the styles."""

from __future__ import annotations

import getpass
import os
from functools import lru_cache
from pathlib import Path

import streamlit as st

from storage.documents import Document, find
from storage.project import Project

HERE = Path(__file__).resolve().parent


def data_dir() -> Path:
    """$INKVEIL_DATA, else ./data beside app.py's working directory."""
    return Path(os.environ.get("INKVEIL_DATA") or "data").absolute()


@lru_cache(maxsize=8)
def _open(folder: Path) -> Project:
    return Project.open(folder)


def project() -> Project:
    """The project of this server; one object for all sessions (storage keeps a connection a thread)."""
    return _open(data_dir())


def actor() -> str:
    """Who decides here: the operating system's user, or "local" where there is no name."""
    try:
        return getpass.getuser() or "local"
    except (OSError, KeyError):
        return "local"


def styles() -> None:
    st.html(HERE / "styles.css")


def document(documents: list[Document] | None = None) -> Document | None:
    """The chosen document: ?doc= in the address, else the last one chosen, else the newest."""
    documents = find(project()) if documents is None else documents
    wanted = st.query_params.get("doc") or st.session_state.get("document")
    chosen = next((d for d in documents if d.id == wanted), documents[0] if documents else None)
    if chosen is not None:
        st.session_state["document"] = chosen.id
    return chosen
