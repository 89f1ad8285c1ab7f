"""Source and result of an export, page by page, under one slider."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from model.errors import InkveilError
from pages import common, media
from pages.identity import t
from storage.documents import Document
from storage.exports import Export
from workflow import results

HERE = Path(__file__).resolve().parent / "slider"


@lru_cache(maxsize=1)
def _component() -> Any:
    html, css, js = ((HERE / f"slider.{kind}").read_text("utf-8") for kind in ("html", "css", "js"))
    return st.components.v2.component("inkveil_compare", html=html, css=css, js=js)


def panel(document: Document, export: Export | None) -> None:
    """The slider over the chosen page; without an export, the source's first page."""
    page = 1
    if document.pages > 1:
        page = int(st.slider(t("common.page_head"), 1, document.pages, 1, label_visibility="collapsed"))
    source = media.page_url(document.id, page)
    if export is None:
        common.html(f'<img class="iv-page" alt="{t("common.page", page=page)}" src="{common.esc(source)}">')
        return
    try:
        results.page_image(common.project(), document.id, export.id, page)
    except InkveilError as error:
        common.failed(error)
        return
    result = media.result_url(document.id, export.id, page)
    texts = {"source": t("export.source"), "result": t("export.result"), "both": t("export.both")}
    _component()(key=f"compare-{export.id}", data={"before": source, "after": result, "texts": texts})
