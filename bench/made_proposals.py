"""Makes pages with signatures, stamps, photographs and codes whose places are known, for tests and bench.

A page is a typed letter (PyMuPDF's own faces, so no font of the machine's) with the boxes of its words; the
marks are drawn into it in millimetres at the page's resolution and the whole is worn like a scan. Every
number is another shape: nothing here is taken from a real hand, seal or photograph.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import pymupdf

Array = Any
Spot = tuple[str, tuple[float, float, float, float]]
"""Type and box (pixels of the page image) of a mark."""
INKS = ((25, 30, 110), (20, 20, 25), (30, 60, 150), (60, 60, 70))
STAMP_INKS = ((40, 60, 170), (180, 30, 40), (110, 50, 150), (20, 120, 80))
WORDS = [
    "the",
    "committee",
    "has",
    "looked",
    "at",
    "your",
    "letter",
    "of",
    "last",
    "week",
    "and",
    "will",
    "answer",
    "in",
    "writing",
    "once",
    "all",
    "members",
    "have",
    "met",
    "which",
    "should",
    "be",
    "the",
    "case",
    "before",
    "the",
    "end",
    "of",
    "this",
    "month",
    "since",
    "the",
    "building",
    "is",
    "closed",
    "in",
    "summer",
    "we",
    "ask",
    "you",
    "to",
    "send",
    "further",
    "papers",
    "by",
    "post",
    "only",
    "and",
    "to",
    "name",
    "the",
    "number",
    "shown",
    "above",
]


@dataclass
class Made:
    """A page: uint8 RGB, what is read on it (boxes), and the marks that were drawn."""

    image: Array
    dpi: int
    words: list[tuple[float, float, float, float]] = field(default_factory=list)
    marks: list[Spot] = field(default_factory=list)

    def mm(self, value: float) -> float:
        return value * self.dpi / 25.4


def letter(seed: int, dpi: int = 150, paragraphs: int = 4, ruled: bool = False) -> Made:
    """A typed A4 letter. Its lower third, and the right of its head, stay empty for marks."""
    chance = random.Random(seed)
    document = pymupdf.open()
    page = document.new_page(width=595, height=842)
    font, size = chance.choice(("helv", "tiro", "cour")), chance.choice((10, 11, 12))
    y = 130.0
    for _ in range(paragraphs):
        for _ in range(chance.randint(3, 6)):
            line = ""
            while pymupdf.get_text_length(line, font, size) < 400:
                line += chance.choice(WORDS) + " "
            page.insert_text((70, y), line.strip(), fontname=font, fontsize=size)
            y += 1.35 * size
        y += size
    page.insert_text((70, y + 10), "Yours sincerely", fontname=font, fontsize=size)
    if ruled:
        page.draw_line((70, 690), (300, 690), width=0.8)
        page.insert_text((70, 704), "Signature of the applicant", fontname=font, fontsize=8)
    pixels = page.get_pixmap(dpi=dpi)
    image = np.frombuffer(pixels.samples, np.uint8).reshape(pixels.height, pixels.width, 3).copy()
    scale = dpi / 72
    words = [tuple(v * scale for v in w[:4]) for w in page.get_text("words")]
    return Made(image, dpi, words)


def signature(page: Made, seed: int, at_mm: tuple[float, float], wide_mm: float | None = None) -> None:
    """A signature whose left end is at (x, y): four habits, each with its own loops, slant and flourish."""
    chance = random.Random(seed)
    wide = page.mm(wide_mm or chance.uniform(32, 70))
    tall = wide * chance.uniform(0.16, 0.34)
    curves = [_hand(chance, wide, tall)]
    habit = seed % 4
    if habit in (1, 3):  # a flourish back under the name
        t = np.linspace(0, 1, 60)
        sway = chance.uniform(-0.3, 0.3)
        curve = np.stack([wide * (1.05 - 1.0 * t), tall * (0.55 + 0.25 * np.sin(5 * t + sway) * t)], axis=1)
        curves.append(curve)
    if habit in (2, 3):  # a large first letter
        t = np.linspace(0.1, chance.uniform(1.5, 2.2), 80) * np.pi
        curve = np.stack(
            [wide * 0.1 * (1 + np.cos(t) * chance.uniform(0.7, 1.3)), -tall * 0.5 + tall * 0.9 * np.sin(t)],
            axis=1,
        )
        curves.append(curve)
    turn = np.radians(chance.uniform(-12, 6))
    spin = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    x, y = page.mm(at_mm[0]), page.mm(at_mm[1])
    ink = chance.choice(INKS)
    thick = max(1, round(page.mm(chance.uniform(0.35, 0.75))))
    mask = np.zeros(page.image.shape[:2], np.uint8)
    for curve in curves:
        points = (curve @ spin + [x, y]).round().astype(np.int32)
        cv2.polylines(mask, [points], False, 255, thick, cv2.LINE_AA)
    _lay(page, "SIGNATURE", mask, ink, chance.uniform(0.75, 1.0))


def _hand(chance: random.Random, wide: float, tall: float) -> Array:
    """A running line: strokes up and down, loops where the hand goes back, flatter towards the end."""
    t = np.linspace(0, 1, 500)
    beats = chance.randint(5, 11)
    swell = np.interp(
        t, np.linspace(0, 1, beats), [chance.uniform(0.25, 1) * (1 - 0.55 * k / beats) for k in range(beats)]
    )
    swell[: len(t) // beats] = np.maximum(swell[: len(t) // beats], 0.85)
    phase = 2 * np.pi * beats * t + 0.8 * np.sin(2 * np.pi * chance.uniform(1, 3) * t)
    loop = chance.uniform(0.02, 0.055)
    y = -tall * 0.75 * swell * np.sin(phase)
    x = wide * t - wide * loop * np.sin(2 * phase + chance.uniform(0, 3)) + chance.uniform(0, 0.6) * -y
    return np.stack([x, y], axis=1)


def stamp(
    page: Made,
    seed: int,
    at_mm: tuple[float, float],
    *,
    round_one: bool,
    grey: bool = False,
    degrees: float = 0.0,
) -> None:
    """A stamp whose middle is at (x, y): a ring or a frame with words in it, turned by degrees, worn."""
    chance = random.Random(seed)
    size = page.mm(chance.uniform(26, 40) if round_one else chance.uniform(38, 60))
    side = round(size * 1.2)
    mask = np.zeros((side, side), np.uint8)
    mid = side / 2
    thick = max(1, round(page.mm(chance.uniform(0.5, 0.9))))
    if round_one:
        cv2.circle(mask, (round(mid), round(mid)), round(size / 2), 255, thick, cv2.LINE_AA)
        if seed % 2:
            cv2.circle(
                mask, (round(mid), round(mid)), round(size * 0.31), 255, max(1, thick // 2), cv2.LINE_AA
            )
        _around(mask, "".join(chance.choice("ABDEGHIKLMNORSTU ") for _ in range(26)), mid, size * 0.4, size)
        _inside(mask, ("REG", str(chance.randint(100, 999))), mid, size * 0.34)
    else:
        high = size * chance.uniform(0.3, 0.5)
        corner = (round(mid - size / 2), round(mid - high / 2))
        other = (round(mid + size / 2), round(mid + high / 2))
        cv2.rectangle(mask, corner, other, 255, thick, cv2.LINE_AA)
        said = (
            chance.choice(("RECEIVED", "PAID", "COPY", "CONFIDENTIAL")),
            f"{chance.randint(1, 28)} MAR 1987",
        )
        _inside(mask, said, mid, size * 0.8, high)
    turn = cv2.getRotationMatrix2D((mid, mid), degrees, 1.0)
    mask = cv2.warpAffine(mask, turn, (side, side))
    noise = np.random.default_rng(seed).normal(0.9, 0.25, (12, 12)).clip(0.35, 1).astype(np.float32)
    mask = (mask * cv2.resize(noise, (side, side))).astype(np.uint8)
    whole = np.zeros(page.image.shape[:2], np.uint8)
    x, y = round(page.mm(at_mm[0]) - mid), round(page.mm(at_mm[1]) - mid)
    _paste(whole, mask, x, y)
    level = chance.randint(60, 110)
    ink = (level, level, level) if grey else chance.choice(STAMP_INKS)
    _lay(page, "STAMP", whole, ink, chance.uniform(0.65, 0.95))


def _around(mask: Array, text: str, mid: float, radius: float, size: float) -> None:
    """Letters along a circle, each turned outwards."""
    side = max(8, round(size * 0.13))
    for n, letter_ in enumerate(text):
        glyph = np.zeros((side, side), np.uint8)
        cv2.putText(
            glyph,
            letter_,
            (1, side - 2),
            cv2.FONT_HERSHEY_SIMPLEX,
            side / 28,
            255,
            max(1, side // 10),
            cv2.LINE_AA,
        )
        angle = 2 * np.pi * n / len(text)
        glyph = cv2.warpAffine(
            glyph, cv2.getRotationMatrix2D((side / 2, side / 2), -np.degrees(angle), 1.0), (side, side)
        )
        x, y = mid + radius * np.sin(angle) - side / 2, mid - radius * np.cos(angle) - side / 2
        _paste(mask, glyph, round(x), round(y))


def _inside(mask: Array, lines: tuple[str, ...], mid: float, wide: float, high: float | None = None) -> None:
    room = (high or wide) * 0.8 / len(lines)
    for n, line in enumerate(lines):
        (w, h), _ = cv2.getTextSize(line, cv2.FONT_HERSHEY_DUPLEX, 1.0, 1)
        scale = min(wide / w, room * 0.7 / h)
        x, y = mid - w * scale / 2, mid + (n - len(lines) / 2) * room + (room + h * scale) / 2
        thick = max(1, round(scale * 2))
        cv2.putText(mask, line, (round(x), round(y)), cv2.FONT_HERSHEY_DUPLEX, scale, 255, thick, cv2.LINE_AA)


def photograph(
    page: Made,
    seed: int,
    box_mm: tuple[float, float, float, float],
    *,
    colour: bool = True,
    halftone: bool = False,
) -> None:
    """A picture with a natural image's spectrum, a light from one side and a few large things in it."""
    chance, noise = random.Random(seed), np.random.default_rng(seed)
    x0, y0, x1, y1 = (round(page.mm(v)) for v in box_mm)
    h, w = y1 - y0, x1 - x0
    fy, fx = np.meshgrid(np.fft.fftfreq(h), np.fft.rfftfreq(w), indexing="ij")
    fall = 1 / np.maximum(np.hypot(fx, fy), 1 / max(h, w)) ** chance.uniform(1.0, 1.4)
    layers = []
    for _ in range(3):
        field_ = np.fft.irfft2(np.fft.rfft2(noise.normal(size=(h, w))) * fall, s=(h, w))
        layers.append(field_ / field_.std())
    grey = layers[0]
    picture = np.stack([grey + (0.35 * layer if colour else 0) for layer in layers], axis=2)
    picture = chance.uniform(95, 140) + 38 * picture
    picture += np.linspace(-25, 25, w)[None, :, None] * chance.choice((-1, 1))
    for _ in range(chance.randint(1, 4)):
        blob = np.zeros((h, w), np.float32)
        centre = (round(w * chance.uniform(0.25, 0.75)), round(h * chance.uniform(0.25, 0.75)))
        axes = (round(w * chance.uniform(0.12, 0.3)), round(h * chance.uniform(0.15, 0.35)))
        cv2.ellipse(blob, centre, axes, chance.uniform(0, 180), 0, 360, 1.0, -1, cv2.LINE_AA)
        picture += blob[:, :, None] * chance.uniform(-60, 60)
    picture = picture.clip(5, 235)
    if halftone:
        picture = _dots(picture.mean(axis=2), max(2.5, page.mm(0.25)))
    page.image[y0:y1, x0:x1] = picture.astype(np.uint8)
    page.marks.append(("PHOTOGRAPH", (x0, y0, x1, y1)))


