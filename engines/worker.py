"""The processes that read what is missing: one a core, each claiming whole pages in the database.

Work is what is missing: every (page, engine) without a reading or a failure that stands. Nothing is kept
in memory that a restart would lose, so a killed worker costs the page it was on, and another takes it.
What happens on a page is engines.recognise's, what a claim is storage.work's.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engines import recognise, registry
from engines.remote.gate import Gate
from model.errors import InkveilError, InputRefused, StorageFailed, UsageError
from model.words import Failure, Reading
from storage import cloud, documents, readings, settings, work
from storage.project import Project

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

    from engines.prepare import Prepared
    from storage.sources import Source

Say = Callable[[str], None]
ENGINES_SETTING: Final = "engines"
"""The project's list of engines; without it, those that fit the page (registry.default_names)."""
SUGGESTED: Final = "suggestion"
"""Who chose a document's languages where nobody did: its first page's reading."""
BEAT: Final = 30.0
"""Seconds between two signs of life while an engine runs."""
IDLE: Final = 0.5
"""Seconds between two looks for work where there is none."""

STEP_LIMIT: Final = 300.0
"""Seconds that one step on a page (drawing and preparing it, or one engine) may take before its process is
ended and the step has failed."""

MOST_DEATHS: Final = 20
"""Deaths of worker processes in a row, without a reading in between, after which none is replaced."""


@dataclass(frozen=True, slots=True)
class Task:
    """One engine that has to read one page."""

    document: str
    page: int
    engine: str


def missing(project: Project) -> list[Task]:
    """Every (page, engine) without a reading, a standing failure or somebody at work on it.

    Oldest document first, pages in order.
    """
    chosen = settings.get(project, ENGINES_SETTING)
    always = tuple(a.engine for a in cloud.allowances(project).values() if a.every_page)
    tasks: list[Task] = []
    for document in reversed(documents.find(project)):
        known = _known(project, document.id)
        absent = [n for n in range(1, document.pages + 1) if chosen or n not in {p for p, _ in known}]
        wanted = list(_wanted(project, document, chosen, absent)) if absent else []
        if always and not cloud.local_only(project, document.id):
            wanted += [(n, always) for n in range(1, document.pages + 1)]
        tasks += [
            Task(document.id, number, name)
            for number, names in wanted
            for name in names
            if (number, name) not in known
        ]
    return list(dict.fromkeys(tasks))


def _known(project: Project, document_id: str) -> set[tuple[int, str]]:
    """(page, engine) that wait, run, or have ended with a reading or a failure."""
    known = set(work.states(project, document_id))
    rows = project.db.conn.execute(
        "SELECT page, engine FROM readings WHERE document = ? "
        "UNION SELECT page, engine FROM failures WHERE document = ?",
        (document_id, document_id),
    )
    return known | {(page, engine) for page, engine in rows}


def _wanted(
    project: Project, document: documents.Document, chosen: Sequence[str] | None, pages: Sequence[int]
) -> Iterator[tuple[int, Sequence[str]]]:
    """The engines that should read each of these pages."""
    if chosen:
        yield from ((number, chosen) for number in pages)
        return
    infos = {info.number: info for info in documents.page_infos(project, document.id)}
    with contextlib.ExitStack() as stack:
        source: Source | None = None
        for number in pages:
            layer = "none"
            if infos[number].has_text:
                try:
                    source = source or stack.enter_context(documents.source(project, document.id))
                    layer = recognise.text_layer(source, number)
                except InkveilError:  # the page fails when it is read, and is recorded there
                    layer = "none"
            yield number, registry.default_names(document.languages, layer=layer)


def fill(project: Project) -> int:
    """Puts what is missing in line; returns how many tasks that were."""
    tasks = missing(project)
    for document in dict.fromkeys(task.document for task in tasks):
        work.queue(project, document, [(t.page, t.engine) for t in tasks if t.document == document])
    return len(tasks)


