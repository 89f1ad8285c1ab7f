"""Values that an engine broke: spaces and strokes read into them, labels and tables. All invented."""

from __future__ import annotations

import pytest

from redaction import folding
from redaction.detect import find_text
from redaction.recognisers import broken_mail, columns, japanese_mended, labels
from redaction.recognisers.base import Passage


def values(text: str, language: str = "en") -> list[str]:
    return [text[f.start : f.end] for f in find_text(text, language)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Write to kinna .pw@po stbox.example today", "kinna .pw@po stbox.example"),
        ("From: <b.quil lon@eas-\nthaven.example>", "b.quil lon@eas-\nthaven.example"),
        ("send it to odil .roy -lacour@ville.examp|e.", "odil .roy -lacour@ville.examp|e"),
        ("Mail: otter,finch@lakeside.example", "otter,finch@lakeside.example"),
        ("書 類はhanuda@ machi-kuba.e xampleまで", "hanuda@ machi-kuba.e xample"),
        ("Email: i.penrick@harbour.exam ple\nNext: x", "i.penrick@harbour.exam ple"),
    ],
)
def test_an_address_of_mail_grows_over_its_spaces(text: str, value: str) -> None:
    assert value in [text[f.start : f.end] for f in broken_mail.find(Passage(text))]
    assert any(value in found for found in values(text))


@pytest.mark.parametrize(
    "text", ["2 @ 5.99 each and 3 @ 1.20", "meet me @ home. Now is fine", "the sign @ alone", "a@b"]
)
def test_not_every_at_sign_is_an_address(text: str) -> None:
    assert list(broken_mail.find(Passage(text))) == []


def test_words_beside_an_address_stay() -> None:
    for text in (
        "please contact kim.oslow@shop.example about this",
        "mail kim.oslow@shop.example, quixelby signed",
        "mail kim.oslow@shop.example quixelby signed",
    ):
        [hit] = broken_mail.find(Passage(text))
        assert text[hit.start : hit.end] == "kim.oslow@shop.example"


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("030 23125 41T", "030 23125 417"),
        ("+J4 912 555 041", "+34 912 555 041"),
        ("(T73) 555-0144", "(773) 555-0144"),
        ("318-44-T206", "318-44-7206"),
        ("携帯oB0-5501-4417。", "携帯080-5501-4417。"),
        ("+I 303 555 0119", "+1 303 555 0119"),
        ("SE1 7TJ", "SE1 7TJ"),
        ("J4K 2T9", "J4K 2T9"),
        ("1970-01-01T00:00", "1970-01-01T00:00"),
        ("12 July", "12 July"),
    ],
)
def test_letters_among_groups_of_digits(read: str, meant: str) -> None:
    assert folding.digits(read) == meant


def test_one_digit_in_a_word_of_capitals_is_a_letter() -> None:
    assert folding.letters("DR 5UNTRA COVID19 PART88 A4") == "DR SUNTRA COVID19 PART88 A4"


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("Account: AT81 82J66 6299 4680 4436.", "de", "AT81 82J66 6299 4680 4436"),
        ("la somme sur 8E68 5390 0754 7034, dit-il", "fr", "8E68 5390 0754 7034"),
        ("auf CHg3 0076 2011 6238 5295 7 und", "de", "CHg3 0076 2011 6238 5295 7"),
        ("Konto CH73  3G54 1458 6850 1429 4", "de", "CH73  3G54 1458 6850 1429 4"),
        ("born 1971, NIEX6584044H, and", "es", "X6584044H"),
        ("ABN 51 824 753 556. TFN053 950 240.", "en", "053 950 240"),
        ("Nedicare no. 2951 48763 1.", "en", "2951 48763 1"),
        ("Maria Toft, ID Mo. 281114907, of", "en", "281114907"),
        ("Reisepass-Nr.: C4FBK91TX\n", "de", "C4FBK91TX"),
        ("Health card: SAU E 9155 0412\n", "en", "SAU E 9155 0412"),
        ("Postal code: J 4K 2Tg\nTel", "en", "J 4K 2Tg"),
        ("Geburtsdatum: 3 0.11.1985\nOrt", "de", "3 0.11.1985"),
        ("Fecha de nacimiento: 23/07/199 4\n", "es", "23/07/199 4"),
        ("Nome: Nun zia\nCodice", "it", "Nun zia"),
        ("Versicherte(r): Fd eltraud Oberwandler\n", "de", "Fd eltraud Oberwandler"),
        ("Surriame: Tibodon- Kwan\nAge", "en", "Tibodon- Kwan"),
        ("1 A. Subramani  BQZPK4417 L  41,200", "en", "BQZPK4417 L"),
        ("mit dem Kennzeicben L -QX 4417 war", "de", "L -QX 4417"),
        ("A9e: 4T\nPlace of birth", "en", "4T"),
        ("Age at admission: 81\n", "en", "81"),
        ("Eclad: 36\nFecha", "es", "36"),
        ("Date signed: 12 Mav 2019", "en", "12 Mav 2019"),
        ("geb. am: 3. Mär z 1948\nAdresse", "de", "3. Mär z 1948"),
        ("Nato a: Clusouve\nil", "it", "Clusouve"),
    ],
)
def test_a_broken_value_is_found_whole(text: str, language: str, value: str) -> None:
    assert any(value in found for found in values(text, language)), values(text, language)