def _dots(grey: Array, pitch: float) -> Array:
    """Printed as newspapers print it: round dots on a lattice turned by 45 degrees."""
    h, w = grey.shape
    y, x = np.mgrid[:h, :w]
    u, v = (x + y) * np.pi / (pitch * 1.414), (x - y) * np.pi / (pitch * 1.414)
    screen = 127 + 63 * (np.cos(u) + np.cos(v))
    return np.repeat(np.where(grey > screen, 240, 25)[:, :, None], 3, axis=2)


def qr(page: Made, text: str, at_mm: tuple[float, float], side_mm: float, degrees: float = 0.0) -> None:
    """A QR code whose upper left corner is at (x, y)."""
    code = cv2.QRCodeEncoder.create().encode(text)
    code = np.pad(code[1:-1, 1:-1] if code[0].min() else code, 0, constant_values=255)
    rows = np.flatnonzero((code < 128).any(axis=1))
    code = code[rows[0] : rows[-1] + 1, rows[0] : rows[-1] + 1]
    _code(page, "QR_CODE", code, at_mm, side_mm, side_mm, degrees)


LEFT = (
    "0001101",
    "0011001",
    "0010011",
    "0111101",
    "0100011",
    "0110001",
    "0101111",
    "0111011",
    "0110111",
    "0001011",
)
PARITY = ("LLLLLL", "LLGLGG", "LLGGLG", "LLGGGL", "LGLLGG", "LGGLLG", "LGGGLL", "LGLGLG", "LGLGGL", "LGGLGL")


