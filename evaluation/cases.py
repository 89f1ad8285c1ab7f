"""What `inkveil score` takes and gives: a truth's regions, a file of cases; their figures as JSON and text.

The metrics themselves stand in evaluation.metrics; pages with places and readings in evaluation.truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evaluation import metrics
from evaluation.normalise import LIGHT_TIGHT, PLAIN
from evaluation.truth import truth_from_json
from model.errors import Unreadable


@dataclass(frozen=True, slots=True)
class Case:
    """An image's true regions and what was read; None where the engine failed."""

    id: str
    regions: tuple[str, ...]
    prediction: str | None


def regions_from_json(data: object, name: str) -> tuple[str, ...]:
    """{"regions": [...]}, or a page of evaluation.truth: its lines, else its text line by line.

    Raises Unreadable, naming the file, where it is neither.
    """
    if isinstance(data, dict) and "regions" in data:
        return _strings(data["regions"], f"{name}: regions", name)
    truth = truth_from_json(data, name)
    lines = data.get("lines") if isinstance(data, dict) else None
    if lines:
        return tuple(line["text"] if isinstance(line, dict) else line for line in lines)
    return tuple(truth.text.split("\n"))


def cases_from_json(data: object, name: str) -> list[Case]:
    """{"cases": [{"id", "gt_regions", "prediction"}]}, or the list alone; a prediction of null is a failure.

    Raises Unreadable, naming the case, where one does not fit.
    """
    found = data.get("cases") if isinstance(data, dict) else data
    if not isinstance(found, list):
        raise Unreadable(f"{name}: no list of cases in it.", file=name)
    return [_case(value, number, name) for number, value in enumerate(found, 1)]


def _case(value: object, number: int, name: str) -> Case:
    if not isinstance(value, dict):
        raise Unreadable(f"{name}: case {number} is no object.", file=name)
    label = value.get("id", number)
    if not isinstance(label, str | int):
        raise Unreadable(f"{name}: the id of case {number} is no string.", file=name)
    prediction = value.get("prediction")
    if "prediction" not in value or not isinstance(prediction, str | None):
        raise Unreadable(f"{name}: case {label} has no prediction (a string, or null).", file=name)
    return Case(
        str(label), _strings(value.get("gt_regions"), f"{name}: gt_regions of case {label}", name), prediction
    )


def _strings(values: object, what: str, name: str) -> tuple[str, ...]:
    if not isinstance(values, list) or not all(isinstance(v, str) for v in values):
        raise Unreadable(f"{what} is no list of strings.", file=name)
    return tuple(values)


def one_case(regions: Sequence[str], prediction: str) -> dict[str, Any]:
    """The figures of one image: the published ones, and under "beside" those with names of their own."""
    truth = "\n".join(regions)
    beside = {
        "assignment_nls": metrics.assignment_nls(regions, prediction),
        "monotone_nls": metrics.monotone_nls(regions, prediction),
        "cer_unclipped": metrics.cer(truth, prediction),
        "wer_unclipped": metrics.wer(truth, prediction),
    }
    return {
        **metrics.score(regions, prediction).to_json(),
        "beside": {key: round(value, 6) for key, value in beside.items()},
        "normalisation": {"cer_unclipped": PLAIN, "wer_unclipped": PLAIN, "all others": LIGHT_TIGHT},
    }


def all_cases(cases: Sequence[Case]) -> dict[str, Any]:
    """The figures of each case that was read, their aggregate, and the aggregate with failures as empty."""
    read = [(c.id, metrics.score(c.regions, c.prediction)) for c in cases if c.prediction is not None]
    scores = [score for _, score in read]
    failed = [c for c in cases if c.prediction is None]
    return {
        "cases": [{"id": label, **score.to_json()} for label, score in read],
        "aggregate": metrics.aggregate(scores),
        "errors_as_empty": metrics.errors_as_empty(scores, [c.regions for c in failed]),
        "failed": [c.id for c in failed],
        "normalisation": LIGHT_TIGHT,
    }


# -- text for people -----------------------------------------------------------------------------------

_TITLES = (
    ("hungarian_nls", "NLS, best match of each region"),
    ("boc_precision", "characters, precision"),
    ("boc_recall", "characters, recall"),
    ("boc_f1", "characters, F1"),
    ("ned", "1 - edit distance / longer text"),
    ("cer", "CER, at most 1"),
)
_BESIDE = (
    ("assignment_nls", "NLS, each line used once"),
    ("monotone_nls", "NLS, windows without early stop"),
    ("cer_unclipped", "CER"),
    ("wer_unclipped", "WER"),
)


def one_case_text(found: dict[str, Any]) -> str:
    """A block for each normalisation."""
    wide = max(len(title) for _, title in (*_TITLES, *_BESIDE))
    regions = found["hungarian_matched"] + found["hungarian_unmatched"]
    published = [f"{title:<{wide}}  {found[key]:.6f}" for key, title in _TITLES]
    other = [f"{title:<{wide}}  {found['beside'][key]:.6f}" for key, title in _BESIDE]
    return "\n".join(
        (
            LIGHT_TIGHT, *published, *other[:2],
            f"{found['hungarian_matched']} of {regions} regions matched; "
            f"edit distance {found['edit_distance']} of {found['gt_length']} characters",
            "", PLAIN, *other[2:],
        )
    )  # fmt: skip


def all_cases_text(found: dict[str, Any]) -> str:
    """A row a case, the aggregate with and without failed images."""
    wide = max([len("all that were read"), *(len(c["id"]) for c in found["cases"])])
    names = ("hungarian_nls", "boc_f1", "ned", "cer")

    def row(label: str, values: dict[str, Any]) -> str:
        return f"{label:<{wide}}  " + "  ".join(f"{values[n]:>8.6f}" for n in names)

    rows = [f"{'':<{wide}}  " + "  ".join(f"{t:>8}" for t in ("NLS", "BoC-F1", "NED", "CER"))]
    rows += [row(c["id"], c) for c in found["cases"]]
    rows.append(row("all that were read", found["aggregate"]))
    if found["failed"]:
        rows.append(row("failures as empty", found["errors_as_empty"]))
    count = found["aggregate"]["n_images"]
    return "\n".join((*rows, f"{count} images, {len(found['failed'])} failed", LIGHT_TIGHT))
