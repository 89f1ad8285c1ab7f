"""From readings to a merged page: the one function that puts characters, columns, boxes and risk together.

Everything is worked out in the prepared frame (the upright page) where a transform is given, and led back
to pixels of the page image at the end. Nothing here opens a file or knows decisions.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engines.languages import spoken
from model.errors import OverLimit, Unreadable
from model.geometry import Box, Quad, Transform
from model.words import Candidate, Failure, MergedPage, Reading, Repair, Slot, Unplaced
from review import boxes as boxing
from review import fitness
from review import ghosts as unread
from review import reasons as why
from review.characters import Characters, characters
from review.columns import Columns, stack, words
from review.direction import as_read
from review.features import family
from review.lexicon import is_word, listed, plausibility
from review.order import reading_order, with_strays
from review.risk import Choice, accuracies, choose, prior
from review.slots import Draft, Drafts, drafts, evidence
from review.upright import leaning, upright

if TYPE_CHECKING:
    from review.calibrate import Refit

GRID_MM = 2.0
"""Grid of the slots' ids on paper (at least 1/240 of the page): a box that moves less keeps its id."""
UNUSUAL = -4.4
"""Letters less usual than this, in a word that no list has, make the reason `lexicon`."""
BOXLESS_BORDERS = 1.4
"""Worth of a language model's word borders: it writes words, whatever the gaps in the ink."""


@dataclass(slots=True)
class Work:
    """A page between its readings and its slots. Boxes are in the frame (the prepared image)."""

    size: tuple[float, float]
    """Of the page image."""
    frame: tuple[float, float]
    transform: Transform | None
    """Leads from the frame to the page image: the one given, or found from the readings' own lean. None
    where the two are the same."""
    streams: list[Characters]
    columns: Columns
    trust: list[float]
    ink: boxing.Ink | None
    drafts: Drafts
    failures: list[Failure] = field(default_factory=list)
    """Readings that were left out: too long for a page, or of another one."""


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the cyclic garbage collector: a merge makes many small values and no cycles, and looking
    for some takes a fifth of the time of a long page.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@_uncollected()
def merge(
    readings: Sequence[Reading],
    image: NDArray[Any] | None,
    *,
    page: int = 1,
    dpi: float = 300,
    transform: Transform | None = None,
    failures: Sequence[Failure] = (),
    languages: Sequence[str] = (),
    refit: Refit | None = None,
) -> MergedPage:
    """All readings of a page made one.

    readings: boxes in pixels of the page image; a reading of another size is scaled, one of another shape
    raises Unreadable naming its engine. languages: ISO codes, else those that
    the readings speak for. image: H x W x 3 RGB or H x W, uint8, or None (then boxes are cut by
    the letters' widths, nothing is snapped and no ghosts are looked for). transform: prepared -> image.
    refit: what a project's corrections have taught.
    """
    readings = _in_one_order(readings)
    languages = languages or _spoken(readings)
    work = stacked(readings, image, transform, languages)
    streams, trust, ink = work.streams, work.trust, work.ink
    found = work.drafts
    width, height = work.size
    choices, standing = choose(found.slots, streams, trust, languages, refit)
    known = listed(languages)
    boxes = covered(work, standing)
    ghosts = _ghosts(work, readings, boxes)
    boxes += [(g.box, boxing.redact_box([g.box], None, ink, *work.frame)) for g in ghosts]
    order = with_strays(
        reading_order(
            [box for box, _ in boxes[: len(choices)]],
            [d.vertical for d in found.slots],
            evidence(work.columns, found.slots, standing),
        ),
        [box for box, _ in boxes[: len(choices)]],
        [g.box for g in ghosts],
    )
    order = as_read(order, [c.chosen for c in choices])
    slots: list[Slot] = []
    taken: set[str] = set()
    for position, (n, line) in enumerate(order):
        box, covering = boxes[n]
        quad, safe = _to_image(box, covering, work.transform, width, height)
        name = _name(page, quad, max(GRID_MM / 25.4 * dpi, max(width, height) / 240, 4.0), taken)
        if n < len(choices):
            slots.append(_slot(name, quad, safe, line, position, found.slots[n], choices[n], streams, known))
        else:
            slots.append(
                Slot(name, quad, "", (), ghosts[n - len(choices)].text, (why.GHOST,), line, position, safe)
            )
    return MergedPage(
        page,
        int(width),
        int(height),
        dpi,
        tuple(slots),
        tuple(dict.fromkeys(r.engine for r in readings)),
        (*failures, *(replace(f, page=page) for f in work.failures)),
        tuple(Unplaced(text, streams[r].engine) for text, r in found.unplaced),
        tuple(
            Repair(s.engine, what, n)
            for s in sorted(streams, key=lambda s: s.engine)
            for what, n in s.repairs.items()
        )
        + tuple(Repair(r.engine, what, int(n)) for r in readings for what, n in r.noticed.items()),
    )


