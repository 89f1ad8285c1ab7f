# ruff: noqa: E501 - ruff counts Japanese characters twice, and patterns broken in two read worse
"""Japanese labels beside those of japanese.py: readings in kana, kin and roles, numbers, ages, old eras.

Forms ask for a name twice, in characters and as it is read (フリガナ, ふりがな, カナ, よみ, セイ and メイ; in
half-width kana as well); registers and files name people by kin (妻, 長男) and role (原告, 撮影者).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from model.findings import TextFinding
from redaction.recognisers.base import Passage

_S = r"[ \u3000\t]"
_KANA = r"[ァ-ヺーｦ-ﾟ・]"
_ANY = r"[々〆一-鿿豈-﫿ぁ-ゖァ-ヺーｦ-ﾟ・]"
_PAREN = r"(?:[（(][^）)\n]{1,10}[）)])?"
_START = r"(?:^|(?<=[\s、，,（(／/】・]))"
_NEXT = rf"(?!(?:セイ|メイ|姓|名|氏名|カナ|フリガナ|ふりがな|性別|生年|男|女|印|様|殿|続柄|年齢|電話|住所){_S}*(?:[：:（(\s]|$))"

_READING = re.compile(
    rf"{_START}(?:[一-鿿]{{0,6}}(?:フリガナ|ﾌﾘｶﾞﾅ|ふりがな|よみがな|ヨミガナ|よみ|ヨミ|読み仮名|読み|カナ[氏民][名各]|氏名カナ|カナ|かな)){_PAREN}(?:{_S}*[：:]{_S}*\n?{_S}*|{_S}*\n{_S}*|{_S}+)"
    rf"{_NEXT}(?P<v>(?:[ぁ-ゖー]{{1,8}}|{_KANA}{{1,12}})(?:{_S}{{1,2}}{_NEXT}(?:[ぁ-ゖー]{{1,8}}|{_KANA}{{1,12}}))?)(?![一-鿿])",
    re.MULTILINE,
)
_PART = re.compile(
    rf"{_START}(?:セイ|メイ|せい|めい|姓|名|氏){_S}?{_PAREN}{_S}*[：:]?{_S}*(?<=[\s：:）)]){_NEXT}(?P<v>{_ANY}{{1,7}})(?={_S}|$|[、，。])",
    re.MULTILINE,
)
_HOLDER = re.compile(
    rf"(?:氏{_S}*名|姓{_S}名|お名前|名前|名義人?|口座名義人?|ご芳名|署名|自署|宛名){_S}*{_PAREN}{_S}*[：:]?{_S}*\n?{_S}*{_NEXT}(?P<v>(?:{_KANA}{{2,12}}|[A-Z][A-Z'\-]+|{_ANY}{{1,6}})(?:{_S}{_NEXT}(?:{_KANA}{{1,12}}|[A-Z][A-Z'\-]+|{_ANY}{{1,4}}))?)(?={_S}|\n|$|[、，。（(）)様殿])",
)
_KIN = "戸主|妻|夫|父|母|養父|養母|祖父|祖母|長男|長女|二男|次男|二女|次女|三男|三女|四男|四女|養子|養女|女房|後妻|子|孫|弟|妹|姉|兄|伜|娘|下女|下男|百姓|同居者|扶養者|世帯主"
_ROLE = (
    "俗名|法名|戒名|聞き手|話し手|語り手|口述者|口述|採録者?|撮影者?|寄贈者?|寄託者|所蔵者?|作成者|筆者|著者|宛先|発信者?|受信者?|差出人?|裁判長裁判官|裁判長|裁判官|書記官|"
    "弁護士|検察官|検事|原告|被告人?|控訴人|被控訴人|上告人|申立人|相手方|相続人|被相続人|被害者|被疑者|容疑者|目撃者|通報者|届出人|証人|参考人|代母|代父|受洗者|願人|"
    "名主|庄屋|施主|代理人|申請人|申請者|申込者|契約者|講師|司会|議長|出席者|欠席者|参加者|立会人|記録|担当医?|主治医|執刀医|看護師|医師|診療科長|内科|外科|小児科|循環器科|市長|町長|村長|知事|部長|課長|係長|"
    "お届け先|届け先|送り主|ご依頼主|請求先|宛名|保証人氏名|児童氏名|保護者氏名|生徒氏名"
)
_RELATED = re.compile(
    rf"{_START}(?P<l>{_KIN}|(?:[一-鿿]{{0,6}}?(?:{_ROLE}))){_PAREN}(?:{_S}*[：:／/]{_S}*|{_S}+){_NEXT}(?P<v>{_ANY}{{1,7}}(?:{_S}{_NEXT}{_ANY}{{1,5}})?)(?={_S}|\n|$|[、，。（(）)／/宛]|{_S}*[様殿])",
    re.MULTILINE,
)
_FURTHER = re.compile(rf"[、，]{_S}*(?P<v>{_ANY}{{1,6}}(?:{_S}{_ANY}{{1,5}})?)(?={_S}|\n|$|[、，。（(])")

_NOT_NUMBERS = re.compile(r"型|商品|品番|ページ|法人|電話|郵便|部屋|お荷物|伝票|注文|図|表|製造|便名|列車")
_NUMBERS = re.compile(
    r"(?P<l>[一-鿿ァ-ヺーぁ-ゖ]{0,10}(?:番号|記号|コード|ＩＤ|ID|整理No|番号No|番(?=[ \u3000]*[：:]|[ \u3000]+\d{4})))[ \u3000：:はがのNo.№（）()・]*(?:第)?\n?[ \u3000]*(?P<v>(?:[一-鿿]{1,3}(?=[A-ZＡ-Ｚ]?[\-－]?[0-9０-９]))?[A-Za-z0-9Ａ-Ｚ０-９]+(?:(?: ?[\-－ー・·] ?| (?=[0-9０-９]{2}))[A-Za-z0-9０-９]+){0,3})(?![0-9０-９年月日円件])"
)
_ACCOUNT = re.compile(
    r"(?:普通|当座|貯蓄|振込口座|口座)(?:預金)?[ \u3000：:No.№]*(?P<v>\d(?: ?\d){5,7})(?![\d円])"
)
_AT_BANK = re.compile(
    r"(?:銀行|信用金庫|信金|信用組合|農協|ゆうちょ|支店|出張所)[^\d\n]{0,8}(?P<v>\d(?: ?\d){6})(?![\d円])"
)
"""Account numbers have seven digits."""
_CARD_RECORD = re.compile(
    r"(?P<l>記号|番号)[ \u3000：:]*(?P<v>[\d０-９]{2,8}(?:[・\-][\d０-９]{1,8})?)(?![\d０-９])"
)

_N = r"[0-9０-９〇一二三四五六七八九十廿卅百]{1,5}"
_AGES = re.compile(
    rf"(?:年齢|とし|行年|享年|当年|満|当)[ \u3000：:]*\n?[ \u3000]*(?P<a>{_N})(?![0-9０-９年月日])|(?P<b>(?<![0-9０-９]){_N}) ?[歳才]"
)
_OLD_ERAS = (
    "慶長|元和|寛永|正保|慶安|承応|明暦|万治|寛文|延宝|天和|貞享|元禄|宝永|正徳|享保|元文|寛保|延享|寛延|宝暦|明和|安永|天明|寛政|享和|"
    "文化|文政|天保|弘化|嘉永|安政|万延|文久|元治|慶応|慶應|明治|大正|昭和|平成|令和"
)
_OLD_DATE = re.compile(
    rf"(?:{_OLD_ERAS})(?:[元0-9０-９〇一二三四五六七八九十廿卅]{{1,4}})年(?:の?{_N}月(?:の?{_N}日|朔日|晦日)?)?"
)
NOT_NAMES = re.compile(
    r"番号|電話|住所|病院|クリニック|会社|センター|銀行|金額|支給|合計|備考|年月日|記載|不明|なし|該当|以上|以下|部分|欠席|全員|各位|一覧|様式|課|係|部$|科$|室$|組合|委員会|事務所|大学|学校"
)


def find(passage: Passage, person: Callable[[Passage, int, int], bool]) -> Iterator[TextFinding]:
    """Hits; `person` says whether a dictionary has a person's name in [start, end) of the passage."""
    text = passage.text
    for pattern, score in ((_READING, 0.8), (_PART, 0.7), (_HOLDER, 0.75)):
        for match in pattern.finditer(text):
            if not NOT_NAMES.search(match["v"]):
                hit = _hit("PERSON", match, score)
                yield replace(hit, end=whole(text, hit.end))
    yield from _related(passage, person)
    yield from _numbers(passage)
    for match in _AGES.finditer(text):
        group = "a" if match["a"] else "b"
        value = match[group]
        if not value.isdigit() or 0 < int(value) < 120:
            yield TextFinding("AGE", match.start(group), match.end(group), 0.6, "ja:age")
    for match in _OLD_DATE.finditer(text):
        yield TextFinding("DATE_TIME", match.start(), match.end(), 0.65, "ja:date")


