"""The scripts of contrib: what they call, what they report where it is missing. The engines are not here."""

from __future__ import annotations

import json
import os
import shlex
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest
from command_runs import Run, run
from fake_cloud import page_image, sample_page

from engines.recognise import call
from model.errors import EngineFailed

__all__ = ["run"]
CONTRIB = Path(__file__).resolve().parents[2] / "contrib"


def ready(run: Run, engine: str, script: str, paths: str = "") -> None:
    run.set(f"INKVEIL_{engine.upper()}_COMMAND", shlex.join([sys.executable, str(CONTRIB / script)]))
    run.set(f"INKVEIL_{engine.upper()}_PROVIDER", "local")
    if paths:
        run.set("PATH", f"{paths}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.parametrize(
    ("engine", "script", "says"),
    [
        ("ndlocr_lite", "ndlocr_lite.py", "ndlocr-lite is not installed"),
        ("ndlocr", "ndlocr.py", "INKVEIL_NDLOCR_FOLDER"),
        ("nemotron_ocr_v2", "nemotron_ocr_v2.py", "nemotron_ocr is not installed"),
        ("modal", "modal_function.py", "INKVEIL_MODAL_APP"),
        ("mineru", "mineru.py", "mineru-kit is not installed"),
    ],
)
def test_a_script_whose_engine_is_missing_says_so(run: Run, engine: str, script: str, says: str) -> None:
    ready(run, engine, script)
    with pytest.raises(EngineFailed, match=says) as caught:
        call(engine, page_image())
    assert caught.value.kind == "unavailable"


NDL = """#!{python}
import sys
from pathlib import Path
image, out = {where}
words = '<LINE TYPE="本文" X="100" Y="200" WIDTH="{width}" HEIGHT="50" CONF="0.9" STRING="Patient Peter"/>'
more = '<BLOCK TYPE="図版" X="1" Y="1" WIDTH="9" HEIGHT="9" CONF="0.5"/>'
out.mkdir(parents=True, exist_ok=True)
page = f'<PAGE WIDTH="1000" HEIGHT="1400" IMAGENAME="a">{{more}}{{words}}</PAGE>'
(out / (image.stem + ".xml")).write_text(f"<OCRDATASET>{{page}}</OCRDATASET>")
"""
"""Stands where NDL's program would: its arguments and its XML, on a page that is not read."""


def test_ndlocr_lites_arguments_and_xml(run: Run) -> None:
    tools = run.folder / "tools"
    tools.mkdir()
    program = tools / "ndlocr-lite"
    where = (
        "(Path(sys.argv[sys.argv.index('--sourceimg') + 1]), Path(sys.argv[sys.argv.index('--output') + 1]))"
    )
    program.write_text(NDL.format(python=sys.executable, where=where, width=400))
    program.chmod(0o755)
    ready(run, "ndlocr_lite", "ndlocr_lite.py", str(tools))
    reading = call("ndlocr_lite", page_image())
    assert [w.text for w in reading.words or ()] == ["Patient", "Peter"]
    assert (reading.words or ())[0].box.x0 == 100
    program.write_text(f"#!{sys.executable}\nraise SystemExit(5)\n")
    with pytest.raises(EngineFailed) as caught:
        call("ndlocr_lite", replace(page_image(), page=2))
    assert caught.value.kind == "bad_output"


def test_ndlocrs_arguments_and_xml(run: Run) -> None:
    home = run.folder / "ndlocr_cli"
    home.mkdir()
    where = "(Path(sys.argv[2]), Path(sys.argv[3]) / 'page1' / 'xml')"
    check = "\nassert sys.argv[1] == 'infer' and sys.argv[4:] == ['-s', 'f', '-p', '2..3', '-x'], sys.argv\n"
    (home / "main.py").write_text(NDL.format(python=sys.executable, where=where, width=400) + check)
    run.set("INKVEIL_NDLOCR_FOLDER", str(home))
    ready(run, "ndlocr", "ndlocr.py")
    reading = call("ndlocr", page_image())
    assert [w.text for w in reading.words or ()] == ["Patient", "Peter"]


