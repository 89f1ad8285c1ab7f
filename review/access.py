"""Who may use the workbench's routes: tokens bound to a signed-in session, and the request's origin.

Streamlit checks neither sign-in nor cross-site forgery on an application's own routes, so the page
that mounts the workbench issues a token and the routes demand it in a header. A token names project,
document, person and session, ends after twelve hours, and holds only for the host and the browser
(its XSRF cookie) that it was issued to. It is signed with a secret that lies in the project's folder,
so it survives a restart of the server and the browser can deliver what it kept meanwhile. Where people
sign in, it ends with the sign-in.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

HEADER: Final = "x-inkveil-token"
XSRF_COOKIE: Final = "_streamlit_xsrf"
LOGIN_COOKIE: Final = "_streamlit_user"
SECONDS: Final = 12 * 3600


@dataclass(frozen=True, slots=True)
class Grant:
    """What a valid token allows: work on the project's documents in one person's name."""

    project: str
    actor: str
    session: str
    local: bool = True
    """No sign-in is configured: this is the one person at the machine."""


class Refused(Exception):
    """The request is not let in. `status` 401: another token may help; 403: it may not."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def issue(
    project: Path,
    *,
    actor: str,
    session: str,
    local: bool = True,
    host: str = "",
    cookies: Mapping[str, str] | None = None,
    now: float = 0,
) -> str:
    """A token for the project in folder `project`. `cookies`: those of the browser that opened the page."""
    cookies = cookies or {}
    body = {
        "project": project.name,
        "actor": actor,
        "session": session,
        "local": local,
        "host": host,
        "browser": _browser(cookies.get(XSRF_COOKIE) or ""),
        "login": login_of(cookies),
        "until": int((now or time.time()) + SECONDS),
        "nonce": secrets.token_hex(8),
    }
    raw = json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
    return f"{_encode(raw)}.{_encode(_sign(project, raw))}"


def check(
    data_dir: Path,
    project: str,
    headers: Mapping[str, str],
    cookies: Mapping[str, str],
    *,
    now: float = 0,
) -> Grant:
    """What the request may do. Raises Refused; the message never repeats what was sent."""
    same_origin(headers)
    folder = data_dir / project
    body = _opened(folder, headers.get(HEADER, "")) if _plain(project) and folder.is_dir() else None
    if body is None or body.get("project") != project:
        raise Refused(401, "This page was opened too long ago. Reload it to go on; nothing is lost.")
    if float(str(body.get("until", 0))) < (now or time.time()):
        raise Refused(401, "The session has ended. Reload the page to go on; nothing is lost.")
    if body.get("host") and body["host"] != headers.get("host"):
        raise Refused(403, "This address is not the one that the page was opened under.")
    if body.get("browser") and body["browser"] != _browser(cookies.get(XSRF_COOKIE, "")):
        raise Refused(401, "This browser is not the one that opened the page. Reload the page to go on.")
    if body.get("login") and body["login"] != login_of(cookies):
        raise Refused(401, "You have signed out, or as somebody else. Reload the page to go on.")
    return Grant(project, str(body["actor"]), str(body["session"]), bool(body.get("local")))


def same_origin(headers: Mapping[str, str]) -> None:
    """Raises Refused (403) for a request that another site's page made."""
    site = headers.get("sec-fetch-site", "same-origin")
    origin = headers.get("origin")
    if site not in {"same-origin", "none"} or (
        origin is not None and urlsplit(origin).netloc != headers.get("host")
    ):
        raise Refused(403, "Requests from other sites are refused.")


def login_of(cookies: Mapping[str, str]) -> str:
    """What names a sign-in: a digest of Streamlit's login cookie, "" where nobody is signed in.

    A long cookie comes in pieces, each with its number behind the name (streamlit.auth_util).
    """
    parts = sorted(
        (name, value)
        for name, value in cookies.items()
        if name == LOGIN_COOKIE or name.removeprefix(f"{LOGIN_COOKIE}_").isdecimal()
    )
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32] if parts else ""


def _plain(name: str) -> bool:
    return bool(name) and not name.startswith(".") and not any(c in name for c in "/\\\0:")


def _browser(cookie: str) -> str:
    """What stays the same in Streamlit's XSRF cookie: `2|mask|masked token|time`, masked anew each time."""
    parts = cookie.split("|")
    if len(parts) != 4 or parts[0] != "2":
        return hashlib.sha256(cookie.encode()).hexdigest()[:32] if cookie else ""
    try:
        mask, masked = binascii.a2b_hex(parts[1]), binascii.a2b_hex(parts[2])
    except ValueError:
        return ""
    token = bytes(b ^ mask[i % 4] for i, b in enumerate(masked)) if len(mask) == 4 else b""
    return hashlib.sha256(token).hexdigest()[:32]


def _opened(folder: Path, token: str) -> dict[str, object] | None:
    raw64, _, signature64 = token.partition(".")
    try:
        raw, signature = _decode(raw64), _decode(signature64)
        if not hmac.compare_digest(signature, _sign(folder, raw)):
            return None
        body = json.loads(raw)
    except (ValueError, OSError):
        return None
    return body if isinstance(body, dict) else None


def _sign(folder: Path, raw: bytes) -> bytes:
    return hmac.new(secret(folder), raw, hashlib.sha256).digest()


def secret(project: Path) -> bytes:
    """The project's secret, of at least 32 bytes; `project` is its folder. It never leaves the server."""
    return _secret(project / "review.key")


def _secret(file: Path) -> bytes:
    """The project's secret; made at the first use, readable by its owner only."""
    for _ in range(2):
        try:
            found = file.read_bytes()
        except FileNotFoundError:
            fresh = file.with_suffix(f".{secrets.token_hex(8)}")
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                os.write(descriptor, secrets.token_bytes(32))
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            try:
                os.link(fresh, file)  # whoever is second takes the first one's
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
        else:
            if len(found) >= 32:
                return found
            raise OSError("the project's secret is cut short")
    return file.read_bytes()


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
