"""What is particular to Textract, Azure AI Vision, Qwen-OCR and Transkribus: accounts, and odd answers."""

from __future__ import annotations

from typing import Any

import pytest

from engines import azure_vision, qwen_ocr, textract, transkribus
from engines.remote import secrets
from engines.remote.failures import BadAnswer, failed


@pytest.fixture(autouse=True)
def _no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "FILES", ())
    for name in ("REGION", "DEFAULT_REGION", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"):
        monkeypatch.delenv(f"AWS_{name}", raising=False)


def test_the_keys_of_two_aws_identities_are_never_mixed(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = textract.Textract()
    assert "region" in (engine.missing(engine.connection()) or "")
    theirs = {
        "REGION": "eu-central-1",
        "ACCESS_KEY_ID": "theirs",
        "SECRET_ACCESS_KEY": "their-secret",
        "SESSION_TOKEN": "their-token",
    }
    for name, value in theirs.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    found = engine.connection()
    assert (found.url, found.more["key_id"]) == ("https://textract.eu-central-1.amazonaws.com", "theirs")
    assert (found.key.reveal(), engine._token().reveal()) == ("their-secret", "their-token")
    assert engine.missing(found) is None
    monkeypatch.setenv("INKVEIL_TEXTRACT_KEY_ID", "ours")
    found = engine.connection()
    assert (found.key.reveal(), engine._token().reveal()) == ("", "")
    assert "secret" in (engine.missing(found) or "")
    monkeypatch.setenv("INKVEIL_TEXTRACT_REGION", "eu.example.com/x")  # becomes part of the address
    assert engine.connection().url == ""
    assert "region" in (engine.missing(engine.connection()) or "")


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("ProvisionedThroughputExceededException", 400, "rate_limit"),
        ("ThrottlingException", 500, "rate_limit"),
        ("ExpiredTokenException", 400, "auth"),
        ("AccessDeniedException", 400, "auth"),
        ("UnsupportedDocumentException", 400, "bad_input"),
        ("InternalServerError", 500, "transient"),
    ],
)
def test_aws_errors_are_told_by_their_names(code: str, status: int, kind: str) -> None:
    exceptions = pytest.importorskip("botocore.exceptions")
    how = {"HTTPStatusCode": status, "HTTPHeaders": {"retry-after": "9"}}
    said = {"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": how}
    error = failed(exceptions.ClientError(said, "DetectDocumentText"), engine="e", title="E", page=1)
    assert error.kind == kind
    assert error.retry_after == (9.0 if kind in ("rate_limit", "transient") else None)


def test_words_that_no_line_of_textract_claims_are_kept() -> None:
    def block(kind: str, name: str, x: float, ids: tuple[str, ...] = ()) -> dict[str, Any]:
        place = {"BoundingBox": {"Left": x, "Top": 0.5, "Width": 0.1, "Height": 0.05}}
        return {"BlockType": kind, "Id": name, "Text": name, "Confidence": 55.0, "Geometry": place,
                "Relationships": [{"Type": "CHILD", "Ids": list(ids)}]}  # fmt: skip

    raw = {"Blocks": [block("WORD", "stray", 0.8), block("WORD", "b", 0.3), block("WORD", "a", 0.1),
                      block("LINE", "l", 0.1, ("a", "b"))]}  # fmt: skip
    words = textract.parse(raw, 1000, 200).words
    assert words is not None
    assert [(w.text, w.line) for w in words] == [("a", 0), ("b", 0), ("stray", 1)]
    assert words[0].box.as_list() == pytest.approx([100, 100, 200, 110])
    assert words[0].confidence == pytest.approx(0.55)
    with pytest.raises(BadAnswer):
        textract.parse({}, 10, 10)


def test_an_image_that_azure_did_not_read_is_no_empty_page() -> None:
    size = {"metadata": {"width": 10, "height": 10}}
    assert azure_vision.parse({**size, "readResult": {"blocks": []}}, 10, 10).words == ()
    with pytest.raises(BadAnswer, match="no reading"):
        azure_vision.parse(size, 10, 10)


def qwen(found: Any, text: str) -> dict[str, Any]:
    part = {"ocr_result": {"words_info": found}, "text": text}
    return {"output": {"choices": [{"finish_reason": "stop", "message": {"content": [part]}}]}}


def test_a_line_of_qwen_without_a_place_leaves_all_words_to_the_other_engines() -> None:
    placed = {"text": "Ward Seven", "location": [10, 20, 90, 24, 89, 44, 9, 40]}
    whole = qwen_ocr.parse(qwen([placed], "x"))
    assert whole.pieces is not None
    assert whole.pieces[0].box.as_list() == [9, 20, 90, 44]
    lost = qwen_ocr.parse(qwen([placed, {"text": "Doctor Inkwell", "location": [1, 2, 3]}], "x"))
    assert lost.pieces is None
    assert lost.text == "Ward Seven\nDoctor Inkwell"
    assert lost.noticed == {"no_place": 1}
    with pytest.raises(BadAnswer):  # it wrote something, and no line of it was understood
        qwen_ocr.parse(qwen([], "The page shows a letter."))


def page(line: str, head: str = "") -> str:
    whole = f'<Page imageWidth="50" imageHeight="50"><TextLine>{line}</TextLine></Page>'
    return f'{head}<PcGts xmlns="p">{whole}</PcGts>'


def test_a_line_of_transkribus_whose_words_say_less_stays_whole() -> None:
    coords = '<Coords points="10,10 40,12 40,20"/>'
    said = "<TextEquiv conf='0.75'><Unicode>{}</Unicode></TextEquiv>"
    word = f"<Word>{coords}{said}</Word>"
    both = word.format("Ward") + word.format("Seven") + coords + said.format("Ward Seven")
    found = transkribus.parse(page(both), 100, 100).pieces
    assert [p.text for p in found or ()] == ["Ward", "Seven"]
    less = transkribus.parse(page(word.format("Ward") + coords + said.format("Ward Seven")), 100, 100).pieces
    assert [(p.text, p.box.as_list(), p.confidence) for p in less or ()] == [
        ("Ward Seven", [20, 20, 80, 40], 0.75)
    ]
    for odd in (page(both, '<!DOCTYPE x [<!ENTITY a "b">]>'), "<a/>", page(said.format("no place"))):
        with pytest.raises(BadAnswer):
            transkribus.parse(odd, 100, 100)
