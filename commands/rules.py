"""The `inkveil` commands about redacting: profiles, models, reasons, versions, pseudonyms, four eyes."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from commands.base import Context, actor, common, open_project
from model.errors import Unreadable

if TYPE_CHECKING:
    from redaction.profiles import Profile


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

    project = open_project(context)
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
@click.argument("name", required=False)
@click.option("--set", "chosen", help="The project's profile from now on: a name or a TOML file.")
@click.option("--out", type=click.Path(path_type=Path), help="A copy as TOML, to make one of your own of it.")
def profiles(context: Context, name: str | None, chosen: str | None, out: Path | None) -> None:
    """The profiles; with NAME or a TOML file what one covers, and what it does not."""
    from redaction import profiles as known
    from redaction.export import write_atomically

    if chosen is not None:
        known.choose(open_project(context), known.load(chosen), actor())
    if name is not None or out is not None:
        now = known.of(open_project(context))
        profile = now if name in (None, now.name) else known.load(str(name))
        if out is not None:
            write_atomically(out, profile.source.encode())
        context.answer(profile.to_json(), f"{out} written" if out is not None else _profile_text(profile))
        return
    now = known.of(open_project(context))
    every = [known.builtin(n) for n in known.BUILTIN] + ([now] if now.own else [])
    rows = [{"name": p.name, "title": p.title, "own": p.own, "chosen": p.digest == now.digest} for p in every]
    lines = [f"{'*' if r['chosen'] else ' '} {r['name']:<12} {r['title']}" for r in rows]
    context.answer({"profiles": rows}, "\n".join(lines))


def _profile_text(profile: Profile) -> str:
    """A profile for people: the types with threshold, reason and label, then the law's own list."""
    from redaction.profiles import TYPES

    lines = [profile.title, profile.description, ""]
    for kind in TYPES:
        rule = profile.rule(kind)
        label = f"  [{rule.label}]" if rule.label else ""
        said = f"from {rule.threshold:.2f}  {rule.reason}{label}" if rule.enabled else "not looked for"
        lines.append(f"{kind:<22} {said}")
    lines += ["", "What a person has to look for is marked 'not covered'."] if profile.identifiers else []
    words = {"yes": "covered", "partly": "partly covered", "no": "not covered"}
    for item in profile.identifiers:
        lines += ["", f"{item.id}  {item.title}".strip(), f"    {words[item.covered]}: {item.not_covered}"]
        if item.types:
            lines[-1] = f"    {words[item.covered]}: {', '.join(item.types)}"
        lines += [f"    note: {item.note}"] if item.note else []
    return "\n".join(lines)


@click.command()
@common
@click.option("--set", "chosen", help="The project's models from now on, comma-separated; none: no model.")
@click.option("--get", "wanted", help="Downloads a model of the hub (clinical:NAME, gliner:NAME), once.")
@click.option("--allow", "host", help="Another machine that may see texts of the project, by its host.")
@click.option("--forbid", "no_host", help="Takes that back.")
@click.option("--stay", "stay", help="A document that never leaves this machine, whatever is allowed.")
@click.option("--may-leave", "leave", help="Takes that mark off a document.")
def models(
    context: Context, chosen: str | None, wanted: str | None, host: str | None, no_host: str | None,
    stay: str | None, leave: str | None,
) -> None:  # fmt: skip
    """Opt-in models that look for personal data: their state, and what may leave this machine for them."""
    from workflow import models as known

    if wanted is not None:
        known.download(wanted, context.say)
    known.change(
        context.data, actor(), chosen=chosen, allow=host, forbid=no_host, stay=stay, leave=leave
    )  # fmt: skip
    answer = known.listed(context.data)
    kinds = [f"{k['kind']:<10} {k['reason'] or 'installed'}" for k in answer["kinds"]]
    rows = [f"* {m['model']}  {m['reason'] or m['note'] or 'ready'}" for m in answer["models"]]
    lines = [*kinds, *(rows or ["No model is switched on."])]
    lines += [f"May see texts: {name}" for name in answer["hosts"]]
    lines += [f"Stays here: {name}" for name in answer["stay"]]
    context.answer(answer, "\n".join(lines))


@click.command()
@common
@click.option(
    "--set", "file", type=click.Path(path_type=Path), help="A version as JSON, as this command shows."
)
@click.option("--remove", help="The name of a version that is no longer wanted.")
def versions(context: Context, file: Path | None, remove: str | None) -> None:
    """The versions that one review is exported as: what stays readable, labels, pseudonyms, Bates numbers."""
    from redaction import versions as known

    project = open_project(context)
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

    project = open_project(context)
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

    project = open_project(context)
    count, left = confirm_all(project, document, actor())
    answer: dict[str, Any] = {"confirmed": count, "left": left}
    context.answer(answer, f"{count} boxes confirmed, {left} still seen by one person only")


COMMANDS: Final = (profiles, models, reasons, versions, pseudonyms, confirm)
