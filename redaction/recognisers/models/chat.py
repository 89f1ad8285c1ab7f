"""One question to a chat endpoint that speaks OpenAI's wire format, asked so that the text goes only there.

The standard library's HTTP client, because it follows no redirect and obeys no proxy variable: either
would carry a document's text to a machine that nobody allowed. A host counts as this machine only where
the connection that was made ends on a loopback address. What can go wrong is classified as of an engine
(auth, rate_limit, transient, bad_input, bad_output); no message holds the key, the text or the answer.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import math
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from model.errors import EngineFailed, FailureKind

MOST: Final = 4 * 1024 * 1024
"""Bytes of an answer."""
TRIES: Final = 2
LONGEST_WAIT: Final = 10.0
"""Seconds; a server that asks for more is not asked again."""


def here(host: str) -> bool:
    """Whether a name in an address means this machine: localhost or a loopback address."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a model answers, as `name` in messages. `seconds` are for one question with its answer."""

    name: str
    url: str
    model: str
    key: str = field(default="", repr=False)
    seconds: float = 120.0

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""


def ask(
    endpoint: Endpoint,
    system: str,
    text: str,
    *,
    plain: bool = False,
    sleep: Callable[[float], None] = time.sleep,
) -> str:
    """The model's answer as it came. Raises EngineFailed; what may pass by itself is tried twice."""
    body = {
        "model": endpoint.model,
        "messages": [{"role": "system", "content": system}, {"role": "user", "content": text}],
        "stream": False,
    }
    if not plain:
        body |= {"temperature": 0, "response_format": {"type": "json_object"}}
    for again in range(TRIES):
        try:
            return _content(endpoint, _post(endpoint, json.dumps(body).encode()))
        except EngineFailed as error:
            if not plain and error.kind == "bad_input":  # not every server knows these two settings
                return ask(endpoint, system, text, plain=True, sleep=sleep)
            wait = 1.0 if error.retry_after is None else error.retry_after
            if again + 1 == TRIES or error.kind not in ("rate_limit", "transient") or wait > LONGEST_WAIT:
                raise
            sleep(wait)
    raise AssertionError("unreachable")


def _post(endpoint: Endpoint, body: bytes) -> bytes:
    """The bytes of an answer with status 200."""
    parts = urlsplit(endpoint.url)
    until = time.monotonic() + endpoint.seconds
    local = here(endpoint.host)
    if parts.scheme != "https" and not local:
        raise _failed(endpoint, "is on another machine, so its address has to be https", "unavailable")
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(
            endpoint.host, parts.port, timeout=endpoint.seconds, context=ssl.create_default_context()
        )
    else:
        connection = http.client.HTTPConnection(endpoint.host, parts.port, timeout=endpoint.seconds)
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if endpoint.key:
        headers["Authorization"] = f"Bearer {endpoint.key}"
    try:
        connection.connect()
        if local and not here(connection.sock.getpeername()[0].split("%")[0]):
            raise _failed(endpoint, "has the name of this machine but is another one", "unavailable")
        connection.request("POST", f"{parts.path.rstrip('/')}/chat/completions", body, headers)
        connection.sock.settimeout(max(until - time.monotonic(), 0.01))
        response = connection.getresponse()
        data = _read(endpoint, connection, response, until)
        if response.status != 200:
            raise _refused(endpoint, response)
        return data
    except EngineFailed:
        raise
    except TimeoutError as error:
        raise _failed(endpoint, f"gave no answer within {endpoint.seconds:g} seconds", "transient") from error
    except ssl.SSLCertVerificationError as error:
        raise _failed(endpoint, "shows a certificate that does not hold", "unavailable") from error
    except http.client.IncompleteRead as error:
        raise _failed(endpoint, "broke off in the middle of its answer", "transient") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _failed(endpoint, f"can't be reached ({type(error).__name__})", "transient") from error
    finally:
        connection.close()


def _read(
    endpoint: Endpoint,
    connection: http.client.HTTPConnection,
    response: http.client.HTTPResponse,
    until: float,
) -> bytes:
    """The whole body, however slowly it comes, until the question's time is over."""
    data = bytearray()
    while True:
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        if connection.sock is not None:  # closed by the client itself where the answer ends the connection
            connection.sock.settimeout(left)
        part = response.read1(65536)
        if not part:
            break
        data += part
        if len(data) > MOST:
            raise _failed(endpoint, "answered with far more than was asked for", "bad_output")
    if response.length:
        raise http.client.IncompleteRead(bytes(data), response.length)
    return bytes(data)


_STATUS: Final[dict[int, tuple[str, FailureKind]]] = {
    401: ("wants another key: INKVEIL_LLM_KEY", "auth"),
    403: ("does not let this key in: INKVEIL_LLM_KEY", "auth"),
    404: ("knows no such model or address", "unavailable"),
    408: ("gave no answer in its own time", "transient"),
    413: ("takes no text of this length", "bad_input"),
    429: ("asks to wait: too many questions, or the account is used up", "rate_limit"),
}


def _refused(endpoint: Endpoint, response: http.client.HTTPResponse) -> EngineFailed:
    status = response.status
    if status in _STATUS:
        what, kind = _STATUS[status]
    elif 300 <= status < 400:
        what, kind = "points to another address, and no text is sent there", "unavailable"
    elif status >= 500:
        what, kind = "is out of order", "transient"
    else:
        what, kind = "refused the question", "bad_input"
    return _failed(endpoint, f"{what} (HTTP {status})", kind, _seconds(response.getheader("Retry-After")))


def _seconds(told: str | None) -> float | None:
    try:
        seconds = float(told or "")
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _content(endpoint: Endpoint, data: bytes) -> str:
    """The text of the first choice, where it is whole."""
    try:
        answer: Any = json.loads(data)
    except (ValueError, RecursionError):
        page = data.lstrip()[:1] == b"<"
        what = "answered with a web page" if page else "answered with JSON that can't be read"
        raise _failed(endpoint, f"{what}; is the address right?", "bad_output") from None
    try:
        choice = answer["choices"][0]
        message = choice["message"]
        reason, refusal, content = choice.get("finish_reason"), message.get("refusal"), message.get("content")
    except (KeyError, IndexError, TypeError, AttributeError):
        raise _failed(endpoint, "answered in another format than a chat's", "bad_output") from None
    if refusal or reason == "content_filter":
        raise _failed(endpoint, "refused to look at the text", "bad_output")
    if reason == "length":
        raise _failed(endpoint, "was cut off before its answer ended", "bad_output")
    if not isinstance(content, str) or not content.strip():
        raise _failed(endpoint, "gave an empty answer", "bad_output")
    return content


def _failed(
    endpoint: Endpoint, what: str, kind: FailureKind, retry_after: float | None = None
) -> EngineFailed:
    return EngineFailed(f"{endpoint.name} {what}.", engine=endpoint.name, kind=kind, retry_after=retry_after)
