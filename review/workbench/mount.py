"""Mounts the workbench component into a Streamlit page: the only file here that knows Streamlit.

The component's script is the files of SCRIPTS one after the other with its texts (model.texts) in front:
one module, no build step. Words, images and decisions go over review.routes; the component's data holds
only where to fetch them, the token, and which page is wanted. Its triggers ask the page for something that
needs Streamlit: `leave` for another step, `renew` the token; `opened` says that it has
moved on to another document of the project.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from model.texts import LANGUAGES, section
from review.access import issue

HERE: Final = Path(__file__).resolve().parent
SCRIPTS: Final = (
    "outbox.js",
    "slots.js",
    "hands.js",
    "page_view.js",
    "desk_view.js",
    "keys.js",
    "deciding.js",
    "sharing.js",
    "group_view.js",
    "main.js",
)


def script() -> str:
    """The component's module."""
    words = json.dumps({code: section("workbench", code) for code in LANGUAGES}, ensure_ascii=False)
    parts = [f"const WORDS = {words};"]
    parts += [(HERE / name).read_text("utf-8") for name in SCRIPTS]
    return "\n".join(parts)


@lru_cache(maxsize=1)
def _component() -> Callable[..., Any]:
    return st.components.v2.component(
        "inkveil_workbench",
        html=(HERE / "workbench.html").read_text("utf-8"),
        css=(HERE / "workbench.css").read_text("utf-8"),
        js=script(),
    )


def workbench(
    project: Path,
    document_id: str,
    name: str,
    pages: int,
    *,
    actor: str,
    local: bool = True,
    language: str = "en",
    page: int = 1,
    head: int = 0,
    asked: str = "",
    key: str = "workbench",
) -> Any:
    """Shows the workbench on a document of the project in folder `project`.

    `local`: no sign-in is configured (review.access). `head`: the ledger's last seq; a higher one than the
    browser knows makes it fetch the page again. `asked`: any new value opens `page`. Returns the component's
    result: `.leave`, `.opened` and `.renew`.
    """
    context = get_script_run_ctx()
    token = _token(project, actor, context.session_id if context else "", local)
    data = {
        "base": f"/inkveil/review/{project.name}",
        "document": document_id,
        "token": token,
        "name": name,
        "pages": pages,
        "page": page,
        "head": head,
        "asked": asked,
        "language": language,
    }
    nothing = lambda: None  # noqa: E731
    return _component()(
        key=key,
        data=data,
        on_leave_change=nothing,
        on_opened_change=nothing,
        on_renew_change=nothing,
    )


def _token(project: Path, actor: str, session: str, local: bool) -> str:
    return issue(
        project,
        actor=actor,
        session=session,
        local=local,
        host=st.context.headers.get("Host") or "",
        cookies={name: st.context.cookies[name] for name in st.context.cookies},
    )
