"""Checks of answers: what must be caught, and what honest pages have that must not be."""

from __future__ import annotations

import json

import numpy as np
import pytest

from engines.remote import samples
from engines.remote.places import Piece, cut, fits, on_ink, place, words_of
from engines.remote.prompted import Form, parse
from engines.remote.untrusted import (
    Suspicious,
    check_text,
    json_in,
    looping,
    refusing,
    translated,
    undecorated,
)
from model.geometry import Box
from model.words import Reading, Repair
from review.merge import merge

FORM = """Name: ______________________ Date: ____ / ____ / ____
Address: ....................................................................
[ ] yes [ ] no [ ] yes [ ] no [ ] yes [ ] no [ ] yes [ ] no [ ] yes [ ] no [ ] yes [ ] no [ ] yes [ ] no
- - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - -
Signature: =================================================================="""
LEDGER = "\n".join(f"{n} | 12 May | paid | {n * 7}.00" for n in range(1, 60))
REGISTER = "\n".join(f"{n}. Sample, Peter, labourer, {n + 1860}, ditto, ditto" for n in range(1, 45))
TOKYO = "東京都千代田区丸の内一丁目 " * 6


@pytest.mark.parametrize(
    "text", [FORM, LEDGER, REGISTER, TOKYO, "no no no no no", "", "1 2 3 4 5 6 7 8 9 10"]
)
def test_forms_tables_and_lists_are_no_loops(text: str) -> None:
    assert not looping(text)


@pytest.mark.parametrize(
    "text",
    [
        "A page. " + "the same again " * 30,
        "Text\n" + "> " * 300,
        "東京都" * 60,
        " ".join(str(n) for n in range(100)),
        "Begin\n" + "This line is said again and again.\n" * 40,
    ],
)
def test_loops_are_found(text: str) -> None:
    assert looping(text)


def test_letters_that_apologise_are_no_refusals() -> None:
    letter = (
        "I am sorry to hear of your illness. " + "We hope that you will soon be well and send our love. " * 12
    )
    assert not refusing(letter)
    assert not refusing("The manager was sorry, but could not help.")
    for said in (
        "I'm sorry, but I can't help with that.",
        "申し訳ありませんが、この画像は読めません。",
        "ERROR: CUDA",
    ):
        assert refusing(said)


def test_translations_are_told_from_pages_that_quote() -> None:
    english = (
        "the letter of the bank was sent to them and it is not what they had asked for in the first place "
    )
    french = "la lettre de la banque est dans le dossier et nous avons pour vous une réponse qui est longue "
    assert translated(french * 5, ["en"])
    assert not translated(english * 5, ["en"])
    assert not translated(french * 5, ["en", "fr"])
    assert not translated(french * 5, [])
    assert translated("病人出生日期地址电话医院诊断结果" * 5, ["en"])
    assert translated("The patient was born in Tokyo and lives at the address below with her mother.", ["ja"])
    assert not translated("患者は東京で生まれ、母と下記の住所に住んでいます。電話は不明です。" * 3, ["ja"])
    assert not translated("NASA 1999", ["ja"])


def test_decoration_goes_and_the_pages_own_marks_stay() -> None:
    said = "Here is the transcription:\n```markdown\n# Report\n**Peter** paid 5 * 3 = 15\n- [ ] done\n```"
    assert undecorated(said) == ("Report\nPeter paid 5 * 3 = 15\n- [ ] done", 4)
    plain = "5 * 3 * 2 = 30\nsee [1] and (2)\n# 12 Main Street"
    assert undecorated("see __init__ and file_name_here")[0] == "see __init__ and file_name_here"
    assert undecorated(plain)[0].splitlines()[:2] == plain.splitlines()[:2]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('[{"text": "a"}, {"te', "cut"),
        ('```json\n[{"text": "a"},', "cut"),
        ("<html><body>no</body></html>", "html"),
        ("I cannot help with this image.", "refusal"),
        ("There is some text here.", "not_json"),
        ('{"a":' * 50_000, "not_json"),
        ('{"text": }', "not_json"),
    ],
)
def test_what_is_no_json_has_its_own_name(text: str, code: str) -> None:
    with pytest.raises(Suspicious) as caught:
        json_in(text)
    assert caught.value.code == code


