"""Extractors of others, run on the output: poppler where it is installed, pdfminer where it is importable.

Two programs that share no code with MuPDF: a font or encoding that fools one rarely fools all.
"""

from __future__ import annotations

import html
import io
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from model.findings import Redaction, Stamped
from model.words import unspaced
from redaction.attack.labels import Allowed, allowed_on, squeezed
from redaction.attack.needles import Needles, folded_run, folded_words
from redaction.attack.report import Report
from redaction.attack.sheet import Boxes, parted
from redaction.attack.visibility import place

SECONDS = 600
_PAGE = re.compile(r'<page width="([\d.]+)" height="([\d.]+)">')
_WORD = re.compile(
    r'<word xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)">(.*?)</word>', re.S
)


def attack_with_poppler(
    data: bytes, redactions: Mapping[int, Sequence[Redaction]], sizes: Sequence[tuple[float, float]],
    needles_on: Callable[[int], Needles], report: Report, columns: Collection[int] = (),
    stamps: Sequence[Stamped] = (),
) -> bool:  # fmt: skip
    """Runs pdftotext. `needles_on` gives what to look for on a page; `columns`: pages written downwards.
    False where poppler is not installed.
    """
    program = shutil.which("pdftotext")
    if program is None:
        return False
    report.carried_out("second_reader", "pdftotext")
    with tempfile.TemporaryDirectory(prefix="inkveil-") as folder:
        path = Path(folder, "output.pdf")
        path.write_bytes(data)
        done = subprocess.run(
            [program, "-bbox", "-cropbox", str(path), "-"], capture_output=True, timeout=SECONDS, check=False
        )
    if done.returncode:
        report.fail("second_reader", "pdftotext can't open the file")
        return True
    for number, (width, height, words, boxes) in enumerate(_pages(done.stdout.decode("utf-8", "replace")), 1):
        if number > len(sizes):
            break
        to_displayed = np.array(
            [sizes[number - 1][0] / max(width, 1e-6), sizes[number - 1][1] / max(height, 1e-6)] * 2
        )
        here = redactions.get(number, ())
        gaps = parted(boxes * to_displayed, np.array([r.box.as_list() for r in here]).reshape(-1, 4))
        needle = needles_on(number).in_words(
            folded_run([*map(folded_words, words)], gaps.tolist()) if words else ()
        )
        if needle is not None:
            report.fail(
                "second_reader", f"{needle.origin} can still be read by pdftotext on page {number}", number
            )
        if here and len(boxes):
            labels = allowed_on(here, [s for s in stamps if s.page == number])
            _under(words, boxes * to_displayed, here, labels, number, report, columns=number in columns)
    return True


def attack_with_pdfminer(data: bytes, needles_on: Callable[[int], Needles], report: Report) -> bool:
    """A third reader, slow (43 ms a page): only on request. False where pdfminer.six is not installed."""
    try:
        from pdfminer.high_level import extract_pages
        from pdfminer.layout import LTTextContainer
    except ImportError:
        return False
    try:
        for number, page in enumerate(extract_pages(io.BytesIO(data)), 1):
            text = " ".join(item.get_text() for item in page if isinstance(item, LTTextContainer))
            needle = needles_on(number).in_text(text)
            if needle is not None:
                report.fail(
                    "second_reader", f"{needle.origin} can still be read by pdfminer on page {number}", number
                )
    except Exception as error:  # noqa: BLE001  (pdfminer raises many kinds on odd files)
        report.fail("second_reader", f"pdfminer can't read the file ({type(error).__name__})")
    report.carried_out("second_reader", "pdftotext, pdfminer")
    return True


def _pages(text: str) -> Iterator[tuple[float, float, list[str], Boxes]]:
    end = 0
    while (match := _PAGE.search(text, end)) and (end := text.find("</page>", match.end())) >= 0:
        found = _WORD.findall(text, match.end(), end)
        boxes = np.array([w[:4] for w in found], dtype=np.float64).reshape(-1, 4)
        yield float(match[1]), float(match[2]), [html.unescape(w[4]) for w in found], boxes


def _under(
    words: list[str],
    boxes: Boxes,
    redactions: Sequence[Redaction],
    labels: Allowed,
    number: int,
    report: Report,
    *,
    columns: bool,
) -> None:
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    high = boxes[:, 3] - boxes[:, 1]
    # Where columns of Japanese stand it does not know: it shifts them by the place of their origins.
    column = (high > 1.5 * (boxes[:, 2] - boxes[:, 0])) & [len(w) > 1 and unspaced(w[0]) for w in words]
    if columns:
        column |= np.array([any(map(unspaced, w)) for w in words], dtype=bool)
    for redaction in redactions:
        x0, y0, x1, y1 = redaction.box.as_list()
        # Words, not letters: the middle must lie in the box, and the box must cover half of the line.
        inside = (middles[:, 0] >= x0) & (middles[:, 0] <= x1) & (middles[:, 1] >= y0) & (middles[:, 1] <= y1)
        inside &= ~column
        inside &= np.minimum(boxes[:, 3], y1) - np.maximum(boxes[:, 1], y0) >= 0.5 * high
        found = [w for w, hit in zip(words, inside.tolist(), strict=True) if hit and squeezed(w)]
        near = [labels.texts[i] for i in labels.meeting((x0, y0, x1, y1))]
        if any(not any(squeezed(w) in label for label in near) for w in found):
            report.fail(
                "second_reader",
                f"pdftotext can still extract text under the box on page {number} "
                f"at {place(np.array(redaction.box.as_list()))}",
                number,
            )
