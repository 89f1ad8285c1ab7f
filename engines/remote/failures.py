"""What SDKs, HTTP clients and servers raise, as EngineFailed with its kind (model.errors.FailureKind).

One mapper for all engines. It looks at statuses, gRPC codes and names of classes and imports no SDK. Messages
are our own words: what a server wrote is not repeated, since it may hold a key or the page's text.
"""

from __future__ import annotations

import email.utils
import re
import time
from collections.abc import Iterable, Mapping
from typing import Any, Final

from engines.remote.patience import OutOfTime
from model.errors import EngineFailed, FailureKind

STATUSES: Final[Mapping[int, FailureKind]] = {
    400: "bad_input", 401: "auth", 402: "auth", 403: "auth", 404: "unavailable", 405: "unavailable",
    408: "transient", 409: "transient", 410: "unavailable", 413: "bad_input", 415: "bad_input",
    422: "bad_input", 425: "transient", 429: "rate_limit", 500: "transient", 502: "transient",
    503: "transient", 504: "transient", 529: "transient",
}  # fmt: skip
GRPC: Final[Mapping[str, int]] = {
    "INVALID_ARGUMENT": 400, "FAILED_PRECONDITION": 400, "OUT_OF_RANGE": 400, "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403, "NOT_FOUND": 404, "UNIMPLEMENTED": 404, "RESOURCE_EXHAUSTED": 429,
    "CANCELLED": 500, "UNKNOWN": 500, "INTERNAL": 500, "DATA_LOSS": 500, "ABORTED": 503, "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}  # fmt: skip
GRPC_NUMBERS: Final[Mapping[int, str]] = {
    1: "CANCELLED", 2: "UNKNOWN", 3: "INVALID_ARGUMENT", 4: "DEADLINE_EXCEEDED", 5: "NOT_FOUND",
    7: "PERMISSION_DENIED", 8: "RESOURCE_EXHAUSTED", 9: "FAILED_PRECONDITION", 10: "ABORTED",
    11: "OUT_OF_RANGE", 12: "UNIMPLEMENTED", 13: "INTERNAL", 14: "UNAVAILABLE", 15: "DATA_LOSS",
    16: "UNAUTHENTICATED",
}  # fmt: skip
AWS: Final[Mapping[str, int]] = {
    "UnrecognizedClientException": 401, "InvalidSignatureException": 401, "InvalidClientTokenId": 401,
    "SignatureDoesNotMatch": 401, "IncompleteSignature": 401, "MissingAuthenticationToken": 401,
    "ExpiredTokenException": 401, "ExpiredToken": 401, "AccessDeniedException": 403, "OptInRequired": 403,
    "ThrottlingException": 429, "Throttling": 429, "ProvisionedThroughputExceededException": 429,
    "TooManyRequestsException": 429, "LimitExceededException": 429, "DocumentTooLargeException": 413,
}  # fmt: skip
"""Codes of Amazon's services, whose statuses are 400 or 500 for most of them."""
TIMED_OUT: Final = ("timeout", "deadlineexceeded", "outoftime")
NOT_REACHED: Final = (
    "connect", "servicerequesterror", "serviceresponseerror", "protocolerror", "readerror", "writeerror",
    "incompleteread", "chunkedencoding", "retryerror", "networkerror", "transporterror",
)  # fmt: skip
KEY_TROUBLE: Final = ("invalidoperation", "defaultcredentials", "refresherror", "authenticationerror")
LONGEST_WAIT: Final = 3600.0


class BadAnswer(Exception):
    """The server answered, but not with a reading. `message`: the end of "{title} answered page 7 ..."."""

    def __init__(self, message: str, kind: FailureKind = "bad_output", status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.kind: FailureKind = kind
        self.status = status


def failed(error: BaseException, *, engine: str, title: str, page: int) -> EngineFailed:
    """The EngineFailed for whatever a client raised. `page`: 0 where a text was asked about."""
    if isinstance(error, EngineFailed):
        return error
    kind, what, status = _what(error)
    retry_after = retry_seconds(error) if kind in ("rate_limit", "transient") else None
    said = f" ({status})" if status else ""
    begun = f"Page {page} could not be read by {title}" if page else f"{title} said nothing about the text"
    return EngineFailed(
        f"{begun}: {what}{said}.",
        engine=engine, kind=kind, page=page, retry_after=retry_after,
    )  # fmt: skip


def from_code(code: Any) -> BadAnswer:
    """The failure for a status inside an answer: an HTTP status, a gRPC number or name."""
    status = _status_of(code) or 500
    kind = STATUSES.get(status, "transient" if status >= 500 else "bad_input")
    return BadAnswer(_words(kind, status), kind, status)


def _what(error: BaseException) -> tuple[FailureKind, str, int | None]:
    if isinstance(error, BadAnswer):
        return error.kind, error.message, error.status
    names = [c.__name__.lower() for e in _chain(error) for c in type(e).__mro__]
    status = next((s for s in map(status_of, _chain(error)) if s is not None), None)
    if isinstance(error, OutOfTime) or (
        status in (None, 504) and any(mark in name for name in names for mark in TIMED_OUT)
    ):
        return "transient", "it did not answer in time", status
    if status is not None and status >= 400:
        kind = STATUSES.get(status, "transient" if status >= 500 else "bad_input")
        return kind, _words(kind, status), status
    own = type(error).__name__.lower()
    if any(mark in own for mark in KEY_TROUBLE):
        return "auth", _words("auth", 401), None
    if "decod" not in own and (
        isinstance(error, OSError) or any(mark in name for name in names for mark in NOT_REACHED)
    ):
        return "transient", "it could not be reached, or the connection broke", None
    return "bad_output", f"its answer cannot be read ({type(error).__name__})", None


def _words(kind: FailureKind, status: int) -> str:
    if kind == "auth":
        return {
            402: "the account has no credit",
            403: "the key is not allowed to do this",
        }.get(status, "the key was refused")
    if kind == "rate_limit":
        return "the provider's limit is reached"
    if kind == "unavailable":
        return "there is no such service, model or version at its address"
    if kind == "bad_input":
        return "that is too large for it" if status == 413 else "it refused what was sent, or a setting"
    return "the service failed"


def status_of(error: BaseException) -> int | None:
    """The HTTP status of an error, wherever an SDK keeps it; gRPC codes as their HTTP statuses."""
    for name in ("status_code", "http_status", "code", "status"):
        found = getattr(error, name, None)
        if callable(found):
            try:
                found = found()
            except Exception:  # noqa: BLE001 - a method of a stranger's exception
                found = None
        status = _status_of(found)
        if status is not None:
            return status
    response = getattr(error, "response", None)
    if response is None:  # not `or`: an error's requests.Response is false
        response = getattr(error, "raw_response", None)
    if isinstance(response, Mapping):  # botocore.exceptions.ClientError
        said, how = response.get("Error"), response.get("ResponseMetadata")
        named = AWS.get(str(said.get("Code"))) if isinstance(said, Mapping) else None
        return named or (_status_of(how.get("HTTPStatusCode")) if isinstance(how, Mapping) else None)
    return _status_of(getattr(response, "status_code", None))


def _status_of(found: Any) -> int | None:
    name = getattr(found, "name", None)
    if isinstance(name, str) and name in GRPC:  # grpc.StatusCode, google.rpc.Code
        return GRPC[name]
    if isinstance(found, bool):
        return None
    if isinstance(found, int):
        if 100 <= found <= 599:
            return int(found)
        return GRPC[GRPC_NUMBERS[found]] if found in GRPC_NUMBERS else None
    if isinstance(found, str):
        if found.isdigit():
            return _status_of(int(found))
        return GRPC.get(found.upper())
    return None


def retry_seconds(error: BaseException) -> float | None:
    """Seconds that the server asked to wait: Retry-After, retry-after-ms, or Google's RetryInfo."""
    for one in _chain(error):
        for headers in _headers(one):
            wait = from_headers(headers)
            if wait is not None:
                return wait
        wait = _retry_info(one)
        if wait is not None:
            return wait
    return None


def from_headers(headers: Mapping[str, str]) -> float | None:
    """Retry-After as seconds or as a date (RFC 9110, 10.2.3), or retry-after-ms."""
    lower = {str(k).lower(): str(v) for k, v in headers.items()}
    try:
        if "retry-after-ms" in lower:
            return _bounded(float(lower["retry-after-ms"]) / 1000)
        if "retry-after" not in lower:
            return None
        text = lower["retry-after"].strip()
        if re.fullmatch(r"\d+(\.\d+)?", text):
            return _bounded(float(text))
        return _bounded(email.utils.parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None


def _bounded(seconds: float) -> float | None:
    return min(max(seconds, 0.0), LONGEST_WAIT) if seconds == seconds else None


def _headers(error: BaseException) -> Iterable[Mapping[str, str]]:
    for holder in (error, *(getattr(error, n, None) for n in ("response", "raw_response", "_response"))):
        headers = getattr(holder, "headers", None)
        if headers is not None and hasattr(headers, "items"):
            yield headers
    response = getattr(error, "response", None)
    how = response.get("ResponseMetadata") if isinstance(response, Mapping) else None
    if isinstance(how, Mapping) and isinstance(how.get("HTTPHeaders"), Mapping):  # botocore's
        yield how["HTTPHeaders"]


def _retry_info(error: BaseException) -> float | None:
    """google.rpc.RetryInfo, as a message (api_core) or as JSON (genai)."""
    details = getattr(error, "details", None)
    if callable(details):  # grpc.RpcError: a text
        return None
    if isinstance(details, Mapping):
        inner = details.get("error")
        details = inner.get("details") if isinstance(inner, Mapping) else None
    for detail in details if isinstance(details, list | tuple) else ():
        delay: Any = (
            detail.get("retryDelay") if isinstance(detail, Mapping) else getattr(detail, "retry_delay", None)
        )
        seconds = getattr(delay, "total_seconds", None)
        if callable(seconds):
            return _bounded(float(seconds()))
        if hasattr(delay, "seconds") and hasattr(delay, "nanos"):
            return _bounded(delay.seconds + delay.nanos / 1e9)
        if isinstance(delay, str) and re.fullmatch(r"\d+(\.\d+)?s", delay):
            return _bounded(float(delay[:-1]))
    return None


def _chain(error: BaseException) -> list[BaseException]:
    """The error and what it came from, at most eight of them."""
    found: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in found and len(found) < 8:
        found.append(current)
        current = current.__cause__ or current.__context__
    return found
