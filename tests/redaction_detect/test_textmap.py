"""Every character of everything found lies under a box, whatever the page did to its words."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.findings import SlotSpan, TextFinding
from model.geometry import Box, Quad
from model.words import Reading, TranscriptPage, TranscriptSlot, Word
from redaction import detect, slotboxes, textmap, uniting
from redaction.stay import Stay

PARTS = (
    "Name:John|Smith|Hender-|son|(415)|555-O137|Tel(415)|Will|Dr.|Jordan,|«Müller»|佐藤花子|様|a|12|SW1A|1AA||--|J.|"
    "O'Dwyer's|DE89|3704004405320130|née"
)
WORDS = st.sampled_from(PARTS.split("|"))


def quad(x: float, y: float, width: float, height: float, degrees: float) -> Quad:
    """A word's quad turned around the page's middle."""
    a = math.radians(degrees)
    corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    turned = [
        (1000 + (px - 1000) * math.cos(a) - (py - 1000) * math.sin(a),
         1000 + (px - 1000) * math.sin(a) + (py - 1000) * math.cos(a))
        for px, py in corners
    ]  # fmt: skip
    return Quad.of(turned)


@st.composite
def pages(draw: st.DrawFn) -> TranscriptPage:
    """Lines of words at any tilt, with redact boxes that are tight, wide or even smaller than the quad."""
    tilt = draw(st.sampled_from([0.0, 0.0, 0.4, -3.0, 7.0, 90.0, 180.0]))
    slack = draw(st.sampled_from([-1.0, 0.0, 3.0, 12.0]))
    slots = []
    for line in range(draw(st.integers(1, 4))):
        x = draw(st.floats(100, 300))
        for _ in range(draw(st.integers(1, 5))):
            text = draw(WORDS)
            width = max(12.0, len(text) * draw(st.floats(8, 22)))
            q = quad(x, 300 + line * 60, width, draw(st.floats(18, 40)), tilt)
            x += width + draw(st.floats(4, 200))
            box = q.bounds.expanded(slack)
            slots.append(TranscriptSlot(f"s{len(slots)}", q, text, line, len(slots), box))
    return TranscriptPage(1, 2000, 2000, 200.0, tuple(slots))


def cell(slot: TranscriptSlot, k: int) -> Quad:
    """Where character k of a slot stands, in equal cells: not the weights that the code under test uses."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = slot.quad.points
    n = len(slot.text)

    def at(px: float, py: float, qx: float, qy: float, t: float) -> tuple[float, float]:
        return px + (qx - px) * t, py + (qy - py) * t

    low, high = k / n, (k + 1) / n
    return Quad(
        (at(ax, ay, bx, by, low), at(ax, ay, bx, by, high), at(dx, dy, cx, cy, high), at(dx, dy, cx, cy, low))
    )


def inside(point: tuple[float, float], boxes: tuple[Box, ...]) -> bool:
    return any(b.expanded(0.51).contains(point) for b in boxes)


