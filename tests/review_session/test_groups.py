"""Words that share a reading: which groups there are, who is alike, and crops of the page image."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from model.geometry import Box, Quad
from model.words import Reading, Word
from storage import readings
from tests.review_session.test_routes import Bench, edit

TEXT = ["tho", "Dear", "tho", "Tho,", "tho", "letter", "of", "tho", "third", "was", "most", "tho"]


def reading(engine: str, text: list[str]) -> Reading:
    words = []
    for n, word in enumerate(text):
        x, y = 40 + 140 * (n % 6), 62 + 90 * (n // 6)
        box = Box(x, y, x + 15 * len(word), y + 32)
        words.append(Word(word, Quad.from_box(box), 0.5, n // 6))
    return Reading(engine, "1", 900, 300, tuple(words))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    readings.add(made.project, made.document, 1, reading("rapidocr", TEXT))
    readings.add(
        made.project, made.document, 1, reading("tesseract", [t.replace("tho", "thc") for t in TEXT])
    )
    with made.client:
        yield made
    made.project.close()


def items(bench: Bench, query: str) -> list[dict[str, Any]]:
    return list(bench.get(f"/groups?{query}").json()["items"])


def shared(bench: Bench) -> tuple[str, list[dict[str, Any]]]:
    found = bench.get("/groups").json()["groups"]
    assert found, "five words read alike and are doubtful"
    return found[0]["text"], items(bench, f"text={found[0]['text']}")


def test_doubtful_words_that_read_alike_are_a_group(bench: Bench) -> None:
    text, words = shared(bench)
    assert text in {"tho", "thc"}
    assert len(words) == bench.get("/groups").json()["groups"][0]["count"] >= 4
    assert {w["text"] for w in words} == {text}
    assert [w["risk"] for w in words] == sorted((w["risk"] for w in words), reverse=True)


def test_what_is_decided_leaves_the_group(bench: Bench) -> None:
    text, words = shared(bench)
    x0, y0, x1, y1 = words[0]["box"]
    word = {"id": words[0]["id"], "quad": [x0, y0, x1, y0, x1, y1, x0, y1]}
    assert bench.post(edit("correct", word, text="the", before=text)).status_code == 200
    assert len(items(bench, f"text={text}")) == len(words) - 1


def test_look_alikes_differ_in_case_and_punctuation_only(bench: Bench) -> None:
    text, words = shared(bench)
    alike = items(bench, f"alike={text}")
    assert {w["id"] for w in words} <= {w["id"] for w in alike}
    assert {w["text"].casefold().strip(",") for w in alike} == {text}
    assert items(bench, "alike=,") == []
    assert items(bench, "alike=%00%3Cscript%3E") == []


def test_a_crop_shows_the_word(bench: Bench) -> None:
    _, words = shared(bench)
    box = ",".join(str(v) for v in words[0]["box"])
    answer = bench.get(f"/pages/1/crop?box={box}&height=40")
    assert answer.headers["content-type"] == "image/jpeg"
    image = np.asarray(Image.open(io.BytesIO(answer.content)).convert("L"))
    assert image.shape[0] <= 42
    assert image.min() < 100, "there is ink in it"


@pytest.mark.parametrize(
    "box", ["", "1,2,3", "a,b,c,d", "-5,0,10,10", "10,10,5,20", "0,0,9000,10", "nan,0,1,1"]
)
def test_what_is_no_box_is_refused(bench: Bench, box: str) -> None:
    assert bench.get(f"/pages/1/crop?box={box}").status_code == 422
    assert bench.get("/pages/7/crop?box=1,1,20,20").status_code == 422
    assert bench.client.get(f"{bench.base}/pages/1/crop?box=1,1,20,20").status_code == 401
