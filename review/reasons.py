"""Why a slot is shown to a reviewer: the short codes of the contract, and the sentences people read.

`reasons` finds the codes while a page is merged; `why` and `sentence` put a slot's codes in words, with the
engines' names and what they read. No risk is estimated and no text chosen here.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from model.texts import section
from model.words import Candidate, MergedPage, Slot, TranscriptSlot, unspaced

DISAGREEMENT: Final = "disagreement"
"""Independent engines read different letters here."""
LOW_CONFIDENCE: Final = "low_confidence"
"""The engines that gave the chosen text were unsure of it."""
SINGLE_ENGINE: Final = "single_engine"
"""Only one engine saw a word here, others saw none."""
GHOST: Final = "ghost"
"""Ink that no engine read, or so unlikely a word that no text was chosen."""
UNGROUNDED: Final = "ungrounded"
"""A language model's word stands here by its neighbours only, no letter of it was confirmed."""
LEXICON: Final = "lexicon"
"""The chosen text looks like no word of the page's languages."""
BOUNDARY: Final = "boundary"
"""The engines part the words differently."""
MIXED: Final = "mixed"
"""The chosen text has letters and digits in one."""
PARTLY: Final = "partly"
"""A part of this word was decided on before a new reading joined it with others (review.apply)."""
CODES: Final = (
    DISAGREEMENT, LOW_CONFIDENCE, SINGLE_ENGINE, GHOST, UNGROUNDED, LEXICON, BOUNDARY, MIXED, PARTLY,
)  # fmt: skip

UNSURE_BELOW: Final = 0.7


def reasons(
    *,
    texts: Iterable[str],
    confidence: float | None,
    read_by: int,
    could_read: int,
    whole: bool,
    quality: float | None,
    plausible: bool = True,
    ghost: bool = False,
    chosen: str = "",
) -> tuple[str, ...]:
    """The codes that hold, the weightiest first.

    texts: the different candidates; confidence: of the chosen text's engines, None where they give none;
    read_by / could_read: engines (families of them, where there are several: who reads twice has one voice)
    that read a word here / that read the page; whole: some engine has just
    this as its own word, and none parts it otherwise; quality: of a grounded word, None for placed ones;
    chosen: the text that is shown.
    """
    found = []
    if ghost:
        found.append(GHOST)
    if len(set(texts)) > 1:
        found.append(DISAGREEMENT)
    if read_by == 1 and could_read > 1:
        found.append(SINGLE_ENGINE)
    if confidence is not None and confidence < UNSURE_BELOW:
        found.append(LOW_CONFIDENCE)
    if not whole:
        found.append(BOUNDARY)
    if quality is not None and quality <= 0:
        found.append(UNGROUNDED)
    if not plausible:
        found.append(LEXICON)
    if mixed(chosen):
        found.append(MIXED)
    return tuple(found)


_ORDINAL = re.compile(r"\d+(st|nd|rd|th|s|er|ère|e|è|ème|me|o|a|º|ª|ST|ND|RD|TH|ER|E)")


def mixed(text: str) -> bool:
    """Whether letters and digits stand side by side, as in `19O5`; not so in `3rd`, `5月` or an address."""
    if "@" in text:
        return False
    return any(
        any(c.isdigit() for c in part)
        and any(c.isalpha() and not unspaced(c) for c in part)
        and not _ORDINAL.fullmatch(part)
        for part in re.split(r"[\W_]+", text)
    )


# -- in words ------------------------------------------------------------------------------------

MOST: Final = 3
"""So many reasons stand in one sentence; the first ones weigh most."""
_LONGEST: Final = 40


def sentence(slot: Slot | TranscriptSlot, language: str = "en", *, often_wrong: float = 1.0) -> str:
    """All of `why` in one sentence, at most MOST reasons: what the desk shows beside the risk."""
    words = section("reasons", language)
    text = words["joint"].join(why(slot, language, often_wrong=often_wrong)[:MOST])
    return f"{text[:1].upper()}{text[1:]}{words['end']}" if text else ""


def why(slot: Slot | TranscriptSlot, language: str = "en", *, often_wrong: float = 1.0) -> list[str]:
    """A slot's reasons as phrases with names and texts, the weightiest first; unknown codes are left out.

    language: "en" or "ja", any other is English. A slot without reasons whose risk reaches `often_wrong`
    is said to be doubtful for what is usual elsewhere. Never empty for a slot that an engine read.
    """
    words = section("reasons", language)
    found: list[str] = []
    codes = slot.reasons
    if GHOST in codes and slot.candidates:  # who read it is said with it
        codes = tuple(c for c in codes if c != SINGLE_ENGINE)
    for code in _said_order(codes):
        phrase = _phrase(code, slot, words)
        if phrase and phrase not in found:
            found.append(phrase)
    if found or not slot.candidates:
        return found
    engines = _engines(slot.candidates[0].engines)
    if len(engines) > 1:
        found.append(words["agree"])
    elif engines:
        found.append(words["alone"].format(engines=engines[0]))
    if slot.risk >= often_wrong:
        found.append(words["often"])
    return found


def _said_order(codes: Sequence[str]) -> list[str]:
    """The codes, but what explains a disagreement (other borders) right behind it."""
    order = {GHOST: 0, PARTLY: 0, DISAGREEMENT: 1, BOUNDARY: 2, SINGLE_ENGINE: 3, UNGROUNDED: 3}
    return sorted(codes, key=lambda code: order.get(code, 4))


