"""Ground truth and recorded readings found in folders: layouts, repairs, and everything that can be bad."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from truth_made import add_page, add_readings, preparation, recorded, sha256, write

from evaluation.folders import find_pages, load
from evaluation.read import all_pages, readings_of
from evaluation.truth import truth_from_json
from model.errors import Unreadable

BOX = [10, 10, 90, 30]


@pytest.mark.parametrize("layout", ["name.engine", "engine/name", "name/engine", "list", "readings", "hash"])
def test_readings_are_found_in_every_layout(tmp_path: Path, layout: str) -> None:
    add_page(tmp_path / "pages", "form", name="a.form_1")
    add_page(tmp_path / "pages", "note-ja", name="a")
    readings = recorded("form")
    folder = tmp_path / "readings"
    for engine, reading in readings.items():
        if layout == "name.engine":
            write(folder / f"a.form_1.{engine}.json", reading)
        elif layout == "engine/name":
            write(folder / engine / "a.form_1.json", reading)
        elif layout == "name/engine":
            write(folder / "a.form_1" / f"{engine}.json", reading)
        elif layout == "hash":
            own = sha256(tmp_path / "pages" / "a.form_1.jpg")
            write(folder / f"scan{engine}.json", {**reading, "image": {**reading["image"], "sha256": own}})
    if layout == "list":
        write(folder / "a.form_1.json", list(readings.values()))
    elif layout == "readings":
        write(folder / "a.form_1.json", {"readings": list(readings.values())})
    found = {p.name: load(p) for p in find_pages(tmp_path / "pages", folder).pages}
    assert set(found["a.form_1"].readings) == set(readings)
    assert found["a.form_1"].failures == []
    assert found["a"].readings == {}


def test_an_engine_named_by_the_folder_only_is_enough(tmp_path: Path) -> None:
    add_page(tmp_path, "form")
    reading = {k: v for k, v in recorded("form")["rapidocr"].items() if k != "engine"}
    write(tmp_path / "readings" / "mine" / "form.json", reading)
    (files,) = find_pages(tmp_path, tmp_path / "readings").pages
    assert set(load(files).readings) == {"mine"}


def test_the_preparation_is_loaded_and_a_broken_one_is_refused(tmp_path: Path) -> None:
    add_page(tmp_path, "form")
    add_readings(tmp_path / "readings", "form")
    (files,) = find_pages(tmp_path, tmp_path / "readings").pages
    page = load(files)
    assert page.dpi == 150.0
    assert page.transform is not None
    assert page.transform.target.width == 720
    flat = preparation("form")
    flat["transform"]["matrix"] = [0.0] * 9
    for bad in ({"transform": {"matrix": [1, 2]}}, {**preparation("form"), "dpi": -3}, flat, []):
        write(tmp_path / "readings" / "form.meta.json", bad)
        with pytest.raises(Unreadable, match=r"form\.meta\.json"):
            load(files)


def test_broken_and_foreign_readings_are_failures_of_their_page(tmp_path: Path) -> None:
    add_page(tmp_path / "pages", "form")
    other = add_page(tmp_path / "pages", "note-ja").with_suffix(".jpg")
    folder = tmp_path / "readings"
    good = recorded("form")["rapidocr"]
    write(folder / "form.rapidocr.json", good)
    write(folder / "form.broken.json", '{"engine": "broken", ')
    write(folder / "form.odd.json", {"engine": "odd", "words": [{"text": "x", "box": [5, 5]}]})
    write(folder / "form.foreign.json", {**good, "engine": "foreign", "image": {"sha256": sha256(other)}})
    write(folder / "form.again.json", good)
    write(folder / "nobody.json", good)
    found = find_pages(tmp_path / "pages", folder)
    page = load(next(p for p in found.pages if p.name == "form"))
    assert set(page.readings) == {"rapidocr"}
    failed = {f.engine: f.message for f in page.failures}
    assert set(failed) == {"broken", "odd", "foreign"}
    assert "form.broken.json" in failed["broken"]
    assert "note-ja" in failed["foreign"]
    assert any("form.rapidocr.json" in n or "form.again.json" in n for n in page.notes)
    assert any("nobody.json" in note for note in found.notes)


def test_an_engine_that_was_asked_for_and_has_no_reading_has_failed(tmp_path: Path) -> None:
    add_page(tmp_path, "form")
    add_readings(tmp_path / "readings", "form")
    (files,) = find_pages(tmp_path, tmp_path / "readings").pages
    page = load(files, ["tesseract", "absent"])
    assert set(page.readings) == {"tesseract"}
    assert [f.engine for f in page.failures] == ["absent"]


def test_broken_truths_are_named_and_other_json_is_left_alone(tmp_path: Path) -> None:
    add_page(tmp_path, "form")
    for name, value in (("cut", '{"text": "a'), ("list", []), ("none", {"source": "x"}), ("nul", "\x00")):
        write(tmp_path / f"{name}.json", value)
        (tmp_path / f"{name}.png").write_bytes(b"")
    write(tmp_path / "settings.json", {"colour": "blue"})
    found = find_pages(tmp_path)
    assert [p.name for p in found.pages] == ["form"]
    assert {name for name, _ in found.failed} == {"cut", "list", "none", "nul"}
    assert all(f"{name}.json" in message for name, message in found.failed)
    assert any("settings.json" in note for note in found.notes)
    with pytest.raises(Unreadable, match="no such folder"):
        find_pages(tmp_path / "absent")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"text": 5}, "text"), ({"lines": "a"}, "lines"), ({"words": [5]}, "words"),
        ({"width": "wide"}, "width"), ({"height": float("nan")}, "height"), ({"language": 7}, "language"),
        ({"lines": [{"box": BOX}]}, "entry 1 of lines"),
    ],
)  # fmt: skip
def test_a_truth_that_does_not_fit_says_which_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Unreadable, match=field):
        truth_from_json({"text": "a", "width": 100, "height": 50, **change}, "page")


def test_what_can_be_repaired_is_repaired_and_noted() -> None:
    lines = [{"text": "one two", "box": [90, 30, 10, 10]}, {"text": " ", "box": BOX}]
    truth = truth_from_json({"lines": lines, "language": "en,fr", "width": 100, "height": 50}, "page")
    assert truth.text == "one two"
    assert truth.lines[0].box.as_list() == BOX
    assert truth.languages == ("en", "fr")
    for box in (None, [1, 2, 3], [0, 0, 0, 9], ["a", 1, 2, 3], [float("inf"), 1, 2, 3]):
        bad = truth_from_json({"lines": [{"text": "a", "box": BOX}, {"text": "b", "box": box}]}, "page")
        assert bad.text == "a\nb"
        assert not bad.placed
        assert bad.notes


def test_a_truth_of_a_scaled_image_is_scaled_and_of_another_shape_refused(tmp_path: Path) -> None:
    words = [{"text": "Customer", "box": [40, 24, 424, 88]}]
    add_page(tmp_path, "form", width=1440, height=940, words=words)
    add_readings(tmp_path / "readings", "form")
    (files,) = find_pages(tmp_path, tmp_path / "readings").pages
    assert readings_of(files).truth.words[0].box.as_list() == [20, 12, 212, 44]
    add_page(tmp_path, "form", width=470, height=720)
    (files,) = find_pages(tmp_path, tmp_path / "readings").pages
    with pytest.raises(Unreadable, match="720 x 470"):
        readings_of(files)
    assert list(all_pages([tmp_path], [tmp_path / "readings"])) == []


def test_groups_come_from_kind_and_language_or_the_name() -> None:
    def group(name: str, **fields: str) -> str:
        return truth_from_json({"text": "a", **fields}, name).group

    assert group("x", kind="form", language="en") == "form en"
    assert group("x", language="fr") == "fr"
    assert group("will_AN_0001") == "will"
    assert group("scan0012") == "scan"
    assert group("0012") == "0012"
