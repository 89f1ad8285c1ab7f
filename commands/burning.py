"""The `inkveil` commands that destroy and prove: redact, verify."""

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
    read_json,
)
from commands.options import CERTIFICATE, MODE, MODELS, PROFILE
from commands.signing import signing_options
from model.errors import UsageError, VerificationFailed

if TYPE_CHECKING:
    from workflow.signing import Choice


@click.command()
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
@signing_options
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
        told = read_json(boxes)
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


@click.command()
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


COMMANDS: Final = (redact, verify)
