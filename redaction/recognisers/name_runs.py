"""Where a name begins and ends: what a token may be in a name, and runs of tokens that may be one."""

from __future__ import annotations

from redaction.folding import key, skeleton
from redaction.recognisers import dates, labels, lexicon
from redaction.recognisers.base import Passage, Token
from redaction.recognisers.lexicon import words
from redaction.recognisers.name_words import (
    NOT_NAMES,
    ORGANISATION,
    PARTICLES,
    TITLES,
    is_name,
    stem,
)

SHORTENED = words("thos wm geo chas jas jno benj saml robt edw alex fred theo danl jos edwd richd chr hy")
"""Given names as clerks shorten them."""
SOLID = frozenset({"given", "family", "place", "both", "unknown", "misread", "ambiguous"})
"""What tokens that make a name by themselves may be."""
_STOP = words(
    """
    and or relationship address tel phone fax email signature date mr mrs aged age born the
    """
)
"""Words that end a name."""


def trimmed(passage: Passage, j: int, end: int) -> int:
    """Last token of a name without ordinary words that merely start a sentence or a line."""
    tokens = passage.tokens
    while end > j and (
        tokens[end].key in NOT_NAMES
        or (
            tokens[end].text.isupper()
            and tokens[end].key in passage.ordinary
            and not is_name(tokens[end])
            and len(tokens[end].text) > 1
            and tokens[end - 1].text != "."
        )
        or dates.month(tokens[end].text) is not None
    ):
        end -= 1
        while end > j and not tokens[end].word:
            end -= 1
    return end


def kind_of_token(passage: Passage, token: Token) -> str:
    """What a token may be in a name: given, family, both, initial, unknown, particle; else ""."""
    if not token.word:
        return ""
    folded = stem(token)
    if token.text == "I" and passage.text[token.end : token.end + 1] not in (".", "-"):
        return ""
    if len(token.text) == 1 or (
        len(token.text) == 2 and token.text.isupper() and folded not in passage.ordinary
    ):
        return "initial" if token.capital and token.text.isalpha() else ""
    if any(c.isdigit() for c in token.text):
        return ""
    if folded in PARTICLES and not token.capital:
        return "particle"
    if not token.capital or folded in NOT_NAMES or folded in TITLES:
        return ""
    if folded in SHORTENED:
        return "given"
    if dates.named_month(folded) and not is_name(token):
        return ""
    if folded in {"m^c", "mc", "mac"}:
        return "initial"
    if not is_name(token):
        if folded in lexicon.places() and folded not in passage.ordinary:
            return "place"
        if folded in passage.ordinary or not folded.replace("-", "").replace("'", "").isalpha():
            return ""
        if skeleton(folded) in lexicon.name_skeletons() and len(folded) > 3:
            return "misread"
        return "unknown" if len(folded) > 2 else ""
    if folded in lexicon.ambiguous_names():
        return "ambiguous"
    given, family = folded in lexicon.given_names(), folded in lexicon.family_names()
    return "both" if given and family else "given" if given else "family"


