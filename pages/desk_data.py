"""What the findings desk shows: pages, findings grouped by person and type, their states, drawn boxes."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from model.decisions import Event
from model.findings import Finding
from model.geometry import Box, points_to_image
from model.texts import section
from model.words import TranscriptPage
from pages import common, identity, judging, media
from redaction import decide
from redaction.plan import Decisions, same
from redaction.profiles import Profile
from review import access
from storage.documents import Document


@lru_cache(maxsize=1)
def _component() -> Any:
    here = Path(__file__).resolve().parent / "desk"
    html, css, js = ((here / f"desk.{kind}").read_text("utf-8") for kind in ("html", "css", "js"))
    return st.components.v2.component("inkveil_findings", html=html, css=css, js=js)


def mount(document: Document, data: Mapping[str, Any]) -> None:
    """Puts the desk on the page; a stored decision makes the page run again, so that its counts follow."""
    _component()(key=f"desk-{document.id}", data=data, on_changed_change=lambda: None)


def data(
    document: Document,
    pages: Sequence[TranscriptPage],
    findings: Sequence[Finding],
    events: Sequence[Event],
    decided: Decisions,
    reasons: Sequence[str],
    profile: Profile,
) -> dict[str, Any]:
    """Everything the component needs, in pixels of the page images."""
    return {
        "route": judging.path(common.project().path.name, document.id),
        "token": token(),
        "pages": [
            {"page": p.page, "width": p.width, "height": p.height, "url": media.page_url(document.id, p.page)}
            for p in pages
        ],
        "groups": groups(everything(findings, decided), decided, profile),
        "drawn": drawn(decided),
        "reasons": list(reasons),
        "words": dict(section("redactdesk", identity.language())),
        "head": events[-1].seq if events else 0,
        "undo": decide.undoable(events, identity.actor()),
        "goto": goto(pages),
    }


def goto(pages: Sequence[TranscriptPage]) -> dict[str, Any] | None:
    """The place that ?page= and ?at= of the address name (displayed points), in pixels of its page."""
    number, at = st.query_params.get("page", ""), st.query_params.get("at", "").split(",")
    page = next((p for p in pages if str(p.page) == number), None)
    if page is None:
        return None
    box = None
    with contextlib.suppress(ValueError):
        x0, y0, x1, y1 = map(float, at)
        box = points_to_image(Box(x0, y0, x1, y1), page.dpi).clipped(page.width, page.height).rounded()
    return {"page": page.page, "box": box}


def token() -> str:
    """What the desk's route demands, bound to this browser's host, XSRF cookie and sign-in."""
    host = st.context.headers.get("Host")
    return access.issue(
        common.project().path,
        actor=identity.actor(),
        session="",
        local=not identity.sign_in(),
        host=host if isinstance(host, str) else "",
        cookies=identity.cookies(),
    )


def everything(findings: Sequence[Finding], decided: Decisions) -> list[Finding]:
    """What is found now, and what was decided on earlier and is not found any more."""
    old = [*(f for f, _ in decided.approved.values()), *decided.rejected.values()]
    return [*findings, *(f for f in old if not any(same(f, n) for n in findings if n.page == f.page))]


def verdict(finding: Finding, decided: Decisions) -> tuple[str, str]:
    """(open, approved or rejected; the reason). The same place and type is the same finding."""
    for known, who in decided.approved.values():
        if same(known, finding):
            return "approved", str(who.get("reason") or "")
    if any(same(known, finding) for known in decided.rejected.values()):
        return "rejected", ""
    return "open", ""


def groups(
    findings: Sequence[Finding], decided: Decisions, profile: Profile | None = None
) -> list[dict[str, Any]]:
    """Findings by group (the same person or value), in the order of their first place; proposals last.

    `reason` is what the profile proposes for the type, "" where it is the project's usual one.
    """
    members: dict[tuple[str, str], list[Finding]] = {}
    for finding in sorted(findings, key=_place):
        members.setdefault(decide.group_of(finding), []).append(finding)
    return [
        {
            "id": "/".join(key),
            "text": Counter(f.text for f in items).most_common(1)[0][0],
            "proposal": items[0].proposal,
            "type": decide.type_name(key[0], identity.language()),
            "reason": profile.proposed(key[0]) if profile is not None else "",
            "places": [
                {
                    "id": f.id,
                    "page": f.page,
                    "boxes": [b.rounded() for b in f.boxes],
                    "explanation": f.explanation,
                    "state": (state := verdict(f, decided))[0],
                    "reason": state[1],
                }
                for f in items
            ],
        }
        for key, items in members.items()
    ]


def _place(finding: Finding) -> tuple[bool, int, float]:
    return finding.proposal, finding.page, finding.boxes[0].y0 if finding.boxes else 0.0


def drawn(decided: Decisions) -> list[dict[str, Any]]:
    """The boxes drawn by hand, in pixels."""
    return [
        {"id": number, "page": page, "box": box.rounded(), "reason": str(who.get("reason") or "")}
        for number, (page, box, who) in decided.drawn.items()
    ]
