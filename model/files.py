"""reading.json, pages.json, boxes.json, findings.json: the contract's files to values and back.

Pure conversions between dictionaries and model values; callers read and write the files. Everything
that comes in is untrusted: what does not fit raises model.errors.Unreadable naming the field.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from model.errors import Unreadable
from model.findings import Finding, Redaction, SlotSpan
from model.geometry import Box, Quad
from model.words import Candidate, Failure, MergedPage, Reading, Region, Repair, Slot, Unplaced, Word

Json = Mapping[str, Any]


# -- reading.json -------------------------------------------------------------------------------


def reading_to_json(reading: Reading) -> dict[str, Any]:
    words = None
    if reading.words is not None:
        words = [
            {
                "text": w.text,
                "box": w.box.rounded(),
                "quad": w.quad.as_list(),
                "confidence": w.confidence,
                "line": w.line,
                **({"vertical": True} if w.vertical else {}),
            }
            for w in reading.words
        ]
    return {
        "engine": reading.engine,
        "version": reading.version,
        "model": reading.model,
        "settings": dict(reading.settings),
        "image": {"sha256": reading.image_sha256, "width": reading.width, "height": reading.height},
        "text": reading.text,
        "words": words,
        "seconds": round(reading.seconds, 3),
        "cost": reading.cost,
        **({"regions": [_region_to_json(r) for r in reading.regions]} if reading.regions else {}),
        **({"noticed": dict(reading.noticed)} if reading.noticed else {}),
    }


def _region_to_json(region: Region) -> dict[str, Any]:
    return {
        "text": region.text,
        "quad": region.quad.as_list(),
        "kind": region.kind,
        "confidence": region.confidence,
    }


def reading_from_json(data: object, name: str = "reading") -> Reading:
    """Raises Unreadable where a field is missing or of the wrong kind."""
    if not isinstance(data, dict):
        raise Unreadable(f"{name}: not a JSON object.", file=name)
    image = data.get("image") or {}
    raw_words = data.get("words")
    try:
        words = None
        if raw_words is not None:
            words = tuple(_word(w) for w in raw_words)
        return Reading(
            engine=str(data["engine"]),
            version=str(data.get("version") or ""),
            model=str(data.get("model") or ""),
            settings=dict(data.get("settings") or {}),
            width=int(image.get("width") or 0),
            height=int(image.get("height") or 0),
            image_sha256=str(image.get("sha256") or ""),
            words=words,
            text=None if data.get("text") is None else str(data["text"]),
            seconds=float(data.get("seconds") or 0.0),
            cost=float(data.get("cost") or 0.0),
            regions=tuple(_region(r) for r in data.get("regions") or ()),
            noticed={str(k): int(v) for k, v in (data.get("noticed") or {}).items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unreadable(f"{name}: not a reading ({type(error).__name__}: {error}).", file=name) from None


def _region(data: Json) -> Region:
    return Region(
        str(data["text"]),
        Quad.of(data["quad"]),
        "line" if data.get("kind") == "line" else "block",
        _confidence(data.get("confidence")),
    )


def _confidence(value: Any) -> float | None:
    if value is None:
        return None
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("confidence is not finite")
    return min(max(number, 0.0), 1.0)


def _word(data: Json) -> Word:
    quad = Quad.of(data["quad"]) if data.get("quad") else Quad.from_box(Box.of(data["box"]))
    return Word(
        text=str(data["text"]),
        quad=quad,
        confidence=_confidence(data.get("confidence")),
        line=int(data.get("line") or 0),
        vertical=bool(data.get("vertical", False)),
    )


# -- pages.json ---------------------------------------------------------------------------------


def page_to_json(page: MergedPage, why: Callable[[Slot], Sequence[str]] | None = None) -> dict[str, Any]:
    """`why` puts a slot's reasons in words (review.reasons.why); without it the field is left out."""
    return {
        "page": page.page,
        "width": page.width,
        "height": page.height,
        "dpi": page.dpi,
        "engines": list(page.engines),
        "failures": [{"engine": f.engine, "kind": f.kind, "message": f.message} for f in page.failures],
        "slots": [_slot_to_json(s, why) for s in page.slots],
        "unplaced": [{"text": u.text, "engine": u.engine} for u in page.unplaced],
        "repairs": [{"engine": r.engine, "what": r.what, "count": r.count} for r in page.repairs],
        "text": page.text,
    }


def _slot_to_json(slot: Slot, why: Callable[[Slot], Sequence[str]] | None) -> dict[str, Any]:
    return {
        "id": slot.id,
        "text": slot.text,
        "box": slot.box.rounded(),
        "quad": slot.quad.as_list(),
        "line": slot.line,
        "order": slot.order,
        "risk": round(slot.risk, 4),
        "reasons": list(slot.reasons),
        **({} if why is None else {"why": list(why(slot))}),
        "candidates": [
            {
                "text": c.text,
                "engines": list(c.engines),
                "confidence": None if c.confidence is None else round(c.confidence, 4),
            }
            for c in slot.candidates
        ],
        "redact_box": slot.redact_box.rounded(),
        **({"vertical": True} if slot.vertical else {}),
    }