_REST = re.compile(
    rf" (?!(?:様|殿|印|男|女|生|方|宛|有|無)(?:\s|$))(?:[ぁ-ゖー]{{1,3}}|{_KANA}{{1,3}}|[々一-鿿]{{1,2}})(?=[\s、，。（(]|$)"
    rf"|(?<={_KANA}) (?!フリガナ|メール|カナ|セイ|メイ){_KANA}{{1,8}}(?=[\s、，。（(]|$)"
)


def whole(text: str, end: int) -> int:
    """Where a labelled name ends that a space was read into: "ミナヅキ レ イ" up to the end of its cell."""
    for _ in range(3):
        rest = _REST.match(text, end)
        if rest is None:
            break
        end = rest.end()
    return end


def _related(passage: Passage, person: Callable[[Passage, int, int], bool]) -> Iterator[TextFinding]:
    text = passage.text
    for match in _RELATED.finditer(text):
        if _like_a_name(passage, match, person):
            yield _hit("PERSON", match, 0.6)
        at = match.end("v")
        while (more := _FURTHER.match(text, at)) is not None and match["l"].endswith(("者", "人", "席者")):
            if _like_a_name(passage, more, person):
                yield _hit("PERSON", more, 0.5)
            at = more.end("v")


def _like_a_name(passage: Passage, match: re.Match[str], person: Callable[[Passage, int, int], bool]) -> bool:
    """A name of the dictionary, two short parts, or a few kana: トメ."""
    value = match["v"]
    if NOT_NAMES.search(value):
        return False
    if person(passage, match.start("v"), match.end("v")):
        return True
    parts = re.split(r"[ \u3000]", value)
    kana = re.fullmatch(r"[ァ-ヺー]{2,5}|[ぁ-ゖ]{2,3}", value) is not None
    return kana or (
        len(parts) == 2 and all(len(p) <= 4 for p in parts) and not value.endswith(("は", "が", "の", "を"))
    )


