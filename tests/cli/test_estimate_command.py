"""`inkveil estimate`: pages by engines, in seconds and dollars, with nothing read, sent or left behind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from PIL import Image

import cli


def pdf(path: Path, pages: int) -> Path:
    with pymupdf.open() as document:
        for n in range(pages):
            document.new_page().insert_text((72, 72), f"Page {n + 1} of an invented report", fontsize=14)
        document.save(path)
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        cli.main([str(a) for a in arguments])
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def answer(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    code, out, err = run(capsys, *arguments, "--json")
    assert code == 0, err
    found: dict[str, Any] = json.loads(out)
    return found


def test_each_page_counts_for_the_engines_that_fit_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    scan = tmp_path / "scan.png"
    Image.new("L", (800, 1100), 255).save(scan)
    data = tmp_path / "data"
    found = answer(capsys, "estimate", pdf(tmp_path / "report.pdf", 3), scan, "--data", data)
    pages = {part["engine"]: part["pages"] for part in found["engines"]}
    assert pages["pdf_text"] == 3
    assert pages["rapidocr_rescaled"] == 1
    assert pages["tesseract"] == 4
    assert found["cost"] == 0
    assert found["seconds"] > 0
    assert not data.exists()


def test_seconds_grow_with_pages_and_shrink_with_processes(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = pdf(tmp_path / "report.pdf", 8)
    rest = ("--engines", "rapidocr", "--data", tmp_path / "data")
    one = answer(capsys, "estimate", file, *rest, "--processes", 1)["seconds"]
    four = answer(capsys, "estimate", file, *rest, "--processes", 4)["seconds"]
    twice = answer(capsys, "estimate", file, pdf(tmp_path / "b.pdf", 8), *rest, "--processes", 1)["seconds"]
    assert four == pytest.approx(one / 4)
    assert twice == pytest.approx(2 * one)


def test_an_engine_elsewhere_is_counted_only_where_the_project_lets_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INKVEIL_AZURE_ENDPOINT", "https://example.cognitiveservices.azure.com")
    monkeypatch.setenv("INKVEIL_AZURE_KEY", "invented-key")
    file, data = pdf(tmp_path / "report.pdf", 4), ("--data", tmp_path / "data")
    asked = ("estimate", file, "--engines", "azure_read", *data)
    (part,) = answer(capsys, *asked)["engines"]
    assert part["pages"] == 0
    assert "not switched on" in part["reason"]
    assert run(capsys, "cloud", "allow", "azure_read", "--set", "price_page=0.5", *data)[0] == 0
    assert run(capsys, "cloud", "budget", "1.5", *data)[0] == 0
    found = answer(capsys, *asked)
    assert (found["engines"][0]["pages"], found["cost"]) == (4, 2.0)
    assert (found["too_dear"], found["budget_left"]) == (True, 1.5)
    _, out, _ = run(capsys, *asked)
    assert "That would pass the budget: 1.50 USD are left." in out


@pytest.mark.parametrize(("arguments", "code", "says"), [
    (["nowhere.pdf"], 2, "There is no file nowhere.pdf"),
    (["broken.pdf"], 3, "broken.pdf"),
    (["report.pdf", "--engines", "no_such_engine"], 2, "There is no engine 'no_such_engine'"),
])  # fmt: skip
def test_bad_input_is_said(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    code: int,
    says: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    pdf(tmp_path / "report.pdf", 1)
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 broken")
    found, _, err = run(capsys, "estimate", *arguments, "--data", tmp_path / "data")
    assert found == code
    assert says in err
