"""The `inkveil` commands about redacting: reasons, versions, pseudonyms, the second pair of eyes."""

from __future__ import annotations

import csv
import functools
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from cli_base import Context, actor, common
from model.errors import Unreadable

if TYPE_CHECKING:
    from storage.project import Project
    from workflow.signing import Choice


def signing_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options of a signature, and hands them over as `sign`: a Choice, or None without any."""

    @click.option("--sign", help="local (this installation's own identity), none, or a PKCS#12 or PEM file.")
    @click.option(
        "--sign-key", type=click.Path(path_type=Path), help="The key, where it is not in the PEM file."
    )
    @click.option(
        "--sign-password-file",
        type=click.Path(path_type=Path),
        help="The file's password, or the token's PIN.",
    )
    @click.option("--pkcs11", type=click.Path(path_type=Path), help="Sign with a token: its PKCS#11 library.")
    @click.option("--pkcs11-token", help="The token's name; default: the first one.")
    @click.option("--pkcs11-label", help="The name of its certificate and key.")
    @click.option("--timestamp", help="The address of a time-stamp server (RFC 3161).")
    @functools.wraps(command)
    def wrapped(
        *args: Any, sign: str | None, sign_key: Path | None, sign_password_file: Path | None,
        pkcs11: Path | None, pkcs11_token: str | None, pkcs11_label: str | None, timestamp: str | None,
        **arguments: Any,
    ) -> Any:  # fmt: skip
        from workflow.signing import choice_from_json

        choice = None
        if sign or pkcs11 or timestamp:
            kind = "token" if pkcs11 else sign if sign in ("none", "local") else "file" if sign else "local"
            told = {
                "kind": kind, "file": sign if kind == "file" else "", "key": sign_key,
                "password_file": sign_password_file, "module": pkcs11, "token": pkcs11_token,
                "label": pkcs11_label, "timestamp": timestamp,
            }  # fmt: skip
            choice = choice_from_json({k: v for k, v in told.items() if v})
        return command(*args, sign=choice, **arguments)

    return wrapped


def _project(context: Context) -> Project:
    from storage.project import Project

    return Project.open(context.data)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise Unreadable(f"{path.name}: can't be read as a text in UTF-8.", file=path.name) from None


@click.command()
@common
@click.option("--set", "file", type=click.Path(path_type=Path), help="A text: reason | label | legal basis.")
@click.option("--add", "offered", help="A set that Inkveil knows: foia, gdpr, uk_foi, japan, general.")
def reasons(context: Context, file: Path | None, offered: str | None) -> None:
    """The reasons that boxes may have, one a line: reason | label on the box | legal basis."""
    from model.errors import UsageError
    from redaction import reasons as known

    project = _project(context)
    if file is not None:
        known.set_reasons(project, _text(file).splitlines(), actor())
    if offered is not None:
        if offered not in known.SETS:
            raise UsageError(f"There is no set '{offered}': {', '.join(known.SETS)}.")
        lines = [r.line() for r in [*known.of(project), *known.SETS[offered]]]
        known.set_reasons(project, lines, actor())
    rows = [{"code": r.code, "label": r.label, "basis": r.basis} for r in known.of(project)]
    context.answer({"reasons": rows}, "\n".join(r.line() for r in known.of(project)))


@click.command()
@common
@click.option(
    "--set", "file", type=click.Path(path_type=Path), help="A version as JSON, as this command shows."
)
@click.option("--remove", help="The name of a version that is no longer wanted.")
def versions(context: Context, file: Path | None, remove: str | None) -> None:
    """The versions that one review is exported as: what stays readable, labels, pseudonyms, Bates numbers."""
    from redaction import versions as known

    project = _project(context)
    if file is not None:
        try:
            data = json.loads(_text(file))
        except (ValueError, RecursionError):
            data = None
        if not isinstance(data, dict):
            raise Unreadable(f"{file.name}: no version in it.", file=file.name)
        known.put(project, known.from_json(data), actor())
    if remove is not None:
        known.remove(project, remove, actor())
    rows = [known.to_json(v) for v in known.of(project)]
    context.answer({"versions": rows}, "\n".join(json.dumps(r, ensure_ascii=False) for r in rows))


@click.command()
@common
@click.option("--out", type=click.Path(path_type=Path), help="A CSV file, for whoever may know.")
def pseudonyms(context: Context, out: Path | None) -> None:
    """The key of the pseudonyms: who is [PERSON 1]. No exported file holds it."""
    from redaction.export import write_atomically
    from workflow.versions import key_csv, key_rows

    project = _project(context)
    rows = key_rows(project)
    if out is not None:
        write_atomically(out, key_csv(project))
        context.answer(
            {"pseudonyms": len(rows), "file": str(out)}, f"{len(rows)} pseudonyms written to {out}"
        )
        return
    text = io.StringIO()
    csv.writer(text, delimiter="\t", lineterminator="\n").writerows([r["pseudonym"], r["text"]] for r in rows)
    context.answer({"pseudonyms": rows}, text.getvalue().rstrip("\n") or "No pseudonyms.")


@click.command()
@common
@click.argument("document")
def confirm(context: Context, document: str) -> None:
    """Confirms, as a second person, the boxes of a document that others decided on."""
    from workflow.versions import confirm_all

    project = _project(context)
    count, left = confirm_all(project, document, actor())
    answer: dict[str, Any] = {"confirmed": count, "left": left}
    context.answer(answer, f"{count} boxes confirmed, {left} still seen by one person only")


@click.command()
@common
@click.option(
    "--certificate", type=click.Path(path_type=Path), help="Where the local identity's certificate goes."
)
@signing_options
def signing(context: Context, certificate: Path | None, sign: Choice | None) -> None:
    """With whom exports are signed; with options, from now on. The local identity's fingerprint."""
    from redaction.export import write_atomically
    from workflow import signing as known

    project = _project(context)
    if sign is not None:
        known.choose(project, sign, actor())
    answer: dict[str, Any] = dict(known.choice_to_json(known.chosen(project)))
    if known.chosen(project).kind == "local" or certificate is not None:
        pem, answer["fingerprint"] = known.local_certificate(context.data)
        if certificate is not None:
            write_atomically(certificate, pem)
    context.answer(answer, "\n".join(f"{k}: {v}" for k, v in answer.items()))


COMMANDS: Final = (reasons, versions, pseudonyms, confirm, signing)
