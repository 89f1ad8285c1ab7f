"""Writes text and ink on one page and keeps the truth of it: each word's own ink, line by line.

Coordinates are pixels of the unworn page, origin top left, y down; text stands on a baseline. The wear comes
later (wear.py) and takes the ink's outline along, so a truth box is the box of the ink that is in the image.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageDraw

from .fonts import Face

Array = Any
UNSPACED = "\u3000-\u30ff\u3400-\u9fff\uff00-\uffef"
_PIECES = re.compile(rf"[{UNSPACED}]|[^{UNSPACED}\s]+")
_INK = 90
"""Of 255: a pixel counts as a word's ink from here, as an eye would say."""


@dataclass(frozen=True)
class Pen:
    """What writes: a face at a size in pixels, a colour, and how steady the hand or the machine is."""

    face: Face
    size: float
    ink: tuple[int, int, int] = (20, 20, 20)
    strength: float = 1.0
    uneven: float = 0.0
    """0..1: how much the ink comes and goes along a word."""
    tremor: float = 0.0
    """Elastic displacement in parts of the size."""
    wander: float = 0.0
    """How far words leave the baseline, in parts of the size."""
    sway: float = 0.0
    """Spread of the words' size, slant and angle."""
    slant: float = 0.0
    gap: float = 1.0
    """Word space, in parts of the face's own."""
    letterwise: bool = False
    """Letter by letter, each with its own jolt: a typewriter, a hand that prints."""
    width: int = 0
    """Stroke added around the letters, in pixels."""

    @property
    def writing(self) -> str:
        return "handwritten" if self.face.hand else "printed"

    def scaled(self, factor: float) -> Pen:
        return replace(self, size=self.size * factor)


@dataclass
class Written:
    """One word with the outline of its ink (n x 2, pixels)."""

    text: str
    outline: Array
    writing: str
    glued: bool
    """Without a space before it."""


