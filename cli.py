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
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

import cli_cloud
import cli_engines
import cli_redact
import cli_work
from cli_base import Context, actor, common, listed, password_of, read_text
from model.errors import EngineFailed, InkveilError, InputRefused, Unreadable, UsageError, VerificationFailed

if TYPE_CHECKING:
    from workflow.signing import Choice

LATER = "belongs to a later version"
DEFAULT_PORT = 8501
MODE = click.Choice(["preserve", "flatten"])
CERTIFICATE = click.Choice(["pages", "file", "none"])
MODELS = "Opt-in models, comma-separated, or none; default: $INKVEIL_MODELS. See `inkveil models`."
PROFILE = "What counts, and why: general, gdpr, hipaa, foia or a TOML file. Default: general."


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="inkveil")
def inkveil() -> None:
    """Review and redaction of scanned and handwritten documents.

    Exit codes: 0 done; 2 wrong usage; 3 input refused; 4 engine failed; 5 verification failed,
    nothing written.
    """


for command in (*cli_cloud.COMMANDS, *cli_engines.COMMANDS, *cli_redact.COMMANDS, *cli_work.COMMANDS):
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


# -- one file, without the database ------------------------------------------------------------------


@inkveil.command()
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
        _write(out, answer)
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


@inkveil.command()
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

    values = [reading_from_json(_json(path), path.name) for path in (*readings, *more)]
    with open_source(image, image.name) as source:
        info = source.pages[0]
        page = merge_readings(values, source.render(1), page=1, dpi=info.dpi)
        answer = {
            "source": {"name": image.name, "sha256": source.sha256},
            "pages": [page_to_json(page, why)],
        }
    if out:
        _write(out, answer)
    context.answer(answer, page.text)


@inkveil.command()
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
        _write(out, answer)
    lines = [
        f"{f['type']:<24} {f['score']:.2f}  {f['recogniser']}" + ("  proposal" if f.get("proposal") else "")
        for f in answer["findings"]
    ]
    proposed = sum(bool(f.get("proposal")) for f in answer["findings"])
    more = f", {proposed} proposals" if proposed else ""
    ran = [f"{m['model']}: {m['found']} of them" for m in told if m["state"] == "ran"]
    context.answer(answer, "\n".join([*lines, f"{len(lines) - proposed} findings{more}", *ran]))
    models.refuse_failed(runner)


@inkveil.command()
@common
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The redacted PDF.")
@click.option("--boxes", type=click.Path(path_type=Path), help="boxes.json: what is to be destroyed.")
@click.option("--auto", is_flag=True, help="Everything found; marked unreviewed in the certificate.")
@click.option("--profile", "profile_name", help=f"With --auto: {PROFILE}")
@click.option(
    "--proposals", is_flag=True, help="With --auto: signatures, stamps, photographs and codes as well."
)
@click.option("--models", "model_names", help=f"With --auto: {MODELS}")
@click.option("--mode", type=MODE, default="preserve", show_default=True)
@click.option(
    "--certificate",
    type=CERTIFICATE,
    default="file",
    show_default=True,
    help="Pages at the end, a file beside the PDF, or none.",
)
@click.option("--engines", "names", help="With --auto: comma-separated.")
@click.option("--languages", help="With --auto: comma-separated ISO codes.")
@click.option("--password-file", type=click.Path(path_type=Path))
@click.option("--report", type=click.Path(path_type=Path), help="Where report.json goes.")
@cli_redact.signing_options
def redact(
    context: Context,
    file: Path,
    out: Path,
    boxes: Path | None,
    auto: bool,
    profile_name: str | None,
    proposals: bool,
    model_names: str | None,
    mode: str,
    certificate: str,
    names: str | None,
    languages: str | None,
    password_file: Path | None,
    report: Path | None,
    sign: Choice | None,
) -> None:
    """Destroys the boxes, verifies the result and only then writes it."""
    if (boxes is None) == (not auto):
        raise UsageError("Give either --boxes boxes.json or --auto.")
    if profile_name and not auto:
        raise UsageError("--profile says what --auto finds; with --boxes the boxes are given.")
    if proposals and not auto:
        raise UsageError("--proposals says what --auto takes; with --boxes the boxes are given.")
    if model_names and not auto:
        raise UsageError("--models say what --auto finds; with --boxes the boxes are given.")
    from model.files import boxes_from_json
    from redaction import profiles
    from workflow import models
    from workflow.files import automatic_redactions, redact_to

    password = password_of(password_file)
    automatic = source_sha256 = None
    if boxes:
        told = _json(boxes)
        redactions, boxes_password = boxes_from_json(told, boxes.name)
        password = password or boxes_password
        source_sha256 = told.get("source_sha256")
    else:
        runner = models.runner(model_names, context.data, file, actor())
        automatic = automatic_redactions(
            file,
            password=password,
            engines=listed(names),
            languages=listed(languages),
            profile=profiles.load(profile_name or profiles.DEFAULT),
            data=context.data,
            models=runner,
            say=context.say,
            proposals=proposals,
        )
        models.refuse_failed(runner)  # nobody reviews this: what was not searched would stay readable
        redactions = automatic.redactions
        left = sum(f.proposal for f in automatic.findings)
        if left and not proposals:
            context.say(
                f"{left} proposals (signatures, stamps, photographs, codes) were left readable: look at "
                "them, or take them too with --proposals."
            )
    result = redact_to(
        file,
        out,
        redactions,
        mode="flatten" if mode == "flatten" else "preserve",
        certificate=certificate,
        password=password,
        automatic=automatic,
        report=report,
        sign=sign,
        data=context.data,
        source_sha256=source_sha256,
    )
    if result["source_signatures"]:
        context.say(f"{file.name} was signed; a redacted copy can't keep its signature.")
    passed = sum(1 for c in result["checks"] if c["passed"])
    context.answer(result, f"{out}: {result['boxes']} boxes destroyed, {passed} checks passed")


