"""kraken: words of its records; and its own line finder with a tiny recognition model on a page."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_models
from tiny_models import sample

from engines import registry
from engines.kraken import parse
from engines.remote import secrets
from engines.remote.failures import BadAnswer


def record(text: str, *, angle: float = 0.0, wide: float = 10.0, **more: Any) -> dict[str, Any]:
    """A kraken.containers.BaselineOCRRecord of a line from (100, 200) on, 30 px high, at so many radians."""
    c, s = math.cos(angle), math.sin(angle)

    def at(u: float, v: float) -> list[float]:
        return [100 + u * c - v * s, 200 + u * s + v * c]

    def stretch(start: float, end: float) -> list[list[float]]:
        return [at(start, -25), at(start, 5), at(end, 5), at(end, -25)]

    long = wide * len(text)
    return {
        "text": text,
        "baseline": [at(0, 0), at(long / 2, 0), at(long, 0)],
        "boundary": [*stretch(0, long), at(0, -25)],
        "cuts": [stretch(n * wide, (n + 1) * wide) for n in range(len(text))],
        "confidences": [0.5 + 0.01 * n for n in range(len(text))],
        **more,
    }


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(secrets, "FILES", ())
    monkeypatch.setenv("INKVEIL_KRAKEN_WEIGHTS", str(tmp_path))
    return tmp_path


def test_words_are_parted_between_their_characters() -> None:
    found = parse({"lines": [record("Peter  Sample"), record(" "), record("Ward")]})
    assert [(w.text, w.line) for w in found.words or ()] == [("Peter", 0), ("Sample", 0), ("Ward", 2)]
    peter, sample_, _ = found.words or ()
    assert peter.box.as_list() == pytest.approx([100, 175, 160, 205])
    assert sample_.box.as_list() == pytest.approx([160, 175, 230, 205])
    assert peter.confidence == pytest.approx(0.52)


def test_words_end_where_their_ink_does_though_characters_are_cut_short() -> None:
    array = np.full((400, 600, 3), 255, np.uint8)
    array[180:204, 232:236] = 0  # the foot of the last letter, beyond the line's end
    for x in (*range(102, 150, 10), *range(172, 230, 10)):  # its letters
        array[180:204, x : x + 6] = 0
    short = [[[x - 4 * (x > cut[0][0]), y] for x, y in cut] for cut in record("Peter  Sample")["cuts"]]
    found = parse({"lines": [record("Peter  Sample", cuts=short)]}, array)
    for word, (start, end) in zip(found.words or (), ((102, 148), (172, 236)), strict=True):
        assert word.box.x0 == pytest.approx(start, abs=2)
        assert word.box.x1 == pytest.approx(end, abs=2)


def test_a_tilted_line_has_tilted_words() -> None:
    (_, second) = parse({"lines": [record("ab cd", angle=math.radians(20))]}).words or ()
    assert second.quad.angle == pytest.approx(20, abs=0.1)
    a, b, _, d = second.quad.points
    assert math.dist(a, b) == pytest.approx(25)
    assert math.dist(a, d) == pytest.approx(30)


def test_japanese_is_one_word_a_character_and_a_column_stands_upright() -> None:
    words = parse({"lines": [record("患者 Peter様")]}).words or ()
    assert [w.text for w in words] == ["患", "者", "Peter", "様"]
    first, _ = parse({"lines": [record("患者", angle=math.pi / 2, wide=30)]}).words or ()
    assert first.vertical
    assert first.box.as_list() == pytest.approx([95, 200, 125, 230])
    assert first.quad.angle == pytest.approx(0, abs=0.1)


def test_a_word_of_a_curved_line_follows_it() -> None:
    first, second = record("ab"), record("cdef", angle=math.radians(60))
    moved = [[[x + 30, y] for x, y in cut] for cut in second["cuts"]]
    space = [[120, 175], [120, 205], [130, 205], [130, 175]]
    line = record(
        "ab cdef",
        cuts=[*first["cuts"], space, *moved],
        baseline=[[100, 200], [130, 200], [150, 235]],
        boundary=[p for cut in (*first["cuts"], *moved) for p in cut],
    )
    left, right = parse({"lines": [line]}).words or ()
    assert left.box.as_list() == pytest.approx([100, 175, 130, 205])  # with the space beside it
    assert right.quad.angle == pytest.approx(60, abs=0.1)
    for cut in moved:
        for x, y in cut:
            assert right.box.x0 - 0.1 <= x <= right.box.x1 + 0.1
            assert right.box.y0 - 0.1 <= y <= right.box.y1 + 0.1


def test_characters_without_extent_have_the_place_of_their_line() -> None:
    found = parse({"lines": [record("ab cd", cuts=[[[100, 200]] * 4] * 5)]})
    assert [w.box.as_list() for w in found.words or ()] == [[100, 175, 150, 205]] * 2


@pytest.mark.parametrize(
    "more", [{"cuts": []}, {"confidences": [0.5]}, {"cuts": [[]] * 5, "boundary": [], "baseline": []}]
)
def test_a_text_without_a_place_is_no_answer(more: dict[str, Any]) -> None:
    with pytest.raises(BadAnswer):
        parse({"lines": [record("ab cd", **more)]})


def test_it_is_installed_in_two_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    engine: Any = registry.get("kraken")
    monkeypatch.setattr(type(engine), "package", "no_such_library")
    said = engine.availability() or ""
    assert "inkveil[kraken]" in said
    assert "--no-deps 'kraken" in said


def test_the_folder_has_to_say_which_model(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine: Any = registry.get("kraken")
    monkeypatch.setattr(type(engine), "package", "json")
    (weights / "readme.txt").write_text("no model")
    assert "no .safetensors or .mlmodel file" in (engine.availability() or "")
    (weights / "a.mlmodel").write_bytes(b"1")
    assert engine.availability() is None
    (weights / "lines.mlmodel").write_bytes(b"2")
    assert "INKVEIL_KRAKEN_MODEL" in (engine.availability() or "")
    monkeypatch.setenv("INKVEIL_KRAKEN_SEGMENTATION", "lines.mlmodel")
    assert engine.availability() is None
    monkeypatch.setenv("INKVEIL_KRAKEN_MODEL", "b.mlmodel")
    assert "lacks b.mlmodel" in (engine.availability() or "")


def test_a_real_model_reads_the_lines_that_kraken_finds(weights: Path) -> None:
    """Its words lie on their ink: the network was taught which letter stands where."""
    pytest.importorskip("kraken")
    page = sample()
    tiny_models.kraken(weights / "tiny.safetensors", page)
    reading = registry.get("kraken").recognise(page)
    assert reading.model == "tiny.safetensors"
    assert reading.plain_text == "\n".join(text for _, _, text in tiny_models.LINES)
    words = iter(reading.words or ())
    for x, y, text in tiny_models.LINES:
        at = tiny_models.letters(x, text)
        for found in re.finditer(r"\S+", text):
            word = next(words)
            left, right = at[found.start()][1], at[found.end() - 1][2]
            assert word.box.x0 == pytest.approx(left, abs=5)
            assert word.box.x1 == pytest.approx(right, abs=5)
            assert y <= word.box.y0 < word.box.y1 <= y + 50
            assert word.confidence is not None
            assert word.confidence > 0.9
