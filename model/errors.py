"""Inkveil's errors, one tree. Each says what happened, to which file and page, and what to do.

    InkveilError
    ├── UsageError              exit 2   the call itself is wrong
    ├── InputRefused            exit 3   the file can't be taken
    │   ├── Unreadable                   broken, empty, hostile or of no known kind
    │   ├── PasswordNeeded               encrypted, and no or a wrong password
    │   └── OverLimit                    bytes, pages or pixels beyond the limits
    ├── EngineFailed            exit 4   an engine gave no reading; a value, too: model.words.Failure
    ├── VerificationFailed      exit 5   an export could not be proved; nothing was written
    ├── StorageFailed           exit 3   disk full, project folder not writable; nothing half-written
    ├── LedgerBroken            exit 5   the hash chain of the audit trail does not hold
    ├── Conflict                exit 2   somebody else decided in the meantime
    └── NotAllowed              exit 2   the person's role, or the project's rules, do not allow it

A message is one or two sentences for the person at the screen: no recognised text, no traceback.
"""

from __future__ import annotations

from typing import Literal

FailureKind = Literal["auth", "rate_limit", "transient", "bad_input", "bad_output", "unavailable"]


class InkveilError(Exception):
    """Root of the tree. `exit_code` is what the command line ends with."""

    exit_code = 1

    def __init__(self, message: str, *, file: str | None = None, page: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.page = page

    def __str__(self) -> str:
        return self.message


class UsageError(InkveilError):
    """The command, option or argument does not exist or does not fit."""

    exit_code = 2


class InputRefused(InkveilError):
    """A file was not taken. Nothing of it was stored."""

    exit_code = 3


class Unreadable(InputRefused):
    """The bytes are no document that can be opened: empty, cut short, damaged or of another kind."""


class PasswordNeeded(InputRefused):
    """The PDF is encrypted and no password, or a wrong one, was given."""


class OverLimit(InputRefused):
    """The file has more bytes, pages or pixels than the limits allow."""


class EngineFailed(InkveilError):
    """An engine gave no reading of a page. `kind` decides whether trying again helps."""

    exit_code = 4

    def __init__(
        self,
        message: str,
        *,
        engine: str,
        kind: FailureKind,
        file: str | None = None,
        page: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, file=file, page=page)
        self.engine = engine
        self.kind: FailureKind = kind
        self.retry_after = retry_after


class VerificationFailed(InkveilError):
    """The finished file was attacked and something was found, so nothing was written."""

    exit_code = 5


class StorageFailed(InkveilError):
    """The project's folder can't be written: disk full, rights, gone. What was stored stays whole."""

    exit_code = 3


class LedgerBroken(InkveilError):
    """The audit trail's hash chain does not hold; the message names the first event that differs."""

    exit_code = 5


class Conflict(InkveilError):
    """The state changed between the reading and the writing of a decision."""

    exit_code = 2


class NotAllowed(InkveilError):
    """Against the person's role or a rule of the project (four eyes, blind entry, a target)."""

    exit_code = 2
