"""The `inkveil` commands about the documents of a project: add, list, export, audit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from commands.base import (
    Context,
    actor,
    common,
    listed,
    password_of,
)
from commands.options import CERTIFICATE, MODE
from commands.signing import signing_options
from model.errors import InkveilError, InputRefused, VerificationFailed

if TYPE_CHECKING:
    from workflow.signing import Choice


@click.command()
@common
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--languages", help="Comma-separated ISO codes; default: suggested from the first page.")
@click.option("--password-file", type=click.Path(path_type=Path))
def add(context: Context, files: tuple[Path, ...], languages: str | None, password_file: Path | None) -> None:
    """Documents in. A refused file never stops the others; the exit code is then 3."""
    from storage import documents
    from storage.project import Project
    from workflow import team
    from workflow.state import plural

    project = Project.open(context.data)
    added, refused = [], []
    password = password_of(password_file)
    for file in files:
        try:
            document = documents.add(
                project,
                file,
                file.name,
                actor=actor(),
                password=password,
                languages=listed(languages) or None,
            )
        except InkveilError as error:
            refused.append({"file": file.name, "kind": type(error).__name__, "message": error.message})
            context.say(error.message)
            continue
        team.begin(project, document.id, actor())
        added.append(document)
    rows = [
        {"id": d.id, "name": d.name, "pages": d.pages, "sha256": d.sha256, "duplicate": d.duplicate}
        for d in added
    ]
    lines = [
        f"{d.id}  {d.name}  {plural(d.pages, 'page')}{'  already there' if d.duplicate else ''}"
        for d in added
    ]
    context.answer({"documents": rows, "refused": refused}, "\n".join(lines))
    if refused:
        raise SystemExit(InputRefused.exit_code)


@click.command(name="list")
@common
def list_(context: Context) -> None:
    """The documents, newest first, with what is left to do."""
    from workflow.documents import overview
    from workflow.state import plural

    rows = overview(context.data)
    lines = [f"{r['id']}  {r['name']}  {plural(r['pages'], 'page')}  {r['state']}" for r in rows]
    context.answer({"documents": rows}, "\n".join(lines) or "No documents.")


@click.command()
@common
@click.argument("document")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The folder to write to.")
@click.option("--formats", default="pdf", show_default=True, help="pdf,txt,json,hocr,alto,page,csv")
@click.option("--mode", type=MODE, default="preserve", show_default=True)
@click.option("--certificate", type=CERTIFICATE, default="pages", show_default=True)
@click.option("--version", default="public", show_default=True, help="As `inkveil versions` lists them.")
@signing_options
def export(
    context: Context,
    document: str,
    out: Path,
    formats: str,
    mode: str,
    certificate: str,
    version: str,
    sign: Choice | None,
) -> None:
    """The redacted PDF, its certificate and the transcript (redacted alike) of a document."""
    from workflow.documents import export_to

    result = export_to(
        context.data,
        document,
        out,
        formats=listed(formats),
        mode="flatten" if mode == "flatten" else "preserve",
        certificate=certificate,
        version=version,
        actor=actor(),
        sign=sign,
    )
    context.answer(result, "\n".join(result["files"]))


@click.command()
@common
@click.argument("document")
@click.option("--verify", "check", is_flag=True, help="Only check the chain of hashes.")
def audit(context: Context, document: str, check: bool) -> None:
    """A document's history: who decided what, when; and whether the chain of hashes holds."""
    from workflow.documents import history

    result = history(context.data, document)
    lines = (
        [] if check else [f"{e['seq']:>5}  {e['at']}  {e['actor']:<12} {e['kind']}" for e in result["events"]]
    )
    context.answer(result, "\n".join([*lines, result["message"]]))
    if not result["ok"]:
        raise SystemExit(VerificationFailed.exit_code)


COMMANDS: Final = (add, list_, export, audit)
