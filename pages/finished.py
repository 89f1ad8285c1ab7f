"""Finished exports on the export page: which one, its files, the verifier's checks."""

from __future__ import annotations

import streamlit as st

from pages import common, identity, media
from pages.common import esc
from pages.identity import t
from redaction.attack.report import TITLES
from storage import exports
from storage.documents import Document
from workflow import results
from workflow.state import day


def panel(document: Document, done: list[exports.Export]) -> int | None:
    """The chosen export's files and checks; the newest unless another is picked."""
    if not done:
        return None
    parts = {
        e.id: (
            f"{day(e.at, identity.language())} {e.at[11:16]}", e.version, t(f"export.{e.mode}"), e.actor
        )
        for e in done
    }  # fmt: skip
    names = {number: " · ".join(filter(None, said)) for number, said in parts.items()}
    number = done[0].id
    if len(done) > 1:
        number = st.selectbox(t("export.exports"), list(names), format_func=names.__getitem__)
    export = next(e for e in done if e.id == number)
    _files(document, export)
    checks = export.report.get("checks", [])
    rows = "".join(
        f'<tr><td class="{"iv-ok" if c["passed"] else "iv-bad"}">{"✓" if c["passed"] else "✗"}</td>'
        f"<td>{esc(TITLES.get(c['name'], c['name']))}"
        f'<span class="iv-mute"> {esc(c.get("detail", ""))}</span></td></tr>'
        for c in checks
    )
    passed = sum(1 for c in checks if c["passed"])
    common.html(f"<b>{t('export.passed', passed=passed, n=len(checks))}</b>")
    common.html(f'<table class="iv-table"><tbody>{rows}</tbody></table>')
    return number


def _files(document: Document, export: exports.Export) -> None:
    names = {"pdf": t("export.pdf")}
    if export.certificate:
        names["certificate"] = t("export.file_certificate")
    names |= {
        file: t("export.file_transcript", kind=file.rpartition(".")[2])
        for file in results.transcripts(export)
    }
    names |= {log: t(f"export.log_{log.rpartition('.')[2]}") for log in results.logs(export)}
    names["report.json"] = t("export.log")
    urls = {title: esc(media.file_url(document.id, export.id, name)) for name, title in names.items()}
    links = " · ".join(f'<a class="iv-link" href="{u}" download>{esc(name)}</a>' for name, u in urls.items())
    common.html(
        f'<p style="margin:0">{links}</p><div class="iv-mono iv-mute">SHA-256 {esc(export.sha256)}</div>'
    )