def run_worker(
    data: Path | Project,
    *,
    processes: int | None = None,
    once: bool = False,
    on_progress: Say | None = None,
    step_limit: float = STEP_LIMIT,
) -> int:
    """Reads what is missing in every project under `data` (or in one), with one process a core.

    Runs until interrupted, or with `once` until nothing is missing. A process that dies is replaced,
    and so is one that hangs: what takes more than `step_limit` seconds becomes a Failure of that page.
    Returns the number of readings made. `on_progress` hears lines such as "Page 4 of letter.pdf, Tesseract".
    """
    say = on_progress or (lambda _: None)
    folder = data.path.parent if isinstance(data, Project) else Path(data)
    only = data.path.name if isinstance(data, Project) else None
    crew = _Crew(folder, only, once, say, step_limit)
    try:
        crew.start(processes or os.cpu_count() or 1)
        while crew.running():
            crew.listen()
    except KeyboardInterrupt:
        say("Stopped. What was read is kept.")
    finally:
        crew.stop()
    return crew.made


@dataclass(frozen=True, slots=True)
class _Step:
    """What a worker process does now: one engine on its page, or, without one, what comes before."""

    project: str
    claim: work.Claim
    engine: str | None


class _Crew:
    """The worker processes, each with a pipe on which it says what it does.

    A pipe each, not a queue for all: a process killed while it writes would leave a queue locked.
    """

    def __init__(self, folder: Path, only: str | None, once: bool, say: Say, step_limit: float) -> None:
        self._folder = folder
        self._step_limit = step_limit
        self._steps: dict[Connection, tuple[float, _Step]] = {}
        self._arguments = (folder, only, once)
        self._say = say
        self._members: dict[Connection, SpawnProcess] = {}
        self.made = 0
        self._deaths = 0

    def start(self, count: int) -> None:
        for _ in range(count):
            self._add()

    def _add(self) -> None:
        context = get_context("spawn")
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_work, args=(*self._arguments, theirs), daemon=True)
        process.start()
        theirs.close()
        self._members[ours] = process

    def running(self) -> bool:
        return bool(self._members)

    def listen(self) -> None:
        """Waits for the next message or death, and deals with it."""
        for ready in wait(list(self._members), timeout=1.0):
            assert isinstance(ready, Connection)  # noqa: S101 - for the type checker
            try:
                said = ready.recv()
            except (EOFError, OSError):
                self._gone(ready)
                continue
            if not isinstance(said, tuple):
                self._steps.pop(ready, None)
                if isinstance(said, _Step):
                    self._steps[ready] = time.monotonic(), said
                continue
            kind, text = said
            if kind == "made":
                self.made += 1
                self._deaths = 0
            if text:
                self._say(text)
        for pipe, (since, step) in list(self._steps.items()):
            if time.monotonic() - since > self._step_limit:
                self._end_hanging(pipe, step)

    def _end_hanging(self, pipe: Connection, step: _Step) -> None:
        """Records what hangs as failed, then ends the process; `_gone` hears its pipe close."""
        del self._steps[pipe]
        what = registry.get(step.engine).title if step.engine else "Drawing and preparing this page"
        message = f"{what} took more than {self._step_limit:.0f} seconds and was stopped."
        with Project.open(self._folder, step.project) as project:
            if work.give_up(project, step.claim, step.engine, message):
                self._say(f"Page {step.claim.page}: {message}")
        self._members[pipe].kill()

    def _gone(self, pipe: Connection) -> None:
        process = self._members.pop(pipe)
        self._steps.pop(pipe, None)
        pipe.close()
        process.join()
        if process.exitcode:
            self._deaths += 1
            if self._deaths > MOST_DEATHS:
                raise InkveilError("The worker processes end as soon as they start; see the messages above.")
            self._say(f"A worker process ended unexpectedly ({process.exitcode}); another takes its page.")
            self._add()

    def stop(self) -> None:
        for pipe, process in self._members.items():
            process.terminate()
            process.join()
            pipe.close()
        self._members.clear()


def _work(folder: Path, only: str | None, once: bool, pipe: Connection) -> None:
    """A worker process: claims a page, reads it, stores it, and again. Ends with its parent."""

    def tell(kind: str, text: str) -> None:
        send((kind, text))

    def send(said: object) -> None:
        try:
            pipe.send(said)
        except OSError:  # the parent is gone, and with it whoever wanted the work
            os._exit(0)

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it, and ends its workers
    os.environ.update(OMP_NUM_THREADS="1", OMP_THREAD_LIMIT="1")
    worker = work.worker_id()
    opened: dict[str, Project] = {}
    while True:
        try:
            for name in [only] if only else _projects(folder):
                if name not in opened:
                    opened[name] = Project.open(folder, name)
            busy = False
            for project in opened.values():  # one page of each in turn
                busy = _next_page(project, worker, tell, send) or busy
        except StorageFailed as error:  # a full disk: say so and wait, nothing is half-written
            tell("failed", error.message)
            if once:
                break
            busy = False
        if not busy:
            if once and not any(_unfinished(project) for project in opened.values()):
                break
            tell("alive", "")
            time.sleep(IDLE)
    for project in opened.values():
        project.close()


