"""The `inkveil` commands that measure: score, evaluate, calibrate."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from commands.base import (
    Context,
    actor,
    common,
    listed,
    read_json,
    read_text,
)
from model.errors import InputRefused, UsageError


@click.command()
@common
@click.option("--truth", type=click.Path(path_type=Path), help='A page\'s truth, or {"regions": [...]}.')
@click.option("--prediction", type=click.Path(path_type=Path), help="What was read, as text.")
@click.option(
    "--cases", "cases_file", type=click.Path(path_type=Path), help="Many regions and predictions in JSON."
)
def score(context: Context, truth: Path | None, prediction: Path | None, cases_file: Path | None) -> None:
    """How right a transcription is: the published metrics, and corrected ones beside them."""
    from evaluation import cases

    if truth and prediction and not cases_file:
        regions = cases.regions_from_json(read_json(truth), truth.name)
        found = cases.one_case(regions, read_text(prediction))
        context.answer(found, cases.one_case_text(found))
    elif cases_file and not truth and not prediction:
        found = cases.all_cases(cases.cases_from_json(read_json(cases_file), cases_file.name))
        context.answer(found, cases.all_cases_text(found))
    else:
        raise UsageError("Give either --truth truth.json and --prediction P.txt, or --cases cases.json.")


@click.command()
@common
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--engines", "names", help="Comma-separated; default: what fits each page, or all recorded.")
@click.option(
    "--readings",
    type=click.Path(path_type=Path),
    help="A folder of recorded readings, instead of reading now.",
)
@click.option("--processes", type=click.IntRange(1, 64), help="Default: one a core, at most one a page.")
@click.option("--out", type=click.Path(path_type=Path), help="A folder for JSON, CSV files and plots (SVG).")
def evaluate(
    context: Context,
    folder: Path,
    names: str | None,
    readings: Path | None,
    processes: int | None,
    out: Path | None,
) -> None:
    """Engines, merge and risk against pages with ground truth: tables and plots."""
    from evaluation import report
    from evaluation.evaluate import evaluate as measure

    chosen = listed(names)
    result = measure(
        folder, readings=readings, engines=chosen, processes=processes, data=context.data, on_page=context.say
    )
    if out:
        for path in report.write(result, out):
            context.say(f"{path} written")
    context.answer(result.to_json(), report.tables(result))
    if not any(page.merged.text.pages for page in result.pages):
        raise InputRefused(f"{folder}: none of its pages could be measured.", file=str(folder))


@click.command()
@common
@click.option("--document", help="Only this document's corrections; default: all of the project's.")
def calibrate(context: Context, document: str | None) -> None:
    """Refits the risk from the corrections made so far; kept only where held-back pages get better."""
    from workflow.calibrate import calibrate as refit

    result = refit(context.data, document, actor=actor())
    context.answer(result.to_json(), result.message)


COMMANDS: Final = (score, evaluate, calibrate)