@inkveil.command()
@common
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--source", type=click.Path(path_type=Path), help="The file it was made from.")
@click.option("--boxes", type=click.Path(path_type=Path), help="boxes.json: what was to be destroyed.")
@click.option("--report", type=click.Path(path_type=Path), help="The report.json beside it: its signature.")
@click.option(
    "--trust", type=click.Path(path_type=Path), multiple=True, help="A certificate that a signer may have."
)
@click.option("--password-file", type=click.Path(path_type=Path), help="The source's password.")
def verify(
    context: Context,
    file: Path,
    source: Path | None,
    boxes: Path | None,
    report: Path | None,
    trust: tuple[Path, ...],
    password_file: Path | None,
) -> None:
    """Attacks a finished file, ours or another tool's, and says what can still be read where."""
    from workflow.files import verify_file

    checks = verify_file(
        file, source=source, boxes=boxes, password=password_of(password_file), report=report, trust=trust
    )
    answer = {
        "passed": all(c.passed for c in checks),
        "checks": [{"name": c.name, "passed": c.passed, "detail": c.detail, "page": c.page} for c in checks],
    }
    lines = [f"{'passed' if c.passed else 'FAILED'}  {c.name}  {c.detail}".rstrip() for c in checks]
    context.answer(answer, "\n".join(lines))
    if not answer["passed"]:
        raise VerificationFailed(
            f"{file.name}: {sum(not c.passed for c in checks)} checks failed.", file=file.name
        )


@inkveil.command()
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
        regions = cases.regions_from_json(_json(truth), truth.name)
        found = cases.one_case(regions, read_text(prediction))
        context.answer(found, cases.one_case_text(found))
    elif cases_file and not truth and not prediction:
        found = cases.all_cases(cases.cases_from_json(_json(cases_file), cases_file.name))
        context.answer(found, cases.all_cases_text(found))
    else:
        raise UsageError("Give either --truth truth.json and --prediction P.txt, or --cases cases.json.")


@inkveil.command()
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


# -- the database ----------------------------------------------------------------------------------------


@inkveil.command()
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


@inkveil.command(name="list")
@common
def list_(context: Context) -> None:
    """The documents, newest first, with what is left to do."""
    from workflow.documents import overview
    from workflow.state import plural

    rows = overview(context.data)
    lines = [f"{r['id']}  {r['name']}  {plural(r['pages'], 'page')}  {r['state']}" for r in rows]
    context.answer({"documents": rows}, "\n".join(lines) or "No documents.")


@inkveil.command()
@common
@click.argument("document")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The folder to write to.")
@click.option("--formats", default="pdf", show_default=True, help="pdf,txt,json,hocr,alto,page,csv")
@click.option("--mode", type=MODE, default="preserve", show_default=True)
@click.option("--certificate", type=CERTIFICATE, default="pages", show_default=True)
@click.option("--version", default="public", show_default=True, help="As `inkveil versions` lists them.")
@cli_redact.signing_options
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


@inkveil.command()
@common
@click.option("--document", help="Only this document's corrections; default: all of the project's.")
def calibrate(context: Context, document: str | None) -> None:
    """Refits the risk from the corrections made so far; kept only where held-back pages get better."""
    from workflow.calibrate import calibrate as refit

    result = refit(context.data, document, actor=actor())
    context.answer(result.to_json(), result.message)


@inkveil.command()
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


# -- odds and ends ---------------------------------------------------------------------------------------


def _json(path: Path) -> Any:
    try:
        return json.loads(read_text(path))
    except (json.JSONDecodeError, RecursionError):
        raise Unreadable(f"{path.name}: not valid JSON.", file=path.name) from None


def _write(path: Path, value: Any) -> None:
    from redaction.export import write_atomically

    write_atomically(path, (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode())


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
