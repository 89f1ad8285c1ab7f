"""The `inkveil` command: the same functions as the pages, without a browser.

Standard output carries the result (with --json one JSON object), standard error progress and messages.
Exit codes: 0 done; 2 wrong usage; 3 input refused; 4 engine failed; 5 verification failed.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from commands import burning, cloud, documents, engines, files, measuring, people, rules, signing
from commands.base import Context, common
from model.errors import InkveilError, InputRefused, UsageError

LATER = "belongs to a later version"
DEFAULT_PORT = 8501


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="inkveil")
def inkveil() -> None:
    """Review and redaction of scanned and handwritten documents.

    Exit codes: 0 done; 2 wrong usage; 3 input refused; 4 engine failed; 5 verification failed,
    nothing written.
    """


for module in (files, burning, documents, rules, signing, engines, cloud, people, measuring):
    for command in module.COMMANDS:
        inkveil.add_command(command)


# -- the application and its worker ------------------------------------------------------------------


@inkveil.command()
@common
@click.option("--port", type=click.IntRange(0, 65535), default=DEFAULT_PORT, show_default=True)
def serve(context: Context, port: int) -> None:
    """The web application and its worker."""
    from workflow.server import serve as run

    raise SystemExit(run(context.data, port, context.say))


@inkveil.command()
@common
@click.option("--scheduler", help=f"A Dask scheduler (tcp://...): {LATER}.")
@click.option("--once", is_flag=True, help="End when nothing is missing.")
@click.option("--processes", type=click.IntRange(1, 64), help="Default: one a core.")
def worker(context: Context, scheduler: str | None, once: bool, processes: int | None) -> None:
    """Recognises what is missing, on this machine."""
    if scheduler:
        raise UsageError(f"--scheduler {LATER}.")
    from engines.worker import run_worker
    from workflow.warm import Keeper

    with contextlib.nullcontext() if once else Keeper(context.data):
        done = run_worker(context.data, processes=processes, once=once, on_progress=context.say)
    context.answer({"done": done}, f"{done} readings made")


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs the command and ends the process with its exit code."""
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s"
    )
    given = list(sys.argv[1:] if arguments is None else arguments)
    Context.answered = False
    try:
        inkveil.main(args=given, prog_name="inkveil", standalone_mode=False)
        code = 0
    except InkveilError as error:
        code = error.exit_code
        kind, message = type(error).__name__, error.message
    except click.ClickException as error:
        error.show()
        sys.exit(UsageError.exit_code)
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except MemoryError:
        code, kind = InputRefused.exit_code, "OverLimit"
        message = "The file needs more memory than there is."
    except Exception as error:  # the last resort: no traceback reaches a user
        if os.environ.get("INKVEIL_DEBUG"):
            raise
        code, kind = 1, "Fault"
        message = f"This is a fault of Inkveil ({type(error).__name__}); INKVEIL_DEBUG=1 shows where."
    if code:
        click.echo(message, err=True)
        if "--json" in given and not Context.answered:
            click.echo(json.dumps({"error": {"kind": kind, "message": message}}, ensure_ascii=False))
    sys.exit(code)


if __name__ == "__main__":
    main()
