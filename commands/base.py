"""What the commands share: where the data is, how to answer, who is there, the project, small files."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from model.errors import Unreadable

if TYPE_CHECKING:
    from storage.project import Project


class Context:
    """What every command shares: where the data is and how to answer."""

    answered = False

    def __init__(self, as_json: bool, data: Path) -> None:
        self.as_json = as_json
        self.data = data

    def answer(self, result: dict[str, Any], text: str) -> None:
        """The result on standard output: as one JSON object, or as text for people."""
        click.echo(json.dumps(result, ensure_ascii=False) if self.as_json else text)
        Context.answered = True

    def say(self, message: str) -> None:
        click.echo(message, err=True)


def common(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --json and --data, and hands a Context over as first argument."""

    @click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
    @click.option(
        "--data",
        type=click.Path(path_type=Path, file_okay=False),
        default=lambda: Path(os.environ.get("INKVEIL_DATA") or "data"),
        show_default="$INKVEIL_DATA, else ./data",
        help="The data directory.",
    )
    def wrapped(as_json: bool, data: Path, **arguments: Any) -> Any:
        return command(Context(as_json, data), **arguments)

    wrapped.__name__ = command.__name__
    wrapped.__doc__ = command.__doc__
    wrapped.__click_params__ = [  # type: ignore[attr-defined]
        *getattr(wrapped, "__click_params__", []),
        *getattr(command, "__click_params__", []),
    ]
    return wrapped


def actor() -> str:
    """The operating system's user, or "local" where there is no name."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "local"


def read_bytes(path: Path) -> bytes:
    """A file's bytes. Raises Unreadable with the system's reason."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise Unreadable(f"{path.name}: can't be read ({error.strerror}).", file=path.name) from None


def read_text(path: Path) -> str:
    """A file's text, which must be UTF-8. Raises Unreadable."""
    try:
        return read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable(f"{path.name}: not a text file in UTF-8.", file=path.name) from None


def password_of(path: Path | None) -> str | None:
    """The password that stands in a file, without the line's end; None without a file."""
    return read_text(path).rstrip("\r\n") if path else None


def listed(value: str | None) -> tuple[str, ...]:
    """The parts of "a, b"; none of nothing."""
    return tuple(part.strip() for part in (value or "").split(",") if part.strip())


def read_json(path: Path) -> Any:
    """A JSON file's value. Raises Unreadable."""
    try:
        return json.loads(read_text(path))
    except (json.JSONDecodeError, RecursionError):
        raise Unreadable(f"{path.name}: not valid JSON.", file=path.name) from None


def write_json(path: Path, value: Any) -> None:
    """Writes a value as JSON, whole or not at all."""
    from redaction.export import write_atomically

    write_atomically(path, (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode())


def open_project(context: Context) -> Project:
    """The project of the data directory."""
    from storage.project import Project

    return Project.open(context.data)
