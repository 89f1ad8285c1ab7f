"""`inkveil evaluate`: figures that can be worked out by hand, groups, failures that are counted, files."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from truth_made import CROPS, add_page, add_readings, recorded, write

import cli
from evaluation.evaluate import evaluate
from evaluation.measure import compare
from evaluation.normalise import plain
from evaluation.report import tables
from evaluation.report import write as write_report
from evaluation.tally import Tally
from model.errors import StorageFailed, Unreadable, UsageError

CURVE = {"5", "10", "20", "30", "50"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four crops with their recorded readings below them."""
    path = tmp_path_factory.mktemp("evaluated")
    for crop in ("form", "note-ja", "typed-1905", "will-1914-lines"):
        add_page(path, crop)
        add_readings(path / "readings", crop)
    return path


@pytest.fixture(scope="module")
def result(folder: Path) -> dict[str, Any]:
    return evaluate(folder, readings=folder / "readings", processes=1).to_json()


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as end:
        cli.main([str(a) for a in arguments])
    captured = capsys.readouterr()
    return int(end.value.code or 0), captured.out, captured.err


# -- what the contract says ----------------------------------------------------------------------


def test_the_answer_has_the_contracts_fields(result: dict[str, Any]) -> None:
    assert set(result["groups"]) == {"all", "form en", "printed en", "handwritten ja", "handwritten fr"}
    assert next(iter(result["groups"])) == "all"
    for group in result["groups"].values():
        assert group["failures"] == 0
        assert set(group["engines"]) == {"rapidocr", "rapidocr_rescaled", "tesseract"}
        for engine in group["engines"].values():
            assert 0 <= engine["cer"] < 1
            assert engine["wer_order_free"] <= engine["wer"]
        merged = group["merged"]
        assert {"cer", "wer", "omissions", "coverage", "auroc", "ece"} <= set(merged)
        assert set(merged["review_curve"]) == CURVE
        values = [v for v in merged["review_curve"].values() if v is not None]
        assert values == sorted(values)
        assert all(0 <= v <= 1 for v in [*values, merged["omissions"], merged["ece"]])
        assert sum(b["slots"] for b in merged["reliability"]) == merged["slots"]
    assert result["groups"]["all"]["pages"] == 4
    assert "NFKC" in result["normalisation"]
    assert json.loads(json.dumps(result, allow_nan=False)) == result


def test_the_figures_are_those_of_the_pages(result: dict[str, Any]) -> None:
    """Real readings of a form in a handwriting font: read well but for letters that look alike."""
    form = result["groups"]["form en"]["merged"]
    assert form["words"] == len(CROPS["form"]["words"])
    assert form["omitted_words"] == 0
    assert form["coverage"] == form["coverage_own"] == 1.0
    assert form["coverage_words_exact"] == form["coverage_words"] == form["words"]
    assert form["word_errors_perfect_choice"] <= form["word_errors"] <= 0.25
    assert result["groups"]["handwritten ja"]["merged"]["cer"] < 0.1
    assert result["groups"]["printed en"]["merged"]["coverage"] is None
    will = result["groups"]["handwritten fr"]["merged"]
    assert will["word_errors"] > 0.3
    assert will["auroc"] > 0.6
    everything = result["groups"]["all"]
    assert everything["merged"]["words"] == sum(
        g["merged"]["words"] for n, g in result["groups"].items() if n != "all"
    )
    best = min(e["word_errors"] for e in everything["engines"].values())
    assert everything["merged"]["word_errors_best_engine"] == best


def test_processes_do_not_change_the_answer(folder: Path, result: dict[str, Any]) -> None:
    again = evaluate(folder, readings=folder / "readings", processes=2).to_json()
    for answer in (again, result):
        for group in answer["groups"].values():
            group["merged"].pop("cpu_seconds", None)
    assert again == result


def test_engines_are_chosen(folder: Path) -> None:
    answer = evaluate(folder, readings=folder / "readings", engines=["tesseract"], processes=1).to_json()
    assert set(answer["groups"]["all"]["engines"]) == {"tesseract"}
    assert answer["groups"]["all"]["merged"]["best_engine"] == "tesseract"


# -- the measures ---------------------------------------------------------------------------------


def test_rates_by_hand() -> None:
    figures = compare("the quick\nbrown  fox", "brown fox the quiek").figures()
    assert figures["wer"] == pytest.approx(1.0)
    assert figures["wer_order_free"] == pytest.approx(0.25)
    assert figures["order_gap"] == pytest.approx(0.75)
    one = compare("ab cd", "ab cd ef gh ij kl mn")
    assert one.figures()["wer"] == pytest.approx(2.5)
    assert one.figures()["cer"] == pytest.approx(3.0)
    assert compare("", "").figures()["cer"] == 0.0
    assert compare("", "abc").figures()["cer"] == 1.0
    assert plain(" 東京 都\n港区 ﬁne\tＡ ") == "東京都港区 fine A"