def pages_from_json(data: object, name: str = "pages.json") -> list[MergedPage]:
    """Raises Unreadable where the file is no pages.json."""
    if not isinstance(data, dict) or not isinstance(data.get("pages"), list):
        raise Unreadable(f"{name}: no list of pages in it.", file=name)
    try:
        return [_page(p) for p in data["pages"]]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unreadable(f"{name}: not a pages file ({type(error).__name__}: {error}).", file=name) from None


def _page(data: Json) -> MergedPage:
    number = int(data["page"])
    return MergedPage(
        page=number,
        width=int(data["width"]),
        height=int(data["height"]),
        dpi=float(data["dpi"]),
        engines=tuple(str(e) for e in data.get("engines") or ()),
        failures=tuple(
            Failure(str(f["engine"]), f["kind"], str(f["message"]), number)
            for f in data.get("failures") or ()
        ),
        slots=tuple(_slot(s) for s in data["slots"]),
        unplaced=tuple(Unplaced(str(u["text"]), str(u["engine"])) for u in data.get("unplaced") or ()),
        repairs=tuple(
            Repair(str(r["engine"]), str(r["what"]), int(r["count"])) for r in data.get("repairs") or ()
        ),
    )


def _slot(data: Json) -> Slot:
    box = Box.of(data["box"])
    return Slot(
        id=str(data["id"]),
        quad=Quad.of(data["quad"]) if data.get("quad") else Quad.from_box(box),
        text=str(data["text"]),
        candidates=tuple(
            Candidate(str(c["text"]), tuple(c["engines"]), c.get("confidence"))
            for c in data.get("candidates") or ()
        ),
        risk=float(data.get("risk") or 0.0),
        reasons=tuple(str(r) for r in data.get("reasons") or ()),
        line=int(data.get("line") or 0),
        order=int(data.get("order") or 0),
        redact_box=Box.of(data.get("redact_box") or data["box"]),
        vertical=bool(data.get("vertical", False)),
    )


# -- boxes.json ---------------------------------------------------------------------------------


def boxes_from_json(data: object, name: str = "boxes.json") -> tuple[list[Redaction], str | None]:
    """The boxes and the password of a boxes.json. Raises Unreadable where one does not fit."""
    if not isinstance(data, dict) or not isinstance(data.get("boxes"), list):
        raise Unreadable(f"{name}: no list of boxes in it.", file=name)
    boxes = []
    for index, item in enumerate(data["boxes"]):
        try:
            page = int(item["page"])
            if page < 1:
                raise ValueError("pages count from 1")
            boxes.append(
                Redaction(
                    page=page,
                    box=Box.of(item["rect"]),
                    reason=str(item.get("reason") or "personal data"),
                    label=str(item.get("label") or ""),
                    text=None if item.get("text") is None else str(item["text"]),
                    id=str(item.get("id") or f"b{index + 1}"),
                    fill=_fill(item.get("fill")),
                )
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Unreadable(
                f"{name}: box {index + 1} does not fit ({type(error).__name__}: {error}).", file=name
            ) from None
    password = data.get("password")
    return boxes, None if password is None else str(password)


def _fill(value: object) -> Literal["black", "light"]:
    """A box's colour; black where none is given. Raises ValueError for any other."""
    if value in (None, "", "black"):
        return "black"
    if value == "light":
        return "light"
    raise ValueError("fill is black or light")


def boxes_to_json(redactions: Sequence[Redaction]) -> dict[str, Any]:
    return {
        "boxes": [
            {
                "page": r.page,
                "rect": r.box.rounded(3),
                "reason": r.reason,
                **({"label": r.label} if r.label else {}),
                **({"fill": r.fill} if r.fill != "black" else {}),
                **({"text": r.text} if r.text is not None else {}),
            }
            for r in redactions
        ]
    }


# -- findings.json and a finding inside an event --------------------------------------------------


def finding_to_json(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "type": finding.type,
        "text": finding.text,
        "score": round(finding.score, 4),
        "recogniser": finding.recogniser,
        "page": finding.page,
        "slots": list(finding.slots),
        "spans": [[s.slot, s.start, s.end] for s in finding.spans],
        "boxes": [b.rounded() for b in finding.boxes],
        "explanation": finding.explanation,
        "group": finding.group,
        **({"proposal": True} if finding.proposal else {}),
    }


def finding_from_json(data: Json) -> Finding:
    return Finding(
        id=str(data["id"]),
        type=str(data["type"]),
        text=str(data["text"]),
        page=int(data["page"]),
        spans=tuple(SlotSpan(str(s), int(a), int(b)) for s, a, b in data.get("spans") or ()),
        boxes=tuple(Box.of(b) for b in data["boxes"]),
        score=float(data.get("score") or 0.0),
        recogniser=str(data.get("recogniser") or ""),
        explanation=str(data.get("explanation") or ""),
        group=str(data.get("group") or ""),
        proposal=data.get("proposal") is True,
    )
