"""The PP-OCR models inside RapidOCR's wheel, used part by part: find lines, cut them out, read them.

RapidOCR's own pipeline (`RapidOCR.__call__`) is not used, because it forgets what it has to keep: lines
under a score or without text vanish, a word carries the confidence of some character, call arguments
stick to the instance, and every crop is cut from a reduced page. Its detector, its recogniser and their
decoders are used as they are. What comes out here is a `Line` a detected line, in the order RapidOCR
sorts them; engines.line_words makes words of them.
"""

from __future__ import annotations

import ctypes
import math
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from model.geometry import Point, Quad
from model.words import unspaced

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

DETECTION_SIDE = 1600
"""Longest side that the detector sees; 1280 and less costs accuracy, more costs time for nothing."""
LINE_HEIGHT = 48
"""Height of a line in the recogniser's input."""
WIDTH_STEP = 128
"""Lines are padded to a multiple of this: the runtime prepares itself for every new width."""
LONGEST = 10.0
"""Width over height beyond which the recogniser begins to lose Latin text."""
DOUBTFUL = 0.90
"""Mean confidence under which a long line is read again in pieces."""


@dataclass(frozen=True, slots=True)
class Char:
    """One character and the place of its middle along the line, 0 (start) .. 1 (end)."""

    text: str
    at: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Line:
    """One detected line: corners in the order of its text, what was read, where its ink has gaps."""

    quad: Quad
    chars: tuple[Char, ...]
    score: float
    """Mean confidence of its characters; 0 where nothing was read."""
    gaps: tuple[tuple[float, float], ...] = ()
    """[start, end) of the stretches without ink, as fractions of the line's length."""
    length: float = 1.0
    """Length over height of the line on the page."""
    vertical: bool = False

    @property
    def text(self) -> str:
        return "".join(c.text for c in self.chars)


class LineReader:
    """Detector and recogniser of one thread. Not safe to share; see `reader()`."""

    def __init__(self, runtime: str) -> None:
        from rapidocr import EngineType, RapidOCR

        kind = EngineType.OPENVINO if runtime == "openvino" else EngineType.ONNXRUNTIME
        parts = RapidOCR(
            params={
                "Global.log_level": "critical",
                "Det.engine_type": kind,
                "Rec.engine_type": kind,
                "EngineConfig.onnxruntime.intra_op_num_threads": 1,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
                "EngineConfig.onnxruntime.enable_cpu_mem_arena": True,
                "EngineConfig.openvino.inference_num_threads": 1,
                "EngineConfig.openvino.num_streams": 1,
                # Left to itself OpenVINO pins its only thread to the first core, in every process.
                "EngineConfig.openvino.enable_cpu_pinning": False,
            }
        )
        self._detector = parts._load_det_model()  # type: ignore[no-untyped-call]  # noqa: SLF001 - the only door
        self._recogniser = parts._load_rec_model()  # type: ignore[no-untyped-call]  # noqa: SLF001

    def detect(self, image: Pixels) -> list[NDArray[np.float32]]:
        """Corners (4 x 2, px of `image`, clockwise from the top left) of every line of a BGR image."""
        import cv2

        height, width = image.shape[:2]
        ratio = min(1.0, DETECTION_SIDE / max(height, width))
        size = (max(32, round(width * ratio / 32) * 32), max(32, round(height * ratio / 32) * 32))
        way = cv2.INTER_AREA if ratio < 1 else cv2.INTER_LINEAR
        small = cv2.resize(image, size, interpolation=way)
        answer = self._detector.session(cv2.dnn.blobFromImage(small, 1 / 127.5, mean=(127.5,) * 3))
        boxes, _ = self._detector.postprocess_op(answer, (height, width))
        return [] if len(boxes) == 0 else list(self._detector.sorted_boxes(boxes))

    def read(self, crop: Pixels) -> tuple[Char, ...]:
        """The characters of one line (BGR, any height) with their places and confidences."""
        import cv2
        import numpy as np

        height, width = crop.shape[:2]
        inner = max(1, math.ceil(LINE_HEIGHT * width / height))
        outer = max(320, math.ceil(inner / WIDTH_STEP) * WIDTH_STEP)
        way = cv2.INTER_AREA if height > LINE_HEIGHT else cv2.INTER_LINEAR
        line = cv2.resize(crop, (inner, LINE_HEIGHT), interpolation=way)
        blob = np.zeros((1, 3, LINE_HEIGHT, outer), np.float32)
        blob[:, :, :, :inner] = cv2.dnn.blobFromImage(line, 1 / 127.5, mean=(127.5,) * 3)
        answer = self._recogniser.session(blob)
        return self._decode(answer[0], inner / outer)

    def _decode(self, answer: NDArray[np.float32], filled: float) -> tuple[Char, ...]:
        """CTC, best path: (steps x classes) -> characters; `filled` is the part that is not padding."""
        best = answer.argmax(axis=1)
        alphabet = self._recogniser.postprocess_op.character
        steps = len(best) * filled
        return tuple(
            Char(alphabet[symbol], min((step + 0.5) / steps, 1.0), float(answer[step, symbol]))
            for step, symbol in enumerate(best)
            if symbol != 0 and (step == 0 or symbol != best[step - 1])
        )


