"""Images and files for the pages by routes of our own: each address is signed and works on this server only.

Streamlit's /media answers anybody who knows the address and keeps everything in memory; these come
from the project's folder. An address is /inkveil/<kind>/...?t=<signature over the path>.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from functools import lru_cache, wraps
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from model.errors import InkveilError
from review.access import login_of

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
_SECRET = secrets.token_bytes(32)


def signed(path: str) -> str:
    """The address with its signature: valid until the server, or the sign-in, ends."""
    from pages.identity import cookies

    return f"{quote(path)}?t={_signature(path, cookies())}"


def page_url(document_id: str, page: int, kind: str = "page") -> str:
    """Address of a page's image; kind as in storage.pages."""
    return signed(f"/inkveil/page/{document_id}/{page}/{kind}")


def result_url(document_id: str, export: int, page: int) -> str:
    """Address of a page of a finished PDF, as an image."""
    return signed(f"/inkveil/result/{document_id}/{export}/{page}")


def file_url(document_id: str, export: int, name: str) -> str:
    """Address of a file of an export: "pdf", "certificate", "report" or a transcript's file name."""
    return signed(f"/inkveil/file/{document_id}/{export}/{name}")


def sample_url(name: str) -> str:
    """Address of a sample's thumbnail."""
    return signed(f"/inkveil/sample/{name}")


def _signature(path: str, cookies: Mapping[str, str]) -> str:
    """Where people sign in, an address ends with the sign-in that it was made for."""
    return hmac.new(_SECRET, f"{login_of(cookies)} {path}".encode(), hashlib.sha256).hexdigest()[:32]


def guarded(answer: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """Refuses an address without its signature, and turns our errors into answers."""

    @wraps(answer)
    def checked(request: Request) -> Response:
        if not hmac.compare_digest(
            request.query_params.get("t", ""), _signature(request.url.path, request.cookies)
        ):
            return PlainTextResponse("This address is no longer valid. Load the page again.", 403)
        try:
            return answer(request)
        except (InkveilError, FileNotFoundError, StopIteration):
            return PlainTextResponse("There is no such file.", 404)

    return checked


def routes() -> list[BaseRoute]:
    """What app.py mounts. The endpoints are plain functions, so Starlette runs them in threads."""
    return [
        Route("/inkveil/page/{document}/{page:int}/{kind}", guarded(_page)),
        Route("/inkveil/result/{document}/{export:int}/{page:int}", guarded(_result)),
        Route("/inkveil/file/{document}/{export:int}/{name}", guarded(_file)),
        Route("/inkveil/sample/{name}", guarded(_sample)),
    ]


def _image(path: Path) -> Response:
    return FileResponse(path, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})


def _page(request: Request) -> Response:
    from pages.common import project
    from storage.pages import image_path

    values = request.path_params
    return _image(image_path(project(), values["document"], values["page"], kind=values["kind"]))


def _result(request: Request) -> Response:
    from pages.common import project
    from workflow.results import page_image

    values = request.path_params
    return _image(page_image(project(), values["document"], values["export"], values["page"]))


def _file(request: Request) -> Response:
    from pages.common import project
    from workflow.results import file

    values = request.path_params
    path, name, media_type = file(project(), values["document"], values["export"], values["name"])
    return FileResponse(
        path, media_type=media_type, filename=name, headers={"Cache-Control": "private, no-store"}
    )


@lru_cache(maxsize=16)
def _thumbnail(name: str) -> bytes:
    from PIL import Image

    with Image.open(SAMPLES / Path(name).name) as image:
        small = image.convert("RGB")
        small.thumbnail((360, 480))
    out = BytesIO()
    small.save(out, "JPEG", quality=85)
    return out.getvalue()


def _sample(request: Request) -> Response:
    headers = {"Cache-Control": "private, max-age=3600"}
    return Response(_thumbnail(request.path_params["name"]), media_type="image/jpeg", headers=headers)
