"""An evaluation for people: tables as text, CSV files, the review curve and the reliability diagram.

What is measured and added up is evaluation.evaluate's.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from evaluation.evaluate import Evaluation, Group
from evaluation.measure import NORMALISATION
from evaluation.plots import Series, chart
from evaluation.tally import BINS, Tally
from model.errors import StorageFailed

READ_CURVE = (
    "The share of all word errors found when only the riskiest words are looked at; higher is better."
)
READ_RELIABILITY = (
    "Stated risk against the share of words really wrong; on the dashed line it means what it says."
)


# -- tables -------------------------------------------------------------------------------------


def tables(evaluation: Evaluation) -> str:
    """Engines and merge by group, then what failed. Rates are per cent."""
    data = evaluation.to_json()
    parts = [_accuracy(data["groups"]), _review(data["groups"]), f"Normalisation: {NORMALISATION}"]
    parts += [
        f"FAILED  {f['page']}{', ' + f['engine'] if f['engine'] else ''}: {f['message']}"
        for f in data["failures"]
    ]
    parts += [f"Note: {note}" for note in data["notes"]]
    return "\n".join(parts)


def _accuracy(groups: dict[str, Any]) -> str:
    rows: list[tuple[str, ...]] = []
    for name, group in groups.items():
        for engine, own in [*group["engines"].items(), ("merged", group["merged"])]:
            failed = own.get("failures", len(group["failed_pages"])) + own.get("missing", 0)
            rows.append(
                (
                    name,
                    engine,
                    f"{own['pages']}",
                    f"{failed}",
                    _percent(own["cer"]),
                    _percent(own["wer"]),
                    _percent(own["wer_order_free"]),
                    _percent(own["word_errors"]),
                    _percent(own["omissions"]),
                    f"{own['insertions']}",
                    f"{own['seconds']:.2f}" if "seconds" in own else "",
                )
            )
        merged = group["merged"]
        if merged["word_errors_to_best"] is not None:
            rows.append(
                ("", f"merged / {merged['best_engine']}", *[""] * 5, f"{merged['word_errors_to_best']:.2f}")
            )
            rows.append(("", "perfect choice", *[""] * 5, _percent(merged["word_errors_perfect_choice"])))
    head = (
        "group", "engine", "pages", "failed", "CER", "WER", "any order", "word errors", "omitted", "inserted",
        "s/page",
    )  # fmt: skip
    return _table(head, rows, 2)


def _review(groups: dict[str, Any]) -> str:
    rows = []
    for name, group in groups.items():
        own = group["merged"]
        rows.append(
            (
                name,
                *(_percent(v) for v in own["review_curve"].values()),
                " / ".join(_percent(v) for v in own["review_curve_at"].values()),
                _number(own["auroc"]),
                _number(own["ece"]),
                _percent(own["coverage"]),
                f"{own['ghosts']}",
                f"{own['unplaced']}",
            )
        )
    shares = [f"{p} %" for p in next(iter(groups.values()))["merged"]["review_curve"]]
    head = (
        "group: errors found", *shares, "2e / 3e / 5e", "AUROC", "ECE", "ink covered", "ghosts", "unplaced",
    )  # fmt: skip
    return _table(head, rows, 1)


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], left: int) -> str:
    """Columns, the first `left` of them aligned to the left."""
    lines = [[*row, *[""] * (len(head) - len(row))] for row in (head, *rows)]
    widths = [max(len(line[n]) for line in lines) for n in range(len(head))]
    out = []
    for line in lines:
        cells = [
            cell.ljust(width) if n < left else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        out.append("  ".join(cells).rstrip())
    return "\n".join([*out, ""])


# -- files --------------------------------------------------------------------------------------


def write(evaluation: Evaluation, folder: Path) -> list[Path]:
    """evaluation.json, CSV files and plots into a folder, which is made. Returns the files.

    Raises StorageFailed where that can't be written.
    """
    files = {
        "evaluation.json": json.dumps(evaluation.to_json(), ensure_ascii=False, indent=1) + "\n",
        "tables.txt": tables(evaluation),
        "engines.csv": _csv(_engine_rows(evaluation)),
        "pages.csv": _csv(_page_rows(evaluation)),
        "review_curve.csv": _csv(_curve_rows(evaluation)),
        "reliability.csv": _csv(_reliability_rows(evaluation)),
    }
    for name, group in evaluation.groups.items():
        if group.merged.tally.risk:
            files[f"review_curve_{_slug(name)}.svg"] = review_curve(name, group)
            files[f"reliability_{_slug(name)}.svg"] = reliability(name, group)
    out = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8", newline="")
            out.append(folder / name)
    except OSError as error:
        raise StorageFailed(f"{folder}: can't be written ({error.strerror}).", file=str(folder)) from None
    return out


def review_curve(name: str, group: Group) -> str:
    """The review curve of a group as SVG: merged, each engine by its own confidence, and the ideal order."""
    steps = [n / 50 for n in range(51)]
    series = [Series("merged", _points(group.merged.tally, steps))]
    series += [
        Series(f"{engine}, its confidence", _points(own.tally, steps))
        for engine, own in sorted(group.engines.items())
        if own.tally.risk
    ]
    ideal = [(s, v) for s in steps if (v := group.merged.tally.ideal(s)) is not None]
    series.append(Series("merged, ideal order", ideal, faint=True))
    return chart(f"Review curve: {name}", READ_CURVE, "words looked at", "errors found", series)


def reliability(name: str, group: Group) -> str:
    """The reliability diagram of a group's merge as SVG; marks are as large as their bins."""
    bins = group.merged.tally.bins()
    total = sum(b["slots"] for b in bins)
    line = Series(
        "merged (marks: share of the slots)",
        [(b["risk"], b["wrong"]) for b in bins],
        [3 + 14 * (b["slots"] / total) ** 0.5 for b in bins],
    )
    ideal = Series("calibrated", [(0.0, 0.0), (1.0, 1.0)], faint=True)
    return chart(f"Reliability: {name}", READ_RELIABILITY, "stated risk", "really wrong", [line, ideal])


