# ruff: noqa: E501 - ruff counts Japanese characters twice, and patterns broken in two read worse
"""Japanese labels with spaces in them or a look-alike in place of a character: 運転免許証番 号, メ一ル, 患者IO.

`mended` gives the text with such labels put right, with the place of each of its characters. Only whole
labels of the list are looked for, so that nothing is mended inside a name or a sentence.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from redaction.recognisers.lexicon import words

LABELS = words(
    """
    氏名 お名前 被保険者名 申込者名 申請者名 担当者名 保護者名 姓名 名前 名義人 口座名義 口座名義人 契約者名 患者名 患者氏名 カナ氏名 氏名カナ 漢字氏名 フリガナ ふりがな よみがな
    世帯主 保護者 申請者 申込者 契約者 被保険者 代表者 担当者 担当医 主治医 受取人 差出人 届出人 保証人 連帯保証人 相続人 被相続人
    緊急連絡先 連絡先 勤務先 お届け先 ご依頼主 請求先 依頼人 代理人 証人 立会人 記入者 署名 続柄 同居人 配偶者
    生年月日 年齢 性別 住所 現住所 ご住所 本籍 本籍地 所在地 居所 郵便番号 電話 電話番号 お電話 携帯電話 携帯 メールアドレス メール
    番号 記号 個人番号 マイナンバー 記号番号 保険者番号 被保険者番号 被保険者証番号 雇用保険被保険者番号 健康保険証番号 介護保険番号
    運転免許証番号 免許証番号 旅券番号 パスポート番号 在留カード番号 基礎年金番号 口座番号 カード番号 会員番号 社員番号 職員番号
    学籍番号 顧客番号 お客様番号 契約番号 証券番号 登録番号 受付番号 車両番号 暗証番号 患者番号 診察券番号 カルテ番号 患者ID
    金融機関 支店名 普通 当座 普通預金 当座預金 貯蓄預金 通帳記号
    """
)
_ALIKE = (
    "ーー一－-", "ニ二", "カ力", "ロ口", "エ工", "タ夕", "ハ八", "オ才", "ミ三", "ソンリ", "シツッ", "へヘ", "りリ", "ヤャ", "ユュ", "ヨョ",
    "アァマ", "バパ", "ベペ", "がか", "ガカ", "なた", "名各", "氏民", "住往佳", "日曰目", "末未", "人入八", "者著", "番審", "号亏", "電雷",
    "話詰語", "険検", "証話", "免兔", "券巻", "普晋", "通道", "座坐", "年午", "月用", "生主", "主王", "姓性", "所斦", "郵部", "便使更", "本木",
    "IlL1", "DOo0",
)  # fmt: skip
"""Characters of these labels, each with what engines take for it."""
_GAP = r"[ \u3000]?"
_EDGE = r"(?:(?<=[\s、，。：:（(「）)／/・ごお])|^)"


def mended(text: str) -> tuple[str, list[int]] | None:
    """(the text with its labels put right, the place of each character); None where all can be read."""
    out: list[str] = []
    places: list[int] = []
    at = 0
    for start, end, label in _found(text):
        out.append(text[at:start] + label)
        places += [*range(at, start), *(i for i in range(start, end) if not text[i].isspace())]
        at = end
    if not out:
        return None
    out.append(text[at:])
    return "".join(out), places + list(range(at, len(text)))


def spans(text: str) -> list[tuple[int, int]]:
    """Where labels stand that had to be put right: nobody's name, whatever a dictionary says."""
    return [(start, end) for start, end, _ in _found(text)]


@lru_cache(maxsize=32)
def _found(text: str) -> tuple[tuple[int, int, str], ...]:
    """(start, end, what was meant) of every label that cannot be read as it stands."""
    found = ((m.start(), m.end(), _label(m), m.group()) for m in _pattern().finditer(text))
    return tuple((start, end, label) for start, end, label, read in found if label != read)


def _label(match: re.Match[str]) -> str:
    """The label that was meant; what was read where more than one character of three is another."""
    read = "".join(match.group().split())
    label = _listed()[int((match.lastgroup or "n0")[1:])]
    wrong = sum(a != b for a, b in zip(read, label, strict=True))
    return label if 3 * wrong <= len(label) else match.group()


@cache
def _listed() -> tuple[str, ...]:
    return tuple(sorted(LABELS, key=lambda label: (-len(label), label)))


@cache
def _pattern() -> re.Pattern[str]:
    """Every label, the longest first, at a line's or a cell's beginning, before a mark or a gap."""
    found = (f"(?P<n{n}>{_GAP.join(map(_one, label))})" for n, label in enumerate(_listed()))
    return re.compile(rf"{_EDGE}(?:{'|'.join(found)})(?={_GAP}[：:（(\s]|[0-9０-９])", re.MULTILINE)


def _one(character: str) -> str:
    alike = {c for group in _ALIKE if character in group for c in group} | {character}
    return f"[{re.escape(''.join(sorted(alike)))}]" if len(alike) > 1 else re.escape(character)
