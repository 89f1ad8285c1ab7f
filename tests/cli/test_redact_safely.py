"""Redacting where something is in the way: nothing half-written is left, and the words say what to do."""

from __future__ import annotations

import hashlib
import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pymupdf
import pytest

ROOT = Path(__file__).resolve().parents[2]
SECRET = "Wilhelmina Quarterstaff"


@pytest.fixture
def case(tmp_path: Path) -> tuple[Path, Path]:
    """A letter and its boxes, in a folder of their own."""
    letter, boxes = tmp_path / "letter.pdf", tmp_path / "boxes.json"
    with pymupdf.open() as pdf:
        page = pdf.new_page(width=420, height=300)
        page.insert_text((50, 80), f"Dear Ms {SECRET}", fontsize=14)
        rect = list(page.search_for(SECRET)[0])
        pdf.save(letter)
    boxes.write_text(json.dumps({"boxes": [{"page": 1, "rect": rect, "text": SECRET}]}))
    (tmp_path / "out").mkdir()
    return letter, boxes


def redact(
    letter: Path, boxes: Path, out: Path, *more: str, largest: int | None = None
) -> tuple[int, dict[str, Any]]:
    def limit() -> None:
        if largest is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))

    command = [sys.executable, "-m", "cli", "redact", str(letter), "--boxes", str(boxes), "--out", str(out)]
    done = subprocess.run(
        [*command, *more, "--json"], capture_output=True, text=True, check=False, cwd=ROOT, preexec_fn=limit
    )
    assert "Traceback" not in done.stderr
    return done.returncode, json.loads(done.stdout)


def test_a_source_that_changed_since_its_boxes_were_made_is_refused(case: tuple[Path, Path]) -> None:
    letter, boxes = case
    out = letter.parent / "out" / "redacted.pdf"
    told = json.loads(boxes.read_text())
    told["source_sha256"] = hashlib.sha256(letter.read_bytes()).hexdigest()
    boxes.write_text(json.dumps(told))
    assert redact(letter, boxes, out)[0] == 0
    out.unlink()
    letter.write_bytes(letter.read_bytes() + b"\n")
    code, answer = redact(letter, boxes, out)
    assert code == 3
    assert "changed" in answer["error"]["message"]
    assert not out.exists()


def test_a_full_disk_leaves_nothing_half_written(case: tuple[Path, Path]) -> None:
    """The file system takes no more in the middle of the file."""
    letter, boxes = case
    out = letter.parent / "out" / "redacted.pdf"
    code, answer = redact(letter, boxes, out, "--certificate", "pages", largest=4096)
    assert code != 0
    assert "Nothing half-written" in answer["error"]["message"]
    assert list(out.parent.iterdir()) == []


def test_an_output_that_can_not_be_replaced_stays_as_it_was(case: tuple[Path, Path]) -> None:
    letter, boxes = case
    taken = letter.parent / "out" / "redacted.pdf"
    taken.mkdir()  # something that no file can be put in the place of
    (taken / "kept.txt").write_text("kept")
    code, answer = redact(letter, boxes, taken)
    assert code != 0
    assert "could not be written" in answer["error"]["message"]
    assert [p.name for p in taken.parent.iterdir()] == ["redacted.pdf"]
    assert (taken / "kept.txt").read_text() == "kept"


def test_a_folder_that_is_not_there_is_named(case: tuple[Path, Path]) -> None:
    letter, boxes = case
    code, answer = redact(letter, boxes, letter.parent / "nowhere" / "redacted.pdf")
    assert code != 0
    assert "redacted.pdf" in answer["error"]["message"]
