"""What comes back from elsewhere is untrusted: what is wrong with an answer, by one code each. Pure.

| code | what | what becomes of it |
|---|---|---|
| loop | the same over and over, or a count that runs on | bad_output |
| cut | the answer ended before it was complete | bad_output |
| refusal | the model declined, or its provider withheld the answer | bad_output |
| html | a web page in place of an answer | bad_output |
| language | another script or language than the page's: a translation | bad_output |
| too_long | more than a page holds | bad_output |
| not_json | no JSON where there should be some | bad_output |
| coordinates | boxes beyond the page or off its ink: another system | bad_output; stated ones are dropped |
| no_place | single boxes that are none | the word is kept in the text only |
| decoration | code fences, Markdown marks, talk around the text | taken away |
| disagreement | answers to the same question that differ | confidence tells |
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

from engines.languages import spoken
from engines.remote.failures import BadAnswer
from model.geometry import Box, Quad
from model.words import Word, unspaced

MOST_LETTERS: Final = 200_000
"""A newspaper page has about 60,000."""
MOST_WORDS: Final = 50_000
MOST_REPEATS: Final = 12
"""Times that a stretch may follow itself; rulings and rows of dots are left out first."""
CODES: Final = (
    "loop", "cut", "refusal", "html", "language", "too_long", "not_json", "coordinates", "no_place",
    "decoration", "disagreement",
)  # fmt: skip
WORDS: Final = {
    "loop": "it repeats itself without end",
    "cut": "its answer was cut short",
    "refusal": "it declined to read the page",
    "html": "a web page came back in place of an answer",
    "language": "it answered in another language than the page's",
    "too_long": "its answer is longer than a page can be",
    "not_json": "its answer is not in the form that was asked for",
    "coordinates": "its boxes do not lie on this page",
}
REFUSALS: Final = re.compile(
    r"(?i)^\W*(?:(?:i['’]?m|i am) (?:so |very )?(?:sorry|unable|not able)|i apologi[sz]e|sorry, (?:but )?i\b"
    r"|i (?:can(?:no|['’])?t|cannot|won['’]?t) (?:help|assist|read|transcribe|provide|comply|view)"
    r"|as an ai\b|unfortunately,? i\b|je suis désolé|es tut mir leid|lo siento|mi dispiace"
    r"|申し訳(?:ありません|ございません)|すみませんが|抱歉|对不起|很抱歉)"
)
LONGEST_REFUSAL: Final = 600
TALK: Final = re.compile(
    r"(?i)^(?:sure|certainly|of course|here(?:['’]s| is| are)|the (?:text|image|document) (?:in|reads)"
    r"|this (?:image|document|page) (?:shows|contains)|transcription)\b[^\n]{0,200}:\s*$"
)
HTML: Final = re.compile(r"(?is)^\s*(?:<\?xml[^>]*>\s*)?(?:<!doctype\s+html|<html\b|<head\b)")
FENCE: Final = re.compile(r"(?s)^\s*```[\w-]*[ \t]*\n(.*?)\n?\s*```\s*$")
ERROR: Final = re.compile(r"(?i)^\s*(?:error|exception|traceback)\b\s*[:(]")


class Suspicious(BadAnswer):
    """An answer that must not become a reading; `code` is one of CODES."""

    def __init__(self, code: str) -> None:
        super().__init__(WORDS[code])
        self.code = code


def check_text(text: str, *, languages: Sequence[str] = (), finished: bool = True) -> None:
    """Raises Suspicious for a text that is no honest reading of a page in `languages`.

    `finished` False: the provider says that the answer was cut (its finish reason).
    """
    if HTML.match(text):
        raise Suspicious("html")
    check_size(text)
    if looping(text):  # before `cut`: a loop ends by being cut
        raise Suspicious("loop")
    if not finished:
        raise Suspicious("cut")
    if refusing(text):
        raise Suspicious("refusal")
    if translated(text, languages):
        raise Suspicious("language")


def check_size(text: str, words: int = 0) -> None:
    """Raises Suspicious for more than a page holds."""
    if len(text) > MOST_LETTERS or words > MOST_WORDS:
        raise Suspicious("too_long")


def refusing(text: str) -> bool:
    """Whether a short answer says that there will be none, or is an error's message."""
    short = text.strip()
    return len(short) <= LONGEST_REFUSAL and bool(REFUSALS.match(short) or ERROR.match(short))