def test_an_item_without_a_place_takes_all_words_to_the_text() -> None:
    items = [
        {"text": "one", "box_2d": [0, 0, 10, 10]},
        {"text": "two", "box_2d": [5, "x", 1]},
        {"text": "three"},
    ]
    found = parse(json.dumps(items), Form(order="yxyx"), (1000, 1000))
    assert found.words is None
    assert found.pieces is None
    assert found.text == "one\ntwo\nthree"
    assert found.noticed == {"no_place": 2}


def test_numbers_that_are_no_box_are_none() -> None:
    assert place([0, 0, 500, 1000], 200, 400, "thousand") == Box(0, 0, 100, 400)
    assert place([0, 0, 500, 1000], 200, 400, "thousand", "yxyx") == Box(0, 0, 200, 200)
    assert place([1, 2, 3, 4], 200, 400, "pixels", "xywh") == Box(1, 2, 4, 6)
    for wrong in ([1, 2, 3], [3, 3, 1, 1], [0, 0, float("nan"), 1], ["a", 0, 1, 1], [0, 0, float("inf"), 1]):
        assert place(wrong, 200, 400, "pixels") is None
    assert place([5, 5, 5, 5], 200, 400, "pixels") == Box(5, 5, 6, 6)


def test_boxes_elsewhere_are_noticed_by_edge_and_by_ink() -> None:
    page = np.full((1000, 800, 3), 255, np.uint8)
    page[500:520, 400:700] = 0
    page[600:620, 400:700] = 0
    right = [Box(395, 495, 705, 525), Box(395, 595, 705, 625)]
    assert fits(right, 800, 1000)
    assert not fits([Box(0, 0, 900, 10)], 800, 1000)
    assert (on_ink(right, page) or 0) > 10
    halved = [b.scaled(0.5) for b in right]
    assert on_ink(halved, page) == 0
    assert on_ink(right, np.full((1000, 800, 3), 255, np.uint8)) is None


def test_a_line_is_cut_where_its_words_part() -> None:
    gaps = [(0.0, 0.02), (0.1, 0.11), (0.3, 0.36), (0.5, 0.51), (0.7, 0.75), (0.98, 1.0)]
    assert cut(["Peter", "Sample", "said"], gaps) == [(0.0, 0.3), (0.36, 0.7), (0.75, 1.0)]
    assert cut(["ab", "cd"], []) == [(0.0, 0.5), (0.5, 1.0)]
    assert words_of([Piece("  ", Box(0, 0, 9, 9))], np.zeros((10, 10, 3), np.uint8)) == ()


def test_the_answer_in_the_middle_and_its_agreement() -> None:
    texts = ["Peter Sample born May", "Peter Simple born May", "Peter Sample torn May"]
    chosen = samples.middle(texts)
    assert chosen == 0
    assert samples.agreement(texts, chosen) == pytest.approx([1.0, 2 / 3, 2 / 3, 1.0])
    assert samples.tokens("東京 Tower") == ["東", "京", "Tower"]
    with pytest.raises(ValueError, match="no answer"):
        samples.middle([])


def test_too_much_text_is_no_page() -> None:
    with pytest.raises(Suspicious, match="longer than a page"):
        check_text("word " * 60_000)


def test_what_was_noticed_stands_among_the_merged_pages_repairs() -> None:
    reading = Reading("gemini", "v1beta", 100, 100, None, text="one two", noticed={"coordinates": 2})
    assert Repair("gemini", "coordinates", 2) in merge([reading], None).repairs
