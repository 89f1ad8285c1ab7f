"""Japanese: readings in kana, kin and roles, columns broken between characters. Everybody is invented."""

from __future__ import annotations

import pytest

from model.geometry import Box, Quad
from model.words import TranscriptPage, TranscriptSlot
from redaction.detect import find, find_text
from redaction.recognisers import japanese_joined


def covers(text: str, value: str) -> bool:
    """True where every character of the value lies under a finding."""
    start = text.index(value)
    covered = {i for f in find_text(text, "ja") for i in range(f.start, f.end)}
    return all(i in covered for i in range(start, start + len(value)) if text[i].strip())


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("氏名：蓮見 雄一郎\nフリガナ：ハスミ ユウイチロウ", "ハスミ ユウイチロウ"),
        ("ふりがな いぬかい もえ\n氏名 犬飼 萌", "いぬかい もえ"),
        ("カナ氏名　ﾓｶﾞﾐ ﾀｶｼ", "ﾓｶﾞﾐ ﾀｶｼ"),
        ("セイ ツクダ メイ リンタロウ", "ツクダ"),
        ("セイ ツクダ メイ リンタロウ", "リンタロウ"),
        ("児童氏名：渋川 陸（よみ：しぶかわ りく）", "しぶかわ りく"),
        ("口座名義人（カナ）：カブラギ　ショウコ", "カブラギ　ショウコ"),
        ("番号　氏名　フリガナ　住所\n1　丹羽 さやか　ニワ サヤカ　岐阜県多治見市本町5-41-7", "ニワ サヤカ"),
    ],
)
def test_readings_in_kana(text: str, value: str) -> None:
    assert covers(text, value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("内科 蓑輪 拓海", "蓑輪 拓海"),
        ("昭和の作品です。寄贈：榎戸 静枝", "榎戸 静枝"),
        ("戸主　大河原 源蔵　妻　トメ", "トメ"),
        ("被害者楠木あかり（会社員）", "楠木あかり"),
        ("平成十八年四月\n早乙女 文", "早乙女 文"),
        ("小笠原様\nお世話になっております。", "小笠原"),
        ("出席者：伊集院委員、江藤書記", "伊集院"),
        ("普通　1120447", "1120447"),
        ("運転免許証番号　第304417720910号", "304417720910"),
        ("過去帳　行年六十二歳", "六十二"),
        ("文政七年八月三日", "文政七年八月三日"),
        ("埼玉県川口市芝新町8番12号", "埼玉県川口市芝新町8番12号"),
        ("平成J0年2月14日", "平成J0年2月14日"),
    ],
)
def test_names_by_kin_and_role_numbers_and_eras(text: str, value: str) -> None:
    assert covers(text, value)


@pytest.mark.parametrize(
    "text", ["社員番号 氏名 支給額", "カナ氏名", "型番7733104を出荷", "会議は十五分休憩"]
)
def test_headings_and_part_numbers_are_nobody(text: str) -> None:
    assert not find_text(text, "ja")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("氷\n室\n千\n鶴\n殿", "氷\n室\n千\n鶴"),
        ("申請人は荒巻\n文雄であり、", "荒巻\n文雄"),
        ("右の者、明治四十\n一年二月七日生", "明治四十\n一年二月七日"),
        ("鷲 尾 清 一 殿", "鷲 尾 清 一"),
        ("住所\n" + "\n".join("東京都荒川区西日暮里三丁目"), "\n".join("東京都荒川区西日暮里三丁目")),
        ("現住所は長野県松本\n市大手四丁目一\n番七号である。", "長野県松本\n市大手四丁目一\n番七号"),
        ("昭和二十一 年の三月", "昭和二十一 年の三月"),
    ],
)  # fmt: skip
def test_over_the_breaks_of_columns(text: str, value: str) -> None:
    assert covers(text, value)


def test_two_labelled_lines_are_not_joined() -> None:
    text = "氏名　蓮見 雄一郎\n住所　東京都荒川区"
    assert japanese_joined.joined(text) is None


def test_a_name_over_two_columns_of_a_vertical_page_is_found_on_its_slots() -> None:
    def column(text: str, n: int) -> TranscriptSlot:
        box = Box(900 - 80 * n, 100, 940 - 80 * n, 100 + 40 * len(text))
        quad = Quad.from_box(box)
        return TranscriptSlot(f"s{n}", quad, text, n, n, box.expanded(3), vertical=True)

    page = TranscriptPage(1, 1200, 1600, 200.0, (column("申請人は荒巻", 0), column("文雄であり、", 1)))
    spans = {s.slot: (s.start, s.end) for f in find([page], None, languages=["ja"]) for s in f.spans}
    assert spans == {"s0": (4, 6), "s1": (0, 2)}


def test_a_page_of_one_character_a_slot_and_line_is_joined() -> None:
    slots = tuple(
        TranscriptSlot(
            f"s{n}", Quad.from_box(Box(900, 100 + 50 * n, 940, 140 + 50 * n)), c, n, n,
            Box(897, 97 + 50 * n, 943, 143 + 50 * n), vertical=True,
        )
        for n, c in enumerate("氷室千鶴殿")
    )  # fmt: skip
    findings = find([TranscriptPage(1, 1200, 1600, 200.0, slots)], None, languages=["ja"])
    assert {s.slot for f in findings if f.type == "PERSON" for s in f.spans} >= {"s0", "s1", "s2", "s3"}