MINERU = """#!{python}
import json, os, sys
from pathlib import Path
image, out = Path(sys.argv[2]), Path(sys.argv[4])
assert sys.argv[1] == "parse" and sys.argv[3] == "-o" and image.read_bytes()[:4] == b"\\x89PNG"
assert " ".join(sys.argv[5:]) == (
    "-f middle_json --tier basic --ocr-mode ocr --disable-image-analysis"
)
assert os.environ["MINERU_MODEL_SOURCE"] == "local"
out.write_text(Path({answer!r}).read_text())
"""
"""Stands where MinerU's program would, with its arguments."""
MIDDLE = {
    "schema": "docvortex.middle", "schema_version": "2.0", "is_full_document": True, "extensions": {},
    "metadata": {"file_suffix": "pdf", "producer": {"name": "mineru", "version": "4.0.12"}},
    "pages": [{"page_idx": 0, "blocks": [
        {"type": "doc_title", "index": 0, "level": 1, "bbox": [0.1, 0.1, 0.5, 0.15], "content": [
            {"type": "text", "content": "Patient "},
            {"type": "hyperlink", "url": "https://example.org", "content": [
                {"type": "text", "content": "Peter", "styles": ["bold"]}]}]},
        {"type": "list", "index": 1, "bbox": [0.1, 0.2, 0.5, 0.4], "content": [
            {"type": "text", "content": [{"type": "text", "content": "born in May"}]},
            {"type": "text", "bbox": [0.1, 0.3, 0.5, 0.4], "content": [
                {"type": "equation_inline", "content": "x^2"}]}]},
        {"type": "table", "index": 2, "bbox": [0.1, 0.5, 0.9, 0.8], "content": [
            {"type": "table_caption", "content": [{"type": "text", "content": "Table 1"}]},
            {"type": "table_body", "index": 2, "content": "<table><tr><td>Ward</td><td>7</td></tr>"
                "<tr><td>Bed &amp; more</td><td>3</td></tr></table>"}]},
        {"type": "image", "index": 3, "bbox": [0.1, 0.85, 0.2, 0.9], "content": [
            {"type": "image_body", "index": 3, "content": ""}]},
        {"type": "header", "index": 4, "bbox": [0.1, 0.01, 0.5, 0.05], "content": []},
    ]}],
}  # fmt: skip
"""As docvortex.schema.MiddleJson (0.6.4) reads and writes it."""


def test_minerus_arguments_and_its_blocks(run: Run) -> None:
    tools = run.folder / "tools"
    tools.mkdir()
    answer = run.folder / "middle.json"
    answer.write_text(json.dumps(MIDDLE))
    program = tools / "mineru-kit"
    program.write_text(MINERU.format(python=sys.executable, answer=str(answer)))
    program.chmod(0o755)
    ready(run, "mineru", "mineru.py", str(tools))
    reading = call("mineru", page_image())
    assert reading.words is None
    assert [(r.text, r.quad.bounds.as_list()) for r in reading.regions] == [
        ("Patient Peter", [100, 140, 500, 210]),
        ("born in May", [100, 280, 500, 560]),
        ("x^2", [100, 420, 500, 560]),
        ("Table 1", [100, 700, 900, 1120]),
        ("Ward 7\nBed & more 3", [100, 700, 900, 1120]),
    ]
    assert reading.text == "\n".join(r.text for r in reading.regions)
    answer.write_text(json.dumps({**MIDDLE, "pages": []}))
    with pytest.raises(EngineFailed) as caught:
        call("mineru", replace(page_image(), page=2))
    assert caught.value.kind == "bad_output"
    program.write_text(f"#!{sys.executable}\nraise SystemExit(3)\n")
    with pytest.raises(EngineFailed, match="mineru-kit models verify") as caught:
        call("mineru", replace(page_image(), page=3))
    assert caught.value.kind == "unavailable"


def library(run: Run, name: str, text: str) -> None:
    """A module that stands where the real one would, with the names that the script calls."""
    path = run.folder / "library" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text))
    run.set("PYTHONPATH", str(run.folder / "library"))


def test_nemotrons_call_and_its_places(run: Run) -> None:
    _, words = sample_page()
    rows = [
        {"text": w.text, "confidence": 0.75, "left": w.box[0] / 1000, "right": w.box[2] / 1000,
         "upper": w.box[1] / 1400, "lower": w.box[3] / 1400} for w in words
    ]  # fmt: skip
    library(run, "nemotron_ocr/inference/pipeline_v2.py", f"""
        class NemotronOCRV2:
            def __init__(self, *, lang=None, model_dir=None):
                assert (lang, model_dir) == ("en", None)
            def __call__(self, path, merge_level):
                assert path.endswith(".png") and merge_level == "word"
                print("noise on standard output")
                return {rows!r}
    """)  # fmt: skip
    ready(run, "nemotron_ocr_v2", "nemotron_ocr_v2.py")
    reading = call("nemotron_ocr_v2", page_image())
    assert [w.text for w in reading.words or ()] == [w.text for w in words]
    for found, word in zip(reading.words or (), words, strict=True):
        assert found.box.as_list() == pytest.approx(list(word.box), abs=0.5)


@pytest.mark.parametrize(("does", "kind"), [
    ("return 'Patient Peter'", None), ("raise exception.AuthError('Peter')", "auth"),
    ("raise exception.NotFoundError('Peter')", "unavailable"), ("raise ValueError('Peter')", "bad_output"),
    ("return None", "bad_output"),
])  # fmt: skip
def test_modals_call(run: Run, does: str, kind: str | None) -> None:
    library(run, "modal.py", f"""
        class exception:
            class AuthError(Exception): pass
            class NotFoundError(Exception): pass
            class ConnectionError(Exception): pass
        class Function:
            @staticmethod
            def from_name(app, function):
                assert (app, function) == ("ocr", "read")
                return Function()
            def remote(self, image):
                assert image.startswith(b"\\x89PNG")
                {does}
    """)  # fmt: skip
    run.set("INKVEIL_MODAL_APP", "ocr")
    run.set("INKVEIL_MODAL_FUNCTION", "read")
    ready(run, "modal", "modal_function.py")
    if kind is None:
        assert call("modal", page_image()).plain_text == "Patient Peter"
        return
    with pytest.raises(EngineFailed) as caught:
        call("modal", page_image())
    assert caught.value.kind == kind
    assert "Peter" not in caught.value.message
