"""What a sample says, in a sentence that can be quoted, and as tables (review.certify has the figures)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model.texts import text
from review.certify import Status
from review.sampling import interval
from review.seeds import Attention
from workflow.accuracy import as_csv


def statement(status: Status, language: str = "en") -> tuple[str, str]:
    """What is certified, and what it rests on ("" where it rests on nothing)."""
    outcome = status.outcome
    values: dict[str, Any] = {"bound": f"{status.bound:.2%}", "confidence": f"{status.target.confidence:.0%}"}
    if status.unseen == 0:
        return text("certify.all_seen", language), ""
    if not outcome.checked:
        return text("certify.nothing", language), ""
    population = max((drawn.population for drawn in status.samples), default=0)
    basis = text(
        "certify.basis",
        language,
        checked=f"{outcome.checked:,}",
        population=f"{population:,}",
        errors=f"{outcome.errors:,}",
    )
    return text("certify.met" if status.met else "certify.not_met", language, **values), basis


def as_json(status: Status) -> dict[str, Any]:
    """The status for a program."""
    sentence, basis = statement(status)
    return {
        "target": {"rate": status.target.rate, "confidence": status.target.confidence, "gates": status.gated},
        "met": status.met,
        "bound": round(status.bound, 6),
        "unseen": status.unseen,
        "needed": status.needed,
        "drawn": status.outcome.drawn,
        "checked": status.outcome.checked,
        "errors": status.outcome.errors,
        "statement": f"{sentence} {basis}".strip(),
        "samples": [
            {
                "id": d.id,
                "scope": d.scope,
                "at": d.at,
                "by": d.actor,
                "population": d.population,
                "drawn": d.outcome.drawn,
                "checked": d.outcome.checked,
                "errors": d.outcome.errors,
            }
            for d in status.samples
        ],
    }


def samples_csv(status: Status) -> bytes:
    """One row a sample."""
    heads = ("sample", "scope", "drawn_at", "drawn_by", "population", "words", "looked_at", "wrong")
    return as_csv(
        heads,
        [
            (d.id, d.scope, d.at, d.actor, d.population, d.outcome.drawn, d.outcome.checked, d.outcome.errors)
            for d in status.samples
        ],
    )


def attention_csv(found: Mapping[str, Attention]) -> bytes:
    """One row a reviewer, with the 95 % interval of the share that they noticed."""
    rows = [
        (who, a.shown, a.caught, a.right, *(round(v, 4) for v in interval(a.caught, a.shown)))
        for who, a in sorted(found.items())
    ]
    return as_csv(("reviewer", "shown", "noticed", "put_right", "noticed_low", "noticed_high"), rows)