def covered(slot: TranscriptSlot, k: int, boxes: tuple[Box, ...]) -> bool:
    """The core of the character's cell (its middle four fifths in both directions) lies under the boxes."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = cell(slot, k).points
    for u in (0.2, 0.5, 0.8):
        for v in (0.1, 0.5, 0.9):
            x = (ax * (1 - u) + bx * u) * (1 - v) + (dx * (1 - u) + cx * u) * v
            y = (ay * (1 - u) + by * u) * (1 - v) + (dy * (1 - u) + cy * u) * v
            if not inside((x, y), boxes):
                return False
    return True


@given(page=pages(), data=st.data())
@settings(max_examples=250, deadline=None)
def test_every_character_of_a_hit_lies_under_a_box(page: TranscriptPage, data: st.DataObject) -> None:
    view = textmap.transcript_view(page)
    if not view.text.strip():
        return
    start = data.draw(st.integers(0, len(view.text) - 1))
    end = data.draw(st.integers(start + 1, len(view.text)))
    placed = view.place(TextFinding("PERSON", start, end, 0.8, "test"))
    characters = [o for o in view.origins[start:end] if o is not None]
    if placed is None:
        assert not characters
        return
    boxes = slotboxes.boxes(page, placed.spans)
    for index, k in characters:
        slot = page.slots[index]
        if slot.text[k].isalnum():
            assert covered(slot, k, boxes), (slot.text, k)


@given(page=pages(), cuts=st.lists(st.integers(0, 200), max_size=4))
@settings(max_examples=100, deadline=None)
def test_united_hits_keep_every_character_and_spans_stay_inside_slots(
    page: TranscriptPage, cuts: list[int]
) -> None:
    view = textmap.transcript_view(page)
    hits = []
    wanted = set()
    for n, cut in enumerate(cuts):
        start, end = cut, min(cut + 5 + n, len(view.text))
        if start >= end:
            continue
        placed = view.place(TextFinding("PERSON" if n % 2 else "DATE_TIME", start, end, 0.5, "test"))
        if placed is not None:
            hits.append(placed)
            wanted |= {o for o in view.origins[start:end] if o is not None}
    united = uniting.on_slots(page, hits)
    ids = {s.id: i for i, s in enumerate(page.slots)}
    got = {(ids[s.slot], k) for h in united for s in h.spans for k in range(s.start, s.end)}
    assert wanted <= got
    for hit in united:
        for span in hit.spans:
            assert 0 <= span.start <= span.end <= len(page.slots[ids[span.slot]].text)
    owners = [s.slot for h in united for s in h.spans]
    assert len(owners) == len(set(owners)) or all(h.spans for h in united)


LINES = [
    ["Name:John", "Smith", "Tel(415)", "555-0137"],
    ["Dear", "Mr.", "Harold", "Pinker-"],
    ["ton,", "SSN", "529-41-7763", "and", "e-mail:jane@example.com"],
    ["IBAN", "DE89", "3704", "0044", "0532", "0130", "00", "Geboren", "12.03.1961"],
]
SECRETS = ["John", "Smith", "(415)", "555-0137", "Harold", "Pinker", "ton", "529-41-7763", "jane@example.com",
           "DE89", "3704", "0044", "0532", "0130", "12.03.1961"]  # fmt: skip


def page_of(lines: list[list[str]], *, tilt: float = 0.0, char: float = 11.0) -> TranscriptPage:
    slots = []
    for n, line in enumerate(lines):
        x = 100.0
        for text in line:
            q = quad(x, 200 + 50 * n, char * len(text), 26, tilt)
            slots.append(TranscriptSlot(f"s{len(slots)}", q, text, n, len(slots), q.bounds.expanded(3)))
            x += char * len(text) + 12
    return TranscriptPage(1, 2000, 2000, 200.0, tuple(slots))


@pytest.mark.parametrize("glue", ["whole", "split", "merged"])
@pytest.mark.parametrize("tilt", [0.0, 4.0])
def test_found_data_is_covered_whatever_slots_the_merge_made(glue: str, tilt: float) -> None:
    lines = LINES
    if glue == "split":
        lines = [[p for w in line for p in re.findall(r".{1,4}", w)] for line in LINES]
        # Words cut in the middle read as separate words: only what is still whole is looked for.
    elif glue == "merged":
        lines = [["".join(line[:2]), *line[2:]] for line in LINES]
    page = page_of(lines, tilt=tilt)
    findings = detect.find([page], None, languages=["en", "de"])
    boxes = tuple(b for f in findings for b in f.boxes)
    if glue == "split":
        assert findings
        return
    text = "".join(w for line in lines for w in line)
    for secret in SECRETS:
        for slot in page.slots:
            at = slot.text.find(secret)
            if at >= 0:
                for k in range(at, at + len(secret)):
                    if slot.text[k].isalnum():
                        assert covered(slot, k, boxes), (secret, text[:20])


def test_a_name_inside_a_word_boxes_its_part_and_leaves_the_label() -> None:
    page = page_of([["Name:Johnson", "lives", "here"]])
    finding = next(f for f in detect.find([page], None, languages=["en"]) if f.type == "PERSON")
    assert finding.text == "Johnson"
    (box,) = finding.boxes
    slot = page.slots[0]
    assert box.x0 > slot.box.x0 + 0.2 * slot.box.width
    assert box.x1 >= slot.redact_box.x1
    assert all(covered(slot, k, finding.boxes) for k in range(5, len(slot.text)))


def test_a_keep_list_does_not_uncover_a_part_of_somebody_else() -> None:
    page = page_of([["Will", "Smith", "and", "Jordan", "met", "Mr.", "Jordan"]])
    kept = detect.find([page], None, languages=["en"], stay=Stay(["Will"]))
    assert any(f.text == "Will Smith" and len(f.boxes) == 2 for f in kept)
    gone = detect.find([page], None, languages=["en"], stay=Stay(["Will Smith"]))
    assert not any("Smith" in f.text for f in gone)
    assert any("Jordan" in f.text for f in gone)


def test_a_tilted_long_word_gets_boxes_that_leave_the_next_line() -> None:
    page = page_of([["Christopher.Robertson-Hamilton@example.com"], ["innocent"]], tilt=6.0)
    slot, other = page.slots
    boxes = slotboxes.slot_boxes(slot, 0, len(slot.text))
    assert len(boxes) > 1
    assert all(covered(slot, k, tuple(boxes)) for k in range(len(slot.text)))
    whole = slot.redact_box.intersection(other.box)
    assert whole is not None
    spilled = sum(i.area for b in boxes if (i := b.intersection(other.box)) is not None)
    assert spilled < 0.25 * whole.area


def test_a_reading_finds_what_the_transcript_misread_and_people_overrule_it() -> None:
    page = page_of([["SSN", "S29-4l-7l"], ["nothing", "here"]])
    box = page.slots[1].box
    words = (
        Word("SSN", page.slots[0].quad, 0.9, 0),
        Word("529-41-7763", Quad.from_box(Box(box.x0 - 2, box.y0 + 1, box.x1 + 20, box.y1)), 0.9, 0),
        Word("Zachary", Quad.from_box(Box(1200, 900, 1300, 930)), 0.9, 1),
    )
    reading = Reading("other", "1", 2000, 2000, words)
    findings = detect.find([page], {1: [reading]}, languages=["en"])
    ssn = next(f for f in findings if f.type == "US_SSN")
    assert ssn.spans == (SlotSpan("s1", 0, 9),)
    assert ssn.boxes[0].x1 >= page.slots[1].redact_box.x1
    free = next(f for f in findings if f.type == "PERSON" and not f.spans)
    assert free.boxes[0].contains((1250, 915)), "a word that no slot holds keeps its own box"

    slots = [
        TranscriptSlot(
            s.id, s.quad, "illegible" if s.id == "s1" else s.text, s.line, s.order, s.redact_box, "corrected"
        )
        for s in page.slots
    ]
    decided = TranscriptPage(1, 2000, 2000, 200.0, tuple(slots))
    again = detect.find([decided], {1: [reading]}, languages=["en"])
    assert not any(f.type == "US_SSN" for f in again)


def test_a_ghost_slot_under_a_reading_is_boxed_whole() -> None:
    q = Quad.from_box(Box(300, 300, 420, 330))
    page = TranscriptPage(1, 1000, 1000, 200.0, (TranscriptSlot("g", q, "", 0, 0, q.bounds.expanded(4)),))
    reading = Reading("a", "1", 1000, 1000, (Word("Margaret", q, 0.5, 0),))
    (finding,) = detect.find([page], {1: [reading]}, languages=["en"])
    assert finding.boxes == (page.slots[0].redact_box,)


def test_a_label_finds_its_value_across_the_page() -> None:
    """Labels in one column, values in another, read column by column."""
    slots = []
    for n, (text, x, y) in enumerate(
        [("Surname:", 100, 200), ("Reference:", 100, 260), ("zzyzx", 900, 202), ("Q-4471-A", 900, 262)]
    ):
        q = Quad.from_box(Box(x, y, x + 12 * len(text), y + 26))
        slots.append(TranscriptSlot(f"s{n}", q, text, n, n, q.bounds.expanded(3)))
    page = TranscriptPage(1, 2000, 2000, 200.0, tuple(slots))
    found = {f.text: f.type for f in detect.find([page], None, languages=["en"])}
    assert found.get("zzyzx") == "PERSON"
    assert "Q-4471-A" in found


def test_a_label_finds_the_value_below_it() -> None:
    """A printed form: small labels on top of their boxes, two to a row."""
    grid = {200: ("Surname", "MRN"), 240: ("zzyzx", "0048-2913"), 320: ("Account no.", "Passport")}
    grid[360] = ("7712", "C03005988")
    cells = [(text, 100 + 600 * n, y) for y, row in grid.items() for n, text in enumerate(row)]
    slots: list[TranscriptSlot] = []
    for row, (text, x, y) in enumerate(cells):
        at = float(x)
        for word in text.split():
            q = Quad.from_box(Box(at, y, at + 12 * len(word), y + 26))
            slots.append(
                TranscriptSlot(f"s{len(slots)}", q, word, row // 2, len(slots), q.bounds.expanded(3))
            )
            at += 12 * len(word) + 12
    page = TranscriptPage(1, 2000, 2000, 200.0, tuple(slots))
    found = {f.text: f.type for f in detect.find([page], None, languages=["en"])}
    assert found.get("zzyzx") == "PERSON"
    assert found.get("0048-2913") == "MEDICAL_ID"
    assert found.get("7712") == "ACCOUNT_NUMBER"
    assert found.get("C03005988") == "PASSPORT"