def aligned(
    readings: Sequence[Reading],
    image: NDArray[Any] | None,
    transform: Transform | None = None,
    ink: boxing.Ink | None = None,
) -> Work:
    """Characters stacked and trust in each reading; no words are cut yet, so there are no drafts.

    ink: the image's, where it is known already.
    """
    readings, failures = fitness.too_long(_in_one_order(readings))
    if failures and not readings:
        raise OverLimit(failures[0].message, file=failures[0].engine)
    width, height = _size(readings, image, transform)
    if transform is None:
        transform = upright(readings, width, height)
        if transform is not None:
            readings = [leaning(r, transform) for r in readings]
    frame = (width, height)
    back = None
    if transform is not None:
        frame = (transform.source.width, transform.source.height)
        back = transform.inverse()
    streams = _by_trust([characters(r, *frame, back, _scale(r, width, height)) for r in readings])
    if ink is None and image is not None and min(image.shape[:2]) > 1:
        ink = boxing.ink_of(image, *frame, transform)
    columns = stack(streams)
    strangers = fitness.of_another_page(columns, ink)
    if strangers:
        failures += [fitness.strange(streams[r]) for r in strangers]
        streams = [s for r, s in enumerate(streams) if r not in strangers]
        columns = stack(streams)
    work = Work((width, height), frame, transform, streams, columns, accuracies(columns), ink, Drafts([], []))
    work.failures = failures
    return work


def stacked(
    readings: Sequence[Reading],
    image: NDArray[Any] | None,
    transform: Transform | None = None,
    languages: Sequence[str] = (),
) -> Work:
    """Everything before a text is chosen: characters stacked, words cut, trust in each reading."""
    work = aligned(readings, image, transform)
    cut_words(work, languages)
    return work


def _in_one_order(readings: Sequence[Reading]) -> list[Reading]:
    """The readings in an order that does not depend on how they were given."""
    if len({r.engine for r in readings}) == len(readings):
        return sorted(readings, key=lambda r: r.engine)

    def whole(reading: Reading) -> tuple[str, ...]:
        words = [(w.text, w.quad.points, w.confidence, w.line) for w in reading.words or ()]
        return (reading.engine, reading.version, reading.model, reading.plain_text, repr(words))

    return sorted(readings, key=whole)


def cut_words(work: Work, languages: Sequence[str]) -> None:
    """Cuts the stacked characters of a page into its drafts."""
    weights = voting(work.streams, work.trust)
    work.drafts = drafts(work.columns, words(work.columns, weights, work.ink, languages), work.ink)


def _spoken(readings: Sequence[Reading]) -> tuple[str, ...]:
    """The languages that the fullest reading seems to be in; empty where it does not say."""
    fullest = max(readings, key=lambda r: (len(r.words or ()), r.engine), default=None)
    return spoken(fullest.words or ()) if fullest is not None else ()


# -- sizes and frames ---------------------------------------------------------------------------