def looping(text: str) -> bool:
    """Whether the text runs in a circle at its end, counts on and on, or says one line again and again.

    Rows of one mark (dots, underscores, dashes) are rulings of forms and count for nothing.
    """
    plain = re.sub(r"([^\w\s])(?:\s*\1){2,}", r"\1", text)
    if len(re.findall(r"(?m)^\s*(?:[>*#|]\s*){1,3}$", text)) > 8 * MOST_REPEATS or _marks(text):
        return True
    tokens = plain.split()
    return _circling(tokens) or _counting(tokens) or _one_line(plain) or _dense(plain)


def _marks(text: str) -> bool:
    """The `> > > >` of a model that has lost its way: hundreds of one mark other than a ruling's."""
    longest = max(
        (len(m.group(0)) for m in re.finditer(r"([^\w\s._\-=*~…·‐-―─━])(?:\s*\1)+", text)), default=0
    )
    return longest > 200


def _circling(tokens: Sequence[str]) -> bool:
    """The end repeats a stretch of 1..60 words more than MOST_REPEATS times."""
    for length in range(1, 61):
        if len(tokens) < length * (MOST_REPEATS + 1):
            break
        tail = tokens[-length:]
        repeats, at = 1, len(tokens) - 2 * length
        while at >= 0 and tokens[at : at + length] == tail:
            repeats, at = repeats + 1, at - length
        most = MOST_REPEATS if length > 1 else 3 * MOST_REPEATS
        if repeats > most and any(c.isalnum() for t in tail for c in t):
            return True
    return False


def _counting(tokens: Sequence[str]) -> bool:
    """The last 60 numbers are each one more, or one less, than the one before, with few words between."""
    numbers = [int(t.strip(".,:)(")) for t in tokens[-240:] if re.fullmatch(r"\(?\d{1,9}[.,:)]?", t)]
    last = numbers[-60:]
    if len(last) < 60:
        return False
    steps = {b - a for a, b in pairwise(last)}
    others = {t for t in tokens[-240:] if not re.search(r"\d", t)}
    return steps in ({1}, {-1}) and len(others) <= 4


def _one_line(text: str) -> bool:
    """One line of some length makes up most of a long text."""
    lines = [line.strip() for line in text.splitlines() if len(line.strip()) >= 12]
    if len(lines) < 30:
        return False
    most = Counter(lines).most_common(1)[0][1]
    return most > 20 and 2 * most > len(lines)


def _dense(text: str) -> bool:
    """Scripts without spaces: the end repeats a stretch of 1..80 characters (as `_circling` for words)."""
    tail = "".join(text[-4000:].split())
    if len(tail) < 120 or not unspaced(tail[-1]):
        return False
    for length in range(1, 81):
        unit = tail[-length:]
        most = MOST_REPEATS if length > 3 else 40
        if (
            len(tail) >= length * (most + 1)
            and tail.endswith(unit * (most + 1))
            and unit.strip("ー〇○・。、")
        ):
            return True
    return False