def ean13(
    page: Made, number: str, at_mm: tuple[float, float], size_mm: tuple[float, float], degrees: float = 0.0
) -> None:
    """An EAN-13 bar code of twelve digits and their check digit (GS1 General Specifications, 5.2)."""
    digits = [int(c) for c in number[:12]]
    digits.append(-sum(d * (3 if n % 2 else 1) for n, d in enumerate(digits)) % 10)
    turned = {"0": "1", "1": "0"}
    bars = "101"
    for digit, parity in zip(digits[1:7], PARITY[digits[0]], strict=True):
        odd = LEFT[digit]
        bars += odd if parity == "L" else "".join(turned[c] for c in odd)[::-1]
    bars += "01010" + "".join("".join(turned[c] for c in LEFT[d]) for d in digits[7:]) + "101"
    row = np.array([0 if c == "1" else 255 for c in bars], np.uint8)[None, :]
    _code(page, "BARCODE", row, at_mm, *size_mm, degrees)


def bars_of_no_standard(
    page: Made, seed: int, at_mm: tuple[float, float], size_mm: tuple[float, float], degrees: float = 0.0
) -> None:
    """Bars of one to three units, as Code 39 and Code 128 have them, which no reader here can decode."""
    chance = random.Random(seed)
    row: list[int] = []
    while len(row) < 120:
        row += [0] * chance.choice((1, 1, 2, 3)) + [255] * chance.choice((1, 1, 2, 3))
    _code(page, "BARCODE", np.array([[*row, 0]], np.uint8), at_mm, *size_mm, degrees)