def run_from(passage: Passage, i: int) -> list[int]:
    """Indices of the name-like tokens from i on: capitals, initials with points, particles between."""
    tokens = passage.tokens
    kind = kind_of_token(passage, tokens[i])
    if kind in ("", "particle", "place") or (i and tokens[i].gap == "" and tokens[i - 1].text in "@_/#"):
        return []
    run = [i]
    k = i + 1
    while k < len(tokens) and len(run) < 6:
        token = tokens[k]
        if token.gap in ("\n", "  "):
            break
        if token.text in ".^" and token.gap == "" and run[-1] == k - 1:
            short = len(tokens[k - 1].text) <= 2 or tokens[k - 1].key in SHORTENED
            if short:
                k += 1
                continue
        if stem(tokens[run[-1]]) != tokens[run[-1]].key:
            break
        kind = kind_of_token(passage, token)
        if kind == "place" and not {kind_of_token(passage, tokens[r]) for r in run} & {"initial", "given"}:
            break
        if not kind and _surname(passage, run, k):
            run.append(k)
            k += 1
            continue
        if not kind:
            # "Smith, Jonathan"
            if (
                token.text == ","
                and len(run) == 1
                and k + 1 < len(tokens)
                and tokens[k + 1].gap == " "
                and kind_of_token(passage, tokens[run[0]]) in ("family", "both")
                and kind_of_token(passage, tokens[k + 1]) == "given"
                and (tokens[run[0]].gap == "\n" or k + 2 >= len(tokens) or tokens[k + 2].gap in ("\n", "  "))
            ):
                run.append(k + 1)
            break
        if kind == "particle":
            ahead = k + 1
            while (
                ahead < len(tokens)
                and kind_of_token(passage, tokens[ahead]) == "particle"
                and tokens[ahead].gap == " "
            ):
                ahead += 1
            if (
                ahead < len(tokens)
                and kind_of_token(passage, tokens[ahead]) in SOLID
                and tokens[ahead].gap in ("", " ")
                and token.key not in {"of", "und", "et", "e", "y", "i", "to", "zu"}
            ):
                run.append(ahead)
                k = ahead + 1
                continue
            break
        run.append(k)
        k += 1
    while (
        len(run) > 1
        and kind_of_token(passage, tokens[run[-1]]) == "initial"
        and passage.text[tokens[run[-1]].end : tokens[run[-1]].end + 1] != "."
    ):
        run.pop()
    return run


def _surname(passage: Passage, run: list[int], k: int) -> bool:
    """An ordinary word with a capital right after a given name: "Moira Pagan"."""
    tokens = passage.tokens
    token = tokens[k]
    return (
        token.capital
        and token.gap == " "
        and len(token.text) > 2
        and not token.text.isupper()
        and key(token.text) not in NOT_NAMES
        and key(token.text) not in ORGANISATION
        and token.key in passage.ordinary
        and (
            kind_of_token(passage, tokens[run[-1]]) == "given"
            or (len(run) > 1 and kind_of_token(passage, tokens[run[-1]]) == "initial")
        )
        and kind_of_token(passage, tokens[run[0]]) in ("given", "both")
    )


def sentence_start(tokens: tuple[Token, ...], i: int) -> bool:
    """True for the first token of a sentence or a line."""
    return (
        i == 0
        or tokens[i].gap == "\n"
        or tokens[i - 1].text in {".", "!", "?", ":", '"', "“", "«", ">", "-", "•", "("}
    )


def name_end(passage: Passage, j: int, *, any_case: bool = False, limit: int = 5) -> int | None:
    """Index of the last token of the name that starts at token j; None where no name starts there."""
    tokens = passage.tokens
    last: int | None = None
    words = 0
    k = j
    while k < len(tokens) and words < limit:
        token = tokens[k]
        if k > j and token.gap in ("\n", "  "):
            break
        if not token.word:
            if token.text in ".^" and last == k - 1 and (len(tokens[k - 1].text) <= 3):
                k += 1
                continue
            if (
                token.text == ","
                and words == 1
                and k + 1 < len(tokens)
                and tokens[k + 1].capital
                and tokens[k + 1].gap == " "
                and _given(tokens[k + 1])
            ):
                k += 1
                continue
            break
        folded = token.key
        small = not token.capital
        if k > j and (folded in _STOP or labels.label_from(tokens, k) is not None):
            break
        if sum(c.isdigit() for c in token.text) > 1 or token.text[0].isdigit():
            break
        if (
            small
            and folded in PARTICLES
            and k + 1 < len(tokens)
            and tokens[k + 1].word
            and tokens[k + 1].gap in ("", " ")
        ):
            if k + 1 < len(tokens) and (tokens[k + 1].capital or any_case):
                k += 1
                continue
            break
        if small and not (any_case and (folded not in passage.ordinary or _given(token)) and words < 3):
            break
        last = k
        words += 1
        k += 1
    return last


def _given(token: Token) -> bool:
    return lexicon.is_given(token.text) or len(token.text) == 1
