"""`inkveil score`: files in, figures out; what does not fit is refused by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import cli

VECTORS = Path(__file__).parents[1] / "resources" / "metrics_vectors.json"


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as end:
        cli.main(["score", *(str(a) for a in arguments)])
    captured = capsys.readouterr()
    return int(end.value.code or 0), captured.out, captured.err


def written(path: Path, value: object) -> Path:
    path.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")
    return path


def test_cases_give_the_figures_of_the_vectors(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--cases", VECTORS, "--json")
    found, wanted = json.loads(out), json.loads(VECTORS.read_text("utf-8"))
    assert code == 0
    for mine, theirs in zip(found["cases"], wanted["cases"], strict=True):
        assert mine.pop("id") == theirs["id"]
        assert mine == pytest.approx(theirs["expected"], abs=1e-6)
    assert found["aggregate"] == pytest.approx(wanted["aggregate"], abs=1e-6)
    assert found["failed"] == []


def test_a_failed_image_is_left_out_and_counted_as_empty_beside(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    cases = [
        {"id": "read", "gt_regions": ["abcd"], "prediction": "abcd"},
        {"id": "failed", "gt_regions": ["efgh"], "prediction": None},
    ]
    file = written(tmp_path / "cases.json", {"cases": cases})
    code, out, _ = run(capsys, "--cases", file, "--json")
    found = json.loads(out)
    assert code == 0
    assert found["failed"] == ["failed"]
    assert found["aggregate"]["n_images"] == 1
    assert found["aggregate"]["cer"] == 0.0
    assert found["errors_as_empty"]["cer"] == 0.5
    _, out, _ = run(capsys, "--cases", file)
    assert "2 images" not in out
    assert "1 images, 1 failed" in out
    assert "light + tight" in out


@pytest.mark.parametrize(
    "truth",
    [
        {"regions": ["Dear Sir,", "yours truly"]},
        {"text": "Dear Sir,\nyours truly"},
        {
            "text": "Dear Sir,\nyours truly",
            "words": None,
            "lines": [
                {"text": "Dear Sir,", "box": [0, 0, 9, 9]},
                {"text": "yours truly", "box": [0, 9, 9, 20]},
            ],
        },
    ],
    ids=["regions", "text", "lines"],
)
def test_a_truth_and_a_prediction(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, truth: dict[str, Any]
) -> None:
    files = (
        written(tmp_path / "truth.json", truth),
        written(tmp_path / "p.txt", "Dear Sir,\nyours trualy trualy"),
    )
    code, out, _ = run(capsys, "--truth", files[0], "--prediction", files[1], "--json")
    found = json.loads(out)
    assert code == 0
    assert found["gt_length"] == 17
    assert found["hungarian_matched"] == 2
    assert found["edit_distance"] == 7
    assert found["beside"]["wer_unclipped"] == 0.5
    assert found["beside"]["cer_unclipped"] == pytest.approx(8 / 21, abs=1e-6)
    _, out, _ = run(capsys, "--truth", files[0], "--prediction", files[1])
    assert "light + tight" in out
    assert "plain: NFKC" in out


@pytest.mark.parametrize(
    ("truth", "says"),
    [
        ("{", "not valid JSON"),
        ("[1]", "no ground truth"),
        ({"regions": "abc"}, "no list of strings"),
        ({"regions": ["a", 1]}, "no list of strings"),
        ({"lines": [{"box": [0, 0, 1, 1]}]}, "entry 1 of lines has no text"),
        ({"text": 5}, "text is no string"),
    ],
)
def test_a_truth_that_does_not_fit(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, truth: object, says: str
) -> None:
    file = written(tmp_path / "truth.json", truth)
    code, _, err = run(capsys, "--truth", file, "--prediction", written(tmp_path / "p.txt", "x"))
    assert code == 3
    assert says in err
    assert "truth.json" in err


@pytest.mark.parametrize(
    ("cases", "says"),
    [
        ({}, "no list of cases"),
        ("7", "no list of cases"),
        ([7], "case 1 is no object"),
        ([{"id": "a", "gt_regions": ["x"]}], "case a has no prediction"),
        ([{"id": "a", "prediction": "x"}], "gt_regions of case a"),
        ([{"id": [], "gt_regions": ["x"], "prediction": ""}], "the id of case 1"),
    ],
)
def test_cases_that_do_not_fit(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, cases: object, says: str
) -> None:
    code, _, err = run(capsys, "--cases", written(tmp_path / "cases.json", cases))
    assert code == 3
    assert says in err


def test_a_prediction_that_is_no_text(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    truth = written(tmp_path / "truth.json", {"regions": ["x"]})
    (tmp_path / "p.txt").write_bytes(b"\xff\xfe\x00")
    code, _, err = run(capsys, "--truth", truth, "--prediction", tmp_path / "p.txt")
    assert (code, "UTF-8" in err) == (3, True)
    code, _, err = run(capsys, "--truth", truth, "--prediction", tmp_path / "none.txt")
    assert (code, "can't be read" in err) == (3, True)