def _code(
    page: Made, kind: str, code: Array, at_mm: tuple[float, float], wide: float, high: float, degrees: float
) -> None:
    w, h = round(page.mm(wide)), round(page.mm(high))
    ink = 255 - cv2.resize(code, (4 * w, 4 * h), interpolation=cv2.INTER_NEAREST)
    ink = cv2.resize(ink, (w, h), interpolation=cv2.INTER_AREA)
    side = round(np.hypot(w, h)) + 2
    room = np.zeros((side, side), np.uint8)
    _paste(room, ink, (side - w) // 2, (side - h) // 2)
    room = cv2.warpAffine(room, cv2.getRotationMatrix2D((side / 2, side / 2), degrees, 1.0), (side, side))
    whole = np.zeros(page.image.shape[:2], np.uint8)
    _paste(
        whole, room, round(page.mm(at_mm[0])) - (side - w) // 2, round(page.mm(at_mm[1])) - (side - h) // 2
    )
    _lay(page, kind, whole, (15, 15, 15), 1.0)


def _paste(whole: Array, part: Array, x: int, y: int) -> None:
    """The darker of the two, where they overlap."""
    x0, y0 = max(0, x), max(0, y)
    x1, y1 = min(whole.shape[1], x + part.shape[1]), min(whole.shape[0], y + part.shape[0])
    if x1 > x0 and y1 > y0:
        at = whole[y0:y1, x0:x1]
        np.maximum(at, part[y0 - y : y1 - y, x0 - x : x1 - x], out=at)


def _lay(page: Made, kind: str, mask: Array, ink: tuple[int, int, int], strength: float) -> None:
    """Inks the page where the mask is, and notes where that was."""
    ys, xs = np.flatnonzero((mask > 0).any(axis=1)), np.flatnonzero((mask > 0).any(axis=0))
    if not len(ys):
        return
    at = (slice(ys[0], ys[-1] + 1), slice(xs[0], xs[-1] + 1))
    cover = (mask[at].astype(np.float32) * (strength / 255))[:, :, None]
    mixed = page.image[at] * (1 - cover) + np.array(ink, np.float32) * cover
    page.image[at] = mixed.astype(np.uint8)
    ys, xs = np.flatnonzero((mask > 40).any(axis=1)), np.flatnonzero((mask > 40).any(axis=0))
    if len(ys):
        page.marks.append((kind, (float(xs[0]), float(ys[0]), float(xs[-1] + 1), float(ys[-1] + 1))))


def worn(page: Made, seed: int) -> Made:
    """The page as a scanner would give it: paper's tone, light from one side, blur, grain, JPEG."""
    noise, chance = np.random.default_rng(seed), random.Random(seed)
    h, w = page.image.shape[:2]
    paper = np.array([chance.uniform(0.93, 1), chance.uniform(0.92, 0.99), chance.uniform(0.86, 0.97)])
    light = cv2.resize(
        noise.uniform(0.9, 1, (4, 3)).astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC
    )
    image = page.image * paper * light[:, :, None]
    image = cv2.GaussianBlur(image, (0, 0), chance.uniform(0.4, 0.9))
    image += noise.normal(0, chance.uniform(1, 5), (h, w, 1))
    coded = cv2.imencode(
        ".jpg", image.clip(0, 255).astype(np.uint8)[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 80]
    )[1]
    page.image = np.ascontiguousarray(cv2.imdecode(coded, cv2.IMREAD_COLOR)[:, :, ::-1])
    return page


def page_of_all(seed: int, dpi: int = 150) -> Made:
    """A worn letter with one to three marks of different kinds, each number another choice."""
    chance = random.Random(seed)
    page = letter(seed, dpi, chance.choice((2, 3, 4)), ruled=seed % 3 == 0)
    if seed % 5 != 4:
        over = seed % 2 == 0
        signature(page, seed, (chance.uniform(24, 60), 240 if over else chance.uniform(225, 260)))
        if chance.random() < 0.4:  # read as a word, as engines do
            page.words.append(page.marks[-1][1])
    if seed % 3 != 1:
        stamp(
            page, seed + 7, (chance.uniform(145, 170), chance.uniform(235, 262)), round_one=seed % 2 == 0,
            grey=seed % 4 == 3, degrees=chance.uniform(-18, 18),
        )  # fmt: skip
    kind = seed % 4
    if kind == 0:
        qr(
            page,
            f"https://example.org/{seed}",
            (165, 12),
            chance.uniform(15, 26),
            chance.choice((0, 0, 6, -9)),
        )
    elif kind == 1:
        ean13(
            page, f"{400000000000 + seed * 7919}", (150, 10), (chance.uniform(28, 38), chance.uniform(12, 18))
        )
    elif kind == 2:
        w, h = chance.choice(((35, 18), (25, 19), (40, 20)))
        photograph(page, seed, (150, 6, 150 + w, 6 + h), colour=seed % 8 < 4, halftone=seed % 16 == 6)
    else:
        bars_of_no_standard(page, seed, (140, 10), (chance.uniform(40, 60), chance.uniform(10, 15)))
    return worn(page, seed)
