"""`inkveil signing`: with whom exports are signed; and the options of a signature, for commands that sign."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from commands.base import (
    Context,
    actor,
    common,
    open_project,
)

if TYPE_CHECKING:
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

    project = open_project(context)
    if sign is not None:
        known.choose(project, sign, actor())
    answer: dict[str, Any] = dict(known.choice_to_json(known.chosen(project)))
    if known.chosen(project).kind == "local" or certificate is not None:
        pem, answer["fingerprint"] = known.local_certificate(context.data)
        if certificate is not None:
            write_atomically(certificate, pem)
    context.answer(answer, "\n".join(f"{k}: {v}" for k, v in answer.items()))


COMMANDS: Final = (signing,)
