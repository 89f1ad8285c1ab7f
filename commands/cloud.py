"""`inkveil cloud`: what may leave this machine, what it cost, which documents stay; `inkveil estimate`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Final

import click

from commands.base import Context, actor, common, listed, open_project, password_of
from model.errors import UsageError


@click.group(invoke_without_command=True)
@common
def cloud(context: Context) -> None:
    """What may leave this machine, and what it has cost so far. Nothing may, unless it is said here."""
    if click.get_current_context().invoked_subcommand is not None:
        return
    _answer(context)


@cloud.command()
@common
@click.argument("engine")
@click.option("--region", default="", help="Where the provider works on the images, where it does not say.")
@click.option("--every-page", is_flag=True, help="It reads every page; else only where it is chosen.")
@click.option(
    "--set", "options", multiple=True, metavar="NAME=VALUE", help="A setting: model=..., samples=3."
)
def allow(context: Context, engine: str, region: str, every_page: bool, options: tuple[str, ...]) -> None:
    """Switches ENGINE on for this project, at the address that it has now (an administrator)."""
    from workflow import cloud as rules

    chosen = rules.options_of(options)
    allowance = rules.allow(
        open_project(context), engine, actor(), region=region, every_page=every_page, options=chosen
    )
    context.say(f"{engine} sends images of pages to {allowance.provider} ({allowance.host}) from now on.")
    _answer(context)


@cloud.command()
@common
@click.argument("engine")
def forbid(context: Context, engine: str) -> None:
    """Switches ENGINE off for this project (an administrator)."""
    from workflow import cloud as rules

    rules.forbid(open_project(context), engine, actor())
    _answer(context)


@cloud.command()
@common
@click.argument("dollars")
def budget(context: Context, dollars: str) -> None:
    """US dollars that this project's calls may cost together, or `none`; none is made that would pass it."""
    from workflow import cloud as rules

    try:
        amount = None if dollars == "none" else float(dollars)
    except ValueError:
        raise UsageError(f"{dollars} is no amount: write 20, or none.") from None
    rules.set_budget(open_project(context), amount, actor())
    _answer(context)


@cloud.command(name="local-only")
@common
@click.argument("document")
@click.option("--off", is_flag=True, help="Takes the mark back (an administrator).")
def local_only(context: Context, document: str, off: bool) -> None:
    """Marks DOCUMENT: no page of it leaves this machine, whatever is switched on."""
    from workflow import cloud as rules

    rules.set_local_only(open_project(context), document, not off, actor())
    _answer(context)


@click.command()
@common
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--engines", "names", default="", help="Comma-separated; default: what fits each page.")
@click.option("--languages", default="", help="Comma-separated ISO codes (en,fr,ja,ja-vert).")
@click.option("--password-file", type=click.Path(path_type=Path), help="The PDFs' password is in it.")
@click.option("--processes", type=click.IntRange(1, 64), help="Default: one a core.")
def estimate(
    context: Context, files: tuple[Path, ...], names: str, languages: str, password_file: Path | None,
    processes: int | None,
) -> None:  # fmt: skip
    """What reading FILES would take, page by engine, in seconds and US dollars. Reads nothing."""
    from workflow import reading

    password = password_of(password_file)
    wanted = reading.wanted_of_files(files, listed(names), listed(languages), password)
    project = open_project(context) if context.data.is_dir() else None
    found = reading.estimate(project, wanted, processes=processes)
    answer = {
        "engines": [asdict(part) for part in found.parts],
        "seconds": round(found.seconds, 3), "cost": round(found.cost, 6),
        "budget_left": found.budget, "too_dear": found.too_dear,
    }  # fmt: skip
    lines = [
        f"{p.engine:<20} {p.reason}" if p.reason else
        f"{p.engine:<20} {p.pages:>5} pages  {p.seconds:>8.0f} s  {p.cost:>9.4f} USD  "
        + (f"as {p.measured} readings here took" if p.measured else "a usual time, none read here yet")
        for p in found.parts
    ]  # fmt: skip
    lines.append(f"Together about {found.seconds:.0f} s and {found.cost:.4f} USD.")
    if found.too_dear:
        lines.append(f"That would pass the budget: {found.budget:.2f} USD are left.")
    context.answer(answer, "\n".join(lines))


def _answer(context: Context) -> None:
    from workflow.cloud import overview

    found = overview(open_project(context))
    lines = [
        f"{e['name']:<20} {e['provider']}, {e['host']}, {e['region'] or 'region unknown'}"
        f"{', every page' if e['every_page'] else ''}"
        for e in found["engines"]
    ] or ["Nothing leaves this machine."]
    limit = "no limit" if found["budget"] is None else f"of {found['budget']:.2f}"
    lines.append(f"{found['spent']:.4f} USD spent ({limit}), {found['requests']} requests")
    lines += [f"local-only: {name}" for name in found["local_only"]]
    context.answer(found, "\n".join(lines))


COMMANDS: Final = (cloud, estimate)
