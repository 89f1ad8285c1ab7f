"""A spaCy pipeline beside the rules: found, united, named, and what happens where it can't be used."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from model.errors import EngineFailed, UsageError
from model.findings import TextFinding
from redaction.detect import find_text
from redaction.recognisers.models import registry
from redaction.recognisers.models.base import TextModel, chunks, clean, joined, parse, whole_words
from redaction.recognisers.models.runner import Runner
from redaction.uniting import explained

TEXT = "the ledger was kept by zorblatt in tallowby\nwrite to t.nakagawa@northfield.org"
LINE = "we met quixelby near mirkholm at noon"


def model(told: Path | str) -> TextModel:
    return registry.models(parse(f"spacy:{told}"))[0]


def values(text: str, hits: list[TextFinding], recogniser: str) -> set[tuple[str, str]]:
    return {(text[h.start : h.end], h.type) for h in hits if h.recogniser == recogniser}


def test_a_trained_pipeline_finds_what_the_rules_do_not(tiny_spacy: Path) -> None:
    assert not [h for h in find_text(LINE) if "quixelby" in LINE[h.start : h.end]]
    runner = Runner([model(tiny_spacy)])
    hits = find_text(LINE, models=runner)
    assert values(LINE, hits, "spacy:tiny") == {("quixelby", "PERSON"), ("mirkholm", "LOCATION")}
    assert all(h.explanation.startswith("spacy:tiny says") for h in hits if h.recogniser == "spacy:tiny")
    assert [o.to_json() for o in runner.outcomes(found=hits)] == [
        {
            "model": "spacy:tiny", "state": "ran", "found": 2, "dropped": 0, "failed_pages": [],
            "message": "", "note": "",
        }
    ]  # fmt: skip


def test_what_the_rules_find_stays(tiny_spacy: Path) -> None:
    text = "Dr. Ada Quill and quixelby came from mirkholm by cart, mail t.nakagawa@northfield.org"
    plain, more = find_text(text), find_text(text, models=Runner([model(tiny_spacy)]))
    covered = {k for h in more for k in range(h.start, h.end)}
    assert {k for h in plain for k in range(h.start, h.end)} <= covered
    assert any(h.recogniser == "spacy:tiny" for h in more)


def test_a_finding_names_every_model_that_found_it(tiny_spacy: Path) -> None:
    text = "Name: quixelby from mirkholm"
    first = model(tiny_spacy)
    hits = find_text(text, models=Runner([first]))
    (person,) = (h for h in hits if "quixelby" in text[h.start : h.end])
    assert person.recogniser.startswith("label")
    assert person.explanation.endswith("also found by spacy:tiny")
    assert Runner([first]).outcomes(found=hits)[0].found == len(hits)


def test_models_are_counted_for_themselves_and_through_every_view(tiny_spacy: Path, tmp_path: Path) -> None:
    """One whose name begins another's, and one that only a hit of another view at the place names."""
    other = tmp_path / "tiny-two"
    shutil.copytree(tiny_spacy, other)
    runner = Runner([model(tiny_spacy), model(other)])
    label = TextFinding("PERSON", 0, 8, 0.9, "label", "a label; also found by spacy:tiny-two")
    assert [o.found for o in runner.outcomes(found=[label])] == [0, 1]
    own = TextFinding("PERSON", 0, 8, 0.8, "spacy:tiny", "spacy:tiny says PERSON")
    both = "a label; also found by spacy:tiny-two; also found by spacy:tiny"
    assert sorted(explained(label, [label, own]).split("; ")) == sorted(both.split("; "))
    title = TextFinding("PERSON", 0, 8, 0.95, "title", "a title")
    assert explained(title, [title, label]) == "a title; also found by spacy:tiny-two"
    text = "we met quixelby near mirkholm at noon"
    assert [o.found for o in runner.outcomes(found=find_text(text, models=runner))] == [2, 2]


def test_a_long_text_is_read_in_parts_that_lose_nothing_at_the_cuts(tiny_spacy: Path) -> None:
    found = model(tiny_spacy)
    found.chunk = 500
    text = " ".join(f"{LINE} and then" for _ in range(60))
    hits = found.find(text)
    starts = {h.start for h in hits if h.type == "PERSON"}
    assert starts == {k for k in range(len(text)) if text.startswith("quixelby", k)}
    big = "plain words without anybody in them. " * 2000
    assert model(tiny_spacy).find(big + LINE)


@pytest.mark.parametrize("size", [40, 100, 1000])
def test_parts_cover_the_whole_text_and_overlap(size: int) -> None:
    for text in ("word " * 400, "x" * 1000, "a\nbb\n" * 200, "", "短い文" * 200):
        covered: set[int] = set()
        for at, part in chunks(text, size):
            assert len(part) <= size
            assert text[at : at + len(part)] == part
            covered |= set(range(at, at + len(part)))
        assert {k for k, c in enumerate(text) if not c.isspace()} <= covered