def _phrase(code: str, slot: Slot | TranscriptSlot, words: Mapping[str, str]) -> str:
    chosen = next((c for c in slot.candidates if c.text == slot.text), None)
    first = chosen or (slot.candidates[0] if slot.candidates else None)
    if code == GHOST:
        return _unlikely(first, words)
    if code == DISAGREEMENT:
        return _disagreement(slot.candidates, words)
    if code == BOUNDARY:
        return _borders(slot.candidates, words)
    if code == SINGLE_ENGINE and first is not None:
        return words["single"].format(engines=_listed(first.engines, words))
    if code == LOW_CONFIDENCE and first is not None and first.confidence is not None:
        many = "_many" if len(_engines(first.engines)) > 1 else ""
        percent = round(100 * first.confidence)
        return words[f"unsure{many}"].format(engines=_listed(first.engines, words), percent=percent)
    return words[code] if code in (LEXICON, MIXED, UNGROUNDED, PARTLY) else ""


def _unlikely(first: Candidate | None, words: Mapping[str, str]) -> str:
    """Ink that nothing was read in, or of which what was read is most probably no word."""
    if first is None:
        return words["ghost"]
    if not first.engines:
        return words["unlikely_bare"]
    text = _quoted(first.text, words)
    return words["unlikely"].format(engines=_listed(first.engines, words), text=text)


def _disagreement(candidates: Sequence[Candidate], words: Mapping[str, str]) -> str:
    """Who reads what; where only capitals, accents or punctuation differ, that."""
    shown = [c for c in candidates if c.engines][:MOST]
    if len({_tight(c.text) for c in candidates}) == 1:
        return _borders(candidates, words)
    if len(shown) < 2:
        return ""
    for kind, plain in (("capital", str.casefold), ("accent", _without_accents), ("punctuation", _letters)):
        if len({plain(c.text) for c in candidates}) == 1:
            readings = words["by_joint"].join(
                words["by"].format(engines=_listed(c.engines, words), text=_quoted(c.text, words))
                for c in shown
            )
            return words[kind].format(readings=readings)
    many = "_many" if len(_engines(shown[0].engines)) > 1 else ""
    parts = [
        words["read_next" if n else f"read_first{many}"].format(
            engines=_listed(c.engines, words), text=_quoted(c.text, words)
        )
        for n, c in enumerate(shown)
    ]
    return "".join(parts) + words["read_end"]


def _borders(candidates: Sequence[Candidate], words: Mapping[str, str]) -> str:
    """Words parted otherwise; with the texts where these differ by their spaces alone."""
    texts = [c.text for c in candidates]
    if len(texts) < 2 or len({_tight(t) for t in texts}) > 1:
        return words["boundary"]
    shown = " / ".join(_quoted(t, words) for t in texts[:MOST])
    return words["boundary"] + words["boundary_texts"].format(texts=shown)


def _listed(engines: Sequence[str], words: Mapping[str, str]) -> str:
    return words["engine_and"].join(_engines(engines))


def _engines(engines: Sequence[str]) -> list[str]:
    """Titles, each family once where its first engine is among them: it says no more by saying it twice."""
    return [title(e) for e in engines if "_" not in e or e.split("_", 1)[0] not in engines]


@lru_cache(maxsize=256)
def title(engine: str) -> str:
    """How an engine is called on screen, `RapidOCR (rescaled)`; its bare name where it isn't installed."""
    from engines import registry
    from model.errors import InkveilError

    try:
        name = registry.get(engine).title
    except InkveilError:
        return engine.replace("_", " ")
    head, comma, tail = name.partition(", ")
    return f"{head} ({tail})" if comma else name


def _quoted(text: str, words: Mapping[str, str]) -> str:
    short = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    return words["quote"].format(text=short) if text else words["nothing"]


def _tight(text: str) -> str:
    return "".join(text.split())


def _without_accents(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(c))


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum()) or text


_MOST_SHOWN: Final = 12

NOTED: Final = ("coordinates", "no_place", "disagreement", "off_page", "repeated")
"""Codes of model.words.Repair that a reviewer should know of; the others change nothing that is shown."""


def notes(page: MergedPage, language: str = "en") -> list[str]:
    """What a reviewer should know of the engines' answers: words that fit nowhere, then what was odd."""
    texts = section("reasons", language)
    counts: Counter[tuple[str, str]] = Counter()
    for repair in page.repairs:
        if repair.what in NOTED and repair.count:
            counts[repair.what, repair.engine] += repair.count
    found = sorted(counts.items(), key=lambda item: (NOTED.index(item[0][0]), item[0][1]))
    homeless: dict[str, list[str]] = {}
    for word in page.unplaced:
        homeless.setdefault(word.engine, []).append(word.text)
    return [
        *(_homeless(engine, words, texts) for engine, words in sorted(homeless.items())),
        *(
            _counted(texts[f"noted_{what}"], n).format(engine=title(engine), n=f"{n:,}")
            for (what, engine), n in found
        ),
    ]


def _homeless(engine: str, words: Sequence[str], texts: Mapping[str, str]) -> str:
    shown = texts["list"].join(_quoted(word, texts) for word in words[:_MOST_SHOWN])
    more = texts["more"].format(n=len(words) - _MOST_SHOWN) if len(words) > _MOST_SHOWN else ""
    return texts["unplaced"].format(engine=title(engine), texts=shown + more)


def _counted(text: str | Mapping[str, str], n: int) -> str:
    return text if isinstance(text, str) else text["one" if n == 1 else "other"]