def test_the_review_curve_by_hand() -> None:
    tally = Tally(
        words=10, omitted=1, risk=[0.9, 0.8, 0.3, 0.2, 0.1], errors=[2, 0, 1, 0, 0],
        bad=[True, False, True, False, False], outside=[True, False, False, False, False], inserted=2,
    )  # fmt: skip
    assert tally.total == 4
    assert tally.rate == pytest.approx(0.4)
    assert tally.found(0.2) == pytest.approx(0.5)
    assert tally.found(0.6) == tally.found(1.0) == pytest.approx(0.75)
    assert tally.ideal(0.4) == pytest.approx(0.75)
    assert tally.at_errors()["2e"] == pytest.approx(0.75)
    assert tally.auroc() == pytest.approx(5 / 6)
    assert tally.ece() == pytest.approx((0.1 + 0.8 + 0.7 + 0.2 + 0.1) / 5)
    inside = tally.inside()
    assert (inside.total, inside.inserted, inside.words) == (2, 0, 10)
    assert inside.found(0.5) == pytest.approx(0.5)
    empty = Tally()
    assert (empty.found(0.5), empty.auroc(), empty.ece(), empty.rate) == (None, None, None, 0.0)


# -- what goes wrong is counted ---------------------------------------------------------------------


def test_bad_pages_and_engines_are_counted_and_stop_nobody(tmp_path: Path) -> None:
    add_page(tmp_path, "form")
    add_page(tmp_path, "note-ja", name="noimage", image=False)
    add_page(tmp_path, "typed-1905", name="unread")
    add_page(tmp_path, "form", name="broken")
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8 no picture")
    add_page(tmp_path, "form", name="foreign")
    write(tmp_path / "cut.json", '{"text": ')
    (tmp_path / "cut.jpg").write_bytes(b"")
    readings = tmp_path / "readings"
    add_readings(readings, "form")
    write(readings / "form.tesseract.json", '{"engine": ')
    add_readings(readings, "form", name="broken")
    add_readings(readings, "note-ja", name="noimage")
    # Readings of an image of another shape.
    for engine in ("rapidocr", "tesseract"):
        write(readings / f"foreign.{engine}.json", recorded("note-ja")[engine])
    evaluation = evaluate(tmp_path, readings=readings, processes=1)
    answer = evaluation.to_json()
    group = answer["groups"]["all"]
    assert group["pages"] == 6
    assert set(group["failed_pages"]) == {"broken", "cut", "foreign", "unread"}
    assert group["failures"] == 5
    failed = {(f["page"], f["engine"]) for f in answer["failures"]}
    assert ("form", "tesseract") in failed
    text = " ".join(f["message"] for f in answer["failures"])
    for part in ("form.tesseract.json", "cut.json", "broken.jpg", "1110 x 370"):
        assert part in text
    assert any("noimage" in note for note in answer["notes"])
    tesseract = group["engines"]["tesseract"]
    assert (tesseract["pages"], tesseract["failures"]) == (1, 1)
    # A page without a result counts as empty beside the figures of those that have one.
    assert tesseract["cer"] < 0.5 < tesseract["cer_errors_as_empty"]
    assert group["merged"]["cer"] < 0.5 < group["merged"]["cer_errors_as_empty"]
    assert "FAILED  cut" in tables(evaluation)


def test_a_page_without_words_and_a_truth_without_text(tmp_path: Path) -> None:
    add_page(tmp_path, "form", name="empty", text="", words=None)
    add_page(tmp_path, "note-ja", name="silent")
    for engine in ("rapidocr", "tesseract"):
        write(tmp_path / "r" / f"empty.{engine}.json", recorded("form")[engine])
        write(tmp_path / "r" / f"silent.{engine}.json", {"engine": engine, "words": [], "image": {}})
    answer = evaluate(tmp_path, readings=tmp_path / "r", processes=1).to_json()
    empty = answer["groups"]["form en"]["merged"]
    assert empty["words"] == 0
    assert empty["cer"] == empty["word_errors"] == 1.0
    assert empty["insertions"] >= 10
    silent = answer["groups"]["handwritten ja"]["merged"]
    assert silent["cer"] == silent["word_errors"] == 1.0
    # What nobody read is ink all the same: ghosts lead to it, what they miss is omitted.
    assert silent["ghosts_on_text"] > 0
    assert silent["omitted_words"] < silent["words"]
    assert json.dumps(answer, allow_nan=False)


