"""CPU and memory of redacting with verification, against a plain PyMuPDF redaction of the same pages.

    .venv/bin/python bench/redact.py [--pages 20] [--flat 50,200] [--long 200,2000] [--ocr 4]

Makes its own inputs: born-digital pages of 50 lines with ten boxes each, and 200-dpi JPEG scans with
four. Each figure is CPU seconds of a process of its own, children included, divided by the pages.
"Plain" is what a script would do: add_redact_annot, apply_redactions, save with garbage=4 and deflate.
It verifies nothing. Intake's look through the file (storage.inspect, about 0.2 s a file) is not counted:
it was done when the document was added. "Raster + OCR": the pages rendered at 200 dpi, painted, read by
Tesseract, and written as images with that text layer; it verifies nothing either. Bars: born-digital
<= 5 x plain; scan <= 0.5 x plain with images=2; memory flat in the number of pages, <= 400 MB for 200.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import resource
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

_LOREM = (
    "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et "
    "dolore magna aliqua enim minim veniam quis nostrud exercitation ullamco laboris nisi aliquip commodo"
)
WORDS = _LOREM.split()
NAMES = ["Jane Quibblesworth", "Omar Ytterbiumov", "Ingrid Mxyzptlk", "Pavel Gwrtheyrn", "Lena Vlissinge"]
BARS = {"text": 5.0, "scan": 0.5}
MEMORY_BAR = 400


def text_pdf(pages: int, boxes: int = 10) -> tuple[bytes, list[tuple[int, list[float], str]]]:
    """Born-digital pages and (page, rect, text) of what is to go."""
    import pymupdf

    chance = random.Random(1)
    found: list[tuple[int, list[float], str]] = []
    document = pymupdf.open()
    font = pymupdf.Font("helv")
    for number in range(1, pages + 1):
        page = document.new_page(width=612, height=792)
        writer = pymupdf.TextWriter(page.rect)
        chosen = set(chance.sample(range(50), boxes))
        for line in range(50):
            y = 60 + 14 * line
            head = " ".join(chance.choice(WORDS) for _ in range(5)) + " "
            secret = f"{chance.choice(NAMES)}{number * 50 + line}" if line in chosen else chance.choice(WORDS)
            tail = " " + " ".join(chance.choice(WORDS) for _ in range(5))
            x = 50.0
            for part in (head, secret, tail):
                writer.append((x, y), part, font=font, fontsize=10)
                width = font.text_length(part, fontsize=10)
                if part is secret and line in chosen:
                    found.append((number, [x - 0.5, y - 9, x + width + 0.5, y + 2.5], secret))
                x += width
        writer.write_text(page)
    return document.tobytes(garbage=3, deflate=True), found


def scan_pdf(pages: int) -> tuple[bytes, list[tuple[int, list[float], str]]]:
    """Letter pages of one 200-dpi JPEG each."""
    import numpy as np
    import pymupdf
    from PIL import Image, ImageDraw

    chance = random.Random(2)
    found: list[tuple[int, list[float], str]] = []
    document = pymupdf.open()
    noise = np.random.default_rng(3).normal(0, 2, (2200, 1700))
    paper = Image.fromarray((240 + noise).clip(0, 255).astype(np.uint8))
    for number in range(1, pages + 1):
        picture = paper.copy().convert("RGB")
        draw = ImageDraw.Draw(picture)
        for line in range(40):
            text = " ".join(chance.choice(WORDS) for _ in range(10))
            draw.text((140, 150 + 48 * line), text, fill=(30, 30, 40), font_size=30)
            if line % 10 == 5:
                rect = [
                    50.4 + 60,
                    (150 + 48 * line) * 0.36 - 1,
                    50.4 + 180,
                    (150 + 48 * line + 36) * 0.36 + 1,
                ]
                found.append((number, rect, ""))
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=60, dpi=(200, 200))
        page = document.new_page(width=612, height=792)
        page.insert_image(page.rect, stream=buffer.getvalue())
    return document.tobytes(), found


def plain(data: bytes, boxes: list[tuple[int, list[float], str]], images: int) -> int:
    """The usual PyMuPDF redaction; size of the result."""
    import pymupdf

    document = pymupdf.open(stream=data, filetype="pdf")
    for page in document:
        for number, rect, _ in boxes:
            if number == page.number + 1:
                page.add_redact_annot(pymupdf.Rect(rect), fill=(0, 0, 0))
        page.apply_redactions(images=images)
    return len(document.tobytes(garbage=4, deflate=True))


def ours(data: bytes, boxes: list[tuple[int, list[float], str]], kind: str) -> int:
    from model.findings import Redaction
    from model.geometry import Box
    from redaction.export import redact_file

    listed = [Redaction(n, Box.of(r), "personal data", text=t or None) for n, r, t in boxes]
    made = redact_file(
        data, f"{kind}.pdf", listed, mode="preserve", reviewed=True, certificate="pages", inspected=True
    )
    return len(made.pdf)


def raster(data: bytes, boxes: list[tuple[int, list[float], str]]) -> tuple[int, float]:
    """Pages as images with an OCR layer: size of the result, and the share of the kept words it finds."""
    import io as files

    import pymupdf
    import pytesseract
    from PIL import Image, ImageDraw

    scale = 200 / 72
    result, wanted, found = pymupdf.open(), 0, 0
    with pymupdf.open(stream=data, filetype="pdf") as document:
        for page in document:
            pixmap = page.get_pixmap(matrix=pymupdf.Matrix(scale, scale), colorspace="gray")
            picture = Image.frombytes("L", (pixmap.width, pixmap.height), pixmap.samples)
            draw = ImageDraw.Draw(picture)
            here = [pymupdf.Rect(rect) for number, rect, _ in boxes if number == page.number + 1]
            for rect in here:
                draw.rectangle([v * scale for v in rect], fill=0)
            made = pytesseract.image_to_pdf_or_hocr(picture, extension="pdf", config="--dpi 200")
            with pymupdf.open(stream=made, filetype="pdf") as read:
                text = set(read[0].get_text().split())
                result.insert_pdf(read)
            kept = [w[4] for w in page.get_text("words") if not any(r.intersects(w[:4]) for r in here)]
            wanted, found = wanted + len(kept), found + sum(word in text for word in kept)
    out = files.BytesIO()
    result.save(out, garbage=3, deflate=True)
    return len(out.getvalue()), found / max(wanted, 1)


def apply_only(data: bytes, boxes: list[tuple[int, list[float], str]], kind: str) -> int:
    from model.findings import Redaction
    from model.geometry import Box
    from redaction.apply import apply

    listed = [Redaction(n, Box.of(r), "personal data", text=t or None) for n, r, t in boxes]
    return len(apply(data, listed, name=f"{kind}.pdf", mode="preserve").pdf)


def child(task: str, kind: str, folder: Path) -> None:
    """Runs one task in this process and prints its figures."""
    data = (folder / f"{kind}.pdf").read_bytes()
    boxes = [(int(n), list(r), str(t)) for n, r, t in json.loads((folder / f"{kind}.json").read_text())]
    warm = {"ours": ours, "apply": apply_only}.get(task)
    small, few = text_pdf(1, 1)  # imports and first-use costs belong to no page
    if warm is not None:
        warm(small, few, "text")
    else:
        plain(small, few, 0)
    start = cpu()
    share = 1.0
    if task == "raster":
        size, share = raster(data, boxes)
    elif task == "plain":
        size = plain(data, boxes, 2 if kind == "scan" else 0)
    elif warm is not None:
        size = warm(data, boxes, kind)
    else:
        size = 0
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"cpu": cpu() - start, "mb": usage.ru_maxrss / 1024, "size": size, "kept": share}))


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + used.ru_utime + used.ru_stime


def measured(task: str, kind: str, folder: Path) -> dict[str, float]:
    command = [sys.executable, __file__, "--task", task, "--kind", kind, "--folder", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{task} {kind}: {done.stderr[-2000:]}")
    result: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def main() -> None:
    import tempfile

    parser = argparse.ArgumentParser()
    parser.add_argument("--pages", type=int, default=20)
    parser.add_argument(
        "--flat", default="50,200", help="numbers of scan pages for the memory test, or empty"
    )
    parser.add_argument("--long", default="200", help="numbers of pages for both kinds, or empty")
    parser.add_argument("--ocr", type=int, default=4, help="pages to rasterise and read by OCR, 0 for none")
    parser.add_argument("--task")
    parser.add_argument("--kind")
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    if options.task:
        child(options.task, options.kind, options.folder)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        makers = {"text": text_pdf, "scan": scan_pdf}
        print("| page | plain PyMuPDF | apply alone | redact and verify | ratio | bar |")
        print("|---|---|---|---|---|---|")
        for kind, make in makers.items():
            _write(folder, kind, *make(options.pages))
            cells = {
                t: measured(t, kind, folder)["cpu"] / options.pages * 1000 for t in ("plain", "apply", "ours")
            }
            ratio = cells["ours"] / cells["plain"]
            verdict = "reached" if ratio <= BARS[kind] else "missed"
            row = f"| {kind} | {cells['plain']:.1f} ms | {cells['apply']:.1f} ms | {cells['ours']:.1f} ms "
            print(f"{row}| {ratio:.2f} | {BARS[kind]} {verdict} |")
        if options.ocr:
            by_ocr(folder, options.ocr)
        if options.long:
            long_files(folder, [int(n) for n in options.long.split(",")])
        if options.flat:
            print("\n| scan pages | size | peak memory | bar |")
            print("|---|---|---|---|")
            for pages in map(int, options.flat.split(",")):
                _write(folder, "scan", *scan_pdf(pages))
                result = measured("ours", "scan", folder)
                size = (folder / "scan.pdf").stat().st_size / 1e6
                bar = f"{MEMORY_BAR} MB {'reached' if result['mb'] <= MEMORY_BAR else 'missed'}"
                print(f"| {pages} | {size:.0f} MB | {result['mb']:.0f} MB | {bar} |")


def long_files(folder: Path, numbers: list[int]) -> None:
    """What files of many pages take: born-digital ones with ten boxes a page, scans with four."""
    print("\n| kind | pages | source | CPU a page | peak memory | result / source |")
    print("|---|---|---|---|---|---|")
    for pages in numbers:
        for kind, make in (("text", text_pdf), ("scan", scan_pdf)):
            _write(folder, kind, *make(pages))
            result = measured("ours", kind, folder)
            size = (folder / f"{kind}.pdf").stat().st_size
            print(
                f"| {kind} | {pages} | {size / 1e6:.1f} MB | {result['cpu'] / pages * 1000:.0f} ms "
                f"| {result['mb']:.0f} MB | {result['size'] / size:.2f} |"
            )


def by_ocr(folder: Path, pages: int) -> None:
    """Beside rasterising with an OCR layer: cost, size, and the words that can still be found."""
    print("\n| way | CPU a page | result / source | words still found |")
    print("|---|---|---|---|")
    _write(folder, "text", *text_pdf(pages))
    size = (folder / "text.pdf").stat().st_size
    for way, task in (("Inkveil", "ours"), ("raster + OCR", "raster")):
        result = measured(task, "text", folder)
        share = f"{100 * result['kept']:.1f} %" if task == "raster" else "100 % (or not written)"
        print(f"| {way} | {result['cpu'] / pages * 1000:.0f} ms | {result['size'] / size:.1f} | {share} |")


def _write(folder: Path, kind: str, data: bytes, boxes: list[tuple[int, list[float], str]]) -> None:
    (folder / f"{kind}.pdf").write_bytes(data)
    (folder / f"{kind}.json").write_text(json.dumps(boxes))


if __name__ == "__main__":
    main()
