"""The workbench's routes: words and images of a page by GET, decisions by POST, one acknowledgement each.

    GET  /inkveil/review/{project}/{document}/overview
    GET  /inkveil/review/{project}/{document}/pages/{page}          words of a page, ?language=en|ja
    GET  /inkveil/review/{project}/{document}/pages/{page}/image    ?kind=page|thumb
    POST /inkveil/review/{project}/{document}/decisions             {"edits": [...]}, 1 to 64, in order
    GET  /inkveil/review/{project}/{document}/pages/{page}/crop     ?box=x0,y0,x1,y1&height=
    GET  /inkveil/review/{project}/{document}/groups                ?text= or ?alike= for one group
    POST /inkveil/review/{project}/{document}/pages/{page}/lease    {"take": bool} or {"release": true}
    POST /inkveil/review/{project}/next                             which page to work on (review.sharing)
    GET  /inkveil/review/{project}/documents                        the project's documents in short

`language`, also of POST, is that of the sentences that say why a word is doubtful.
Every request carries the token of review.access in the header X-Inkveil-Token. Decisions are stored in
the order of the list up to the first that can't be; the answer holds `acks` of what was stored (the
same key again gets the same acknowledgement) and, after a refusal, `error` with the refused `key` under
the status of the error: 401/403 not let in or not allowed, 404 no such document, 409 the state does not
allow it, 413 too much at once, 422 malformed, 507 not stored because the disk is full. A decision that met
somebody else's on the same word is stored beside it: its acknowledgement says `contested` and holds the
page. A page is shown as the person may see it (blind entry). Who is refused is logged, without what they
sent. Nothing here knows Streamlit.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Awaitable, Callable, Mapping, Set
from functools import lru_cache, partial, wraps
from pathlib import Path
from typing import Any, Final, Literal

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from model.errors import Conflict, InkveilError, InputRefused, NotAllowed, StorageFailed, UsageError
from model.words import MergedPage, TranscriptPage, TranscriptSlot
from review import certify, groups, live, sharing
from review.access import Grant, Refused, check
from review.edits import parse
from review.queue import THRESHOLD, letter_size, mark, rank
from review.reasons import notes, sentence
from review.rules import Person, may_read
from review.session import UNDECIDED
from review.state import AS_DOUBTFUL
from storage.project import Project

PROJECT: Final = "/inkveil/review/{project}"
PREFIX: Final = PROJECT + "/{document}"
MAX_EDITS: Final = 64
MAX_BYTES: Final = 256 * 1024
_NO_STORE: Final = {"Cache-Control": "no-store"}
_log: Final = logging.getLogger("inkveil.access")

Handler = Callable[[Request], Awaitable[Response]]
Folder = Path | Callable[[], Path] | None


def routes(data_dir: Folder = None) -> list[BaseRoute]:
    """The routes over a data directory (default: $INKVEIL_DATA, else ./data, looked up at each request)."""

    def guarded(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        @wraps(handler)
        async def endpoint(request: Request) -> Response:
            try:
                grant = check(
                    _folder(data_dir), request.path_params["project"], request.headers, request.cookies
                )
                project = await run_in_threadpool(_project, _folder(data_dir), grant.project)
                request.state.project = project
                request.state.person = await run_in_threadpool(person_of, project, grant)
                return await handler(request)
            except Refused as refusal:
                log_refusal(request, refusal.status)
                return _error(refusal.status, refusal.message)
            except InkveilError as error:
                if isinstance(error, NotAllowed):
                    log_refusal(request, status_of(error))
                return _error(status_of(error), error.message)

        return endpoint

    return [
        Route(f"{PROJECT}/next", guarded(_next), methods=["POST"]),
        Route(f"{PROJECT}/documents", guarded(_documents)),
        Route(f"{PREFIX}/overview", guarded(_overview)),
        Route(f"{PREFIX}/pages/{{page:int}}", guarded(_words)),
        Route(f"{PREFIX}/pages/{{page:int}}/image", guarded(_image)),
        Route(f"{PREFIX}/pages/{{page:int}}/crop", guarded(_crop)),
        Route(f"{PREFIX}/groups", guarded(_groups)),
        Route(f"{PREFIX}/pages/{{page:int}}/lease", guarded(_lease), methods=["POST"]),
        Route(f"{PREFIX}/decisions", guarded(_decisions), methods=["POST"]),
    ]


def person_of(project: Project, grant: Grant) -> Person:
    """Who asks, with their role in the project as it is now. Raises NotAllowed for somebody without one."""
    from storage import people

    person = Person(grant.actor, "administrator" if grant.local else people.role(project, grant.actor))
    may_read(person)
    return person


def log_refusal(request: Request, status: int) -> None:
    """One line for the operator: which route refused, and nothing of what was sent."""
    route = request.scope.get("route")
    _log.warning("%s %s refused with %d", request.method, getattr(route, "path", "?"), status)


def status_of(error: InkveilError) -> int:
    """The HTTP status that a domain error is answered with."""
    if isinstance(error, live.UnknownDocument):
        return 404
    if isinstance(error, NotAllowed):
        return 403
    if isinstance(error, Conflict):
        return 409
    if isinstance(error, StorageFailed):
        return 507
    if isinstance(error, (UsageError, InputRefused)):
        return 422
    return 500


def page_to_json(
    page: TranscriptPage,
    merged: MergedPage,
    head: int,
    language: str = "en",
    personal: Set[str] = frozenset(),
) -> dict[str, Any]:
    """A page for the browser: quads as eight numbers in pixels of the page image, in reading order.

    `personal`: ids of the words in or beside a possible personal datum.
    """
    letter = letter_size(page.slots)
    own = {slot.id: slot.risk for slot in merged.slots}
    return {
        "page": page.page,
        "width": page.width,
        "height": page.height,
        "approved": page.approved,
        "head": head,
        "engines": list(merged.engines),
        "failures": [{"engine": f.engine, "message": f.message} for f in merged.failures],
        "notes": notes(merged, language),
        "unplaced": [{"text": u.text, "engine": u.engine} for u in merged.unplaced],
        "slots": [
            {**_slot(slot, letter, language, slot.id in personal), "expected": _expected(slot, own)}
            for slot in page.slots
        ],
    }


def _slot(slot: TranscriptSlot, letter: float, language: str, personal: bool) -> dict[str, Any]:
    return {
        "id": slot.id,
        "text": slot.text,
        "quad": [round(v, 1) for point in slot.quad.points for v in point],
        "line": slot.line,
        "risk": round(slot.risk, 3),
        "mark": mark(slot, letter),
        "rank": rank(slot, letter, personal),
        "personal": personal,
        "status": slot.status,
        "reasons": list(slot.reasons),
        "why": sentence(slot, language, often_wrong=THRESHOLD) if slot.status in UNDECIDED else "",
        "by": slot.decided_by or "",
        "candidates": [[c.text, list(c.engines), c.confidence] for c in slot.candidates],
        "vertical": slot.vertical,
        "seen": slot.decided_seq or 0,
    }


def _expected(slot: TranscriptSlot, own: Mapping[str, float]) -> float:
    """What the word adds to the errors still expected: a sampled one no more than it did before."""
    sampled = slot.risk == AS_DOUBTFUL and not slot.reasons
    return round(own.get(slot.id, slot.risk) if sampled else slot.risk, 3)


async def _overview(request: Request) -> Response:
    project, person = request.state.project, request.state.person

    def work() -> dict[str, Any]:
        document = live.document(project, request.path_params["document"])
        return sharing.shown(project, document, person)

    return JSONResponse(await run_in_threadpool(work), headers=_NO_STORE)


async def _words(request: Request) -> Response:
    number, language = request.path_params["page"], request.query_params.get("language", "en")

    def work() -> dict[str, Any] | None:
        document = live.document(request.state.project, request.path_params["document"])
        return _page(document, number, request.state.person, language)

    body = await run_in_threadpool(work)
    if body is None:
        return _error(404, f"Page {number} has not been read yet.")
    return JSONResponse(body, headers=_NO_STORE)


def _page(document: live.LiveDocument, number: int, person: Person, language: str) -> dict[str, Any] | None:
    """The page as this person may see it; None where nothing has been read."""
    found = document.page(number, person.name)
    return None if found is None else page_to_json(*found, language, document.personal(found[0]))


async def _next(request: Request) -> Response:
    wanted = await _body(request)
    if isinstance(wanted, Response):
        return wanted
    found = await run_in_threadpool(sharing.next_page, request.state.project, request.state.person, wanted)
    return JSONResponse(found or {}, headers=_NO_STORE)


async def _documents(request: Request) -> Response:
    rows = await run_in_threadpool(sharing.documents, request.state.project, request.state.person)
    return JSONResponse({"documents": rows}, headers=_NO_STORE)


async def _lease(request: Request) -> Response:
    wanted = await _body(request)
    if isinstance(wanted, Response):
        return wanted
    project, values = request.state.project, request.path_params

    def work() -> dict[str, Any]:
        document = live.document(project, values["document"])
        return sharing.lease(project, document, values["page"], request.state.person, wanted)

    return JSONResponse(await run_in_threadpool(work), headers=_NO_STORE)


async def _groups(request: Request) -> Response:
    person, text, like = (
        request.state.person,
        request.query_params.get("text"),
        request.query_params.get("alike"),
    )

    def work() -> dict[str, Any]:
        document = live.document(request.state.project, request.path_params["document"])
        if like is not None:
            return {"items": groups.alike(document, person.name, like)}
        if text is not None:
            return {"items": groups.members(document, person.name, text)}
        return {"groups": groups.groups(document, person.name)}

    return JSONResponse(await run_in_threadpool(work), headers=_NO_STORE)


async def _crop(request: Request) -> Response:
    wanted = request.query_params.get("height", "64")
    height = int(wanted) if wanted.isdecimal() and len(wanted) < 5 else 64

    def work() -> bytes:
        project = request.state.project
        document = live.document(project, request.path_params["document"])
        box = request.query_params.get("box", "")
        return groups.crop(project, document, request.path_params["page"], box, height)

    data = await run_in_threadpool(work)
    return Response(data, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})


async def _body(request: Request) -> dict[str, Any] | Response:
    """The request's JSON object, or the answer to one that is too long or none."""
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MAX_BYTES:
            return _error(413, "Too much at once.")
    try:
        body = json.loads(bytes(raw))
    except ValueError:
        body = None
    return body if isinstance(body, dict) else _error(422, "The request is not JSON.")


