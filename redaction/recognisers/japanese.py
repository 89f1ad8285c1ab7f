# ruff: noqa: E501 - ruff counts Japanese characters twice, and patterns broken in two read worse
"""Japanese: labels, names with honorifics, addresses, eras, telephone numbers, My Number.

Names without a label come from SudachiPy's part of speech 名詞-固有名詞-人名 where SudachiPy and its
dictionary are installed (they are by default). Look-alikes here: the long vowel mark, the dash and 一;
各 and 名; full-width digits. Offsets are of the text as read, as everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from model.findings import TextFinding
from redaction.recognisers import japanese_joined, japanese_labels, japanese_mended, japanese_words
from redaction.recognisers.base import Passage
from redaction.recognisers.lexicon import words

_KANJI = r"々〆一-鿿豈-﫿"
_NAME = rf"[{_KANJI}ぁ-ゖァ-ヺー・]"
_S = r"[ \u3000\t]*"
_END = r"[：:;]?"

PREFECTURES = words(
    """
    北海道 青森県 岩手県 宮城県 秋田県 山形県 福島県 茨城県 栃木県 群馬県 埼玉県 千葉県 東京都 神奈川県 新潟県 富山県 石川県 福井県 山梨県 長野県 岐阜県 静岡県 愛知県 三重県 滋賀県
    京都府 大阪府 兵庫県 奈良県 和歌山県 鳥取県 島根県 岡山県 広島県 山口県 徳島県 香川県 愛媛県 高知県 福岡県 佐賀県 長崎県 熊本県 大分県 宮崎県 鹿児島県 沖縄県
    """
)

_NAME_LABELS = (
    r"(?:患者|申請者|申込者|契約者|被保険者|世帯主|保護者|代表者|担当者|担当医|主治医|院長|受取人|差出人|届出人|本人|連帯保証人|保証人|"
    r"緊急連絡先|紹介元|代表取締役|理事長|所長|校長|園長|店長|署名|記入者|相続人|被相続人|遺言者|証人|立会人|飼い主|生徒|児童|会員|お客様|"
    r"顧客|従業員|氏|お)?(?:氏[名各]|姓名|お?名前|名義人?|ご芳名|フリガナ|ふりがな|氏　名)"
)
_ROLE_LABELS = (
    r"(?:患者|申請者|申込者|契約者|被保険者|世帯主|保護者|代表者|担当者|受取人|差出人|届出人|緊急連絡先|連帯保証人|保証人|代表取締役(?:社長)?|"
    r"取締役|理事長|院長|所長|校長|園長|店長|署名|記入者|相続人|被相続人|遺言者|証人|立会人|担当医|主治医|フリガナ|ふりがな|カナ)"
)
# The space between a role and two short halves of a name is lost.
_JOINED_ROLE = re.compile(
    rf"(?:世帯主|申請者|申込者|契約者|被保険者|代表者|担当者|保護者|届出人|受取人|差出人|保証人|主治医|担当医)(?P<v>[{_KANJI}]{{1,3}}[ \u3000][{_KANJI}]{{1,3}})(?=[\s（(、。]|$)"
)
_PERSON = rf"(?P<v>{_NAME}{{1,6}}(?:[ \u3000]{{1,2}}{_NAME}{{1,6}})?)"
_LABELLED = re.compile(rf"{_NAME_LABELS}{_S}(?:[（(][^）)\n]{{1,8}}[）)])?{_S}{_END}{_S}\n?{_S}{_PERSON}")
_ROLE = re.compile(rf"{_ROLE_LABELS}(?:[（(][^）)\n]{{1,8}}[）)])?(?:{_S}[：:]{_S}|[ \u3000\t]+){_PERSON}")
_HONORIFIC = re.compile(
    rf"(?P<v>[{_KANJI}]{{1,4}}(?:[ \u3000]?[{_KANJI}ぁ-ゖァ-ヺー]{{1,4}})?|[ァ-ヺー]{{2,8}}(?:・[ァ-ヺー]{{2,10}}){{0,2}}|[ぁ-ゖ]{{2,4}})"
    r"(?P<h>さん|様|さま|氏(?!名)|君|くん|ちゃん|殿|先生|先輩|課長|部長|社長|係長|主任|医師|看護師|教授|弁護士|議員|夫妻|選手|容疑者|被告|委員長?|書記|議長|理事長?|監事|会長|"
    r"専務|常務|主査|医長|師長|教諭|刑事|巡査|警部補?|住職|和尚|翁|嬢|夫人|女史|後見人)"
)
_K = r"[ァ-ヺー一二三八力口夕工才り]"
_MIDDOT = re.compile(rf"(?<![ァ-ヺー]){_K}{{2,10}} ?・ ?{_K}{{2,12}}(?: ?・ ?{_K}{{2,12}})?(?![ァ-ヺー])")
_CALLED = re.compile(
    rf"(?:名前は|名は|申します、?|と申し|私は|わたしは|僕は)(?P<v>{_NAME}{{2,8}}?)(?=です|と申|といい|。|、|\n)"
)

_AGE_AFTER = re.compile(r"[ \u3000]?[（(][ \u3000]?(?P<a>1[01]\d|[1-9]?\d)[ \u3000]?[)）]")
_BLOCK = r"(?:[0-9０-９〇一二三四五六七八九十百]{1,4}|[lIO0-9]{1,3})"
_DASH = r"(?: ?[-－ー−‐–—~の] ?)"
_NUMBERED = (
    rf"(?:{_BLOCK}丁目{_S}(?:{_BLOCK}(?:(?:番地?|{_DASH}){_S}(?:{_BLOCK}号?)?)?)?|{_BLOCK}番地?(?:の?{_BLOCK} ?号?)?|"
    rf"[0-9０-９OoIl]{{1,5}}(?:{_DASH}[0-9０-９OoIl]{{1,5}}){{1,3}}(?:号室?)?|[0-9０-９]{{1,5}}(?:番地?|号)?)"
)
_BUILDING = r"(?:[ \u3000]?[ァ-ヺーA-Za-zＡ-Ｚａ-ｚ一-鿿々]{2,14}[ \u3000]?(?:[0-9０-９A-Za-z]{1,5}(?:号室?|階|[Ff])?))?"
_ADDRESS = re.compile(
    rf"(?:(?:{'|'.join(sorted(PREFECTURES))}){_S}\n?)(?:[{_KANJI}ぁ-ゖァ-ヺー]{{1,10}}[市区町村郡]){{0,3}}{_S}[{_KANJI}ぁ-ゖァ-ヺーヶケ]{{0,14}}{_S}\n?"
    rf"(?:{_NUMBERED})?{_BUILDING}"
)
_CITY = re.compile(
    rf"[{_KANJI}ァ-ヺヶケ]{{1,6}}(?:市|区|町|村|郡)(?:[{_KANJI}ぁ-ゖァ-ヺヶケ]{{1,8}}(?:市|区|町|村))?"
    rf"[{_KANJI}ぁ-ゖァ-ヺーヶケ]{{0,12}}{_S}{_NUMBERED}{_BUILDING}"
)
_ADDRESS_LABEL = re.compile(
    r"(?:現?住所|所在地|本籍地?|居所|お届け先|送付先|勤務先住所|連絡先住所|お?住まい)[ \u3000]*[：:]?[ \u3000]*\n?[ \u3000]*(?P<v>[^\n：:　]{4,50}(?:[ \u3000](?!電話|TEL|Tel|氏名|生年)[^\n：:　]{2,20})?)"
)
_POST = re.compile(
    r"(?:〒[ \u3000]*|郵便番号[ \u3000：:]*)[0-9０-９OoIl]{3}[-－ー−‐–]?[0-9０-９OoIl]{4}|(?<![\d-])[0-9]{3}[-－][0-9]{4}(?![\d-])"
)

_ERA = r"(?:明治|大正|[昭照]和|[平乎]成|[令今]和|[MTSHR](?=\s?[0-9０-９]))"
_DAY = r"[日曰目]"
_NUM = r"(?:[0-9０-９〇○OoIlJSBZg元](?: ?[0-9０-９〇○OoIlJSBZg]){0,3}|[一二三四五六七八九十〇ニー]{1,4})"
_DATE = re.compile(
    rf"{_ERA}{_S}{_NUM}{_S}(?:年|[./．])(?:{_S}{_NUM}{_S}(?:月|[./．])(?:{_S}{_NUM}{_S}{_DAY}?)?)?|[12１２lI][0-9０-９OoIlg]{{3}}{_S}年{_S}{_NUM}{_S}月(?:{_S}{_NUM}{_S}{_DAY})?|"
    rf"(?<![0-9０-９]){_NUM}月{_S}{_NUM}日"
)
_BIRTH = re.compile(r"(?:生年月日|誕生日|出生日|生まれ)[ \u3000：:]*\n?[ \u3000]*(?P<v>[^\s、。（(]{4,16})")
_PHONE = re.compile(
    r"(?<![\d-])[0０][\d０-９]{1,4}[-－ー−‐–(（ )）][\d０-９]{1,4}[-－ー−‐–)） ][\d０-９]{3,4}(?![\d０-９])"
)
_PHONE_LABEL = re.compile(
    r"(?:電話(?:番号)?|ＴＥＬ|TEL|Tel|ＦＡＸ|FAX|Fax|携帯(?:電話|番号)?|連絡先|T)[ \u3000：:は]*\n?[ \u3000]*(?P<v>[+＋]?[\d０-９][\d０-９（）() ー－−‐–-]{7,16}[\d０-９])"
)
_MY = re.compile(
    r"(?:個人番号|マイナンバー)[^\d０-９\n]{0,14}\n?[ \u3000]*(?P<v>[\d０-９][\d０-９ \u3000-]{9,16}[\d０-９])"
)
_NUMBER_LABEL = re.compile(
    r"(?P<l>保険者番号|被保険者証?(?:の?記号)?(?:・?番号)?|記号(?:・|番号)?番?号?|診察券番号|患者(?:番号|ID|ＩＤ)|カルテ(?:番号|No\.?)|受診番号|会員番号|"
    r"口座番号|契約番号|証券番号|免許証?番号|運転免許証番号|旅券番号|パスポート番号|在留カード番号|社員番号|学籍番号|基礎年金番号|顧客番号|お客様番号|"
    r"受付番号|登録番号|健康保険証?番号|介護保険番号|カード番号|暗証番号)[ \u3000：:はがのNo.№第]*\n?[ \u3000]*(?P<v>[A-Za-z0-9０-９Ａ-Ｚ][A-Za-z0-9０-９Ａ-Ｚ \-－ー]{1,24}[0-9０-９])"
)


def find(passage: Passage) -> Iterator[TextFinding]:
    """Hits in a text that holds Japanese; nothing for other texts."""
    if not passage.japanese:
        return
    labels = japanese_mended.spans(passage.text)
    found = [h for h in _all(passage) if not any(a <= h.start and h.end <= b for a, b in labels)]
    yield from found
    for hit in found:
        # "山川 光（33）"
        age = _AGE_AFTER.match(passage.digits, hit.end) if hit.type == "PERSON" else None
        if age:
            yield TextFinding("AGE", age.start("a"), age.end("a"), 0.5, "ja:age")
    yield from japanese_joined.across(passage, _all, found)


def _all(passage: Passage) -> Iterator[TextFinding]:
    text = passage.text
    yield from _people(passage)
    yield from japanese_labels.find(passage, japanese_words.is_person)
    for match in _ADDRESS.finditer(text):
        value = match.group().rstrip()
        if len(value) >= 5 or passage.text[match.end() : match.end() + 1] in ("", "\n"):
            # A prefecture alone is a place, with anything more an address.
            kind = "ADDRESS" if len(value) > 5 else "LOCATION"
            yield TextFinding(
                kind,
                match.start(),
                match.start() + len(value),
                0.8 if kind == "ADDRESS" else 0.45,
                "ja:address",
            )
    for place in japanese_words.places(text):
        yield TextFinding("LOCATION", *place, 0.45, "ja:place")
    for match in _CITY.finditer(text):
        yield TextFinding("ADDRESS", match.start(), match.end(), 0.65, "ja:address")
    for match in _ADDRESS_LABEL.finditer(text):
        if re.search(r"[0-9０-９]|[都道府県市区町村]", match["v"]):
            yield _value("ADDRESS", match, 0.85, "ja:label")
    for match in _POST.finditer(text):
        yield TextFinding("ZIP_CODE", match.start(), match.end(), 0.7, "ja:postcode")
    for match in _DATE.finditer(text):
        if re.search(r"\d|[０-９一二三四五六七八九十元]", match.group()[1:]):
            strong = "年" in match.group() and "月" in match.group()
            yield TextFinding("DATE_TIME", match.start(), match.end(), 0.7 if strong else 0.4, "ja:date")
    for match in _BIRTH.finditer(text):
        if re.search(r"[\d０-９一二三四五六七八九十]", match["v"]):
            yield _value("DATE_OF_BIRTH", match, 0.85, "ja:label")
    digits = passage.digits
    for match in _PHONE.finditer(digits):
        if 9 <= sum(c.isdigit() for c in match.group()) <= 11:
            yield TextFinding("PHONE_NUMBER", match.start(), match.end(), 0.7, "ja:phone")
    for match in _PHONE_LABEL.finditer(digits):
        if sum(c.isdigit() for c in match["v"]) >= 8:
            yield _value("PHONE_NUMBER", match, 0.85, "ja:label")
    for match in _MY.finditer(digits):
        yield _value("MY_NUMBER", match, 0.9, "ja:label")
    for match in _NUMBER_LABEL.finditer(digits):
        medical = re.match(r"保険者|被保険|記号|診察|患者|カルテ|受診|健康保険|介護", match["l"])
        kind = "MEDICAL_ID" if medical else "CREDIT_CARD" if match["l"].startswith("カード") else "ID_NUMBER"
        yield _value(kind, match, 0.8, "ja:label")


def _value(kind: str, match: re.Match[str], score: float, recogniser: str) -> TextFinding:
    value = match["v"].rstrip("、。 \u3000")
    return TextFinding(kind, match.start("v"), match.start("v") + len(value), score, recogniser)


def _people(passage: Passage) -> Iterator[TextFinding]:
    text = passage.text
    for pattern, score in ((_LABELLED, 0.85), (_ROLE, 0.7), (_JOINED_ROLE, 0.5)):
        for match in pattern.finditer(text):
            value = re.split(r"(?:様|さん|殿|先生|氏)$", match["v"])[0].strip()
            value = re.split(r"[ \u3000](?:印|様|殿|男|女)$", value)[0]
            value = _before_next_label(value)
            if (
                len(value) < 2
                or value in japanese_words.NOT_NAME_VALUE
                or value.startswith(("は", "が", "の", "を", "に"))
            ):
                continue
            if japanese_labels.NOT_NAMES.search(value):
                continue
            start = text.find(value, match.start("v"))
            yield TextFinding(
                "PERSON", start, japanese_labels.whole(text, start + len(value)), score, "ja:label"
            )
    for match in _HONORIFIC.finditer(text):
        value = match["v"]
        start = match.start("v")
        if pos := japanese_words.person_tail(passage, start, match.end("v")):
            start = pos
            value = text[start : match.end("v")]
        if value in japanese_words.NOT_PERSON or (
            len(value) < 2 and not japanese_words.is_person(passage, start, match.end("v"))
        ):
            continue
        if (
            match["h"] in {"君", "氏", "様", "殿"}
            and not japanese_words.is_person(passage, start, match.end("v"))
            and re.match(r"[ぁ-ゖ]", value)
        ):
            continue
        if not (
            japanese_words.is_person(passage, start, match.end("v"))
            or japanese_words.is_place(passage, start, match.end("v"))
            or re.fullmatch(r"[ァ-ヺー・]{2,}", value)
        ):
            continue
        yield TextFinding("PERSON", start, match.end("v"), 0.75, "ja:honorific")
    for match in _MIDDOT.finditer(text):
        # Some of the kana read as the characters that look like them.
        if 4 * len(re.findall("[ァ-ヺー]", match.group())) < 3 * len(re.findall(_K, match.group())):
            continue
        yield TextFinding("PERSON", match.start(), match.end(), 0.5, "ja:kana")
    for match in _CALLED.finditer(text):
        if match["v"] not in japanese_words.NOT_PERSON and len(match["v"]) <= 6:
            person = japanese_words.is_person(passage, match.start("v"), match.end("v"))
            if person or match.group().startswith(("名前は", "名は")):
                yield _value("PERSON", match, 0.6, "ja:called")
    yield from japanese_words.people(passage)


def _before_next_label(value: str) -> str:
    """A name ends where another label begins: "渡辺 フリガナ"."""
    for part in re.split(r"[ \u3000]", value)[1:]:
        if part in japanese_words.NOT_NAME_VALUE or part.endswith(("番号", "年月日")):
            return value[: value.index(part)].rstrip()
    return value
