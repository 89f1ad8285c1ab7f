"""The processes that read what is missing: one a core, each claiming whole pages in the database.

Nothing is kept in memory that a restart would lose, so a killed worker costs the page it was on, and
another takes it. What is missing is engines.lacking's, what happens on a page engines.claimed's.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engines import registry
from engines.claimed import beating, read_claim, store
from engines.lacking import fill
from model.errors import InkveilError, InputRefused, StorageFailed
from model.words import Failure
from storage import work
from storage.project import Project

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess


Say = Callable[[str], None]
IDLE: Final = 0.5
"""Seconds between two looks for work where there is none."""

STEP_LIMIT: Final = 300.0
"""Seconds that one step on a page (drawing and preparing it, or one engine) may take before its process is
ended and the step has failed."""

MOST_DEATHS: Final = 20
"""Deaths of worker processes in a row, without a reading in between, after which none is replaced."""


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

    with beating(project, claim):
        step(None)
        try:
            read_claim(project, claim, tell, step)
        except InputRefused as error:
            for engine in claim.engines:
                store(project, claim, engine, Failure(engine, "bad_input", error.message, claim.page))
            tell("failed", error.message)
    send(None)
    return True