async def _image(request: Request) -> Response:
    from storage.pages import image_path

    number = request.path_params["page"]
    kind: Literal["page", "thumb"] = "thumb" if request.query_params.get("kind") == "thumb" else "page"
    document = await run_in_threadpool(live.document, request.state.project, request.path_params["document"])
    if not 1 <= number <= document.pages:
        return _error(404, "There is no such page.")

    def work() -> Path:
        return image_path(request.state.project, document.id, number, kind=kind)

    path = await run_in_threadpool(work)
    return FileResponse(path, headers={"Cache-Control": "private, max-age=3600"})


async def _decisions(request: Request) -> Response:
    body = await _body(request)
    if isinstance(body, Response):
        return body
    edits = body.get("edits")
    if not isinstance(edits, list) or not 1 <= len(edits) <= MAX_EDITS:
        return _error(422, f"The request holds 1 to {MAX_EDITS} decisions.")
    return await run_in_threadpool(_store, request, edits)


def _store(request: Request, edits: list[Any]) -> Response:
    """Each decision is a transaction of its own: what is acknowledged survives a power cut."""
    project, person = request.state.project, request.state.person
    language = request.query_params.get("language", "en")
    acks: list[dict[str, Any]] = []
    key = None
    try:
        document = live.document(project, request.path_params["document"])
        certified = partial(certify.shortfall, project, document.id)
        for data in edits:
            key = data.get("key") if isinstance(data, dict) else None
            ack = document.decide(parse(data, document.sizes()), person, certified)
            acks.append({"key": ack.event.key, "seq": ack.event.seq, "at": ack.event.at})
            if ack.contested:
                acks[-1]["contested"] = True
            if ack.page is not None:
                acks[-1]["page"] = _page(document, ack.page, person, language)
    except InkveilError as error:
        if isinstance(error, NotAllowed):
            log_refusal(request, status_of(error))
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
