"""Ink that says nothing: signatures, seals, rules, check boxes. None of it has a word in the truth."""

from __future__ import annotations

import random
from typing import Any

import cv2
import numpy as np

from .sheet import Sheet

Ink = tuple[int, int, int]


def signature(sheet: Sheet, x: float, y: float, height: float, ink: Ink, chance: random.Random) -> None:
    """A flourish that nobody can read, `height` pixels tall, its middle at y."""
    points = []
    along = x
    for n in range(chance.randint(7, 18)):
        tall = height * (0.9 if n < 2 else chance.choice((0.15, 0.3, 0.5)))
        # Up and down strokes with a loop between them, as a running hand has.
        for side, step in ((-1, 0.16), (-0.4, 0.22), (0.5, -0.08)):
            points.append((along, y + side * tall * chance.uniform(0.5, 1)))
            along += height * step * chance.uniform(0.4, 1.6)
    curve = _smooth(points)
    width = max(1, round(height / 22))
    cv2.polylines(sheet.paper, [curve], False, tuple(float(c) for c in ink), width, cv2.LINE_AA)
    if chance.random() < 0.5:
        end = (round(along + height * 0.4), round(y + height * chance.uniform(0, 0.5)))
        cv2.line(
            sheet.paper,
            (round(x), round(y + height * 0.5)),
            end,
            tuple(float(c) for c in ink),
            width,
            cv2.LINE_AA,
        )


def _smooth(points: list[tuple[float, float]]) -> Any:
    p = np.array([points[0], *points, points[-1]])
    t = np.linspace(0, 1, 12, endpoint=False)[:, None]
    parts = []
    for a, b, c, d in zip(p, p[1:], p[2:], p[3:], strict=False):  # Catmull and Rom's spline
        parts.append(
            0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        )
    return np.concatenate(parts).round().astype(np.int32) if parts else p.round().astype(np.int32)


def seal(sheet: Sheet, x: float, y: float, radius: float, ink: Ink, chance: random.Random) -> None:
    """A round seal with worn dashes where letters were."""
    size = round(2 * radius) + 8
    mask = np.zeros((size, size), np.uint8)
    centre = (size // 2, size // 2)
    cv2.circle(mask, centre, round(radius), 255, max(1, round(radius / 18)), cv2.LINE_AA)
    cv2.circle(mask, centre, round(radius * 0.62), 255, 1, cv2.LINE_AA)
    for degrees in range(0, 360, 14):
        if chance.random() < 0.8:
            turn = np.radians(degrees + chance.uniform(-3, 3))
            ends = [
                (round(centre[0] + radius * r * np.cos(turn)), round(centre[1] + radius * r * np.sin(turn)))
                for r in (0.7, chance.uniform(0.78, 0.92))
            ]
            cv2.line(mask, ends[0], ends[1], 255, max(1, round(radius / 20)), cv2.LINE_AA)
    for arm in range(5):
        turn = np.radians(90 + arm * 144)
        after = np.radians(90 + (arm + 1) * 144)
        ends = [
            (round(centre[0] + radius * 0.35 * np.cos(a)), round(centre[1] - radius * 0.35 * np.sin(a)))
            for a in (turn, after)
        ]
        cv2.line(mask, ends[0], ends[1], 255, max(1, round(radius / 30)), cv2.LINE_AA)
    worn: Any = np.clip(sheet.noise.normal(0.75, 0.3, (9, 9)), 0.15, 1).astype(np.float32)
    worn = cv2.resize(worn, (size, size), interpolation=cv2.INTER_LINEAR)
    sheet.blend(mask * worn, (x - radius, y - radius), ink, chance.uniform(0.35, 0.8))


def frame(
    sheet: Sheet, text: tuple[float, float, float, float], lines: int, angle: float, ink: Ink, strength: float
) -> None:
    """A box around stamped lines: `text` is (x, baseline, width, size) of the first, turned by degrees."""
    x, y, wide, size = text
    turn = np.radians(angle)
    along, down = np.array([np.cos(turn), -np.sin(turn)]), np.array([np.sin(turn), np.cos(turn)])
    low, high = -size * 1.15, size * (1.2 * (lines - 1) + 0.5)
    corners = [
        np.array([x, y]) + along * a + down * d
        for a, d in (
            (-size * 0.5, low),
            (wide + size * 0.6, low),
            (wide + size * 0.6, high),
            (-size * 0.5, high),
        )
    ]
    mask = np.zeros((sheet.height, sheet.width), np.uint8)
    cv2.polylines(
        mask, [np.array(corners).round().astype(np.int32)], True, 255, max(1, round(size / 10)), cv2.LINE_AA
    )
    sheet.blend(mask, (0, 0), ink, strength)


def ruled(sheet: Sheet, leading: float, first: float, chance: random.Random) -> None:
    """Ruled, squared or dotted paper whose lines carry the baselines."""
    ink: Ink = chance.choice(((170, 190, 225), (190, 190, 190), (215, 170, 175), (160, 175, 190)))
    kind = chance.choice(("lines", "lines", "lines", "squares", "dots"))
    y = first
    while y < sheet.height - leading:
        sheet.rule((0, y, sheet.width, y), ink, max(1, sheet.dpi / 150), dashed=kind == "dots")
        y += leading
    if kind == "squares":
        x = leading / 2
        while x < sheet.width:
            sheet.rule((x, 0, x, sheet.height), ink, max(1, sheet.dpi / 150))
            x += leading / 2
    elif chance.random() < 0.4:
        x = sheet.dpi * chance.uniform(0.5, 1.1)
        sheet.rule((x, 0, x, sheet.height), (225, 140, 145), max(1, sheet.dpi / 150))


def check_box(
    sheet: Sheet, x: float, y: float, side: float, ticked: bool, ink: Ink, chance: random.Random
) -> None:
    """A box on the baseline y, ticked or not by hand."""
    sheet.box((x, y - side, x + side, y), (50, 50, 50), max(1, side / 14))
    if not ticked:
        return
    width = max(1, side / 8)
    jolt = side * 0.25
    if chance.random() < 0.5:
        sheet.rule(
            (x - jolt * chance.random(), y - side - jolt * chance.random(), x + side, y + jolt * 0.5),
            ink,
            width,
        )
        sheet.rule((x - jolt * 0.3, y + jolt * chance.random(), x + side + jolt, y - side - jolt), ink, width)
    else:
        sheet.rule((x, y - side * 0.5, x + side * 0.4, y), ink, width)
        sheet.rule((x + side * 0.4, y, x + side * 1.2, y - side * 1.2), ink, width)
