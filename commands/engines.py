"""The `inkveil engines` commands: which engines there are, and the licences that a project accepts."""

from __future__ import annotations

from typing import Final

import click

from commands.base import Context, actor, common, open_project


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

    project = open_project(context)
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
    found = registry.describe(accepted(open_project(context)) if there else ())
    lines = [
        f"{e['name']:<20} {(e['note'] or 'ready') if e['available'] else e['reason']}  "
        f"({', '.join(filter(None, (e['privacy'], e['region'])))}, boxes: {e['boxes']}"
        + (f", about {e['price']:.4f} USD a page)" if e["price"] else ")")
        for e in found
    ]
    context.answer({"engines": found}, "\n".join(lines))


COMMANDS: Final = (engines,)
