"""Charts of the pages Accuracy and Dashboard, by Altair in the theme's colours; never by colour alone.

Vega runs under the content security policy: Streamlit gives it an interpreter instead of `eval`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from evaluation.league import MERGED, Curve, Row
from pages.identity import language, t
from workflow.accuracy import title

HEIGHT = 300
PERCENT = alt.Axis(format="%", tickCount=5)
INSIDE = alt.Legend(orient="bottom-right", title=None, labelLimit=320, symbolStrokeWidth=2, offset=8)
"""Where a review curve, which rises from the left, leaves room."""


def curve_name(curve: Curve) -> str:
    """What a review curve is called in its legend and its CSV."""
    if curve.name in {"risk", "ideal"}:
        return t(f"accuracy.curve_{curve.name}")
    return t("accuracy.curve_engine", engine=title(curve.name, language()))


def review_curve(curves: Sequence[Curve]) -> Any:
    """Share of the words looked at -> share of the errors found."""
    names = [curve_name(c) for c in curves]
    rows = [{"curve": curve_name(c), "looked_at": x, "found": y} for c in curves for x, y in c.points]
    dashes = [[1, 0], [2, 3], [7, 4]][: len(names)]
    return (
        alt.Chart(alt.InlineData(values=rows), height=HEIGHT)
        .mark_line()
        .encode(
            x=alt.X("looked_at:Q", title=t("accuracy.looked_at"), axis=PERCENT, scale=_scale(0.0, 1.0)),
            y=alt.Y("found:Q", title=t("accuracy.errors_found"), axis=PERCENT, scale=_scale(0.0, 1.0)),
            color=alt.Color("curve:N", sort=names, legend=INSIDE),
            strokeDash=alt.StrokeDash("curve:N", sort=names, scale=alt.Scale(domain=names, range=dashes)),
            tooltip=[
                alt.Tooltip("curve:N", title=" "),
                alt.Tooltip("looked_at:Q", title=t("accuracy.looked_at"), format=".0%"),
                alt.Tooltip("found:Q", title=t("accuracy.errors_found"), format=".1%"),
            ],
        )
    )


def reliability(bins: Sequence[Mapping[str, float]]) -> Any:
    """Stated risk -> share that was wrong, with the line on which both are equal."""
    rows = [dict(b) for b in bins]
    ideal = (
        alt.Chart(alt.InlineData(values=[{"x": 0, "y": 0}, {"x": 1, "y": 1}]))
        .mark_line(strokeDash=[2, 3], strokeWidth=1, opacity=0.6)
        .encode(x=alt.X("x:Q"), y=alt.Y("y:Q"))
    )
    x = alt.X("risk:Q", title=t("accuracy.stated_risk"), axis=PERCENT, scale=_scale(0.0, 1.0))
    y = alt.Y("wrong:Q", title=t("accuracy.wrong_in_fact"), axis=PERCENT, scale=_scale(0.0, 1.0))
    base = alt.Chart(alt.InlineData(values=rows), height=HEIGHT)
    points = base.mark_circle(opacity=0.9).encode(
        x=x,
        y=y,
        size=alt.Size("slots:Q", title=None, scale=alt.Scale(type="sqrt", range=[30, 500]), legend=None),
        tooltip=[
            alt.Tooltip("slots:Q", title=t("dashboard.words"), format=","),
            alt.Tooltip("risk:Q", title=t("accuracy.stated_risk"), format=".1%"),
            alt.Tooltip("wrong:Q", title=t("accuracy.wrong_in_fact"), format=".1%"),
        ],
    )
    return alt.layer(ideal, base.mark_line(strokeWidth=1.5).encode(x=x, y=y), points)


def cost_against_accuracy(rows: Sequence[Row]) -> Any:
    """Cost a page, or seconds where nothing costs, -> characters read right."""
    priced = any(r.cost for r in rows)
    what = t("accuracy.cost" if priced else "accuracy.seconds")
    values: list[dict[str, Any]] = [
        {
            "name": title(r.name, language()) if r.name != MERGED else t("accuracy.merged_short"),
            "spent": r.cost if priced else r.seconds,
            "right": max(1.0 - r.cer, 0.0),
        }
        for r in rows
    ]
    least = max(min((v["right"] for v in values), default=0.0) - 0.08, 0.0)
    most = 1.15 * (max((v["spent"] for v in values), default=1.0) or 1.0)
    _place_names(values, most, 1.0 - least)
    base = alt.Chart(alt.InlineData(values=values), height=HEIGHT).encode(
        x=alt.X("spent:Q", title=what, axis=alt.Axis(tickCount=5), scale=_scale(0.0, most)),
        y=alt.Y("right:Q", title="1 - CER", axis=PERCENT, scale=_scale(least, 1.0)),
        color=alt.Color("name:N", legend=None),
        tooltip=[
            alt.Tooltip("name:N", title=" "),
            alt.Tooltip("spent:Q", title=what, format=".4~g"),
            alt.Tooltip("right:Q", title="1 - CER", format=".1%"),
        ],
    )
    names = [
        base.mark_text(align=align, dx=10 if align == "left" else -10, dy=dy, fontSize=12)
        .encode(text="name:N")
        .transform_filter((alt.datum.align == align) & (alt.datum.dy == dy))
        for align, dy in sorted({(v["align"], v["dy"]) for v in values})
    ]
    return alt.layer(base.mark_circle(size=90, opacity=1), *names)


def _place_names(values: list[dict[str, Any]], wide: float, high: float) -> None:
    """Each point's name on the side with more room; a little up and down where two would overlap."""
    placed: list[dict[str, Any]] = []
    for value in sorted(values, key=lambda v: -v["right"]):
        near = [
            other
            for other in placed
            if abs(other["right"] - value["right"]) < 0.06 * high
            and abs(other["spent"] - value["spent"]) < 0.5 * wide
        ]
        value["align"] = "left" if value["spent"] < wide / 2 else "right"
        value["dy"] = 0
        if near:
            near[-1]["dy"], value["dy"] = -9, 9
        placed.append(value)


def _scale(least: float, most: float) -> alt.Scale:
    return alt.Scale(domain=[least, most], nice=False)


def days(rows: Sequence[tuple[str, str, float]], day: str, amount: str) -> Any:
    """(day, who, how much) as stacked bars, each with its name on hover and in the legend."""
    values = [{"day": at, "who": who, "n": n} for at, who, n in rows]
    return (
        alt.Chart(alt.InlineData(values=values), height=HEIGHT, description=f"{amount}, {day}")
        .mark_bar(stroke="currentColor", strokeWidth=0.5)
        .encode(
            x=alt.X("day:O", title=day),
            y=alt.Y("n:Q", title=amount),
            color=alt.Color("who:N", legend=alt.Legend(orient="bottom", title=None, labelLimit=240)),
            tooltip=[
                alt.Tooltip("day:O", title=day),
                alt.Tooltip("who:N", title=" "),
                alt.Tooltip("n:Q", title=amount),
            ],
        )
    )
