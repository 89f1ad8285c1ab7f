"""Export: what will happen, one button, the verifier's checks, the files, source and result side by side."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import streamlit as st

from model.errors import InkveilError, VerificationFailed
from model.findings import Redaction
from pages import common, compare, editions, finished, identity, models, transcript
from pages.common import esc
from pages.identity import t
from redaction import decide, found, profiles, reasons, versions
from redaction.export import signatures_in
from redaction.plan import Plan, plan
from review.policy import policy
from review.session import DocumentReview, load
from storage import documents, exports, ledger
from storage.documents import Document
from workflow import results
from workflow.publish import publish

MODES = ("preserve", "flatten")
NEAR = 12
"""Points around a place that is named by a single point."""
CERTIFICATES = ("pages", "file", "none")


def main() -> None:
    left, right = st.columns([5, 6], gap="large")
    with left:
        document = common.chosen_or_stop()
        try:
            with st.spinner(t("export.looking")):
                review = load(common.project(), document.id)
                findings = found.look(common.project(), document, review.pages)
            planned = plan(findings, ledger.events(common.project(), document.id), review.pages)
        except InkveilError as error:
            common.failed(error)
            return
        models.failures(document)
        _form(document, review, planned)
        done = list(exports.list(common.project(), document.id))
        number = finished.panel(document, done)
    with right:
        compare.panel(document, results.get(common.project(), document.id, number) if number else None)


def _form(document: Document, review: DocumentReview, planned: Plan) -> None:
    """Version, mode, five lines, one button."""
    version = editions.chosen()
    try:
        boxes = versions.cut(version, planned, review.pages, reasons.of(common.project()), lambda _: {},
                             profiles.of(common.project()))  # fmt: skip
    except InkveilError as error:
        common.failed(error)
        return
    mode = st.segmented_control(
        t("export.mode"), MODES, format_func=lambda name: t(f"export.{name}"), default="preserve"
    )
    certificate = st.segmented_control(
        t("export.certificate"), CERTIFICATES, format_func=lambda name: t(f"export.c_{name}"), default="pages"
    )
    formats = transcript.formats()
    by_reason = told(boxes.redactions)
    people = sorted({r.decided_by for r in boxes.redactions if r.decided_by})
    approved = t("export.is_approved" if review.document_approved else "export.not_approved")
    left = t("common.words", n=review.counts.left)
    seq, link = ledger.head(common.project(), document.id)
    lines = {
        t("export.document"): f"{document.name}, {t('common.pages', n=document.pages)}",
        t("export.version"): t("export.version_line", seq=seq, link=link[:12], state=approved, left=left),
        t("export.mode"): t(f"export.{mode or 'preserve'}"),
        t("export.boxes"): by_reason or t("export.none"),
        t("export.by"): ", ".join(people) or t("export.nobody"),
    }
    if policy(common.project()).four_eyes:
        seen = sum(r.id in planned.seconds for r in boxes.redactions)
        lines[t("export.two")] = t("export.two_of", seen=seen, n=len(boxes.redactions))
    if boxes.left:
        lines[t("export.left")] = told(boxes.left)
    if boxes.unseen:
        lines[t("export.nobody_saw")] = t("export.unseen_boxes", n=boxes.unseen)
    facts = "".join(f"<dt>{name}</dt><dd>{esc(value)}</dd>" for name, value in lines.items())
    common.html(f'<dl class="iv-facts">{facts}</dl>')
    if _signed(document.id):
        st.warning(t("export.signed_source"))
    unread = document.pages - len(review.pages)
    if unread:
        st.warning(t("export.unread", n=unread))
    open_ = 0 if version.unseen else decide.open_groups(planned)
    label = t("export.button_open", n=open_) if open_ else t("common.export")
    why = identity.needs("approver")
    if st.button(label, type="primary", width="stretch", disabled=why is not None, help=why):
        _export(document, version.id, mode or "preserve", certificate or "pages", formats)
    transcript.download(document, formats, version.id)
    failure = st.session_state.get("failure")
    if failure and failure[0] == document.id:
        st.error(failure[1])
        if failure[2] and st.button(t("export.show", page=failure[2]), key="to-place"):
            common.go("redact", document.id, page=str(failure[2]), at=place_in(failure[1]))


@st.cache_data(max_entries=64, show_spinner=False)
def _signed(document_id: str) -> int:
    """How many signatures the source carries; a stored file never changes."""
    return signatures_in(documents.data(common.project(), document_id))


def told(redactions: Sequence[Redaction]) -> str:
    """Boxes by reason in a line."""
    counts = Counter(r.reason for r in redactions)
    return ", ".join(f"{count} {reason}" for reason, count in counts.most_common())


def _export(document: Document, version: str, mode: str, certificate: str, formats: list[str]) -> None:
    st.session_state.pop("failure", None)
    try:
        with st.spinner(t("export.burning")):
            publish(
                common.project(), document.id, version=version, certificate=certificate,
                mode="flatten" if mode == "flatten" else "preserve",
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


main()
