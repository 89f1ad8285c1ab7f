"""What Streamlit runs for each visit: sign-in, what all pages share, then the page asked for.

It stands in a folder of its own: Streamlit looks for imports beside this file, where review.py and
engines.py would hide the packages, and would make a menu of everything in a folder pages/ beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import streamlit as st

from model.errors import InkveilError
from model.texts import LANGUAGES
from pages import common, identity

PAGES = (
    "documents", "review", "redact", "export", "audit", "dashboard", "certify", "team", "engines", "accuracy",
)  # fmt: skip
HOME = "documents"
FOLDED = {"review", "redact"}
"""Pages where the document needs the room: the navigation starts folded away."""
NAMES = {"en": "English", "ja": "日本語"}


def main() -> None:
    if not _let_in():
        return
    names = {name: identity.t(f"common.{name}") for name in PAGES}
    pages = [
        st.Page(common.HERE / f"{name}.py", title=title, url_path=name, default=name == HOME)
        for name, title in names.items()
    ]
    page = st.navigation(pages)
    folded = page.url_path in FOLDED
    st.set_page_config(
        page_title=f"{page.title} · Inkveil",
        layout="wide",
        initial_sidebar_state="collapsed" if folded else 200,
    )
    common.styles()
    _page_language()
    _sidebar()
    try:
        page.run()
    except InkveilError as error:  # what no page expected: a project folder that can't be opened, say
        common.failed(error)


def _let_in() -> bool:
    """Nothing of the project is shown to somebody who is not signed in, or has no role in it."""
    if not identity.sign_in() or (st.user.is_logged_in and identity.role()):
        return True
    st.set_page_config(page_title="Inkveil", initial_sidebar_state="collapsed")
    common.styles()
    st.navigation([st.Page(_door, title="Inkveil")], position="hidden").run()
    return False


def _door() -> None:
    common.html('<p class="iv-name">Inkveil</p>')
    if not st.user.is_logged_in:
        st.button(identity.t("team.sign_in"), type="primary", on_click=st.login)
        return
    name = common.esc(identity.actor())
    common.html(
        f"<p>{identity.t('team.stranger', person=f'<b>{name}</b>')}</p>"
        f'<p class="iv-mono">inkveil people set {name} reviewer</p>'
    )
    st.button(identity.t("team.sign_out"), on_click=st.logout)


@lru_cache(maxsize=1)
def _lang() -> Callable[..., Any]:
    """A component and no <script>: the content security policy runs no other."""
    js = "export default ({ data }) => { document.documentElement.lang = data; };"
    return st.components.v2.component("inkveil_lang", js=js)


def _page_language() -> None:
    """The page's language for screen readers: Streamlit writes English whatever the texts are in."""
    _lang()(key="lang", data=identity.language())


def _sidebar() -> None:
    with st.sidebar:
        st.selectbox(
            identity.t("common.language"),
            LANGUAGES,
            LANGUAGES.index(identity.language()),
            format_func=NAMES.__getitem__,
            key="language",
            label_visibility="collapsed",
        )
        if identity.sign_in():
            common.html(f'<p class="iv-mute">{common.esc(identity.actor())}</p>')
            st.button(identity.t("team.sign_out"), on_click=st.logout, width="stretch")


main()
