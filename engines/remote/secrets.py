"""Keys and addresses of providers: from the environment, else from .streamlit/secrets.toml. Never shown.

    [engines.azure]                      INKVEIL_AZURE_ENDPOINT, INKVEIL_AZURE_KEY
    endpoint = "https://....cognitiveservices.azure.com"
    key = "..."

A Secret prints as dots, cannot be pickled or copied into JSON, and `scrub` takes its text out of whatever
came back from a server, so that no key reaches a log, an error, the database or a Reading.
"""

from __future__ import annotations

import ipaddress
import logging
import os
import tomllib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit

FILES: Final = (
    Path(".streamlit/secrets.toml"),
    Path(__file__).resolve().parents[2] / ".streamlit" / "secrets.toml",
    Path.home() / ".streamlit" / "secrets.toml",
)
"""Where Streamlit looks as well; the first that has the section's value counts."""
DOTS: Final = "•••"


class Secret:
    """A key. `reveal` is called where a client is made, and nowhere else."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return DOTS

    __str__ = __repr__

    def __format__(self, _: str) -> str:
        return DOTS

    def __bool__(self) -> bool:
        return bool(self._text)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not copied")


def value(section: str, name: str, *others: str) -> str:
    """A provider's value that is no secret (an address, a project's number); empty where there is none.

    INKVEIL_<SECTION>_<NAME> comes first, then `others` (the provider's own variables), then the file.
    """
    for variable in (f"INKVEIL_{section}_{name}".upper(), *others):
        found = os.environ.get(variable, "").strip()
        if found:
            return found
    for path in FILES:
        found = str(_table(path, _changed(path)).get("engines", {}).get(section, {}).get(name, "")).strip()
        if found:
            return found
    return ""


def secret(section: str, name: str, *others: str) -> Secret:
    """The same for a key; a Secret that is false where there is none."""
    return Secret(value(section, name, *others))


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=8)
def _table(path: Path, changed: int) -> dict[str, Any]:
    """The file's tables; empty where there is no file, or one that is no TOML."""
    if not changed:
        return {}
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return table if isinstance(table.get("engines", {}), dict) else {}


def scrub(given: Any, secrets: Iterable[Secret]) -> Any:
    """Strings, lists and mappings with every key's text replaced by dots."""
    texts = [s.reveal() for s in secrets if len(s.reveal()) >= 6]
    return _scrubbed(given, texts) if texts else given


def _scrubbed(given: Any, texts: list[str]) -> Any:
    if isinstance(given, str):
        for text in texts:
            given = given.replace(text, DOTS)
        return given
    if isinstance(given, dict):
        return {_scrubbed(k, texts): _scrubbed(v, texts) for k, v in given.items()}
    if isinstance(given, list | tuple):
        return [_scrubbed(v, texts) for v in given]
    return given


def quiet(*names: str) -> None:
    """Sets these loggers and all below them to warnings: at lower levels SDKs log headers, keys included."""
    below = tuple(f"{name}." for name in names)
    for name in [*names, *(n for n in list(logging.root.manager.loggerDict) if n.startswith(below))]:
        logger = logging.getLogger(name)
        if logger.level < logging.WARNING:
            logger.setLevel(logging.WARNING)


def host(url: str) -> str:
    """Host and port of an address, without user, path and query."""
    parts = urlsplit(url if "//" in url else f"//{url}")
    name = parts.hostname or ""
    return f"{name}:{parts.port}" if parts.port else name


def loopback(url: str) -> bool:
    """Whether the address is this machine's own."""
    name = urlsplit(url if "//" in url else f"//{url}").hostname or ""
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def unsafe(url: str) -> str | None:
    """Why images and keys must not go to this address, or None: plain http is for this machine only."""
    try:
        parts = urlsplit(url)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        parts, port_is_fine = None, False
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname or not port_is_fine:
        return "Its address is no http(s) address."
    if parts.username or parts.password:
        return "Its address holds a name or password; keys go into their own setting."
    if parts.scheme == "http" and not loopback(url):
        return "Its address is not encrypted (http); only this machine's own may be."
    return None