def _size(
    readings: Sequence[Reading], image: NDArray[Any] | None, transform: Transform | None
) -> tuple[float, float]:
    """Width and height of the page image in pixels. Raises Unreadable where nothing says them."""
    if image is not None:
        if image.ndim not in (2, 3) or not image.size:
            raise Unreadable("The page image is empty.")
        return float(image.shape[1]), float(image.shape[0])
    if transform is not None:
        return transform.target.width, transform.target.height
    known = [
        (r.width, r.height)
        for r in sorted(readings, key=lambda r: r.words is None)
        if r.width > 0 and r.height > 0
    ]
    if known:
        return float(known[0][0]), float(known[0][1])
    ends = [p for r in readings for w in r.words or () for p in w.quad.points if np.isfinite(p).all()]
    return (
        float(max((p[0] for p in ends), default=1.0)) + 1.0,
        float(max((p[1] for p in ends), default=1.0)) + 1.0,
    )


def _scale(reading: Reading, width: float, height: float) -> tuple[float, float]:
    """What leads the reading's pixels to the page image's. Raises Unreadable for another shape."""
    if reading.words is None or reading.width <= 0 or reading.height <= 0:
        return 1.0, 1.0
    sx, sy = width / reading.width, height / reading.height
    if abs(sx - sy) > 0.03 * max(sx, sy) + 2.0 / max(reading.width, reading.height):
        raise Unreadable(
            f"{reading.engine}: the reading is of an image of {reading.width} x {reading.height} px, "
            f"the page image has {int(width)} x {int(height)}. Read this page again with {reading.engine}.",
            file=reading.engine,
        )
    return sx, sy


def _to_image(
    box: Box, covering: Box, transform: Transform | None, width: float, height: float
) -> tuple[Quad, Box]:
    if transform is None:
        return Quad.from_box(box.clipped(width, height)), covering.clipped(width, height)
    quad = transform.quad(Quad.from_box(box))
    points = [(min(max(x, 0.0), width), min(max(y, 0.0), height)) for x, y in quad.points]
    return Quad((points[0], points[1], points[2], points[3])), transform.box(covering).clipped(width, height)


def _name(page: int, quad: Quad, grid: float, taken: set[str]) -> str:
    """An id that the same place gets again: page and the centre on a grid, a letter where that is taken."""
    x, y = quad.bounds.centre
    base = name = f"p{page}x{int(x / grid):03d}y{int(y / grid):03d}"
    extra = 1
    while name in taken:
        extra += 1
        name = f"{base}n{extra}"
    taken.add(name)
    return name


# -- readings -----------------------------------------------------------------------------------


def _by_trust(streams: list[Characters]) -> list[Characters]:
    """The order of the alignment: placed before boxless, the fuller and more trusted first."""

    def worth(stream: Characters) -> float:
        sure = [u.confidence * (u.end - u.start) for u in stream.units if u.confidence is not None]
        known = sum(u.end - u.start for u in stream.units if u.confidence is not None)
        confidence = sum(sure) / known if known else 0.9
        return prior(stream.engine) * confidence * float((1 + len(stream)) ** 0.25)

    return sorted(streams, key=lambda s: (not s.boxed, -worth(s)))


def voting(streams: Sequence[Characters], trust: Sequence[float]) -> list[float]:
    """Weights of the votes on word borders: readings of one family have little more than one vote."""
    out = []
    for r, stream in enumerate(streams):
        kin = [q for q, other in enumerate(streams) if family(other.engine) == family(stream.engine)]
        best = max(kin, key=lambda q: trust[q])
        kinship = 1.0 if r == best else 0.25 / (len(kin) - 1)
        out.append(trust[r] ** 2 * kinship * (1.0 if stream.boxed else BOXLESS_BORDERS))
    return out


# -- slots --------------------------------------------------------------------------------------


def placed(
    draft: Draft,
    streams: Sequence[Characters],
    trust: Sequence[float],
    ink: boxing.Ink | None,
    width: float,
    height: float,
) -> tuple[Box, Box]:
    """The box to show (snapped to the ink where there is an image) and the one that surely covers it."""
    best = max(
        (s for s in draft.said if s.box is not None),
        key=lambda s: (s.whole, not streams[s.stream].units[0].coarse, trust[s.stream]),
    )
    raw = best.box or Box.union_of(draft.boxes)
    others = _plausible(raw, draft.boxes)
    snapped = boxing.snap(raw, ink, draft.vertical) if ink is not None else None
    if snapped is not None:
        others = [boxing.trimmed(box, snapped, draft.vertical) for box in others]
    covering = boxing.redact_box(others, snapped, ink, width, height)
    return snapped or raw, covering


