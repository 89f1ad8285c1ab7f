"""The workbench's routes: words and images of a page by GET, decisions by POST, one acknowledgement each.

    GET  /inkveil/review/{project}/{document}/overview
    GET  /inkveil/review/{project}/{document}/pages/{page}          words of a page, ?language=en|ja
    GET  /inkveil/review/{project}/{document}/pages/{page}/image    ?kind=page|thumb
    POST /inkveil/review/{project}/{document}/decisions             {"edits": [...]}, 1 to 64, in order

`language`, also of POST, is that of the sentences that say why a word is doubtful.
Every request carries the token of review.access in the header X-Inkveil-Token. Decisions are stored in
the order of the list up to the first that can't be; the answer holds `acks` of what was stored (the
same key again gets the same acknowledgement) and, after a refusal, `error` with the refused `key` under
the status of the error: 401/403 not let in, 404 no such document, 409 the state does not allow it, 413
too much at once, 422 malformed, 507 not stored because the disk is full. Nothing here knows Streamlit.
"""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any, Final, Literal

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from model.errors import Conflict, InkveilError, InputRefused, StorageFailed, UsageError
from model.words import MergedPage, TranscriptPage, TranscriptSlot
from review import live
from review.access import Grant, Refused, check
from review.edits import parse
from review.queue import THRESHOLD, letter_size, mark, rank
from review.reasons import sentence
from storage.project import Project

PREFIX: Final = "/inkveil/review/{project}/{document}"
MAX_EDITS: Final = 64
MAX_BYTES: Final = 256 * 1024
_NO_STORE: Final = {"Cache-Control": "no-store"}

Handler = Callable[[Request, Grant], Awaitable[Response]]
Folder = Path | Callable[[], Path] | None


