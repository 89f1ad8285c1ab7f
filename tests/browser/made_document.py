"""A synthetic document with recorded readings: pages of real words, two engines that misread some of them.

Used by the browser tests and bench/workbench.py. Everything follows from the seed.
"""

from __future__ import annotations

import io
import random
from dataclasses import dataclass, replace

from PIL import Image, ImageDraw, ImageFont

from model.geometry import Box, Matrix, Quad, Transform, image_frame
from model.words import Reading, Word
from storage import documents, readings
from storage.project import Project

VOCABULARY = """
the of and to in that was his he it with is for as had you not be her on at by which have or from this him
but all she they were my are me one their so an said them we who would been will no when there if more out
letter morning county estate widow servant harvest railway parish winter daughter engine brother garden
clerk Tuesday pounds shillings ninety paper answer promise yesterday company silver mountain orchard
captain harbour winter cousin carriage physician widower testament witness signature executor property
"""
WORDS = tuple(VOCABULARY.split())
LOOKALIKE = {
    "e": "c",
    "a": "o",
    "n": "u",
    "l": "1",
    "i": "l",
    "o": "0",
    "h": "b",
    "r": "n",
    "s": "5",
    "t": "f",
    "m": "rn",
}


@dataclass(frozen=True)
class Made:
    """A page's truth: each word with its box in pixels."""

    words: tuple[tuple[str, Box], ...]
    width: int
    height: int
    image: Image.Image


def make_page(count: int, seed: int, width: int = 1654, height: int = 2339) -> Made:
    """A page with about `count` words, A4 at 200 dpi, the type as large as fits."""
    rng = random.Random(seed)
    image = Image.new("RGB", (width, height), "#fdfcf8")
    draw = ImageDraw.Draw(image)
    size = min(44, int((width * height * 0.62 / count) ** 0.5 / 2.1))
    font = ImageFont.load_default(size)
    x, y, words = 110.0, 110.0, []
    while len(words) < count and y < height - 120:
        text = rng.choice(WORDS)
        box = draw.textbbox((x, y), text, font=font)
        if box[2] > width - 100:
            x, y = 110.0, y + size * 1.65
            continue
        draw.text((x, y), text, font=font, fill="#20242c")
        words.append((text, Box(*map(float, box))))
        x = box[2] + size * 0.42
    return Made(tuple(words), width, height, image)


def misread(text: str, rng: random.Random) -> str:
    at = rng.randrange(len(text))
    return text[:at] + LOOKALIKE.get(text[at], "x") + text[at + 1 :]


def reading_of(made: Made, engine: str, errors: float, missed: float, seed: int) -> Reading:
    rng = random.Random(seed)
    words, line, last = [], -1, -1.0
    for text, box in made.words:
        if box.x0 < 111:
            line += 1
        if rng.random() < missed:
            continue
        wrong = rng.random() < errors
        confidence = rng.uniform(0.35, 0.8) if wrong else rng.uniform(0.8, 0.99)
        words.append(
            Word(
                misread(text, rng) if wrong else text, Quad.from_box(box), round(confidence, 3), max(line, 0)
            )
        )
        last = box.y0
    assert last >= 0
    return Reading(engine, "recorded", made.width, made.height, tuple(words), seconds=1.0)


def turned(made: Made, turn: int) -> tuple[Image.Image, list[Quad], Transform]:
    """The page after quarter turns clockwise: its image, its words' quads there, and upright -> image."""
    w, h = float(made.width), float(made.height)
    matrix: Matrix = (
        (1, 0, 0, 0, 1, 0, 0, 0, 1), (0, -1, h, 1, 0, 0, 0, 0, 1),
        (-1, 0, w, 0, -1, h, 0, 0, 1), (0, 1, 0, -1, 0, w, 0, 0, 1),
    )[turn]  # fmt: skip
    image = made.image.rotate(-90 * turn, expand=True)
    transform = Transform(image_frame(made.width, made.height), image_frame(*image.size), matrix)
    return image, [transform.quad(Quad.from_box(box)) for _, box in made.words], transform


def add_turned(project: Project, turn: int, *, words: int = 60, seed: int = 3) -> tuple[str, Made]:
    """Stores a page that lies on its side or stands on its head, with two readings of it."""
    made = make_page(words, seed)
    image, quads, transform = turned(made, turn)
    data = io.BytesIO()
    image.save(data, "PNG", dpi=(200, 200))
    document = documents.add(project, data.getvalue(), f"turned-{turn}.png", languages=["en"]).id
    readings.set_preparation(project, document, 1, transform, [])
    for engine, salt in (("rapidocr", 1), ("tesseract", 2)):
        reading = reading_of(made, engine, 0.15, 0.0, salt)
        placed = tuple(replace(w, quad=q) for w, q in zip(reading.words or (), quads, strict=True))
        readings.add(
            project, document, 1, replace(reading, width=image.size[0], height=image.size[1], words=placed)
        )
    return document, made


def add_document(
    project: Project,
    *,
    pages: int = 2,
    words: int = 120,
    seed: int = 7,
    errors: float = 0.15,
    name: str = "letters.tif",
) -> tuple[str, list[Made]]:
    """Stores a multi-page TIFF with the readings of two engines; returns its id and the truth."""
    made = [make_page(words, seed + n) for n in range(pages)]
    data = io.BytesIO()
    made[0].image.save(
        data,
        "TIFF",
        save_all=True,
        append_images=[m.image for m in made[1:]],
        compression="tiff_deflate",
        dpi=(200, 200),
    )
    document = documents.add(project, data.getvalue(), name, languages=["en"])
    for number, page in enumerate(made, 1):
        readings.add(
            project, document.id, number, reading_of(page, "rapidocr", errors, 0.02, seed * 31 + number)
        )
        readings.add(
            project, document.id, number, reading_of(page, "tesseract", errors, 0.02, seed * 57 + number)
        )
    return document.id, made
