"""The application: `streamlit run app.py`. Builds `app` from the navigation, the routes and the headers.

Nothing else lives here: pages/shell/navigation.py runs for each visit and leads to the pages;
pages/media.py, pages/judging.py and review/routes.py answer the requests that are not Streamlit's own.
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages import judging, media
from pages.shell import late
from review import personal
from review import routes as workbench
from workflow.personal import places

HERE = Path(__file__).resolve().parent


def content_security_policy() -> str:
    """What a page may load: this server only. Inline scripts by hash, no eval, no foreign frame.

    Streamlit's index.html has one inline script; its hash is taken from the installed file. Styles
    are written by emotion at run time, so they stay inline; `blob:` scripts are Components v2.
    """
    index = (Path(st.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    inline = re.findall(r"<script>(.*?)</script>", index, re.DOTALL)
    hashes = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in inline]
    return "; ".join(
        (
            "default-src 'self'",
            "script-src 'self' blob: " + " ".join(f"'sha256-{h}'" for h in hashes),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


class Guard:
    """Refuses a foreign Host on every route and sends the security headers with every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.headers = {
            "Content-Security-Policy": content_security_policy(),
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        if not allowed(Headers(scope=scope).get("host"), st.get_option("server.allowedHosts")):
            await self._refuse(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self.headers)
                if "access-control-allow-origin" in headers:
                    del headers["access-control-allow-origin"]
            await send(message)

        await self.app(scope, receive, with_headers)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        await PlainTextResponse("This host name is not allowed.", 400)(scope, receive, send)


def allowed(host: str | None, names: Any) -> bool:
    """Whether the Host header (with or without port) names one of `names`; an empty list allows none."""
    match = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::\d{1,5})?", host or "")
    return match is not None and match.group(1).lower().rstrip(".").strip("[]") in {
        str(name).lower().strip("[]") for name in names or ()
    }


personal.use(places)
late.ignore()

app = st.App(
    HERE / "pages" / "shell" / "navigation.py",
    routes=[*media.routes(), *judging.routes(), *workbench.routes()],
    middleware=[Middleware(Guard)],
)
