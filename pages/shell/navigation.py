"""What Streamlit runs for each visit: the settings and styles that all pages share, then the page asked for.

It stands in a folder of its own: Streamlit looks for imports beside this file, where review.py and
engines.py would hide the packages, and would make a menu of everything in a folder pages/ beside it.
"""

from __future__ import annotations

import streamlit as st

from model.errors import InkveilError
from pages import common

PAGES = ("documents", "review", "redact", "export", "audit", "engines", "accuracy")
HOME = "documents"
FOLDED = {"review", "redact"}
"""Pages where the document needs the room: the navigation starts folded away."""


def main() -> None:
    pages = [
        st.Page(common.HERE / f"{name}.py", title=name.capitalize(), url_path=name, default=name == HOME)
        for name in PAGES
    ]
    page = st.navigation(pages)
    folded = page.url_path in FOLDED
    st.set_page_config(
        page_title=f"{page.title} · Inkveil",
        layout="wide",
        initial_sidebar_state="collapsed" if folded else 200,
    )
    common.styles()
    try:
        page.run()
    except InkveilError as error:  # what no page expected: a project folder that can't be opened, say
        common.failed(error)


main()
