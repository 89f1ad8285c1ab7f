"""Texts in place of images: what a model behind an engine says about one, by the rules that hold for a page.

Permission, the document's mark, limits, budget, retries, one deadline and costs are those of a page's image:
who may see the image of a page may see its text. Who asks records in the ledger that a text leaves
(storage.leaving.sent), before.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, Final

from engines.base import price
from engines.remote import untrusted
from engines.remote.engine import Remote
from engines.remote.failures import BadAnswer
from engines.remote.gate import permit
from engines.remote.parsed import Answer, Connection, Question
from engines.remote.run import Run
from model.errors import EngineFailed

if TYPE_CHECKING:
    from engines.remote.gate import Gate


TEXT: Final = 0
"""In place of a page's number."""


class Talker(Remote):
    """An engine elsewhere whose model also answers about a text."""

    @abstractmethod
    def talk(self, question: Question, connection: Connection, seconds: float) -> Answer:
        """One request without an image; as Remote.call in all else."""

    @abstractmethod
    def said(self, answer: Answer) -> tuple[str, bool]:
        """The text of an answer, and whether it is complete. Raises BadAnswer, Suspicious."""


def refusal(engine: Talker, gate: Gate | None) -> str | None:
    """Why a text may not or cannot be sent to the engine, in one line; None where it may. Sends nothing."""
    reason = engine.availability()
    if reason is not None or engine.privacy == "local":
        return reason
    try:
        permit(engine, gate, TEXT)
    except EngineFailed as error:
        return error.message
    return None


def options(engine: Talker, gate: Gate | None) -> dict[str, Any]:
    """The options that hold for the engine, permitted or not. Raises EngineFailed for one that can't be."""
    return engine.chosen(None if gate is None else gate.allowance(engine.name), TEXT)


def ask(engine: Talker, system: str, text: str, gate: Gate | None) -> str:
    """The model's whole answer about a text.

    Raises EngineFailed: what may pass by itself is tried again; a refusal, a cut or an empty answer is
    bad_output.
    """
    engine.allowed(gate, TEXT)
    chosen = options(engine, gate)
    reason = engine.availability()
    if reason is not None:
        raise EngineFailed(reason, engine=engine.name, kind="unavailable")
    connection = engine.connection()
    question = Question(system, text, str(chosen["model"]), chosen)

    def read(answer: Answer) -> str:
        found, finished = engine.said(answer)
        if not finished:
            raise BadAnswer("its answer breaks off before the end")
        if not found.strip():
            raise BadAnswer("its answer is empty")
        untrusted.check_size(found, 0)
        return found

    run = Run(
        engine, gate, TEXT, question.model, price(engine, chosen),
        lambda seconds: engine.talk(question, connection, seconds), read,
    )  # fmt: skip
    return run.answer()[1]