def _numbers(passage: Passage) -> Iterator[TextFinding]:
    digits = passage.digits
    for match in _NUMBERS.finditer(digits):
        value, label = match["v"], match["l"]
        count = sum(c.isdigit() for c in value)
        if _NOT_NUMBERS.search(label) or count < 3 or len(value) < 4:
            continue
        medical = (
            re.search(r"保険者|被保険|記号|診察|患者|カルテ|受診|健康|介護", label) and "雇用" not in label
        )
        account = re.search(r"口座|預金|通帳", label)
        yield _hit("MEDICAL_ID" if medical else "ACCOUNT_NUMBER" if account else "ID_NUMBER", match, 0.65)
    for pattern in (_ACCOUNT, _AT_BANK):
        for match in pattern.finditer(digits):
            yield _hit("ACCOUNT_NUMBER", match, 0.65)
    if re.search(r"保険|名義|ゆうちょ|口座", digits):
        for match in _CARD_RECORD.finditer(digits):
            yield _hit("MEDICAL_ID" if "保険" in digits else "ACCOUNT_NUMBER", match, 0.6)


def _hit(kind: str, match: re.Match[str], score: float) -> TextFinding:
    value = match["v"].rstrip(" \u3000、。")
    return TextFinding(kind, match.start("v"), match.start("v") + len(value), score, "ja:label")