def translated(text: str, languages: Sequence[str]) -> bool:
    """Whether the text is in another script or language than all of the page's; unknown languages: no.

    A page may quote: only a text of some length that is mostly something else counts.
    """
    if not languages:
        return False
    letters = [c for c in text if c.isalpha()]
    if len(letters) < 40:
        return False
    japanese = any(code.startswith("ja") for code in languages)
    latin = any(not code.startswith("ja") for code in languages)
    scripts = Counter(_script(c) for c in letters)
    share = {name: n / len(letters) for name, n in scripts.items()}
    if share.get("other", 0) > 0.5:
        return True
    if not japanese:
        if share.get("han", 0) + share.get("kana", 0) + share.get("hangul", 0) > 0.5:
            return True
        found = spoken([Word(t, Quad.from_box(Box(0, 0, 1, 1))) for t in text.split()])
        return len(text.split()) >= 40 and bool(found) and not set(found) & set(languages)
    if not latin and share.get("latin", 0) > 0.9:
        return True
    # Chinese for Japanese: much Han, no kana, on a text long enough to need some.
    han = scripts.get("han", 0)
    return not latin and han >= 120 and scripts.get("kana", 0) < 0.02 * han


def _script(character: str) -> str:
    name = unicodedata.name(character, "")
    for start, script in (
        ("LATIN", "latin"), ("FULLWIDTH LATIN", "latin"), ("CJK", "han"), ("KANGXI", "han"),
        ("HIRAGANA", "kana"), ("KATAKANA", "kana"), ("HALFWIDTH KATAKANA", "kana"), ("HANGUL", "hangul"),
    ):  # fmt: skip
        if name.startswith(start):
            return script
    return "latin" if name.startswith(("MODIFIER", "FEMININE", "MASCULINE")) else "other"


def undecorated(text: str) -> tuple[str, int]:
    """The text without what a model puts around it, and how many such things there were.

    Code fences around the whole, a first line that announces it, a Markdown link's or emphasis's marks.
    Headings lose their marks; tables and lists keep theirs, since pages have such marks themselves.
    """
    count = 0
    fenced = FENCE.match(text)
    if fenced:
        text, count = fenced.group(1), count + 1
    first, _, rest = text.lstrip().partition("\n")
    if rest and TALK.match(first.strip()):
        text, count = rest, count + 1
        fenced = FENCE.match(text)
        if fenced:
            text, count = fenced.group(1), count + 1
    for pattern, by in (
        (r"(?m)^#{1,6}[ \t]+(?=\S)", ""),
        (r"\*\*(?=\S)([^*\n]+?)(?<=\S)\*\*", r"\1"),
        (r"!\[[^\]\n]*\]\([^)\n]*\)", ""),
        (r"\[([^\]\n]+)\]\((?:https?:|#|mailto:)[^)\n]*\)", r"\1"),
    ):
        text, n = re.subn(pattern, by, text)
        count += n
    return text.strip(), count


def json_in(text: str) -> Any:
    """The JSON of an answer, with or without a code fence. Raises Suspicious: cut, html, refusal, not_json.

    Only a whole value counts: half a list is missing words, and nobody would know which.
    """
    if HTML.match(text):
        raise Suspicious("html")
    body = text.strip()
    opened = re.match(r"(?s)^[^\[{]{0,400}?```[\w-]*[ \t]*\n(.*)$", body)
    if opened:
        body = opened.group(1)
        closed = body.rfind("```")
        body = body[:closed] if closed >= 0 else body
    start = min((i for i in (body.find("["), body.find("{")) if i >= 0), default=-1)
    if start < 0:
        raise Suspicious("refusal" if refusing(text) else "not_json")
    body = body[start:]
    if looping(text):
        raise Suspicious("loop")
    try:
        value, _ = json.JSONDecoder().raw_decode(body)
    except RecursionError:
        raise Suspicious("not_json") from None
    except ValueError:
        raise Suspicious("cut" if _open(body) else "not_json") from None
    return value


def _open(body: str) -> bool:
    """Whether brackets or a string are still open at the end of a JSON text."""
    depth, quoted, escaped = 0, False, False
    for c in body:
        if quoted:
            quoted, escaped = escaped or c != '"', c == "\\" and not escaped
        elif c == '"':
            quoted = True
        elif c in "[{":
            depth += 1
        elif c in "]}":
            depth -= 1
    return quoted or depth > 0
