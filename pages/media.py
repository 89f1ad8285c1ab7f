"""Images and files for the pages by routes of our own: each address is signed and works on this server only.

Streamlit's /media answers anybody who knows the address and keeps everything in memory; these come
from the project's folder. An address is /inkveil/<kind>/...?t=<signature over the path>.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

_SECRET = secrets.token_bytes(32)


def signed(path: str) -> str:
    """The address with its signature: valid until the server ends."""
    return f"{path}?t={_signature(path)}"


def _signature(path: str) -> str:
    return hmac.new(_SECRET, path.encode(), hashlib.sha256).hexdigest()[:32]


def _granted(request: Request) -> bool:
    return hmac.compare_digest(request.query_params.get("t", ""), _signature(request.url.path))


def page_url(document_id: str, page: int, kind: str = "page") -> str:
    """Address of a page's image; kind as in storage.pages."""
    return signed(f"/inkveil/page/{document_id}/{page}/{kind}")


def routes() -> list[BaseRoute]:
    return [Route("/inkveil/page/{document}/{page:int}/{kind}", _page)]


def _page(request: Request) -> Response:
    from pages.common import project
    from storage.pages import image_path

    if not _granted(request):
        return PlainTextResponse("This address is no longer valid.", 403)
    values = request.path_params
    path = image_path(project(), values["document"], values["page"], kind=values["kind"])
    return FileResponse(path, headers={"Cache-Control": "private, max-age=3600"})