def _projects(folder: Path) -> list[str]:
    return sorted(p.parent.name for p in folder.glob("*/project.sqlite"))


def _unfinished(project: Project) -> bool:
    """True where another worker still runs a task, which may come back if that worker dies."""
    row = project.db.conn.execute(
        "SELECT 1 FROM work WHERE state IN ('queued', 'running') LIMIT 1"
    ).fetchone()
    return row is not None


def _next_page(
    project: Project, worker: str, tell: Callable[[str, str], None], send: Callable[[_Step | None], None]
) -> bool:
    """Reads the next page of the project; False where there is none."""
    claim = work.claim(project, worker)
    if claim is None:
        if not fill(project):
            return False
        claim = work.claim(project, worker)
        if claim is None:
            return False

    def step(engine: str | None) -> None:
        send(_Step(project.path.name, claim, engine))

    with _beating(project, claim):
        step(None)
        try:
            read_claim(project, claim, tell, step)
        except InputRefused as error:
            for engine in claim.engines:
                _store(project, claim, engine, Failure(engine, "bad_input", error.message, claim.page))
            tell("failed", error.message)
    send(None)
    return True


def read_claim(
    project: Project,
    claim: work.Claim,
    tell: Callable[[str, str], None],
    step: Callable[[str | None], None] = lambda _: None,
) -> None:
    """Reads a claimed page and stores each engine's reading, or failure, as soon as there is one.

    `step` hears which engine begins, and None when it has ended.
    """
    document = documents.get(project, claim.document)

    def started(engine: str) -> None:
        step(engine)
        work.beat(project, claim, engine)
        title = registry.get(engine).title
        tell("started", f"Page {claim.page} of {document.pages}, {title}: {document.name}")

    def ended(engine: str, result: Reading | Failure) -> None:
        _store(project, claim, engine, result)
        step(None)
        if isinstance(result, Reading):
            tell("made", "")
        else:
            tell("failed", result.message)

    def ready(prepared: Prepared) -> None:
        if readings.preparation(project, claim.document, claim.page) != prepared.transform:
            steps = [asdict(step) for step in prepared.steps]
            readings.set_preparation(project, claim.document, claim.page, prepared.transform, steps)

    with documents.source(project, claim.document) as source:
        result = recognise.read_page(
            source,
            claim.page,
            engines=_known_engines(project, claim),
            languages=document.languages,
            gate=Gate(project, claim.document),
            on_prepared=ready,
            on_engine=started,
            on_result=ended,
        )
    if any(r.words for r in result.readings) and not documents.get(project, claim.document).languages:
        documents.set_languages(project, claim.document, result.languages, actor=SUGGESTED)


def _known_engines(project: Project, claim: work.Claim) -> list[str]:
    """The claim's engines; one that is not installed any more becomes a failure, not a crash."""
    found = []
    for engine in claim.engines:
        try:
            registry.get(engine)
        except UsageError as error:
            _store(project, claim, engine, Failure(engine, "unavailable", error.message, claim.page))
        except InkveilError:
            found.append(engine)  # it says itself what it lacks
        else:
            found.append(engine)
    return found


def _store(project: Project, claim: work.Claim, engine: str, result: Reading | Failure) -> None:
    """The result and the end of its task, in one transaction."""
    with project.writing():
        if isinstance(result, Reading):
            readings.add(project, claim.document, claim.page, result)
        else:
            readings.add_failure(project, claim.document, result)
        work.finish(project, claim, engine, "done" if isinstance(result, Reading) else "failed")


@contextlib.contextmanager
def _beating(project: Project, claim: work.Claim) -> Iterator[None]:
    """Signs of life while a page is read, however long an engine takes."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(BEAT):
            work.beat(project, claim)

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
