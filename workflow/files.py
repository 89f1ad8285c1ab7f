"""One file from end to end, without the database: read, detect, redact, verify."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from model.errors import InputRefused, Unreadable
from model.files import boxes_from_json, pages_from_json
from model.findings import Check, Finding, Redaction
from model.words import MergedPage, Reading, TranscriptPage, transcript_of
from workflow.signing import Choice, opened

if TYPE_CHECKING:
    from redaction.profiles import Profile
    from redaction.proposals.common import Proposal
    from redaction.recognisers.models.runner import Runner
    from redaction.searched import Search
    from storage.sources import Source

Mode = Literal["preserve", "flatten"]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class ReadPage:
    """A page as the engines read it and as it was merged."""

    merged: MergedPage
    readings: tuple[Reading, ...]
    languages: tuple[str, ...] = ()
    """Those that were asked for, else that the page's first reading suggests."""
    proposals: tuple[Proposal, ...] = ()
    """Places on the page image that may hold something which is no text; where they were asked for."""


@dataclass(frozen=True, slots=True)
class ReadFile:
    """All pages of a file, in order."""

    name: str
    sha256: str
    languages: tuple[str, ...]
    pages: tuple[ReadPage, ...]

    @property
    def transcript(self) -> list[TranscriptPage]:
        return [transcript_of(p.merged) for p in self.pages]


@dataclass(frozen=True, slots=True)
class Automatic:
    """What --auto decides on: everything found, reviewed by nobody."""

    read: ReadFile
    findings: tuple[Finding, ...]
    redactions: list[Redaction]
    search: Search
    """By what they were found."""


def read_file(
    path: Path,
    *,
    password: str | None = None,
    engines: Sequence[str] = (),
    languages: Sequence[str] = (),
    processes: int | None = None,
    data: Path | None = None,
    on_page: Say = lambda _: None,
    propose: bool = False,
) -> ReadFile:
    """Recognises and merges every page, one process a core; looks for proposals on it with `propose`.

    Without `engines` those that fit the page are used, without `languages` those that each page's first
    reading suggests. An engine elsewhere needs the permission of the project in `data`, and its calls are
    counted there. Raises InputRefused for a file that can't be opened; an engine that fails is a
    value in the page's failures.
    """
    from engines.registry import get
    from storage.sources import open_source

    away = [
        name for name in engines if get(name).privacy != "local"
    ]  # refuses an unknown name before any work
    with open_source(_existing(path), path.name, password=password) as source:
        count, sha256 = len(source.pages), source.sha256
    project = data if away else None
    chosen = tuple(engines), tuple(languages)
    jobs = [(path, password, number, *chosen, propose, project) for number in range(1, count + 1)]
    workers = min(processes or os.cpu_count() or 1, count)
    pages = []
    for page in _run(jobs, workers):
        pages.append(page)
        on_page(f"Page {page.merged.page} of {count}: {len(page.merged.slots)} words")
        if not any(slot.text for slot in page.merged.slots) and page.merged.engines:
            on_page(f"Page {page.merged.page} of {count} holds no text.")
    seen = Counter(code for page in pages for code in page.languages)
    known = tuple(languages) or tuple(code for code, _ in seen.most_common())
    return ReadFile(path.name, sha256, known, tuple(pages))


Job = tuple[Path, str | None, int, tuple[str, ...], tuple[str, ...], bool, Path | None]


def _run(jobs: Sequence[Job], workers: int) -> Iterator[ReadPage]:
    if workers <= 1:
        yield from map(_read_page, jobs)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_read_page, jobs)


def _read_page(job: Job) -> ReadPage:
    from engines.recognise import read_page
    from engines.remote.gate import of_folder
    from review.merge import merge

    path, password, number, engines, languages, propose, data = job
    source = _source(path, password)
    gate = of_folder(data) if data is not None else None
    result = read_page(source, number, engines=engines or None, languages=languages, gate=gate)
    merged = merge(
        result.readings,
        result.image,
        page=number,
        dpi=source.pages[number - 1].dpi,
        transform=result.prepared.transform,
        failures=result.failures,
        languages=result.languages,
    )
    found: tuple[Proposal, ...] = ()
    if propose:
        from redaction.proposals import on_page

        prepared = result.prepared
        found = tuple(on_page(transcript_of(merged), prepared.image, prepared.transform))
    return ReadPage(merged, tuple(result.readings), result.languages, found)


@lru_cache(maxsize=1)
def _source(path: Path, password: str | None) -> Source:
    """The file stays open in each process: opening a large PDF for each page would cost more."""
    from storage.sources import open_source

    return open_source(path, path.name, password=password)


def detect_file(
    path: Path,
    *,
    password: str | None = None,
    engines: Sequence[str] = (),
    languages: Sequence[str] = (),
    profile: Profile | None = None,
    data: Path | None = None,
    models: Runner | None = None,
    say: Say = lambda _: None,
) -> list[Finding]:
    """Personal data in a document, or in a pages.json that `inkveil read` wrote, as the profile counts.

    With a document's also what is proposed on its pages' images; a pages.json has none. `models` look as
    well; one that fails leaves the rest and stands in it.
    """
    from redaction.detect import find

    if path.suffix.lower() == ".json":
        transcript = [transcript_of(p) for p in pages_from_json(_json(path), path.name)]
        codes = tuple(languages) or ("en",)
        return find(transcript, None, languages=codes, profile=profile, models=models)
    automatic = automatic_redactions(
        path,
        password=password,
        engines=engines,
        languages=languages,
        profile=profile,
        models=models,
        data=data,
        say=say,
    )
    return list(automatic.findings)