def _plausible(chosen: Box, found: Sequence[Box]) -> list[Box]:
    """All boxes of a slot but those that would black out much more than the word."""
    if len(found) < 2:
        return list(found) or [chosen]
    areas = sorted(b.area for b in found)
    limit = 4.0 * max(chosen.area, areas[len(areas) // 2])
    return [chosen, *(b for b in found if b is not chosen and b.union(chosen).area <= limit)]


def covered(work: Work, standing: Sequence[float] | None = None) -> list[tuple[Box, Box]]:
    """Of every draft the box to show and the one to redact, in the frame. Shown is the box of the reading
    that is to be believed most (`standing`, else `work.trust`).
    """
    best = standing or work.trust
    return [placed(d, work.streams, best, work.ink, *work.frame) for d in work.drafts.slots]


def line_height(shown: Sequence[Box], *, vertical: bool = False) -> float:
    """Of the page's text, from the words' boxes; 0 where there are none."""
    return float(np.median([b.width if vertical else b.height for b in shown])) if shown else 0.0


def places_seen(readings: Sequence[Reading], work: Work) -> list[Box]:
    """Where an engine's detector saw a line that its recogniser could not read, in the frame."""
    back = work.transform.inverse() if work.transform is not None else None
    out: list[Box] = []
    for reading in readings:
        quads = reading.raw.get("unread") if isinstance(reading.raw, dict) else None
        sx, sy = _scale(reading, *work.size)
        for quad in quads if isinstance(quads, list) else ():
            try:
                points = [(float(x) * sx, float(y) * sy) for x, y in quad]
                out.append(Box.around([back.point(p) for p in points] if back is not None else points))
            except (TypeError, ValueError):
                continue  # an engine's own notes, in whatever form: only a hint
    return out


def _ghosts(work: Work, readings: Sequence[Reading], boxes: Sequence[tuple[Box, Box]]) -> list[unread.Ghost]:
    if work.ink is None:
        return []
    vertical = 2 * sum(d.vertical for d in work.drafts.slots) > len(boxes)
    return unread.ghosts(
        work.ink,
        [covering for _, covering in boxes],
        line_height([box for box, _ in boxes], vertical=vertical),
        places_seen(readings, work),
        vertical=vertical,
    )


def _slot(
    name: str,
    quad: Quad,
    safe: Box,
    line: int,
    position: int,
    draft: Draft,
    choice: Choice,
    streams: Sequence[Characters],
    languages: tuple[str, ...],
) -> Slot:
    engines = [streams[s.stream].engine for s in draft.said]
    chosen = choice.supporters[0]
    placed = [s for s in draft.said if s.stream in chosen]
    quality = None
    if not any(streams[r].boxed for r in chosen):
        quality = max(s.quality for s in placed)
    here, everywhere = {family(e) for e in engines}, {family(s.engine) for s in streams}
    voices = (len(here), len(everywhere)) if len(everywhere) > 1 else (len(set(engines)), len(streams))
    codes = why.reasons(
        texts=choice.texts,
        confidence=choice.confidences[0],
        read_by=voices[0],
        could_read=voices[1],
        whole=all(s.whole for s in draft.said),
        quality=quality,
        plausible=is_word(choice.texts[0], languages) != 0.0
        or plausibility(choice.texts[0], languages) > UNUSUAL,
        ghost=not choice.chosen,
        chosen=choice.chosen,
    )
    candidates = tuple(
        Candidate(text, tuple(dict.fromkeys(streams[r].engine for r in members)), confidence)
        for text, members, confidence in zip(choice.texts, choice.supporters, choice.confidences, strict=True)
    )
    risk = min(max(choice.risk, 0.0), 1.0)
    return Slot(name, quad, choice.chosen, candidates, risk, codes, line, position, safe, draft.vertical)
