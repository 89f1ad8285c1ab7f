"""With whom exports are signed: chosen for the project or for one call, opened for as long as it is used.

Passwords and PINs are never stored and never given on a command line: what is stored is the file they are in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from model.errors import UsageError
from storage import settings

if TYPE_CHECKING:
    from redaction.signing import Signing
    from storage.project import Project

SETTING: Final = "signing"
Kind = Literal["none", "local", "file", "token"]
KINDS: Final[tuple[Kind, ...]] = ("none", "local", "file", "token")


@dataclass(frozen=True, slots=True)
class Choice:
    """Who signs. `file`: PKCS#12, or PEM with `key`; `module`: a PKCS#11 library with `token` and `label`."""

    kind: Kind = "local"
    file: str = ""
    key: str = ""
    password_file: str = field(default="", repr=False)
    module: str = ""
    token: str = ""
    label: str = ""
    timestamp: str = ""
    """Address of an RFC 3161 server, or "" for none."""


def choice_from_json(data: Mapping[str, Any] | None) -> Choice:
    """Raises UsageError for a kind that there is not, or one that misses its file."""
    given = {k: str(v) for k, v in (data or {}).items() if k in Choice.__slots__ and v is not None}
    choice = Choice(**given)  # type: ignore[arg-type]
    if choice.kind not in KINDS:
        raise UsageError(f"Exports are signed by none of {choice.kind}: {', '.join(KINDS)}.")
    if choice.kind == "file" and not choice.file:
        raise UsageError("Name the file of the certificate (PKCS#12 or PEM).")
    if choice.kind == "token" and not (choice.module and choice.label):
        raise UsageError("A token needs its PKCS#11 module and the label of its certificate.")
    if choice.timestamp and not choice.timestamp.startswith(("http://", "https://")):
        raise UsageError("A time-stamp server is named by its address, http:// or https://.")
    return choice


def choice_to_json(choice: Choice) -> dict[str, str]:
    return {name: getattr(choice, name) for name in Choice.__slots__ if getattr(choice, name)}


def chosen(project: Project) -> Choice:
    """The project's choice; the local identity unless somebody chose otherwise."""
    return choice_from_json(settings.get(project, SETTING))


def choose(project: Project, choice: Choice, actor: str) -> None:
    """Stores the choice, after having looked whether one can sign so. Raises UsageError."""
    choice = choice_from_json(choice_to_json(choice))
    with opened(choice, project.path.parent):
        pass
    if choice != chosen(project):
        settings.set(project, SETTING, choice_to_json(choice), actor)


@contextmanager
def opened(choice: Choice, data: Path) -> Iterator[Signing | None]:
    """The signer while it is needed; None where nothing is to be signed. `data`: the data directory.

    Raises UsageError for anything that keeps it from signing, with nothing written.
    """
    if choice.kind == "none":
        yield None
        return
    from redaction.signing import Signing, from_files, local_identity
    from redaction.signing.token import token_identity

    url = choice.timestamp or None
    if choice.kind == "local":
        yield Signing(local_identity(data), url)
    elif choice.kind == "file":
        key = Path(choice.key) if choice.key else None
        yield Signing(from_files(Path(choice.file), key, _secret(choice)), url)
    else:
        with token_identity(
            Path(choice.module), choice.token or None, choice.label, _secret(choice)
        ) as identity:
            yield Signing(identity, url)


def _secret(choice: Choice) -> str | None:
    if not choice.password_file:
        return None
    path = Path(choice.password_file)
    try:
        return path.read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"The file with the password, {path.name}, can't be read.") from None


def local_certificate(data: Path) -> tuple[bytes, str]:
    """The local identity's certificate as PEM, to hand out, and its SHA-256 fingerprint."""
    from cryptography.hazmat.primitives.serialization import Encoding

    from redaction.signing import local_identity

    identity = local_identity(data)
    return bytes(identity.certificate.public_bytes(Encoding.PEM)), identity.fingerprint