def automatic_redactions(
    path: Path,
    *,
    password: str | None = None,
    engines: Sequence[str] = (),
    languages: Sequence[str] = (),
    profile: Profile | None = None,
    data: Path | None = None,
    models: Runner | None = None,
    say: Say = lambda _: None,
    proposals: bool = False,
) -> Automatic:
    """Reads the file and plans a box for everything that the profile counts, with its reasons and labels.

    What is only proposed is found as well, but has a box only with `proposals`.
    """
    from redaction.detect import find
    from redaction.plan import automatic
    from redaction.profiles import builtin
    from redaction.searched import search_of

    read = read_file(
        path, password=password, engines=engines, languages=languages, data=data, on_page=say, propose=True
    )
    unread = [p.merged.page for p in read.pages if not p.merged.engines]
    if unread:
        numbers = ", ".join(map(str, unread))
        raise InputRefused(
            f"{path.name}: no engine could read page {numbers}, so nothing can be found there.",
            file=path.name,
            page=unread[0],
        )
    transcript = read.transcript
    findings = find(
        transcript,
        {p.merged.page: p.readings for p in read.pages},
        languages=tuple(languages) or read.languages,
        profile=profile,
        proposed={p.merged.page: p.proposals for p in read.pages},
        models=models,
    )
    boxes = automatic(findings, transcript, profile=profile, proposals=proposals)
    told = [outcome.to_json() for outcome in models.outcomes(found=findings)] if models else ()
    return Automatic(read, tuple(findings), boxes, search_of(profile or builtin(), told))


def redact_to(
    path: Path,
    out: Path,
    redactions: Sequence[Redaction],
    *,
    mode: Mode,
    certificate: str,
    password: str | None = None,
    automatic: Automatic | None = None,
    report: Path | None = None,
    sign: Choice | None = None,
    data: Path | None = None,
    source_sha256: str | None = None,
) -> dict[str, Any]:
    """Destroys, verifies, and only then writes `out` (and the certificate and report beside it).

    `sign`: with whom, `data`: where the local identity is. `source_sha256`: of the file that the
    boxes were made for. Returns the report of contract.md. Raises InputRefused where the file has changed,
    VerificationFailed with nothing written.
    """
    from redaction.export import redact_file, write_atomically
    from redaction.layers import layers

    source = _existing(path).read_bytes()
    if source_sha256 and hashlib.sha256(source).hexdigest() != str(source_sha256).lower():
        raise InputRefused(
            f"{path.name} is not the file that the boxes were made for: it has changed since. "
            "Nothing was written.",
            file=path.name,
        )
    with opened(sign or Choice("none"), data or Path()) as signing:
        export = redact_file(
            source,
            path.name,
            redactions,
            mode=mode,
            password=password,
            layers=layers(automatic.read.transcript) if automatic else None,
            reviewed=automatic is None,
            engines=sorted({e for p in automatic.read.pages for e in p.merged.engines}) if automatic else (),
            certificate=certificate,
            inspected=automatic is not None,
            search=automatic.search if automatic else None,
            signing=signing,
        )
    write_atomically(out, export.pdf)
    if export.certificate is not None:
        write_atomically(out.with_name(f"{out.stem}.certificate.pdf"), export.certificate)
    if report:
        write_atomically(report, (json.dumps(export.report, ensure_ascii=False, indent=1) + "\n").encode())
    return dict(export.report)


def verify_file(
    path: Path,
    *,
    source: Path | None = None,
    boxes: Path | None = None,
    password: str | None = None,
    report: Path | None = None,
    trust: Sequence[Path] = (),
) -> list[Check]:
    """Attacks a finished file with everything there is.

    `report`: its report.json, whose signed statement is checked and whose stamps are known; `trust`:
    certificates that a signer may have or descend from.
    """
    from redaction.verify import verify

    redactions = None
    if boxes:
        redactions, boxes_password = boxes_from_json(_json(boxes), boxes.name)
        password = password or boxes_password
    return verify(
        _existing(path).read_bytes(),
        source=_existing(source).read_bytes() if source else None,
        redactions=redactions,
        password=password,
        deep=True,
        told=_object(report) if report else None,
        trust=[_existing(p).read_bytes() for p in trust],
    )


def _object(path: Path) -> dict[str, Any]:
    data = _json(path)
    if not isinstance(data, dict):
        raise Unreadable(f"{path.name}: no report in it.", file=path.name)
    return data


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise Unreadable(f"{path}: no such file.", file=path.name)
    return path


def _json(path: Path) -> Any:
    try:
        return json.loads(_existing(path).read_text("utf-8"))
    except (ValueError, RecursionError):
        raise Unreadable(f"{path.name}: not valid JSON.", file=path.name) from None
