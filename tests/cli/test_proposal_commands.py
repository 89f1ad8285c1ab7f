"""What is only proposed: listed by `detect`, left readable by `redact --auto`, taken with `--proposals`."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pymupdf
import pytest
from PIL import Image, ImageDraw, ImageFont

import cli

LINES = ("Notes of the harbour committee", "about drains, roads and lamps", "nobody is named on this page")
SAID = "https://example.org/case/4711"


def code(pixels: np.ndarray) -> str:
    return str(cv2.QRCodeDetector().detectAndDecode(pixels)[0])


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """A scan of three printed lines with a QR code below, 200 dpi."""
    page = Image.new("L", (1100, 900), 245)
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(size=34)
    for row, line in enumerate(LINES):
        draw.text((100, 100 + 60 * row), line, fill=20, font=font)
    modules = cv2.QRCodeEncoder.create().encode(SAID)
    side = 300 // modules.shape[0] * modules.shape[0]
    page.paste(Image.fromarray(modules).resize((side, side), Image.Resampling.NEAREST), (600, 450))
    path = tmp_path / "notes.png"
    page.convert("RGB").save(path, dpi=(200, 200))
    assert code(np.array(page)) == SAID
    return path


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as end:
        cli.main([str(a) for a in arguments])
    said = capsys.readouterr()
    return int(end.value.code or 0), said.out, said.err


def picture(path: Path) -> np.ndarray:
    with pymupdf.open(path) as made:
        pix = made[0].get_pixmap(dpi=200, colorspace=pymupdf.csGRAY)
        return np.frombuffer(pix.samples, np.uint8).reshape(pix.height, pix.width).copy()


def test_a_code_is_listed_left_and_taken(
    scan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    engines = ("--engines", "tesseract")
    status, out, err = call(capsys, "detect", scan, *engines, "--json")
    assert status == 0, err
    (found,) = [f for f in json.loads(out)["findings"] if f["type"] == "QR_CODE"]
    assert found["proposal"] is True
    assert found["boxes"]

    left = tmp_path / "left.pdf"
    status, _, err = call(capsys, "redact", scan, "--auto", "--out", left, *engines)
    assert status == 0, err
    assert "proposals" in err
    assert code(picture(left)) == SAID

    taken = tmp_path / "taken.pdf"
    status, _, err = call(capsys, "redact", scan, "--auto", "--proposals", "--out", taken, *engines)
    assert status == 0, err
    after = picture(taken)
    assert code(after) == ""
    assert np.median(after[480:700, 640:840]) < 30, "black where the code was"


def test_proposals_are_no_matter_of_given_boxes(
    scan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    boxes = tmp_path / "boxes.json"
    boxes.write_text("{}")
    out = tmp_path / "x.pdf"
    status, _, err = call(capsys, "redact", scan, "--boxes", boxes, "--proposals", "--out", out)
    assert status == 2
    assert "--auto" in err
    assert not out.exists()
