# ruff: noqa: E501 - ruff counts Japanese characters twice
"""The words of a Japanese text by SudachiPy, and the people among them.

SudachiPy's part of speech 名詞-固有名詞-人名 finds names without a label, where it and its dictionary are
installed (they are by default). Half of a name is often an ordinary word (早乙女 文): the word beside a lone
name is taken in where it is short and stands like one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any, NamedTuple

from model.findings import TextFinding
from redaction.recognisers.base import Passage
from redaction.recognisers.lexicon import words

_KANJI = r"々〆一-鿿豈-﫿"
NOT_PERSON = words(
    """
    皆 お客 奥 神 王 仏 患者 担当 先方 相手 何 誰 者 各位 御中 母 父 兄 姉 弟 妹 祖母 祖父 お母 お父 お兄 お姉 娘 息子 赤 同 両 貴 彼 彼女 医 主治医 担当医 校長 院長
    看護師 社長 部長 課長 店員 運転手 皆様 お客様 同様 仕様 模様 多様 異様 一様 有様 王様 神様 奥様 旦那 殿 会員 利用者 株主 保護者 さ さま たく 次 前 新 現 元 副 総 旧
    田舎 氏名 本人 女性 男性
    """
)
NOT_NAME_VALUE = words(
    """
    生年月日 住所 電話番号 電話 年齢 性別 フリガナ ふりがな 印 職業 ご職業 メール 備考 様 殿 有 無 男 女 氏名 続柄 勤務先
    """
)
_HONORIFICS = words(
    "様 さん 殿 氏 君 先生 御中 課長 部長 社長 会長 委員 委員長 書記 議長 理事 医師 弁護士 宛 家 方 印 生 作 著 画 課 係 部 科 室 店 支店 本店 駅 町 市 区 県 間 内 外 前 後 上 下 東 西 南 北 円 時 分 年 月 日"
)


@cache
def _tokenizer() -> Any | None:
    try:
        from sudachipy import Dictionary, SplitMode
    except ImportError:
        return None
    return Dictionary(dict="core").tokenizer(mode=SplitMode.C)


class Morpheme(NamedTuple):
    """A word of the text, [start, end), with what the dictionary says about it."""

    start: int
    end: int
    person: bool
    noun: bool
    place: bool


@lru_cache(maxsize=32)
def morphemes(text: str) -> tuple[Morpheme, ...]:
    """The words of a text, line by line since Sudachi has a limit; () where SudachiPy is not installed."""
    tokenizer = _tokenizer()
    if tokenizer is None:
        return ()
    found = []
    offset = 0
    for line in text.split("\n"):
        for part in range(0, len(line), 4000):
            for m in tokenizer.tokenize(line[part : part + 4000]):
                pos = m.part_of_speech()
                start, end = offset + part + m.begin(), offset + part + m.end()
                found.append(Morpheme(start, end, pos[2] == "人名", pos[0] == "名詞", pos[2] == "地名"))
        offset += len(line) + 1
    return tuple(found)


def is_person(passage: Passage, start: int, end: int) -> bool:
    """Whether the dictionary has a person's name in [start, end)."""
    return any(m.person and m.start < end and start < m.end for m in morphemes(passage.text))


def is_place(passage: Passage, start: int, end: int) -> bool:
    """Whether the dictionary has a place's name in [start, end)."""
    return any(m.place and m.start < end and start < m.end for m in morphemes(passage.text))


_LIVED = re.compile(
    r"(?:[市町村区県郡]?)(?:在住|出身|生まれ|育ち|在勤|へ(?=行|引|移|転|逃|帰|疎)|に(?=住|移|転居|引|帰)|の出|方面|から来)"
)


def places(text: str) -> Iterator[tuple[int, int]]:
    """Places where somebody lives, comes from or goes to."""
    for m in morphemes(text):
        if m.place and (match := _LIVED.match(text, m.end)):
            tail = match.group()[:1]
            yield m.start, m.end + (tail in "市町村区県郡")


def person_tail(passage: Passage, start: int, end: int) -> int | None:
    """Start of the person's name that ends at `end`, where more stands before it: 担当医の高橋."""
    first = None
    for m in reversed(morphemes(passage.text)):
        if m.end > end or m.start < start:
            continue
        if m.person or (first is not None and passage.text[m.start : m.end].strip() == ""):
            first = m.start
        elif first is not None or m.end <= start:
            break
    return first if first is not None and first > start else None


def people(passage: Passage) -> Iterator[TextFinding]:
    """Runs of morphemes that are people's names, a family and a given name together."""
    text, found = passage.text, morphemes(passage.text)
    n = 0
    while n < len(found):
        if not _named(text, found[n]):
            n += 1
            continue
        first = last = n
        count = 1
        while (after := _after(text, found, last)) is not None and _named(text, found[after]):
            last, count = after, count + 1
        n = last + 1
        start, end = found[first].start, found[last].end
        wider = _other_half(text, found, first, last) if count == 1 else (start, end)
        if wider != (start, end):
            start, end = wider
            count += 1
        if _long_enough(passage, (start, end, count)):
            yield TextFinding("PERSON", start, end, 0.6 if count > 1 else 0.45, "ja:sudachi")


def _named(text: str, morpheme: Morpheme) -> bool:
    return morpheme.person and bool(text[morpheme.start : morpheme.end].strip())


def _after(text: str, found: tuple[Morpheme, ...], n: int, step: int = 1) -> int | None:
    """The next morpheme on the same line, over one space or point."""
    k = n + step
    while 0 <= k < len(found) and text[found[k].start : found[k].end].strip(" \u3000・") == "":
        k += step
    if not 0 <= k < len(found):
        return None
    low, high = (n, k) if step > 0 else (k, n)
    between = text[found[low].end : found[high].start]
    return None if between.strip(" \u3000・") or len(between) > 2 else k


def _other_half(text: str, found: tuple[Morpheme, ...], first: int, last: int) -> tuple[int, int]:
    """A lone name with the short word beside it that the dictionary takes for a common one: 早乙女 文."""
    start, end = found[first].start, found[last].end
    k = _after(text, found, last)
    if k is not None and _half(text, found, k, end, found[k].start):
        tail = text[found[k].end : found[k].end + 1]
        if not tail or re.match(r"[\s、。，,．（(）)「」：:／/は-をにでとも様殿さ氏君く先宛]", tail):
            return start, found[k].end
    k = _after(text, found, first, -1)
    if k is not None and _half(text, found, k, found[k].end, start):
        head = text[max(found[k].start - 1, 0) : found[k].start]
        if not head or re.match(r"[\s、。，,（(「：:／/のはがと者人]", head):
            return found[k].start, end
    return start, end


def _half(text: str, found: tuple[Morpheme, ...], k: int, left: int, right: int) -> bool:
    word = text[found[k].start : found[k].end]
    if not found[k].noun or word in NOT_PERSON or word in NOT_NAME_VALUE or word in _HONORIFICS:
        return False
    spaced = 0 < right - left <= 2
    if re.fullmatch(r"[ぁ-ゖ]{2,4}|[ァ-ヺー]{2,5}", word):
        return True
    return spaced and re.fullmatch(rf"[{_KANJI}]{{1,3}}", word) is not None


def _long_enough(passage: Passage, run: tuple[int, int, int]) -> bool:
    value = passage.text[run[0] : run[1]]
    return len(value) >= 2 and re.search(rf"[{_KANJI}ァ-ヺ]", value) is not None
