"""Export: what will happen, one button, the verifier's checks, the files, source and result side by side."""

from __future__ import annotations

import re
from collections import Counter
from typing import Literal

import streamlit as st

from model.errors import InkveilError, VerificationFailed
from pages import common, compare, identity, media, transcript
from pages.common import esc
from redaction import decide, found
from redaction.attack.report import BOX_CHECKS, FILE_CHECKS
from redaction.plan import Plan, plan
from review.session import DocumentReview, load
from storage import exports, ledger
from storage.documents import Document
from workflow import results
from workflow.publish import publish
from workflow.state import day, plural

MODES = {"preserve": "Keep text", "flatten": "Images only"}
SAID = dict(FILE_CHECKS + BOX_CHECKS)
"""What each check of the verifier says, by its name."""
NEAR = 12
"""Points around a place that is named by a single point."""
CERTIFICATES = {"pages": "as last page", "file": "as a file", "none": "none"}


def main() -> None:
    left, right = st.columns([5, 6], gap="large")
    with left:
        document = common.chosen_or_stop()
        try:
            with st.spinner("Looking at what was decided"):
                review = load(common.project(), document.id)
                findings = found.look(common.project(), document, review.pages)
            planned = plan(findings, ledger.events(common.project(), document.id), review.pages)
        except InkveilError as error:
            common.failed(error)
            return
        _form(document, review, planned)
        done = list(exports.list(common.project(), document.id))
        number = _finished(document, done)
    with right:
        compare.panel(document, results.get(common.project(), document.id, number) if number else None)


def _form(document: Document, review: DocumentReview, planned: Plan) -> None:
    """Five lines, the mode, one button."""
    mode = st.segmented_control("Mode", list(MODES), format_func=MODES.__getitem__, default="preserve")
    certificate = st.segmented_control(
        "Certificate", list(CERTIFICATES), format_func=CERTIFICATES.__getitem__, default="pages"
    )
    formats = transcript.formats()
    reasons = Counter(r.reason for r in planned.redactions)
    by_reason = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
    people = sorted({r.decided_by for r in planned.redactions if r.decided_by})
    approved = "approved" if review.document_approved else "not approved"
    seq, link = ledger.head(common.project(), document.id)
    lines = {
        "Document": f"{document.name}, {plural(document.pages, 'page')}",
        "Version": f"decision {seq}, {link[:12]}; text {approved}, {plural(review.counts.left, 'word')} left",
        "Mode": MODES[mode or "preserve"].lower(),
        "Boxes": by_reason or "none",
        "Approved by": ", ".join(people) or "nobody",
    }
    facts = "".join(f"<dt>{name}</dt><dd>{esc(value)}</dd>" for name, value in lines.items())
    common.html(f'<dl class="iv-facts">{facts}</dl>')
    unread = document.pages - len(review.pages)
    if unread:
        st.warning(f"{plural(unread, 'page')} not read yet: nobody has looked for personal data there.")
    open_ = decide.open_groups(planned)
    label = f"Export ({open_} undecided)" if open_ else "Export"
    if st.button(label, type="primary", width="stretch"):
        _export(document, "flatten" if mode == "flatten" else "preserve", certificate or "pages", formats)
    transcript.download(document, formats)
    failure = st.session_state.get("failure")
    if failure and failure[0] == document.id:
        st.error(failure[1])
        if failure[2] and st.button(f"Show the place on page {failure[2]}", key="to-place"):
            common.go("redact", document.id, page=str(failure[2]), at=place_in(failure[1]))


def _export(
    document: Document, mode: Literal["preserve", "flatten"], certificate: str, formats: list[str]
) -> None:
    st.session_state.pop("failure", None)
    try:
        with st.spinner("Destroying and verifying"):
            publish(
                common.project(), document.id, mode=mode, certificate=certificate,
                formats=formats, actor=identity.actor(),
            )  # fmt: skip
    except VerificationFailed as error:
        st.session_state["failure"] = (document.id, error.message, error.page)
    except InkveilError as error:
        st.session_state["failure"] = (document.id, error.message, None)
    st.rerun()


def place_in(message: str) -> str:
    """The place that a refusal names, as "x0,y0,x1,y1" in displayed points; "" where it names none."""
    numbers = re.search(r"(?:at|near) \((-?\d+(?:, -?\d+)+)\)", message)
    values = [int(n) for n in numbers.group(1).split(",")] if numbers else []
    if len(values) == 2:
        values = [values[0] - NEAR, values[1] - NEAR, values[0] + NEAR, values[1] + NEAR]
    return ",".join(map(str, values)) if len(values) == 4 else ""


def _finished(document: Document, done: list[exports.Export]) -> int | None:
    """The chosen export's files and checks; the newest unless another is picked."""
    if not done:
        return None
    names = {e.id: f"{day(e.at)} {e.at[11:16]} · {MODES.get(e.mode, e.mode)} · {e.actor}" for e in done}
    number = done[0].id
    if len(done) > 1:
        number = st.selectbox("Exports", list(names), format_func=names.__getitem__)
    export = next(e for e in done if e.id == number)
    _files(document, export)
    checks = export.report.get("checks", [])
    rows = "".join(
        f'<tr><td class="{"iv-ok" if c["passed"] else "iv-bad"}">{"✓" if c["passed"] else "✗"}</td>'
        f"<td>{esc(SAID.get(c['name'], c['name']))}"
        f'<span class="iv-mute"> {esc(c.get("detail", ""))}</span></td></tr>'
        for c in checks
    )
    passed = sum(1 for c in checks if c["passed"])
    common.html(f"<b>{passed} of {plural(len(checks), 'check')} passed</b>")
    common.html(f'<table class="iv-table"><tbody>{rows}</tbody></table>')
    return number


def _files(document: Document, export: exports.Export) -> None:
    names = {"pdf": "Redacted PDF", **({"certificate": "Certificate"} if export.certificate else {})}
    names |= {t: f"Transcript {t.rpartition('.')[2]}" for t in results.transcripts(export)}
    names["report.json"] = "Log"
    urls = {title: esc(media.file_url(document.id, export.id, name)) for name, title in names.items()}
    links = " · ".join(f'<a class="iv-link" href="{u}" download>{esc(t)}</a>' for t, u in urls.items())
    common.html(
        f'<p style="margin:0">{links}</p><div class="iv-mono iv-mute">SHA-256 {esc(export.sha256)}</div>'
    )


main()
