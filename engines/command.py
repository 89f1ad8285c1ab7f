"""Any program as an engine: `COMMAND --input in.json --output out.json` (Modal, NDLOCR, one's own script).

    in.json   {"images": [base64], "language": "en", "languages": ["en"], "settings": {...}}
    out.json  {"results": [RESULT]}, where RESULT is a text, or
              {"text": ..., "words": [{"text", "box", "confidence"}]}, or
              {"error": {"kind": ..., "message": ..., "retry_after": seconds}}

`box` is [x0, y0, x1, y1] or four corners [[x, y], ...], in pixels of the image that was given. `kind` is one
of model.errors.FailureKind. A text that begins with "ERROR:" is an error, too, as scripts write it. An
engine's profile is a TOML file with `kind = "command"` beside those of models (engines.openai_compatible);
which command it is, and who sees the image ("local", or a provider), says whoever configures it. A command is
trusted as this program is: `local` is a promise about it, and nothing here holds it to that.
"""

from __future__ import annotations

import hashlib
import json
import shlex
import shutil
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final, NoReturn, get_args

from engines.base import BoxKind, PageImage, Price
from engines.command_answers import parse
from engines.profile_files import profiles
from engines.remote import child, secrets
from engines.remote.engine import Remote
from engines.remote.failures import BadAnswer
from engines.remote.parsed import Answer, Ask, Connection, Parsed
from engines.remote.sent import Fit, send
from model.errors import FailureKind, UsageError
from storage.cloud import Limits

KEY_VARIABLE: Final = "INKVEIL_ENGINE_KEY"
UNDECLARED: Final = "undeclared"
LONGEST_MESSAGE: Final = 200
LARGEST_SCRIPT: Final = 1_000_000
SAID: Final[Mapping[str, str]] = {
    "auth": "the key was refused",
    "rate_limit": "the provider's limit is reached",
    "transient": "its command says that it failed for now",
    "bad_input": "its command refused the image or a setting",
    "bad_output": "its command says that it could not read the page",
    "unavailable": "its command says that something is missing",
}


@dataclass(frozen=True)
class CommandProfile:
    """One command: what it takes and what it gives."""

    name: str
    title: str
    kind: str = "command"
    command: str = ""
    """With its arguments, parted as a shell does; no shell runs it."""
    provider: str = ""
    """Who sees the image; "local" for nobody. Where it is empty, whoever configures the engine has to say."""
    region: str = ""
    boxes: BoxKind = "word"
    confidence: bool = True
    native: bool = True
    """False where a language model states its boxes."""
    model: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Handed on as `settings`."""
    environment: tuple[str, ...] = ()
    """Private variables that the command needs (its own token, say)."""
    install: str = ""
    """What must be there; said where no command is configured."""
    fit: Fit = field(default_factory=lambda: Fit(format="png"))
    price: Price = field(default_factory=Price)
    limits: Limits = field(default_factory=Limits)
    licence: str = ""
    languages: tuple[str, ...] = ()
    vertical: bool = False
    handwriting: bool = True


class Command(Remote):
    """One command by its profile."""

    package = "json"  # the standard library's: nothing has to be installed here
    api = "command/1"

    def __init__(self, profile: CommandProfile) -> None:
        self.profile = profile
        self.name = self.section = profile.name
        self.title = profile.title
        self.boxes: BoxKind = profile.boxes
        self.confidence, self.native = profile.confidence, profile.native
        self.fit, self.limits = profile.fit, profile.limits
        self.languages, self.vertical = profile.languages, profile.vertical
        self.handwriting = profile.handwriting

    @property
    def provider(self) -> str:  # type: ignore[override]
        """As declared; "undeclared" where nobody has said who sees the image, and then nothing runs."""
        said = secrets.value(self.name, "provider") or self.profile.provider or UNDECLARED
        return "local" if said.lower() == "local" else said

    def command(self) -> list[str]:
        """The program and its arguments. Raises ValueError for a quotation mark without its partner."""
        return shlex.split(secrets.value(self.name, "command") or self.profile.command)

    def connection(self) -> Connection:
        return Connection(key=secrets.secret(self.name, "key"))

    def missing(self, connection: Connection) -> str | None:  # noqa: ARG002 - of all engines
        variable = f"INKVEIL_{self.name.upper()}"
        try:
            command = self.command()
        except ValueError:
            return f"{variable}_COMMAND has a quotation mark without its partner."
        if not command:
            needs = f" It needs {self.profile.install}" if self.profile.install else ""
            return f"No command: set {variable}_COMMAND.{needs}"
        if shutil.which(command[0]) is None:
            return f"There is no program {Path(command[0]).name}: {variable}_COMMAND."
        if self.provider == UNDECLARED:
            return (
                f"Nobody has said who sees the image: set {variable}_PROVIDER to local or a provider's name."
            )
        return None

    def region(self) -> str:
        return secrets.value(self.name, "region") or self.profile.region

    def host(self) -> str:
        """The program's name and a digest of the whole command: another command needs another allowance."""
        try:
            command = self.command()
        except ValueError:
            command = []
        digest = hashlib.sha256("\0".join(command).encode()).hexdigest()[:8]
        return f"{Path(command[0]).name}#{digest}" if command else ""

    def price(self) -> Price:
        return self.profile.price

    def ask(self, page: PageImage, options: Mapping[str, Any]) -> Ask:  # noqa: ARG002 - of all engines
        settings = {"command": _digest(self.command()), "settings": dict(self.profile.settings)}
        return Ask(send(page, self.fit), self.profile.model or self.name, settings, page.languages)

    def call(self, ask: Ask, connection: Connection, seconds: float) -> Answer:
        asked = {
            "images": [ask.image.base64],
            "language": ask.languages[0] if ask.languages else "",
            "languages": list(ask.languages),
            "settings": ask.settings["settings"],
        }
        key = {KEY_VARIABLE: connection.key.reveal()} if connection.key else {}
        environment = child.environment(self.profile.environment, key)
        written, code = child.answer(self.command(), json.dumps(asked).encode(), environment, seconds)
        raw = _json(written, code)
        if code != 0:
            _error_in(raw, connection)
            raise _ended(code)
        _error_in(raw, connection)
        return Answer(raw)

    def read(self, answer: Answer, ask: Ask) -> Parsed:
        return parse(answer.raw, self.boxes, languages=ask.languages)


