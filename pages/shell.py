"""What Streamlit runs for each visit: page settings, the few styles all pages share, the navigation."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages import common

HERE = Path(__file__).resolve().parent
PAGES = ("documents", "review", "redact", "export", "audit", "engines")
FOLDED = {"review", "redact"}  # pages where the document needs the room


def main() -> None:
    pages = [
        st.Page(HERE / f"{name}.py", title=name.capitalize(), url_path=name, default=name == "documents")
        for name in PAGES
        if (HERE / f"{name}.py").exists()
    ]
    page = st.navigation(pages)
    st.set_page_config(
        page_title=f"{page.title} · Inkveil",
        layout="wide",
        initial_sidebar_state="collapsed" if page.url_path in FOLDED else 200,
    )
    common.styles()
    page.run()


main()