def test_offsets_widen_to_whole_words_and_survive_surrogates(tiny_spacy: Path) -> None:
    assert whole_words("Marchbanks went", 0, 5) == (0, 10)
    assert whole_words("  --  ", 0, 6) is None
    assert whole_words("田中さん", 0, 2) == (0, 2)
    assert len(clean("a\ud800b\x00")) == 4
    text = "\ud800 😀 " + LINE
    (person,) = (h for h in model(tiny_spacy).find(text) if h.type == "PERSON")
    assert text[person.start : person.end] == "quixelby"


def test_tags_become_entities() -> None:
    text = "Ann Bee met Cid-Dee Ede"
    tags = [(0, 3, "B-PATIENT", 0.9), (4, 7, "L-PATIENT", 0.7), (8, 11, "O", 0.9), (12, 15, "U-STAFF", 0.8),
            (16, 19, "I-STAFF", 0.6), (20, 23, "B-STAFF", 0.5)]  # fmt: skip
    assert [(text[a:b], label, round(score, 2)) for a, b, label, score in joined(tags, text)] == [
        ("Ann Bee", "PATIENT", 0.8), ("Cid-Dee", "STAFF", 0.7), ("Ede", "STAFF", 0.5)
    ]  # fmt: skip


def test_bad_models_say_what_is_wrong_and_the_rest_is_found(tiny_spacy: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    half = tmp_path / "half"
    shutil.copytree(tiny_spacy, half)
    (half / "ner" / "model").write_bytes(b"\x00\x01")
    strange = tmp_path / "strange"
    shutil.copytree(tiny_spacy, strange)
    told = json.loads((strange / "meta.json").read_text("utf-8"))
    told["labels"] = {"ner": ["GENE", "DRUG"]}
    (strange / "meta.json").write_text(json.dumps(told), "utf-8")
    for where, said in [
        (empty, "holds no spaCy pipeline"),
        (tmp_path / "nowhere", "no such folder"),
        (half, "can't be loaded"),
        (strange, "none of its labels is known here (GENE, DRUG)"),
        ("en_inkveil_no_such_package", "python -m spacy download en_inkveil_no_such_package"),
    ]:
        runner = Runner([model(where)])
        hits = find_text(TEXT, models=runner)
        assert [h.type for h in hits] == ["EMAIL_ADDRESS"]
        (outcome,) = runner.outcomes(found=hits)
        assert said in outcome.message
        assert outcome.failed == (0,)
        assert outcome.to_json()["state"] == "failed"


def test_labels_of_ones_own_are_told_behind_the_name(tmp_path_factory: pytest.TempPathFactory) -> None:
    from models_made import spacy_folder

    folder = spacy_folder(tmp_path_factory.mktemp("own") / "own", person="KUNDE", place="ORT")
    assert "none of its labels" in str(model(folder).availability())
    told = model(f"{folder}?KUNDE=PERSON")
    assert told.availability() is None
    assert told.note() == "labels not used: ORT"
    assert {(h.type, LINE[h.start : h.end]) for h in told.find(LINE)} == {("PERSON", "quixelby")}


def test_a_model_that_raises_is_left_alone_after_two_texts(tiny_spacy: Path) -> None:
    class Raising(type(model(tiny_spacy))):  # type: ignore[misc]
        calls = 0

        def entities(self, text: str) -> list[object]:
            type(self).calls += 1
            raise RuntimeError(f"quotes {text}")

    runner = Runner([Raising(parse(f"spacy:{tiny_spacy}")[0]), model(tiny_spacy)])
    for page in (1, 2, 3, 4):
        assert {h.type for h in runner.hits(LINE, page)} == {"PERSON", "LOCATION"}
    assert Raising.calls == 2
    assert set(runner.failed) == {1, 2, 3, 4}
    assert "quixelby" not in str(runner.failed)
    assert "RuntimeError" in str(runner.failed[1])


@pytest.mark.parametrize(
    "told", ["spacy", "spacy:", "bert:x", "llm:", "llm:m n", "llm:m@ftp://x/v1", "llm:m@http://u:secret@h/v1",
             "llm:m@http://h/v1?key=secret", "spacy:x?PERSON", "llm:m@http://[::1", "llm:m@http://h:99999/v1"]
)  # fmt: skip
def test_a_name_that_is_none_is_refused_and_not_repeated(told: str) -> None:
    with pytest.raises(UsageError) as error:
        parse(told)
    assert "secret" not in error.value.message


def test_names_are_read_and_written() -> None:
    told = "spacy:en_core_web_lg,llm:m:8b@http://127.0.0.1:11434/v1,clinical:a/b@rev?HOSP=ADDRESS"
    specs = parse(f"{told}, spacy:en_core_web_lg ,")
    assert ",".join(s.text for s in specs) == told
    assert [s.name for s in specs] == ["spacy:en_core_web_lg", "llm:m:8b@127.0.0.1:11434", "clinical:a/b@rev"]


def test_another_model_has_another_stamp(tiny_spacy: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(tiny_spacy, copy)
    before = Runner([model(copy)]).stamp
    assert before == Runner([model(copy)]).stamp != Runner([model(tiny_spacy)]).stamp
    assert Runner().stamp == ""
    (copy / "ner" / "model").write_bytes((copy / "ner" / "model").read_bytes() + b" ")
    assert Runner([model(copy)]).stamp != before
    with pytest.raises(EngineFailed):
        model(tmp_path / "nowhere").find(LINE)
