"""Line charts as SVG, by hand: no plotting library, no script, the same bytes from the same figures.

Nothing here knows what the figures mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000")
"""Told apart by colour-blind people as well (Okabe and Ito 2008)."""
DASHES: Final = ("", "7 4", "2 3", "9 3 2 3")
WIDTH, HEIGHT = 640, 440
LEFT, TOP, RIGHT, BOTTOM = 64, 56, 20, 92


@dataclass(frozen=True, slots=True)
class Series:
    """A line of a chart: points (x, y), both 0..1. `marks`: their sizes in pixels, none for a bare line."""

    name: str
    points: Sequence[tuple[float, float]]
    marks: Sequence[float] = ()
    faint: bool = False


def chart(title: str, explanation: str, x_label: str, y_label: str, series: Sequence[Series]) -> str:
    """Both axes run from 0 to 100 %. `explanation`: one sentence on how to read it."""
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def place(x: float, y: float) -> str:
        return f"{LEFT + wide * min(max(x, 0.0), 1.0):.1f},{TOP + high * (1 - min(max(y, 0.0), 1.0)):.1f}"

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif" font-size="12" role="img">',
        f"<title>{escape(title)}</title><desc>{escape(explanation)}</desc>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="22" font-size="15" font-weight="bold">{escape(title)}</text>',
        f'<text x="{LEFT}" y="42" fill="#555" font-size="11">{escape(explanation)}</text>',
    ]
    for step in range(0, 101, 20):
        x, y = LEFT + wide * step / 100, TOP + high * (1 - step / 100)
        parts += [
            f'<path d="M{LEFT},{y:.1f}H{LEFT + wide}M{x:.1f},{TOP}V{TOP + high}" stroke="#ddd"/>',
            f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{step} %</text>',
            f'<text x="{x:.1f}" y="{TOP + high + 18}" text-anchor="middle">{step} %</text>',
        ]
    parts += [
        f'<text x="{LEFT + wide / 2}" y="{TOP + high + 36}" text-anchor="middle">{escape(x_label)}</text>',
        f'<text transform="translate(16,{TOP + high / 2}) rotate(-90)" text-anchor="middle">'
        f"{escape(y_label)}</text>",
    ]
    legend = float(LEFT)
    row = HEIGHT - 26
    for n, line in enumerate(series):
        colour = "#999" if line.faint else COLOURS[n % len(COLOURS)]
        dash = DASHES[n // len(COLOURS) % len(DASHES)] if not line.faint else "4 4"
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        style = f'fill="none" stroke="{colour}" stroke-width="2"{dashes}'
        path = "L".join(place(x, y) for x, y in line.points)
        if path:
            parts.append(f'<path d="M{path}" {style}/>')
        for (x, y), size in zip(line.points, line.marks, strict=False):
            cx, cy = place(x, y).split(",")
            parts.append(f'<circle cx="{cx}" cy="{cy}" r="{size:.1f}" fill="{colour}" fill-opacity="0.6"/>')
        length = 34 + 6.4 * len(line.name)
        if legend + length > WIDTH and legend > LEFT:
            legend, row = float(LEFT), row + 16
        parts += [
            f'<path d="M{legend:.0f},{row - 4}h20" {style}/>',
            f'<text x="{legend + 25:.0f}" y="{row}">{escape(line.name)}</text>',
        ]
        legend += length
    return "\n".join([*parts, "</svg>\n"])
