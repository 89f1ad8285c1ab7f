"""The `inkveil engines` commands: which engines there are, and the licences that a project accepts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from cli_base import Context, actor, common

if TYPE_CHECKING:
    from storage.project import Project


@click.group(invoke_without_command=True)
@common
def engines(context: Context) -> None:
    """Every engine: available or why not, local or which provider."""
    if click.get_current_context().invoked_subcommand is None:
        _answer(context)


@engines.command()
@common
@click.argument("engine")
@click.option("--off", is_flag=True, help="Takes the acceptance back.")
def accept(context: Context, engine: str, off: bool) -> None:
    """Accepts the licence of ENGINE for this project (an administrator); only then it reads."""
    from workflow import licences

    project = _project(context)
    if off:
        licences.withdraw(project, engine, actor())
        context.say(f"{engine} reads no further page of this project.")
    else:
        licence = licences.accept(project, engine, actor())
        context.say(f"{licence.licence} is accepted for {engine} in this project: {licence.address}")
    _answer(context)


def _answer(context: Context) -> None:
    from engines import registry
    from workflow.licences import accepted

    # Listing makes no project: where there is none, nothing has been accepted.
    there = (context.data / "default").is_dir()
    found = registry.describe(accepted(_project(context)) if there else ())
    lines = [
        f"{e['name']:<20} {(e['note'] or 'ready') if e['available'] else e['reason']}  "
        f"({', '.join(filter(None, (e['privacy'], e['region'])))}, boxes: {e['boxes']}"
        + (f", about {e['price']:.4f} USD a page)" if e["price"] else ")")
        for e in found
    ]
    context.answer({"engines": found}, "\n".join(lines))


def _project(context: Context) -> Project:
    from storage.project import Project

    return Project.open(context.data)


COMMANDS: Final = (engines,)
