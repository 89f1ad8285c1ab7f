"""Signatures, stamps, photographs and codes are proposed where they are drawn, and never redacted unasked."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from model.files import finding_from_json, finding_to_json
from model.geometry import Box, Frame, Quad, Transform, image_frame
from model.words import TranscriptPage, TranscriptSlot
from redaction import profiles, proposals
from redaction.detect import find
from redaction.plan import automatic, plan
from redaction.proposals.common import Proposal, Sheet, best_first

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))

import made_proposals as made


def found(page: made.Made) -> list[Proposal]:
    return proposals.search(page.image, [Box.of(word) for word in page.words])


def hits(page: made.Made) -> list[bool]:
    """For each mark that was drawn whether it is proposed as what it is, with nearly all of it in the box."""
    seen = found(page)
    result = []
    for kind, drawn in page.marks:
        box = Box.of(drawn)
        inside = [p.box.intersection(box) for p in seen if p.type == kind and p.box.area < 2.5 * box.area]
        result.append(any(part is not None and part.area >= 0.8 * box.area for part in inside))
    return result


def test_a_letter_of_text_alone_proposes_nothing() -> None:
    for seed in range(2):
        assert found(made.worn(made.letter(seed, 100, ruled=seed % 2 == 0), seed)) == []


def test_signatures_of_several_hands_are_proposed_on_a_line_and_without_one() -> None:
    drawn = []
    for seed in range(6):
        page = made.letter(seed, 110, ruled=seed % 2 == 0)
        made.signature(page, seed, (30, 240))
        drawn += hits(made.worn(page, seed))
    assert sum(drawn) >= 5


STAMPS: dict[str, Callable[[made.Made, int], None]] = {
    "round": lambda p, s: made.stamp(p, s, (140, 245), round_one=True),
    "round, grey, turned": lambda p, s: made.stamp(p, s, (140, 245), round_one=True, grey=True, degrees=20),
    "frame, coloured, level": lambda p, s: made.stamp(p, s, (140, 245), round_one=False),
    "frame, grey, turned": lambda p, s: made.stamp(p, s, (140, 245), round_one=False, grey=True, degrees=8),
    "frame, coloured, turned": lambda p, s: made.stamp(p, s, (140, 245), round_one=False, degrees=-12),
}


@pytest.mark.parametrize("kind", STAMPS)
def test_stamps_are_proposed(kind: str) -> None:
    drawn = []
    for seed in range(2):
        page = made.letter(seed, 100)
        STAMPS[kind](page, seed)
        drawn += hits(made.worn(page, seed))
    assert all(drawn)


def test_a_level_frame_in_the_colour_of_the_writing_is_a_box_of_the_form() -> None:
    page = made.letter(3, 100)
    made.stamp(page, 3, (140, 245), round_one=False, grey=True)
    assert found(made.worn(page, 3)) == []


@pytest.mark.parametrize(("colour", "halftone"), [(True, False), (False, False), (False, True)])
def test_pictures_are_proposed(colour: bool, halftone: bool) -> None:
    page = made.letter(2, 100)
    made.photograph(page, 5, (140, 210, 175, 255), colour=colour, halftone=halftone)
    made.photograph(page, 6, (20, 215, 60, 240), colour=colour, halftone=halftone)
    assert hits(made.worn(page, 2)) == [True, True]


@pytest.mark.parametrize("dpi", [100, 150])
def test_codes_are_proposed(dpi: int) -> None:
    page = made.letter(1, dpi)
    made.qr(page, "https://example.org/4711", (30, 215), 22, 7)
    made.ean13(page, "400638133393", (130, 215), (36, 18))
    made.bars_of_no_standard(page, 3, (30, 260), (55, 12))
    worn = made.worn(page, 1)
    assert hits(worn) == [True, True, True]
    # Each of them once, and as nothing else.
    assert sorted(p.type for p in found(worn)) == ["BARCODE", "BARCODE", "QR_CODE"]


def test_a_page_turned_on_its_side_keeps_its_code() -> None:
    page = made.letter(1, 100)
    made.qr(page, "turned", (40, 220), 24)
    box = Box.of(page.marks[0][1])
    height = page.image.shape[0]
    turned = np.ascontiguousarray(np.rot90(page.image, -1))
    (code,) = [p for p in proposals.search(turned, []) if p.type == "QR_CODE"]
    both = code.box.intersection(Box(height - box.y1, box.x0, height - box.y0, box.x1))
    assert both is not None
    assert both.area >= 0.8 * box.area


def grey(height: int, width: int, level: int) -> np.ndarray:
    return np.full((height, width, 3), level, np.uint8)


@pytest.mark.parametrize(
    "image",
    [
        grey(0, 0, 255), grey(1, 1, 0), grey(1, 4000, 0), grey(2000, 61, 255), grey(900, 700, 255),
        grey(900, 700, 0), grey(900, 700, 128), grey(5000, 4000, 250),
        np.random.default_rng(1).integers(0, 256, (800, 600, 3), np.uint8),
    ],
    ids=["none", "pixel", "row", "strip", "white", "black", "grey", "huge", "noise"],
)  # fmt: skip
def test_pages_with_nothing_to_see_propose_nothing(image: np.ndarray) -> None:
    assert proposals.search(image, []) == []


def test_words_outside_of_the_page_do_no_harm() -> None:
    page = made.worn(made.letter(0, 100), 0)
    far = [Box(-900, -900, -800, -880), Box(9000, 9000, 9100, 9020), Box(5, 5, 5, 5)]
    assert proposals.search(page.image, far) == proposals.search(page.image, [])


def test_the_prepared_image_leads_back_to_the_page() -> None:
    page = made.letter(1, 100)
    made.qr(page, "prepared", (40, 220), 24)
    height, width = page.image.shape[:2]
    # The page image is the prepared one upside down and twice as large.
    back = Transform(
        Frame("prepared", width, height), image_frame(2 * width, 2 * height),
        (-2.0, 0.0, 2.0 * width, 0.0, -2.0, 2.0 * height, 0.0, 0.0, 1.0),
    )  # fmt: skip
    sheet = TranscriptPage(1, 2 * width, 2 * height, 260.0, ())
    (code,) = [p for p in proposals.on_page(sheet, page.image, back) if p.type == "QR_CODE"]
    both = code.box.intersection(back.box(Box.of(page.marks[0][1])))
    assert both is not None
    assert both.area >= 0.8 * back.box(Box.of(page.marks[0][1])).area


def test_of_one_place_the_surest_stays_and_a_signature_across_a_stamp_too() -> None:
    stamp = Proposal("STAMP", Box(0, 0, 100, 100), 0.8, "r", "")
    again = Proposal("STAMP", Box(5, 5, 100, 100), 0.6, "r", "")
    within = Proposal("PHOTOGRAPH", Box(10, 10, 90, 90), 0.5, "r", "")
    across = Proposal("SIGNATURE", Box(40, 40, 200, 80), 0.6, "r", "")
    assert best_first([within, again, across, stamp]) == [stamp, across]


def test_sheets_are_searched_at_one_size_whatever_the_resolution() -> None:
    for side in (700, 2400, 5001):
        sheet = Sheet(grey(side, side // 2, 250), [Box(10, 10, 50, 30)])
        assert max(sheet.copy.shape[:2]) == min(side, 1200)


# -- as findings ---------------------------------------------------------------------------------------


def page_with_words() -> TranscriptPage:
    quad = Quad.of([(100, 100), (300, 100), (300, 130), (100, 130)])
    slot = TranscriptSlot("s1", quad, "w.quarterstaff@example.org", 0, 0, quad.bounds)
    return TranscriptPage(1, 1000, 1400, 100.0, (slot,))


PROPOSED = {1: [Proposal("SIGNATURE", Box(100, 900, 400, 990), 0.6, "form:strokes", "why")]}


def test_proposals_are_findings_that_are_marked_and_survive_their_file() -> None:
    mail, signature = find([page_with_words()], None, languages=["en"], proposed=PROPOSED)
    assert (mail.type, mail.proposal) == ("EMAIL_ADDRESS", False)
    assert (signature.type, signature.proposal, signature.text, signature.slots) == (
        "SIGNATURE",
        True,
        "",
        (),
    )
    assert signature.boxes == (Box(100, 900, 400, 990),)
    assert finding_from_json(finding_to_json(signature)) == signature
    assert "proposal" not in finding_to_json(mail)


def test_two_signatures_are_two_things_to_decide() -> None:
    two = {1: [*PROPOSED[1], Proposal("SIGNATURE", Box(600, 900, 800, 990), 0.6, "form:strokes", "why")]}
    marks = [f for f in find([page_with_words()], None, languages=["en"], proposed=two) if f.proposal]
    assert len({(f.id, f.group) for f in marks}) == 2


def test_nothing_that_is_only_proposed_is_redacted_unasked() -> None:
    sheet = page_with_words()
    findings = find([sheet], None, languages=["en"], proposed=PROPOSED)
    assert {r.kind for r in automatic(findings, [sheet])} == {"EMAIL_ADDRESS"}
    taken = {r.kind: r for r in automatic(findings, [sheet], proposals=True)}
    assert set(taken) == {"EMAIL_ADDRESS", "SIGNATURE"}
    assert taken["SIGNATURE"].text is None
    planned = plan(findings, [], [sheet])
    assert planned.redactions == []
    assert {f.type for f in planned.undecided} == {"EMAIL_ADDRESS", "SIGNATURE"}


def test_a_profile_can_switch_them_off_and_set_their_threshold() -> None:
    def types(toml: str) -> set[str]:
        profile = profiles.parse(f'title = "x"\n{toml}', "own")
        return {
            f.type
            for f in find([page_with_words()], None, languages=["en"], profile=profile, proposed=PROPOSED)
        }

    assert types("") == {"EMAIL_ADDRESS", "SIGNATURE"}
    assert types("[types.SIGNATURE]\nenabled = false\n") == {"EMAIL_ADDRESS"}
    assert types("[types.SIGNATURE]\nthreshold = 0.61\n") == {"EMAIL_ADDRESS"}


def test_every_type_that_is_proposed_is_one_of_the_profiles() -> None:
    for seed in (0, 1, 2):
        assert {kind for kind, _ in made.page_of_all(seed, 100).marks} <= set(profiles.TYPES)
    assert {"SIGNATURE", "STAMP", "PHOTOGRAPH", "BARCODE", "QR_CODE"} <= set(profiles.TYPES)
