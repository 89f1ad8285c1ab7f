"""The findings desk's route: judgements by POST, each stored before it is acknowledged.

    POST /inkveil/redact/{project}/{document}/decisions
         {"kind": "approve" | "reject", "findings": [id], "reason": "...", "key": "..."}
         {"kind": "undo", "targets": [seq], "key": "..."}
         {"kind": "box", "page": n, "box": [x0, y0, x1, y1], "reason": "...", "key": "..."}
         {"kind": "move", "redaction": id, "page": n, "box": [...], "before": [...], "key": "..."}
         {"kind": "remove", "redaction": id, "page": n, "key": "..."}

Boxes are pixels of the page image.

Answers {"seqs": [...]}. Like the workbench's routes it demands the token of review.access; a refusal
is {"error": "..."} under 401/403, 404 (no such finding), 422 (malformed) or 507 (disk full).
"""

from __future__ import annotations

import json
from typing import Any, Literal

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from model.decisions import Event
from model.errors import InkveilError, UsageError
from model.geometry import Box
from pages import common
from redaction import decide, found, profiles
from redaction.plan import DEFAULT_REASON, decisions
from review.access import Grant, Refused, check
from review.routes import log_refusal, person_of, status_of
from review.session import load
from storage import documents, ledger
from storage.project import Project

PATH = "/inkveil/redact/{project}/{document}/decisions"
MOST = 64 * 1024


def routes() -> list[BaseRoute]:
    return [Route(PATH, _answer, methods=["POST"])]


def path(project: str, document: str) -> str:
    return PATH.format(project=project, document=document)


async def _answer(request: Request) -> JSONResponse:
    values = request.path_params
    try:
        grant = check(common.data_dir(), values["project"], request.headers, request.cookies)
        await run_in_threadpool(person_of, common.project(), grant)
        body = await _body(request)
        events = await run_in_threadpool(_store, grant, values["document"], body)
    except Refused as refusal:
        log_refusal(request, refusal.status)
        return JSONResponse({"error": refusal.message}, refusal.status)
    except InkveilError as error:
        return JSONResponse({"error": error.message}, status_of(error))
    return JSONResponse({"seqs": [e.seq for e in events]}, headers={"Cache-Control": "no-store"})


async def _body(request: Request) -> dict[str, Any]:
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MOST:
            raise UsageError("Too many decisions at once.")
    try:
        body = json.loads(bytes(raw))
    except ValueError:
        body = None
    if not isinstance(body, dict) or not _texts(body.get("key"), 1, 64):
        raise UsageError("The request is not a decision.")
    return body


def _box(project: Project, grant: Grant, document_id: str, kind: str, body: dict[str, Any]) -> Event:
    """A box drawn, moved or taken away by keyboard; clipped to its page."""
    page, key, actor = body.get("page"), str(body["key"]), grant.actor
    sizes = {
        n: (info.width, info.height) for n, info in enumerate(documents.page_infos(project, document_id), 1)
    }
    if type(page) is not int or page not in sizes or not _texts(body.get("reason", ""), 0, 200):
        raise UsageError("The request is not a decision.")
    number = str(body.get("redaction") or "")
    if kind != "box" and number not in decisions(ledger.events(project, document_id)).drawn:
        raise UsageError("This box is not there any more.")
    if kind == "remove":
        return decide.remove_box(project, document_id, page, number, actor=actor, key=key)
    try:
        box = Box.of(body["box"]).clipped(*sizes[page])
        before = Box.of(body["before"]) if kind == "move" else box
    except (KeyError, TypeError, ValueError):
        raise UsageError("The request is not a decision.") from None
    if kind == "move":
        return decide.move_box(project, document_id, page, number, box, before, actor=actor, key=key)
    reason = str(body.get("reason") or DEFAULT_REASON)
    return decide.add_box(project, document_id, page, box, actor=actor, reason=reason, key=key)


def _texts(value: object, least: int, most: int) -> bool:
    return isinstance(value, str) and least <= len(value) <= most


def _store(grant: Grant, document_id: str, body: dict[str, Any]) -> list[Event]:
    project = common.project()
    kind, key = body.get("kind"), str(body["key"])
    if kind == "undo":
        targets = body.get("targets")
        if not isinstance(targets, list) or not all(type(t) is int for t in targets):
            raise UsageError("The request is not a decision.")
        return decide.undo(project, document_id, targets, actor=grant.actor, key=key)
    if kind in {"box", "move", "remove"}:
        return [_box(project, grant, document_id, kind, body)]
    wanted, reason = body.get("findings"), body.get("reason", "")
    if kind not in {"approve", "reject"} or not isinstance(wanted, list) or not _texts(reason, 0, 200):
        raise UsageError("The request is not a decision.")
    document = documents.get(project, document_id)
    decided = decisions(ledger.events(project, document.id))
    known = {f.id: f for f in [*(f for f, _ in decided.approved.values()), *decided.rejected.values()]}
    known |= {f.id: f for f in found.look(project, document, load(project, document.id).pages)}
    if not wanted or any(w not in known for w in wanted):
        raise UsageError("The text has changed since this page was opened. Load it again and decide again.")
    chosen = [known[w] for w in wanted]
    verdict: Literal["approve", "reject"] = "approve" if kind == "approve" else "reject"
    labels = profiles.of(project).labels(str(reason))
    return decide.judge(
        project, document.id, chosen, verdict, actor=grant.actor, reason=str(reason), labels=labels, key=key
    )