class Reported(BadAnswer):
    """An error that the command itself reported; `headers` as engines.remote.failures looks for a wait."""

    def __init__(self, kind: FailureKind, message: str, retry_after: Any) -> None:
        super().__init__(message, kind)
        number = isinstance(retry_after, int | float) and not isinstance(retry_after, bool)
        self.headers = {"retry-after": f"{retry_after:g}"} if number else {}


def _digest(command: Sequence[str]) -> str:
    """Of the command and of what stands in the scripts it names, so that a changed script asks anew."""
    digest = hashlib.sha256("\0".join(command).encode())
    for part in command[1:]:
        path = Path(part)
        try:
            if path.is_file() and path.stat().st_size <= LARGEST_SCRIPT:
                digest.update(path.read_bytes())
        except (OSError, ValueError):
            continue
    return digest.hexdigest()


def _json(written: bytes, code: int) -> Any:
    """The JSON of an answer. Raises BadAnswer, for a command that failed with its exit code."""
    try:
        return json.loads(written, parse_constant=_no_number)
    except (ValueError, RecursionError):
        pass
    if code != 0:
        raise _ended(code)
    raise BadAnswer("its command wrote no answer" if not written else "its answer is no whole JSON")


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _ended(code: int) -> BadAnswer:
    if code < 0:
        return BadAnswer(f"its command was ended by signal {-code}", "transient")
    kind: FailureKind = "unavailable" if code in (126, 127) else "bad_output"
    return BadAnswer(f"its command ended with exit code {code}", kind)


def _error_in(raw: Any, connection: Connection) -> None:
    """Raises Reported for an error, for the whole or for the page.

    Its message is repeated only where something is missing, without the key: others may hold the page's text.
    """
    results = raw.get("results") if isinstance(raw, Mapping) else None
    first = results[0] if isinstance(results, list) and results else None
    found: Any = None
    for part in (raw, first):
        if isinstance(part, Mapping) and part.get("error") is not None:
            found = part["error"]
    text = first.get("text") if isinstance(first, Mapping) else first
    if isinstance(text, str) and text.lstrip().startswith("ERROR:"):
        raise Reported("bad_output", "its command reported an error in place of text", None)
    if found is None:
        return
    told = found if isinstance(found, Mapping) else {}
    said = told.get("kind")
    kind: FailureKind = said if said in get_args(FailureKind) else "bad_output"  # type: ignore[assignment]
    message = SAID[kind]
    if kind == "unavailable" and isinstance(told.get("message"), str):
        line = " ".join("".join(c if c.isprintable() else " " for c in told["message"]).split())
        message += ": " + str(secrets.scrub(line, [connection.key]))[:LONGEST_MESSAGE].rstrip(".")
    raise Reported(kind, message, told.get("retry_after"))


# -- profiles -----------------------------------------------------------------------------------------------

TABLES: Final[Mapping[str, type]] = {"fit": Fit, "price": Price, "limits": Limits}


def engine(name: str) -> Command:
    """The engine of a profile. Raises UsageError where its file does not fit."""
    path = profiles()[name]
    try:
        return Command(profile_of(name, tomllib.loads(path.read_text("utf-8"))))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UsageError(f"The profile {path.name} does not fit: {error}.", file=str(path)) from None


def profile_of(name: str, data: Mapping[str, Any]) -> CommandProfile:
    """A profile from its TOML table. Raises ValueError, TypeError that name what does not fit."""
    unknown = set(data) - ({f.name for f in fields(CommandProfile)} - {"name"})
    if unknown:
        raise ValueError(f"there is no {', '.join(sorted(unknown))}")
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
    profile = CommandProfile(
        name=name, **{k: TABLES[k](**v) if k in TABLES else v for k, v in values.items()}
    )
    if profile.boxes not in get_args(BoxKind):
        raise ValueError(f"boxes are word, line, block or none, not {profile.boxes}")
    return profile