@dataclass
class Sheet:
    """A page while it is being written. `paper` is float32 RGB, `lines` the truth in reading order."""

    width: int
    height: int
    dpi: int
    language: str
    seed: int
    paper: Array = field(init=False)
    lines: list[list[Written]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.paper = np.full((self.height, self.width, 3), 255, np.float32)
        self.chance = random.Random(f"sheet{self.seed}")
        self.noise = np.random.default_rng(self.seed)

    def px(self, points: float) -> float:
        """Typographic points in pixels."""
        return points * self.dpi / 72

    def length(self, text: str, pen: Pen) -> float:
        """How far the text reaches, in pixels."""
        return float(pen.face.at(pen.size).getlength(pen.face.writable(text))) * (
            1.02 if pen.face.hand else 1
        )

    def write(
        self, text: str, x: float, y: float, pen: Pen, limit: float | None = None, angle: float = 0.0
    ) -> float:
        """One line of truth from (x, y) on, at `angle` degrees (90 reads upwards).

        Stops before the first word that would pass `limit` (pixels along the line, without: the page's edge).
        Returns how far it came, in pixels.
        """
        line: list[Written] = []
        font = pen.face.at(pen.size)
        space = float(font.getlength(" ")) * pen.gap
        if limit is None:
            limit = self.width - x - 2 if not angle else 1e9
        along, drift = 0.0, 0.0
        turn = np.radians(angle)
        end = 0
        for match in _PIECES.finditer(text):
            word = pen.face.writable(match.group())
            if not word:
                continue
            glued = bool(line) and match.start() == end
            wide = float(font.getlength(word))
            step = 0.0 if glued or not line else space * (1 + pen.sway * self.chance.uniform(-2, 4))
            if along + step + wide > limit + 1:
                break
            along += step
            drift = 0.8 * drift + pen.wander * pen.size * self.chance.gauss(0, 0.5)
            at = (
                x + along * np.cos(turn) + drift * np.sin(turn),
                y - along * np.sin(turn) + drift * np.cos(turn),
            )
            outline = self._word(word, at, pen, angle)
            if outline is not None:
                line.append(Written(word, outline, pen.writing, glued))
                end = match.end()
            along += wide
        if line:
            self.lines.append(line)
        return along

    def paragraph(
        self, text: str, x: float, y: float, width: float, pen: Pen, leading: float, bottom: float,
        hyphens: bool = False,
    ) -> float:  # fmt: skip
        """The text broken into lines of `width`; stops at `bottom`. Returns the next baseline."""
        rest = text.strip()
        while rest and y <= bottom:
            taken = self._fits(rest, width, pen)
            line, rest = rest[:taken].strip(), rest[taken:].strip()
            if hyphens and rest and self.chance.random() < 0.25:
                head = rest.split(" ")[0]
                cut = len(head) // 2
                if head.isalpha() and len(head) > 6 and self.length(f"{line} {head[:cut]}-", pen) < width:
                    line, rest = f"{line} {head[:cut]}-", rest[cut:]
            self.write(line, x, y, pen, limit=width + pen.size)
            y += leading
        return y

    def _fits(self, text: str, width: float, pen: Pen) -> int:
        ends = [m.end() for m in _PIECES.finditer(text)]
        low, high = 0, len(ends) - 1
        while low < high:
            middle = (low + high + 1) // 2
            if self.length(text[: ends[middle]], pen) <= width:
                low = middle
            else:
                high = middle - 1
        return ends[low] if ends else len(text)

    def upright(self, text: str, x: float, y: float, pen: Pen, bottom: float) -> int:
        """One line of Japanese from top to bottom, centred on x; returns how many characters it took."""
        line: list[Written] = []
        taken = 0
        for character in text:
            if y + pen.size > bottom:
                break
            taken += 1
            shown = pen.face.writable(character)
            if not shown.strip():
                continue
            at = (x + pen.wander * pen.size * self.chance.gauss(0, 0.4), y)
            outline = self._word(shown, at, pen, 0.0, down=True)
            if outline is not None:
                line.append(Written(shown, outline, pen.writing, bool(line)))
            y += pen.size * (1.05 + pen.sway * self.chance.uniform(-0.3, 0.6))
        if line:
            self.lines.append(line)
        return taken

    def comb(self, text: str, x: float, y: float, pen: Pen, cell: float) -> None:
        """One line of truth with one character in each cell from x on, `cell` pixels wide.

        Its words are the text's words, each with the ink of all its cells.
        """
        line: list[Written] = []
        for match in _PIECES.finditer(text):
            outlines = []
            shown = ""
            for n, character in enumerate(match.group(), match.start()):
                letter = pen.face.writable(character)
                wide = float(pen.face.at(pen.size).getlength(letter)) if letter else 0.0
                at = (x + n * cell + max(1.0, (cell - wide) / 2), y)
                outline = self._word(letter, at, pen, 0.0) if letter else None
                if outline is not None:
                    outlines.append(outline)
                    shown += letter
            if outlines:
                hull = cv2.convexHull(np.concatenate(outlines))[:, 0, :]
                glued = bool(line) and match.start() > 0 and text[match.start() - 1] != " "
                line.append(Written(shown, hull, pen.writing, glued))
        if line:
            self.lines.append(line)

    def _word(
        self, word: str, at: tuple[float, float], pen: Pen, angle: float, down: bool = False
    ) -> Array | None:
        """Draws one word; the outline of its ink, or None where nothing of it is on the page."""
        grow = 1 + pen.sway * self.chance.gauss(0, 0.25)
        font = pen.face.at(pen.size * grow)
        pad = 3 + pen.width + round(0.3 * pen.size * (pen.tremor > 0))
        if down:
            left, top, right, bottom = font.getbbox(word, direction="ttb", anchor="mt")
        else:
            left, top, right, bottom = font.getbbox(word, anchor="ls")
        shape = (int(right - left) + 2 * pad + 2, int(bottom - top) + 2 * pad + 2)
        if min(shape) <= 2 * pad:
            return None
        picture = Image.new("L", shape, 0)
        draw = ImageDraw.Draw(picture)
        origin = (pad - left, pad - top)
        if down:
            draw.text(origin, word, font=font, fill=255, direction="ttb", anchor="mt", stroke_width=pen.width)
        elif pen.letterwise:
            for n, letter in enumerate(word):
                place = origin[0] + font.getlength(word[:n])
                jolt = pen.wander * pen.size * self.chance.gauss(0, 0.6)
                draw.text(
                    (place, origin[1] + jolt), letter, font=font, anchor="ls", stroke_width=pen.width,
                    fill=round(255 * (1 - pen.uneven * self.chance.random() ** 2)),
                )  # fmt: skip
        else:
            draw.text(origin, word, font=font, fill=255, anchor="ls", stroke_width=pen.width)
        mask = np.asarray(picture)
        shift = (at[0] - origin[0], at[1] - origin[1])
        if pen.tremor:
            mask = self._trembled(mask, pen.tremor * pen.size)
        lean = pen.slant + pen.sway * self.chance.gauss(0, 0.15)
        turn = angle + pen.sway * self.chance.gauss(0, 6)
        if abs(lean) > 0.005 or abs(turn) > 0.05:
            mask, shift = _turned(mask, origin, at, lean, turn)
        if pen.uneven and not pen.letterwise:
            mask = mask * self._clouds(mask.shape, 1 - 0.7 * pen.uneven, max(4, round(pen.size)))
        return self.blend(mask, shift, pen.ink, pen.strength)

    def _trembled(self, mask: Array, reach: float) -> Array:
        height, width = mask.shape
        grid = (max(2, round(width / (3 * reach + 12)) + 2), max(2, round(height / (3 * reach + 12)) + 2))
        moves = [
            cv2.resize(
                self.noise.normal(0, 0.5 * reach, grid[::-1]).astype(np.float32), (width, height),
                interpolation=cv2.INTER_CUBIC,
            )
            for _ in range(2)
        ]  # fmt: skip
        x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
        return cv2.remap(mask, x + moves[0], y + moves[1], cv2.INTER_LINEAR)

    def _clouds(self, shape: tuple[int, ...], low: float, size: int) -> Array:
        grid = (max(2, shape[1] // size + 2), max(2, shape[0] // size + 2))
        field_ = self.noise.uniform(low, 1.0, grid[::-1]).astype(np.float32)
        return cv2.resize(field_, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)

    def blend(
        self, mask: Array, shift: tuple[float, float], ink: tuple[int, int, int], strength: float
    ) -> Array | None:
        """Lays ink through a mask (0..255) with its corner at `shift`; the outline of what is on the page."""
        x, y = round(shift[0]), round(shift[1])
        x0, y0 = max(0, x), max(0, y)
        x1, y1 = min(self.width, x + mask.shape[1]), min(self.height, y + mask.shape[0])
        if x0 >= x1 or y0 >= y1:
            return None
        part = np.asarray(mask[y0 - y : y1 - y, x0 - x : x1 - x], dtype=np.float32)
        share = part[..., None] / 255 * strength
        spot = self.paper[y0:y1, x0:x1]
        # Ink darkens what is there, it never lightens it.
        self.paper[y0:y1, x0:x1] = np.minimum(spot, spot * (1 - share) + np.array(ink, np.float32) * share)
        rows, columns = np.nonzero(part >= min(_INK, 0.6 * float(part.max())))
        if not len(rows) or part.max() < 40:
            return None
        points = np.stack([columns + x0, rows + y0], axis=1).astype(np.float32)
        corners = np.concatenate([points + np.array(c, np.float32) for c in ((0, 0), (1, 0), (0, 1), (1, 1))])
        return cv2.convexHull(corners)[:, 0, :]

    def rule(
        self,
        ends: tuple[float, float, float, float],
        ink: tuple[int, int, int],
        width: float,
        dashed: bool = False,
    ) -> None:
        """A straight line of ink that is no word, from (x0, y0) to (x1, y1), `width` pixels wide."""
        colour = tuple(float(c) for c in ink)
        x0, y0, x1, y1 = ends
        steps = max(1, round(max(abs(x1 - x0), abs(y1 - y0)) / (3 * width + 2))) if dashed else 1
        for n in range(0, steps, 2):
            start = (round(x0 + (x1 - x0) * n / steps), round(y0 + (y1 - y0) * n / steps))
            end = (round(x0 + (x1 - x0) * (n + 1) / steps), round(y0 + (y1 - y0) * (n + 1) / steps))
            cv2.line(self.paper, start, end, colour, max(1, round(width)), cv2.LINE_AA)

    def box(
        self, corners: tuple[float, float, float, float], ink: tuple[int, int, int], width: float
    ) -> None:
        x0, y0, x1, y1 = corners
        for ends in ((x0, y0, x1, y0), (x0, y1, x1, y1), (x0, y0, x0, y1), (x1, y0, x1, y1)):
            self.rule(ends, ink, width)

    def truth(
        self, place: Callable[[Array], Array], size: tuple[int, int], image: Array | None = None
    ) -> tuple[list[Any], list[Any]]:
        """Lines and words of the truth; `place` leads points of the page to the image of `size` (w, h).

        With the worn `image` (uint8 RGB), words whose ink the wear took away are left out.
        """
        lines, words = [], []
        grey = None if image is None else cv2.GaussianBlur(image, (3, 3), 0).mean(2)
        for line in self.lines:
            kept: list[dict[str, Any]] = []
            text = ""
            for word in line:
                points = place(word.outline)
                low = np.clip(points.min(0), 0, size)
                high = np.clip(points.max(0), 0, size)
                if min(high - low) < 1:
                    continue
                box = [round(float(v), 1) for v in (*low, *high)]
                if grey is not None and not _visible(grey, box):
                    continue
                text += ("" if word.glued or not text else " ") + word.text
                kept.append({"text": word.text, "box": box, "writing": word.writing})
            if kept:
                boxes = np.array([w["box"] for w in kept])
                own = [*boxes[:, :2].min(0).tolist(), *boxes[:, 2:].max(0).tolist()]
                lines.append({"text": text, "box": own, "writing": kept[0]["writing"]})
                words += kept
        return lines, words


def _visible(grey: Array, box: list[float]) -> bool:
    """Whether some ink is left in the box: strokes clearly darker than the paper and its noise."""
    x0, y0, x1, y1 = (round(v) for v in box)
    reach = max(4, (y1 - y0) // 3)
    around = grey[max(0, y0 - reach) : y1 + reach, max(0, x0 - reach) : x1 + reach]
    inside = grey[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)]
    if not around.size or not inside.size:
        return False
    paper, noise = np.percentile(around, 75), np.percentile(around, 75) - np.percentile(around, 60)
    dark = inside < paper - max(18.0, 4 * noise)
    return bool(dark.sum() >= max(4, 0.03 * dark.size))


def _turned(
    mask: Array, origin: tuple[float, float], at: tuple[float, float], lean: float, degrees: float
) -> tuple[Array, tuple[float, float]]:
    """The mask leant and turned about its origin, and where its corner now lies on the page."""
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    matrix = turn @ np.array([[1.0, -lean], [0.0, 1.0]])
    height, width = mask.shape
    corners = np.array([[0, 0], [width, 0], [0, height], [width, height]], float) - origin
    moved = corners @ matrix.T
    low, high = np.floor(moved.min(0)) - 1, np.ceil(moved.max(0)) + 1
    size = tuple(int(v) for v in high - low)
    offset = -matrix @ np.array(origin) - low
    out = cv2.warpAffine(mask, np.hstack([matrix, offset[:, None]]), size, flags=cv2.INTER_LINEAR)
    return out, (at[0] + low[0], at[1] + low[1])
