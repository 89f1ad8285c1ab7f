"""The `inkveil` commands about one file, without the database: read, merge, detect."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click

from commands.base import (
    Context,
    actor,
    common,
    listed,
    password_of,
    read_json,
    read_text,
    write_json,
)
from commands.options import MODELS, PROFILE
from model.errors import EngineFailed, UsageError


@click.command()
@common
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--engines", "names", help="Comma-separated; default: what fits the page.")
@click.option("--languages", help="Comma-separated ISO codes (en,fr,ja,ja-vert); default: suggested.")
@click.option("--password-file", type=click.Path(path_type=Path), help="The PDF's password is in it.")
@click.option("--processes", type=click.IntRange(1, 64), help="Default: one a core, at most one a page.")
@click.option("--out", type=click.Path(path_type=Path), help="Where pages.json goes.")
def read(
    context: Context,
    file: Path,
    names: str | None,
    languages: str | None,
    password_file: Path | None,
    processes: int | None,
    out: Path | None,
) -> None:
    """The file's pages recognised and merged, without touching the database."""
    from model.files import page_to_json
    from review.reasons import why
    from workflow.files import read_file
    from workflow.state import plural

    result = read_file(
        file,
        password=password_of(password_file),
        engines=listed(names),
        languages=listed(languages),
        processes=processes,
        data=context.data,
        on_page=context.say,
    )
    answer = {
        "source": {"name": file.name, "sha256": result.sha256},
        "pages": [page_to_json(p.merged, why) for p in result.pages],
    }
    if out:
        write_json(out, answer)
    text = f"{plural(len(result.pages), 'page')} written to {out}" if out else _text(result.pages)
    context.answer(answer, text)
    for failure in (f for p in result.pages for f in p.merged.failures):
        context.say(f"Page {failure.page}, {failure.engine}: {failure.message}")
    unread = [p.merged.page for p in result.pages if not p.merged.engines]
    if unread:
        raise EngineFailed(
            f"{file.name}: no engine could read page {', '.join(map(str, unread))}.",
            engine=", ".join(listed(names)) or "all",
            kind="unavailable",
            file=file.name,
            page=unread[0],
        )


def _text(pages: Sequence[Any]) -> str:
    return "\n\f\n".join(p.merged.text for p in pages)


@click.command()
@common
@click.option("--image", type=click.Path(path_type=Path), required=True, help="The page image.")
@click.option(
    "--readings", type=click.Path(path_type=Path), multiple=True, required=True, help="reading.json..."
)
@click.option("--out", type=click.Path(path_type=Path), help="Where pages.json goes.")
@click.argument("more", nargs=-1, type=click.Path(path_type=Path))
def merge(
    context: Context, image: Path, readings: tuple[Path, ...], out: Path | None, more: tuple[Path, ...]
) -> None:
    """Merges recorded readings of one page; a reading without boxes is grounded on the others."""
    from model.files import page_to_json, reading_from_json
    from review.merge import merge as merge_readings
    from review.reasons import why
    from storage.sources import open_source

    values = [reading_from_json(read_json(path), path.name) for path in (*readings, *more)]
    with open_source(image, image.name) as source:
        info = source.pages[0]
        page = merge_readings(values, source.render(1), page=1, dpi=info.dpi)
        answer = {
            "source": {"name": image.name, "sha256": source.sha256},
            "pages": [page_to_json(page, why)],
        }
    if out:
        write_json(out, answer)
    context.answer(answer, page.text)


@click.command()
@common
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--text", "text_file", type=click.Path(path_type=Path), help="A plain text instead.")
@click.option("--language", default=None, help="ISO code, comma-separated if several.")
@click.option("--engines", "names", help="Comma-separated, for a file that has to be read first.")
@click.option("--password-file", type=click.Path(path_type=Path))
@click.option("--profile", "profile_name", help=PROFILE)
@click.option("--models", "model_names", help=MODELS)
@click.option("--out", type=click.Path(path_type=Path), help="Where findings.json goes.")
def detect(
    context: Context,
    file: Path | None,
    text_file: Path | None,
    language: str | None,
    names: str | None,
    password_file: Path | None,
    profile_name: str | None,
    model_names: str | None,
    out: Path | None,
) -> None:
    """Personal data found in a document, a pages.json or (--text) a plain text; proposals in a document."""
    if bool(file) == bool(text_file):
        raise UsageError("Give either FILE or --text T.txt.")
    from redaction import detect as detector
    from redaction import profiles
    from workflow import models

    runner = models.runner(model_names, context.data, file, actor())
    profile = profiles.load(profile_name or profiles.DEFAULT)
    if strange := detector.unknown(listed(language) or "en"):
        context.say(
            f"No recogniser was made for {', '.join(strange)}: numbers are looked for, names and places by "
            f"the rules of {', '.join(detector.LANGUAGES)} only."
        )
    answer: dict[str, Any]
    if text_file:
        first = (language or "en").split(",")[0]
        found = detector.find_text(read_text(text_file), first, profile=profile, models=runner)
        told = models.told(runner, found)
        answer = {
            "findings": [
                {
                    "type": f.type,
                    "start": f.start,
                    "end": f.end,
                    "score": round(f.score, 4),
                    "recogniser": f.recogniser,
                }
                for f in found
            ]
        }
    else:
        from model.files import finding_to_json
        from workflow.files import detect_file

        findings = detect_file(
            file or Path(),
            password=password_of(password_file),
            engines=listed(names),
            languages=listed(language),
            profile=profile,
            data=context.data,
            models=runner,
            say=context.say,
        )
        told = models.told(runner, findings)
        answer = {"findings": [finding_to_json(f) for f in findings]}
    if told:
        answer["models"] = told
    if out:
        write_json(out, answer)
    lines = [
        f"{f['type']:<24} {f['score']:.2f}  {f['recogniser']}" + ("  proposal" if f.get("proposal") else "")
        for f in answer["findings"]
    ]
    proposed = sum(bool(f.get("proposal")) for f in answer["findings"])
    more = f", {proposed} proposals" if proposed else ""
    ran = [f"{m['model']}: {m['found']} of them" for m in told if m["state"] == "ran"]
    context.answer(answer, "\n".join([*lines, f"{len(lines) - proposed} findings{more}", *ran]))
    models.refuse_failed(runner)


COMMANDS: Final = (read, merge, detect)