def _points(tally: Tally, steps: Sequence[float]) -> list[tuple[float, float]]:
    return [(s, v) for s in steps if (v := tally.found(s)) is not None]


def _slug(name: str) -> str:
    return re.sub(r"[^\w-]+", "-", name).strip("-") or "group"


def _csv(rows: Iterable[dict[str, Any]]) -> str:
    items = list(rows)
    out = io.StringIO()
    fields = list(dict.fromkeys(key for row in items for key in row))
    writer = csv.DictWriter(out, fields, lineterminator="\n")
    writer.writeheader()
    writer.writerows(items)
    return out.getvalue()


def _engine_rows(evaluation: Evaluation) -> Iterable[dict[str, Any]]:
    for name, group in evaluation.to_json()["groups"].items():
        for engine, own in [*group["engines"].items(), ("merged", group["merged"])]:
            yield {"group": name, "engine": engine, **{k: v for k, v in own.items() if _plain(v)}}


def _plain(value: object) -> bool:
    return value is None or isinstance(value, bool | int | float | str)


def _page_rows(evaluation: Evaluation) -> Iterable[dict[str, Any]]:
    for page in evaluation.pages:
        start = {"page": page.name, "group": page.group}
        if page.failed:
            yield {**start, "engine": "", "failure": page.failures[0][1]}
            continue
        everyone = [(n, o.text, o.tally) for n, o in sorted(page.engines.items())]
        for engine, text, tally in [*everyone, ("merged", page.merged.text, page.merged.tally)]:
            yield {
                **start,
                "engine": engine,
                "failure": "; ".join(m for e, m in page.failures if e == engine),
                "cer": round(text.figures()["cer"], 6) if text.pages else None,
                "wer": round(text.figures()["wer"], 6) if text.pages else None,
                "words": tally.words,
                "word_errors": tally.total,
                "omitted": tally.omitted,
                "inserted": tally.inserted,
            }


def _curve_rows(evaluation: Evaluation) -> Iterable[dict[str, Any]]:
    for name, group in evaluation.groups.items():
        everyone = [("merged", group.merged.tally)]
        everyone += [(n, o.tally) for n, o in sorted(group.engines.items())]
        for engine, tally in everyone:
            for percent in range(0, 101, 2):
                found, ideal = tally.found(percent / 100), tally.ideal(percent / 100)
                if found is not None and ideal is not None:
                    yield {
                        "group": name,
                        "order": "risk" if engine == "merged" else "confidence",
                        "engine": engine,
                        "looked_at_percent": percent,
                        "errors_found": round(found, 6),
                        "ideal": round(ideal, 6),
                    }


def _reliability_rows(evaluation: Evaluation) -> Iterable[dict[str, Any]]:
    for name, group in evaluation.groups.items():
        for b in group.merged.tally.bins():
            yield {"group": name, "bins": BINS, **{k: round(v, 6) for k, v in b.items()}}
