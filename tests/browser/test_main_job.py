"""The main job in a real browser, by keyboard: a scan in, reviewed, approved, exported, and proved.

The application runs as users run it (`inkveil serve`: pages and worker), with the real engines. The
finished PDF is then opened with tools of others: the names are gone from text, pixels and metadata.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pymupdf
import pytest
from conftest import Server, ask, until
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from playwright.sync_api import expect

from model.geometry import points_to_image
from redaction import plan
from review.session import load
from storage import documents, exports, ledger
from storage.project import Project

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

LINES = [
    "Harbour Records Office, 3 May 1921",
    "Patient: Wilhelmina Quarterstaff",
    "Telephone: (415) 555-0137",
    "The patient was seen in the garden ward",
    "and was in good health after a week.",
    "Signed, Dr. Barnaby Thistlewood",
]
NAMES = ("Wilhelmina", "Quarterstaff", "555-0137", "Barnaby", "Thistlewood")
KEPT = ("garden", "ward", "health", "week")
DPI = 150


class Application(Server):
    """`inkveil serve`: the pages and the worker, as `make run` starts them."""

    def command(self) -> list[str]:
        return [sys.executable, "-m", "cli", "serve", "--port", str(self.port), "--data", str(self.data)]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Server]:
    application = Application(tmp_path / "data")
    application.start()
    try:
        yield application
    finally:
        application.stop()


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """A typed page as a scanner leaves it: slightly turned, grey, noisy; its author in the metadata."""
    page = Image.new("L", (1240, 900), 246)
    font = ImageFont.truetype("DejaVuSerif.ttf", 34) if _has_font() else ImageFont.load_default(34)
    draw = ImageDraw.Draw(page)
    for number, line in enumerate(LINES):
        draw.text((120, 110 + 110 * number), line, fill=30, font=font)
    page = page.rotate(0.8, resample=Image.Resampling.BICUBIC, fillcolor=246).filter(
        ImageFilter.GaussianBlur(0.6)
    )
    noise = np.random.default_rng(7).normal(0, 5, (page.height, page.width))
    page = Image.fromarray(np.clip(np.asarray(page) + noise, 0, 255).astype(np.uint8))
    exif = Image.Exif()
    exif[0x013B] = "Wilhelmina Quarterstaff"  # Artist
    path = tmp_path / "ward-note.jpg"
    page.save(path, quality=90, dpi=(DPI, DPI), exif=exif)
    return path


def _has_font() -> bool:
    try:
        ImageFont.truetype("DejaVuSerif.ttf", 10)
    except OSError:
        return False
    return True


def test_the_whole_job_by_keyboard(page: Any, served: Server, scan: Path, tmp_path: Path) -> None:
    messages: list[str] = []
    page.on("console", lambda m: messages.append(m.text) if m.type == "error" else None)

    # A scan in: it is read by the worker while the page shows how far it is.
    page.goto("/")
    page.locator("input[type=file]").first.set_input_files(scan)
    page.get_by_text("ward-note.jpg", exact=True).first.wait_for()
    review = page.locator("button:enabled", has_text=re.compile(r"^\s*Review\s*$"))
    review.wait_for(timeout=120_000)
    project = Project.open(served.data)
    document = documents.find(project)[0]
    review.click()

    # Every word in doubt is settled with one key; then the first word of the page is typed anew.
    until(page, "b.slots.length && b.view.bitmap && (b.slot || b.mode === 'done')")
    field = page.locator(".wb .field")
    truth = " ".join(LINES)
    for _ in range(ask(page, "b.queue().length")):
        page.keyboard.press("Enter" if field.input_value() in truth else "Control+Delete")
    until(page, "b.mode === 'done' && b.outbox.size === 0")
    page.keyboard.press("Alt+ArrowDown")
    expect(field).to_have_value("Harbour")
    page.keyboard.type("Harbor")
    page.keyboard.press("Enter")
    until(page, "b.mode === 'done' && b.outbox.size === 0")
    # Enter approves the page, then the document, then goes on.
    for done in ("b.page.approved", "b.approved"):
        page.keyboard.press("Enter")
        until(page, f"{done} && b.outbox.size === 0")
    reviewed = load(project, document.id)
    assert reviewed.counts.left == 0
    assert reviewed.pages[0].approved
    assert reviewed.document_approved
    assert reviewed.text.startswith("Harbor Records Office")
    for word in KEPT:
        assert word in reviewed.text
    page.keyboard.press("Enter")

    # What was found is approved by key; what stays undecided would stand on the button.
    groups = page.locator(".desk .groups li")
    groups.first.wait_for(timeout=60_000)
    page.locator(".desk").focus()
    for _ in range(groups.count()):
        page.keyboard.press("a")
    expect(page.locator(".desk .groups li.open")).to_have_count(0)
    onward = page.get_by_role("button", name="Export", exact=True)
    onward.wait_for(timeout=60_000)  # its "(n undecided)" is gone once every decision is stored
    onward.focus()
    page.keyboard.press("Enter")

    # Export: the file is attacked first, and every check is shown.
    page.get_by_text("Approved by").wait_for(timeout=60_000)
    button = page.get_by_role("button", name="Export", exact=True)
    button.wait_for()
    button.focus()
    page.keyboard.press("Enter")
    page.get_by_text("checks passed").wait_for(timeout=120_000)
    with page.expect_download() as download:
        page.get_by_role("link", name="Redacted PDF").click()
    finished = tmp_path / "finished.pdf"
    download.value.save_as(finished)
    export = exports.list(project, document.id)[0]
    assert finished.read_bytes() == export.path.read_bytes()

    # The audit page shows who decided what, and that the chain holds.
    page.goto(f"/audit?doc={document.id}")
    page.get_by_text("chain verified").first.wait_for()
    assert ledger.verify(project, document.id).ok
    prove(finished, project, document.id)
    assert not [m for m in messages if "Content Security Policy" in m], messages


def prove(finished: Path, project: Project, document: str) -> None:
    """Text, pixels, metadata and raw bytes of the PDF, each by another tool."""
    text = ""
    with pymupdf.open(finished) as pdf:
        text += "".join(p.get_text() for p in pdf)
        picture = pdf[0].get_pixmap(dpi=DPI)
    if shutil.which("pdftotext"):
        text += subprocess.run(
            ["pdftotext", str(finished), "-"], capture_output=True, check=True
        ).stdout.decode()
    for name in NAMES:
        assert name not in text
    for word in KEPT:
        assert word in text

    events = ledger.events(project, document)
    review = load(project, document)
    boxes = plan.plan([], events, review.pages).redactions
    assert len(boxes) >= 3
    pixels = np.frombuffer(picture.samples, np.uint8).reshape(picture.height, picture.width, picture.n)[
        ..., :3
    ]
    for redaction in boxes:
        box = points_to_image(redaction.box, DPI)
        inside = pixels[int(box.y0) + 2 : int(box.y1) - 1, int(box.x0) + 2 : int(box.x1) - 1]
        assert inside.size
        assert inside.max() == inside.min(), redaction.box

    with pikepdf.open(finished) as pdf:
        assert not {"/Metadata", "/Names", "/OpenAction"} & set(pdf.Root.keys())
        assert [str(field.FT) for field in pdf.Root.AcroForm.Fields] == ["/Sig"]
        everything = io.BytesIO()
        for item in pdf.objects:
            if isinstance(item, pikepdf.Stream):
                data = item.read_raw_bytes() if item.get("/Filter") == "/DCTDecode" else item.read_bytes()
                everything.write(data)
            else:
                everything.write(item.unparse() if isinstance(item, pikepdf.Object) else b"")
    for name in NAMES:
        for coding in ("latin-1", "utf-16-be"):
            assert name.encode(coding) not in everything.getvalue()
    assert b"Exif" not in everything.getvalue()
