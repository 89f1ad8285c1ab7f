"""Prints, folds, ages and scans a page: geometry that leads the truth along, and light, grain and codecs.

Each habit (office, copy, fax, photo, old, clean) draws its own strengths.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from .sheet import Sheet

Array = Any
HABITS = ("clean", "office", "office", "copy", "fax", "photo", "old", "old")


@dataclass
class Worn:
    """An image (uint8 RGB), how a point of the sheet got there, and the JPEG quality (0: lossless)."""

    image: Array
    place: Callable[[Array], Array]
    quality: int
    habit: str


def worn(sheet: Sheet, habit: str, chance: random.Random, noise: Any) -> Worn:
    page = sheet.paper
    if habit != "clean":
        page = _stains(page, habit, chance, noise, sheet.dpi)
    page, place = _bent(page, habit, chance, sheet.dpi)
    page = _light(page, habit, chance, noise)
    blur = {"clean": (0.0, 0.3), "fax": (0.4, 0.9), "photo": (0.5, 1.3)}.get(habit, (0.3, 1.0))
    radius = chance.uniform(*blur) * sheet.dpi / 150
    if radius > 0.2:
        page = cv2.GaussianBlur(page, (0, 0), radius)
    if habit != "clean":
        # Sensor noise goes with the square root of light; film and paper grain are wider than a pixel.
        grain = noise.normal(0, chance.choice((1, 4, 8, 14)), page.shape[:2]).astype(np.float32)
        if chance.random() < 0.4:
            grain = 1.6 * cv2.GaussianBlur(grain, (0, 0), 0.8)
        page = page + grain[..., None] * np.sqrt(np.clip(page, 20, 255) / 255)
    page = np.clip(page, 0, 255)
    quality = {"clean": 0, "fax": 0}.get(habit, chance.choice((35, 55, 70, 80, 90, 95)))
    if habit == "fax":
        return Worn(_fax(page, chance, noise), place, 0, habit)
    if habit in ("copy", "office") and chance.random() < 0.5:
        page = np.repeat(page.mean(2, keepdims=True), 3, axis=2)
    return Worn(page.astype(np.uint8), place, quality, habit)


def _stains(page: Array, habit: str, chance: random.Random, noise: Any, dpi: int) -> Array:
    height, width = page.shape[:2]
    if chance.random() < (0.6 if habit == "old" else 0.15):  # the other side shows through
        back = cv2.GaussianBlur(page[:, ::-1], (0, 0), dpi / 100)
        back = np.roll(back, chance.randint(-dpi // 3, dpi // 3), axis=0)
        page = page * (1 - chance.uniform(0.06, 0.28) * (1 - back / 255))
    if habit == "old" or chance.random() < 0.15:  # coloured paper, in clouds
        tint = chance.choice(
            (
                (244, 232, 205),
                (235, 222, 190),
                (225, 214, 196),
                (220, 232, 240),
                (250, 225, 225),
                (232, 240, 215),
            )
        )
        grid = noise.uniform(
            0.86 if habit == "old" else 0.97, 1, (max(3, height // (2 * dpi)), max(3, width // (2 * dpi)))
        )
        clouds = cv2.resize(grid.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
        page = page * (np.array(tint, np.float32) / 255) * clouds[..., None]
    if chance.random() < (0.5 if habit in ("old", "photo") else 0.15):  # folds
        for _ in range(chance.choice((1, 1, 2))):
            across = chance.random() < 0.6
            side = height if across else width
            at = side * chance.choice((0.33, 0.5, 0.67)) + chance.uniform(-0.02, 0.02) * side
            away = np.abs(np.arange(side, dtype=np.float32) - at)
            dip = (
                1
                - chance.uniform(0.08, 0.3) * np.exp(-away / (dpi * 0.02))
                - 0.05 * np.exp(-away / (dpi * 0.4))
            )
            page = page * (dip[:, None, None] if across else dip[None, :, None])
    if chance.random() < 0.3:  # ink fades towards one side
        fade = np.linspace(0, chance.uniform(0.1, 0.45), width, dtype=np.float32)[:: chance.choice((1, -1))]
        page = page + (np.percentile(page, 90) - page).clip(0) * fade[None, :, None]
    if chance.random() < 0.2:  # punch holes
        for share in (0.35, 0.65) if chance.random() < 0.6 else (0.12, 0.5, 0.88):
            centre = (round(0.018 * width + 0.12 * dpi), round(height * share))
            cv2.circle(page, centre, round(0.11 * dpi), (40.0, 40.0, 40.0), -1, cv2.LINE_AA)
    if chance.random() < (0.8 if habit in ("copy", "fax") else 0.2):  # specks of toner and dirt
        for _ in range(chance.randint(10, 220)):
            centre = (chance.randrange(width), chance.randrange(height))
            cv2.circle(page, centre, chance.choice((0, 0, 0, 1, 1, 2)) * dpi // 150, (60.0, 60.0, 60.0), -1)
    return page


def _bent(page: Array, habit: str, chance: random.Random, dpi: int) -> tuple[Array, Callable[[Array], Array]]:
    """Skew, perspective and curl with a border around; the map of points goes with it."""
    height, width = page.shape[:2]
    skew = {"clean": 0.0, "photo": chance.uniform(-3, 3)}.get(
        habit, chance.choice((0, 0, 1)) * chance.gauss(0, 1.1)
    )
    skew = max(-3.0, min(3.0, skew))
    border = round(dpi * chance.uniform(0.1, 0.4)) if habit == "photo" or chance.random() < 0.12 else 0
    outside = (chance.randint(15, 120),) * 3 if border else (250, 250, 250)
    matrix = np.eye(3)
    matrix[:2] = cv2.getRotationMatrix2D((width / 2, height / 2), skew, 1.0)
    matrix[:2, 2] += border
    size = (width + 2 * border, height + 2 * border)
    if habit == "photo":
        corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        reach = chance.uniform(0.005, 0.03) * width
        moved = corners + np.array(
            [[chance.uniform(-reach, reach) for _ in "xy"] for _ in corners], np.float32
        )
        matrix = matrix @ cv2.getPerspectiveTransform(corners, moved)
    curl = chance.uniform(-0.012, 0.012) * height if habit == "photo" and chance.random() < 0.6 else 0.0
    if skew or border or habit == "photo":
        page = cv2.warpPerspective(page, matrix, size, flags=cv2.INTER_CUBIC, borderValue=outside)
    if curl:
        x, y = np.meshgrid(np.arange(size[0], dtype=np.float32), np.arange(size[1], dtype=np.float32))
        bow = curl * np.sin(np.pi * x / size[0])
        page = cv2.remap(page, x, y - bow, cv2.INTER_LINEAR, borderValue=outside)

    def place(points: Array) -> Array:
        # OpenCV means a pixel's middle by its number, an outline runs along the pixels' edges.
        out = cv2.perspectiveTransform((points - 0.5)[None].astype(np.float64), matrix)[0]
        out[:, 1] += curl * np.sin(np.pi * out[:, 0] / size[0])
        return out + 0.5

    return page, place


def _light(page: Array, habit: str, chance: random.Random, noise: Any) -> Array:
    height, width = page.shape[:2]
    if habit in ("photo", "old") or chance.random() < 0.25:
        grid = noise.uniform(0.62 if habit == "photo" else 0.85, 1.0, (3, 3)).astype(np.float32)
        page = page * cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)[..., None]
    if habit == "copy":  # the copier's contrast: pale ink gone, dark ink fat
        page = 255 / (1 + np.exp(-(page - chance.uniform(110, 175)) / chance.uniform(18, 45)))
    contrast, lift = {"clean": (1.0, 0.0)}.get(habit, (chance.uniform(0.7, 1.0), chance.uniform(0, 30)))
    return page * contrast + lift


def _fax(page: Array, chance: random.Random, noise: Any) -> Array:
    """One bit: a threshold with its noise, and now and then a lost or doubled scan line."""
    grey = page.mean(2)
    threshold = cv2.blur(grey, (31, 31)) * chance.uniform(0.87, 0.95) + noise.normal(0, 4, grey.shape)
    bits = np.where(grey > threshold, 255, 0).astype(np.uint8)
    for _ in range(chance.choice((0, 0, 1, 3))):
        row = chance.randrange(1, len(bits))
        bits[row] = bits[row - 1] if chance.random() < 0.5 else 255
    return np.repeat(bits[..., None], 3, axis=2)