def test_engines_run_where_nothing_is_recorded_and_one_that_fails_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Real engines: Tesseract reads, the replaying engine has no folder to replay from."""
    monkeypatch.delenv("INKVEIL_REPLAY", raising=False)
    add_page(tmp_path, "typed-1905")
    answer = evaluate(tmp_path, engines=["tesseract", "replay"], processes=1).to_json()
    group = answer["groups"]["all"]
    assert group["failures"] == 1
    assert group["engines"]["tesseract"]["cer"] < 0.1
    assert group["engines"]["tesseract"]["seconds"] > 0
    assert group["engines"]["replay"]["pages"] == 0
    assert group["engines"]["replay"]["cer_errors_as_empty"] == 1.0
    assert answer["failures"][0]["engine"] == "replay"
    with pytest.raises(UsageError, match="nosuch"):
        evaluate(tmp_path, engines=["nosuch"])


def test_folders_without_pages_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="no page with ground truth"):
        evaluate(tmp_path)
    with pytest.raises(Unreadable, match="no such folder"):
        evaluate(tmp_path / "absent")
    add_page(tmp_path, "form")
    with pytest.raises(Unreadable, match="no such folder"):
        evaluate(tmp_path, readings=tmp_path / "absent")


# -- the command and its files ----------------------------------------------------------------------


def test_the_command_answers_and_writes(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], result: dict[str, Any]
) -> None:
    out = tmp_path / "report"
    code, text, said = run(
        capsys,
        "evaluate",
        folder,
        "--readings",
        folder / "readings",
        "--processes",
        1,
        "--json",
        "--out",
        out,
    )
    assert code == 0
    answer = json.loads(text)
    assert answer["groups"]["all"]["engines"] == result["groups"]["all"]["engines"]
    assert "4 of 4" in said
    assert json.loads((out / "evaluation.json").read_text("utf-8")) == answer
    rows = list(csv.DictReader((out / "engines.csv").open(encoding="utf-8")))
    merged = next(r for r in rows if r["group"] == "all" and r["engine"] == "merged")
    assert float(merged["cer"]) == answer["groups"]["all"]["merged"]["cer"]
    assert len(list(csv.DictReader((out / "pages.csv").open(encoding="utf-8")))) == 4 * 4
    for name in ("review_curve_all", "reliability_all", "review_curve_form-en"):
        chart = ElementTree.fromstring((out / f"{name}.svg").read_text("utf-8"))
        drawn = list(_texts(chart))
        assert any(name.split("_")[0].capitalize() in t for t in drawn)
    curve = list(csv.DictReader((out / "review_curve.csv").open(encoding="utf-8")))
    last = [r for r in curve if r["group"] == "all" and r["engine"] == "merged"][-1]
    assert last["looked_at_percent"] == "100"


def _texts(root: ElementTree.Element) -> Iterator[str]:
    for element in root.iter("{http://www.w3.org/2000/svg}text"):
        yield element.text or ""


def test_tables_for_people_name_the_normalisation(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, text, _ = run(capsys, "evaluate", folder, "--readings", folder / "readings", "--processes", 1)
    assert code == 0
    assert "merged" in text
    assert "Normalisation: cer, wer: NFKC" in text


def test_bad_calls_of_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, said = run(capsys, "evaluate", tmp_path)
    assert code == 3
    assert "no page with ground truth" in said
    add_page(tmp_path, "form")
    (tmp_path / "form.jpg").write_bytes(b"no image")
    (tmp_path / "r").mkdir()
    code, text, said = run(capsys, "evaluate", tmp_path, "--readings", tmp_path / "r", "--json")
    assert code == 3
    assert json.loads(text)["groups"]["all"]["failures"] == 1
    assert run(capsys, "evaluate", tmp_path, "--engines", "nosuch")[0] == 2


def test_a_report_that_cannot_be_written_says_so(folder: Path, tmp_path: Path) -> None:
    evaluation = evaluate(folder, readings=folder / "readings", engines=["tesseract"], processes=1)
    (tmp_path / "taken").write_text("a file", "utf-8")
    with pytest.raises(StorageFailed, match="taken"):
        write_report(evaluation, tmp_path / "taken")


def test_engines_elsewhere_are_measured_where_the_project_lets_them(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_page(tmp_path / "pages", "typed-1905")
    program = tmp_path / "engine.py"
    program.write_text(
        "import json, sys\nout = sys.argv[sys.argv.index('--output') + 1]\n"
        "json.dump({'results': ['read by an invented engine']}, open(out, 'w'))\n"
    )
    monkeypatch.setenv("INKVEIL_COMMAND_COMMAND", f"{sys.executable} {program}")
    monkeypatch.setenv("INKVEIL_COMMAND_PROVIDER", "Example Ltd")
    data = ("--data", tmp_path / "data")
    asked = (
        "evaluate",
        tmp_path / "pages",
        "--engines",
        "tesseract,command",
        "--processes",
        1,
        *data,
        "--json",
    )
    code, out, _ = run(capsys, *asked)
    assert code == 0
    assert any("not switched on for this project" in f["message"] for f in json.loads(out)["failures"])
    assert run(capsys, "cloud", "allow", "command", *data)[0] == 0
    code, out, _ = run(capsys, *asked)
    assert code == 0
    found = json.loads(out)
    assert found["failures"] == []
    assert found["groups"]["all"]["engines"]["command"]["cer"] > 0.5  # it reads something else