_local = threading.local()


@cache
def runtime() -> str:
    """The inference runtime: openvino where its wheel loads and sees a processor, else onnxruntime."""
    try:
        import openvino

        if "CPU" in openvino.Core().available_devices:
            return "openvino"
    except Exception:  # noqa: BLE001 - a wheel for another processor fails in its own ways
        return "onnxruntime"
    return "onnxruntime"


def reader() -> LineReader:
    """The reader of the calling thread; made at its first call."""
    if not hasattr(_local, "reader"):
        import cv2

        cv2.setNumThreads(1)
        keep_memory()
        try:
            _local.reader = LineReader(runtime())
        except Exception:
            if runtime() == "onnxruntime":
                raise
            _local.reader = LineReader("onnxruntime")
    found: LineReader = _local.reader
    return found


@cache
def keep_memory() -> None:
    """Asks glibc not to give memory back after every inference: 25 % of the CPU time of a page."""
    try:
        libc = ctypes.CDLL(None)
        libc.mallopt(-1, 1 << 30)  # M_TRIM_THRESHOLD
        libc.mallopt(-3, 1 << 30)  # M_MMAP_THRESHOLD
    except (OSError, AttributeError):  # another libc: nothing to ask
        return


def read_lines(image: Pixels, quads: Iterable[NDArray[np.float32]], *, vertical: bool) -> list[Line]:
    """Reads every detected line of a BGR image; none is left out, even where nothing is read.

    `vertical`: the page may hold Japanese from top to bottom.
    """
    lines = [_line(image, quad, vertical) for quad in quads]
    if 2 * sum(line.vertical for line in lines) > len(lines):
        lines.sort(key=lambda line: -line.quad.bounds.x1)  # columns run from right to left
    return lines


def read_lines_again(
    image: Pixels, lines: Iterable[Line], scale: float, squeeze: float, blur: float
) -> list[Line]:
    """The same lines read from copies whose height is `scale` of what the recogniser wants, blurred.

    `squeeze` is the copy's width over what its height asks for, `blur` the Gaussian's standard deviation
    in pixels of the copy.
    """
    import cv2
    import numpy as np

    again = []
    for line in lines:
        crop = cut_out(image, np.array(line.quad.points, np.float32))
        if line.vertical:
            crop = np.ascontiguousarray(np.rot90(crop))
        height, width = crop.shape[:2]
        ratio = LINE_HEIGHT * scale / height
        size = (max(1, round(width * ratio * squeeze)), max(1, round(height * ratio)))
        small = cv2.resize(crop, size, interpolation=cv2.INTER_AREA if ratio < 1 else cv2.INTER_LINEAR)
        copy = np.asarray(cv2.GaussianBlur(small, (0, 0), blur), np.uint8)
        again.append(replace(_read(copy, line.quad), gaps=line.gaps, vertical=line.vertical))
    return again


def _line(image: Pixels, quad: NDArray[np.float32], vertical: bool) -> Line:
    points = [(float(x), float(y)) for x, y in quad]
    crop = cut_out(image, quad)
    height, width = crop.shape[:2]
    if height < 1.5 * width:
        return _read(crop, Quad.of(points))
    return _upright(crop, points, vertical)