@pytest.mark.parametrize(
    "text",
    [
        "Invoice 2041 lists 12 boxes at 4.50 each; see drawing T7-114.",
        "The plate was cracked, and lot 10447 sold for 1,250 pounds.",
        "Name of the rose and other novels\n10447 copies were printed\n10448 copies were sold",
        "Table 3 (see 12) gives the age of the wall: unknown",
        "別紙（3）と様式（12）を添付します。",
        "会議は午後三時から二階の普通教室で開きます。番号札をお持ちの方は受付にお越しください。",
        "商品番号 A-10447 は在庫が20個あります。価格は1,980円です。",
    ],
)
def test_numbers_of_things_stay(text: str) -> None:
    assert values(text, "ja" if "。" in text else "en") == []


def test_a_row_that_gained_or_lost_a_mark() -> None:
    text = "Surname | NI number | Sort code | Account\nUmo | Q7 | 20-45-19 71938204\n"
    assert "20-45-19 71938204" in [text[f.start : f.end] for f in columns.find(Passage(text))]
    strokes = "Surname | Sort code | Account\nUmo l 20-45-19 | 71938204"
    assert {"20-45-19", "71938204"} <= {strokes[f.start : f.end] for f in columns.find(Passage(strokes))}


def test_numbered_rows_of_names_need_no_heading() -> None:
    assert values("20771 Sabatier Paul\n20772 Dupont Anne", "fr") == [
        "20771", "Sabatier Paul", "20772", "Dupont Anne",
    ]  # fmt: skip
    assert "10447" not in values("10447 Sabatier Paul")
    assert values("75011 Paris\n75012 Paris", "fr") == values("75011 Paris", "fr") * 2


@pytest.mark.parametrize(
    ("read", "kind"), [("Domiciho", "ADDRESS"), ("Surriame", "PERSON"), ("Mobi|e no", "PHONE_NUMBER")]
)
def test_a_letter_of_a_label_read_as_two(read: str, kind: str) -> None:
    assert labels.kind_of(read) == kind


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("運転 免許証番 号　第30", "運転免許証番号　第30"),
        ("患者IO：0041", "患者ID：0041"),
        ("フり ガナ：ハスミ", "フリガナ：ハスミ"),
        ("メ一ルアドレス a@b", "メールアドレス a@b"),
        ("ご住 所 北海道", "ご住所 北海道"),
    ],
)
def test_a_japanese_label_is_mended(read: str, meant: str) -> None:
    mended = japanese_mended.mended(read)
    assert mended is not None
    text, places = mended
    assert text == meant
    assert len(places) == len(text)
    assert [read[p] for p in places][-2:] == list(read[-2:])


@pytest.mark.parametrize("text", ["氏名：山川 光", "普通の文章です。", "主婦の友", "番号札 3", "生王 人名"])
def test_nothing_is_mended_where_all_can_be_read(text: str) -> None:
    assert japanese_mended.mended(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("運転 免許証番 号　第3044177Z0910号\n氏名　六川 大地", "3044177Z0910"),
        ("金融機関：みずほ銀行　普 通　1120447", "1120447"),
        ("金融機関：みずほ 銀行　通　11 20447", "11 20447"),
        ("お名前（全角カタカナ） ミナツキ レ イ\nご住所", "ミナツキ レ イ"),
        ("口座名義：タキバ ナ モトヨシ\n連絡先", "タキバ ナ モトヨシ"),
        ("車両番号は品川 30 0 あ 41 -17。", "品川 30 0 あ 41 -17"),
        ("世帯主東川 剛（続柄 父）", "東川 剛"),
        ("旅券番 号：TK4 417208\n", "TK4 417208"),
        ("照和39年5月6日生", "照和39年5月6日"),
        ("届出人：埴川 みちる（33）\n", "33"),
        ("入所者　山川 光　（92 歳）", "92"),
    ],
)
def test_a_broken_japanese_value_is_found_whole(text: str, value: str) -> None:
    assert any(value in found for found in values(text, "ja")), values(text, "ja")