def routes(data_dir: Folder = None) -> list[BaseRoute]:
    """The routes over a data directory (default: $INKVEIL_DATA, else ./data, looked up at each request)."""

    def guarded(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        @wraps(handler)
        async def endpoint(request: Request) -> Response:
            try:
                values = request.path_params
                grant = check(
                    _folder(data_dir), values["project"], values["document"], request.headers, request.cookies
                )
                request.state.project = await run_in_threadpool(_project, _folder(data_dir), grant.project)
                return await handler(request, grant)
            except Refused as refusal:
                return _error(refusal.status, refusal.message)
            except InkveilError as error:
                return _error(status_of(error), error.message)

        return endpoint

    return [
        Route(f"{PREFIX}/overview", guarded(_overview)),
        Route(f"{PREFIX}/pages/{{page:int}}", guarded(_words)),
        Route(f"{PREFIX}/pages/{{page:int}}/image", guarded(_image)),
        Route(f"{PREFIX}/decisions", guarded(_decisions), methods=["POST"]),
    ]


def status_of(error: InkveilError) -> int:
    """The HTTP status that a domain error is answered with."""
    if isinstance(error, live.UnknownDocument):
        return 404
    if isinstance(error, Conflict):
        return 409
    if isinstance(error, StorageFailed):
        return 507
    if isinstance(error, (UsageError, InputRefused)):
        return 422
    return 500


def page_to_json(page: TranscriptPage, merged: MergedPage, head: int, language: str = "en") -> dict[str, Any]:
    """A page for the browser: quads as eight numbers in pixels of the page image, in reading order."""
    letter = letter_size(page.slots)
    return {
        "page": page.page,
        "width": page.width,
        "height": page.height,
        "approved": page.approved,
        "head": head,
        "engines": list(merged.engines),
        "failures": [{"engine": f.engine, "message": f.message} for f in merged.failures],
        "unplaced": [{"text": u.text, "engine": u.engine} for u in merged.unplaced],
        "slots": [_slot(slot, letter, language) for slot in page.slots],
    }


def _slot(slot: TranscriptSlot, letter: float, language: str) -> dict[str, Any]:
    return {
        "id": slot.id,
        "text": slot.text,
        "quad": [round(v, 1) for point in slot.quad.points for v in point],
        "line": slot.line,
        "risk": round(slot.risk, 3),
        "mark": mark(slot, letter),
        "rank": rank(slot, letter),
        "status": slot.status,
        "reasons": list(slot.reasons),
        "why": sentence(slot, language, often_wrong=THRESHOLD) if slot.status in ("open", "unsure") else "",
        "candidates": [[c.text, list(c.engines), c.confidence] for c in slot.candidates],
        "vertical": slot.vertical,
        "seen": slot.decided_seq or 0,
    }


async def _overview(request: Request, grant: Grant) -> Response:
    document = await run_in_threadpool(live.document, request.state.project, grant.document)
    return JSONResponse(await run_in_threadpool(document.overview), headers=_NO_STORE)


async def _words(request: Request, grant: Grant) -> Response:
    number, language = request.path_params["page"], request.query_params.get("language", "en")

    def work() -> dict[str, Any] | None:
        found = live.document(request.state.project, grant.document).page(number)
        return None if found is None else page_to_json(*found, language)

    body = await run_in_threadpool(work)
    if body is None:
        return _error(404, f"Page {number} has not been read yet.")
    return JSONResponse(body, headers=_NO_STORE)


async def _image(request: Request, grant: Grant) -> Response:
    from storage.pages import image_path

    number = request.path_params["page"]
    kind: Literal["page", "thumb"] = "thumb" if request.query_params.get("kind") == "thumb" else "page"
    document = await run_in_threadpool(live.document, request.state.project, grant.document)
    if not 1 <= number <= document.pages:
        return _error(404, "There is no such page.")

    def work() -> Path:
        return image_path(request.state.project, grant.document, number, kind=kind)

    path = await run_in_threadpool(work)
    return FileResponse(path, headers={"Cache-Control": "private, max-age=3600"})


async def _decisions(request: Request, grant: Grant) -> Response:
    edits = await _edits(request)
    if isinstance(edits, Response):
        return edits
    language = request.query_params.get("language", "en")
    return await run_in_threadpool(_store, request.state.project, grant, edits, language)


async def _edits(request: Request) -> list[Any] | Response:
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MAX_BYTES:
            return _error(413, "Too many decisions at once.")
    try:
        body = json.loads(bytes(raw))
    except ValueError:
        return _error(422, "The request is not JSON.")
    edits = body.get("edits") if isinstance(body, dict) else None
    if not isinstance(edits, list) or not 1 <= len(edits) <= MAX_EDITS:
        return _error(422, f"The request holds 1 to {MAX_EDITS} decisions.")
    return edits


def _store(project: Project, grant: Grant, edits: list[Any], language: str) -> Response:
    """Each decision is a transaction of its own: what is acknowledged survives a power cut."""
    acks: list[dict[str, Any]] = []
    key = None
    try:
        document = live.document(project, grant.document)
        for data in edits:
            key = data.get("key") if isinstance(data, dict) else None
            ack = document.decide(parse(data, document.sizes()), grant.actor)
            acks.append({"key": ack.event.key, "seq": ack.event.seq, "at": ack.event.at})
            if ack.page is not None:
                found = document.page(ack.page)
                acks[-1]["page"] = None if found is None else page_to_json(*found, language)
    except InkveilError as error:
        return JSONResponse(
            {"acks": acks, "error": error.message, "key": key if isinstance(key, str) else None},
            status_of(error),
            headers=_NO_STORE,
        )
    return JSONResponse({"acks": acks}, headers=_NO_STORE)


def _error(status: int, message: str) -> JSONResponse:
    return JSONResponse({"error": message}, status, headers=_NO_STORE)


def _folder(data_dir: Folder) -> Path:
    if data_dir is None:
        return Path(os.environ.get("INKVEIL_DATA") or "data").absolute()
    return data_dir() if callable(data_dir) else data_dir


@lru_cache(maxsize=64)
def _project(data_dir: Path, name: str) -> Project:
    return Project.open(data_dir, name)
