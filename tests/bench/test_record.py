"""Recorded readings: what is missing is read, what is there is left alone, evaluation finds it again."""

from __future__ import annotations

from pathlib import Path

import make_pages
import pytest
import record

from evaluation.folders import find_pages
from evaluation.read import readings_of


@pytest.fixture
def pages(fonts: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "pages"
    folder.mkdir()
    make_pages.save((make_pages.Order(folder, fonts, None, 4), 4))
    return folder


def test_a_recorded_page_is_read_by_evaluation_and_not_read_again(pages: Path, tmp_path: Path) -> None:
    out = tmp_path / "readings"
    out.mkdir()
    (job,) = record.jobs(pages, out, ("tesseract",))
    assert record.record(job) == job.name
    (files,) = find_pages(pages, out).pages
    page = readings_of(files)
    assert set(page.readings) == {"tesseract"}
    assert page.transform is not None
    words = {w.text for w in page.readings["tesseract"].words or ()}
    own = {w.text for w in page.truth.words}
    assert len(words & own) > 0.5 * len(own)
    assert record.jobs(pages, out, ("tesseract",)) == []


def test_a_page_that_cannot_be_opened_is_named_and_stays_to_be_read(pages: Path, tmp_path: Path) -> None:
    out = tmp_path / "readings"
    out.mkdir()
    image = next(p for p in pages.iterdir() if p.suffix != ".json")
    image.write_bytes(b"no picture")
    (job,) = record.jobs(pages, out, ("tesseract",))
    assert record.record(job).startswith(f"{job.name}: ")
    assert list(out.iterdir()) == []
    assert record.jobs(pages, out, ("tesseract",)) == [job]