def _upright(crop: Pixels, points: list[Point], vertical: bool) -> Line:
    """A line that is taller than wide: lying Latin text, a single letter, or vertical Japanese."""
    import numpy as np

    turned = np.ascontiguousarray(np.rot90(crop))  # its left end is the top of the page
    line = _read(turned, Quad.of([points[1], points[2], points[3], points[0]]))
    if vertical or any(unspaced(c.text) for c in line.chars):
        # the same corners, counted for characters that stand upright one below the other
        line = replace(line, quad=Quad.of(points), vertical=True)
    return line


def _read(crop: Pixels, quad: Quad) -> Line:
    height, width = crop.shape[:2]
    empty = gaps(crop)
    chars = reader().read(crop)
    length = width / height
    if length > LONGEST and score(chars) < DOUBTFUL:
        chars = _in_pieces(crop, empty, chars)
    return Line(quad, chars, score(chars), empty, length)


def _in_pieces(
    crop: Pixels, empty: Sequence[tuple[float, float]], whole: tuple[Char, ...]
) -> tuple[Char, ...]:
    """A long line read again in pieces cut at white gaps; the better of both answers."""
    height, width = crop.shape[:2]
    cuts = [0, *cut_points(empty, width, height), width]
    found: list[Char] = []
    for start, end in pairwise(cuts):
        piece = reader().read(crop[:, start:end])
        if found and piece:
            found.append(Char(" ", start / width, 1.0))
        found += [replace(c, at=(start + c.at * (end - start)) / width) for c in piece]
    return tuple(found) if score(found) >= score(whole) else whole


def score(chars: Sequence[Char]) -> float:
    """Mean confidence, 0 for nothing."""
    return sum(c.confidence for c in chars) / len(chars) if chars else 0.0


def cut_points(empty: Sequence[tuple[float, float]], width: int, height: int) -> list[int]:
    """Where to cut a line of `width` x `height` px so that no piece is longer than LONGEST : 1.

    Cuts in the middle of the widest gap of the last half of each piece; without a gap, anywhere.
    """
    cuts: list[int] = []
    start, longest = 0.0, LONGEST * height / width
    while 1.0 - start > longest:
        low, high = start + longest / 2, start + longest
        inside = [(min(b, high) - max(a, low), (max(a, low) + min(b, high)) / 2) for a, b in empty]
        widest = max(inside, default=(0.0, 0.0))
        start = widest[1] if widest[0] > 0 else high
        cuts.append(round(start * width))
    return cuts


def gaps(crop: Pixels) -> tuple[tuple[float, float], ...]:
    """Stretches of a line without ink, as fractions of its length, from left to right.

    Rows that are mostly ink (a ruling, an underline) do not count, nor single dark specks.
    """
    import cv2
    import numpy as np

    height, width = crop.shape[:2]
    ratio = min(1.0, LINE_HEIGHT / height)
    size = (max(1, round(width * ratio)), max(1, round(height * ratio)))
    grey = cv2.cvtColor(cv2.resize(crop, size, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
    _, ink = cv2.threshold(grey, 0, 1, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    ink[ink.mean(axis=1) > 0.6] = 0
    inner = ink[size[1] // 8 : size[1] - size[1] // 8]
    blank = np.concatenate(([False], inner.sum(axis=0) <= 1, [False]))
    edges = np.flatnonzero(blank[1:] != blank[:-1])
    return tuple((int(a) / size[0], int(b) / size[0]) for a, b in edges.reshape(-1, 2))


def cut_out(image: Pixels, quad: NDArray[np.float32]) -> Pixels:
    """The pixels inside a quad, upright (as RapidOCR cuts, but from the whole page image)."""
    import cv2
    import numpy as np

    a, b, c, d = (np.asarray(p, np.float32) for p in quad)
    width = max(1, int(max(np.linalg.norm(a - b), np.linalg.norm(c - d))))
    height = max(1, int(max(np.linalg.norm(a - d), np.linalg.norm(b - c))))
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(np.array([a, b, c, d], np.float32), corners)
    return np.asarray(
        cv2.warpPerspective(
            image, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        ),
        np.uint8,
    )
