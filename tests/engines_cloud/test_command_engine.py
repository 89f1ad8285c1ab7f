"""Commands as engines: real child processes that answer, fail, hang, crash and write nonsense."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from command_runs import Run, eventually, gone, run
from fake_cloud import KEY, page_image

from engines import registry
from engines.command_answers import parse
from engines.recognise import call
from engines.remote import patience
from engines.remote.gate import Gate, host_of
from engines.remote.untrusted import Suspicious
from model.errors import EngineFailed
from storage import cloud as stored
from storage.cloud import Allowance

__all__ = ["run"]

PETER = {"text": "Peter", "box": [330, 205, 440, 240], "confidence": 0.8}
"""A word of the sample page (an invented person), about where it stands."""


# -- what works -------------------------------------------------------------------------------------------


def test_words_with_places_are_a_reading(run: Run) -> None:
    reading = run.read(f"""say({{"results": [{{"text": "Peter", "words": [{PETER}]}}]}})""")
    assert reading.words is not None
    (word,) = reading.words
    assert (word.text, word.box.as_list(), word.confidence) == ("Peter", [330, 205, 440, 240], 0.8)
    assert reading.cost == 0


def test_a_text_is_a_reading_without_places(run: Run) -> None:
    reading = run.read('say({"results": ["Patient Peter Sample"]})')
    assert reading.words is None
    assert reading.plain_text == "Patient Peter Sample"


@pytest.mark.parametrize("result", ['""', '{"text": ""}', '{"text": "", "words": []}', '{"words": []}'])
def test_an_empty_page_is_no_failure(run: Run, result: str) -> None:
    reading = run.read(f'say({{"results": [{result}]}})')
    assert not reading.words
    assert reading.plain_text == ""


def test_the_request_holds_the_page_its_languages_and_the_profiles_settings(run: Run) -> None:
    run.read("""
        import base64
        image = base64.b64decode(given["images"][0])
        assert image.startswith(b"\\x89PNG")
        assert given["language"] == "en" and given["languages"] == ["en"] and given["settings"] == {}
        say({"results": [""]})
    """)


def test_other_keys_are_kept_from_a_command(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("INKVEIL_AZURE_KEY", "OPENAI_API_KEY", "MODAL_TOKEN_SECRET", "DB_PASSWORD"):
        monkeypatch.setenv(name, KEY)
    reading = run.read(
        """say({"results": [" ".join(sorted(n for n, v in os.environ.items() if v == key))]})"""
    )
    assert reading.plain_text == "INKVEIL_ENGINE_KEY"


def test_a_changed_script_or_command_is_another_engine_setting(run: Run) -> None:
    first = run.read('say({"results": ["one"]})')
    second = run.read('say({"results": ["two"]})')
    assert first.fingerprint != second.fingerprint
    assert run.read('say({"results": ["two"]})').fingerprint == second.fingerprint


def test_a_text_with_more_than_its_words_is_placed_by_other_engines(run: Run) -> None:
    reading = run.read(f"""say({{"results": [{{"text": "Patient Peter", "words": [{PETER}]}}]}})""")
    assert reading.words is None
    assert reading.plain_text == "Patient Peter"
    assert reading.noticed["no_place"] == 1
    reading = run.read(f"""say({{"results": [{{"text": "Sample", "words": [{PETER}]}}]}})""")
    assert set(reading.plain_text.split()) == {"Sample", "Peter"}
    reading = run.read(f"""say({{"results": [{{"words": [{PETER}, {{"text": "Sample"}}]}}]}})""")
    assert reading.words is None
    assert reading.plain_text.split() == ["Peter", "Sample"]


# -- what fails -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["{'error': E}", "{'results': [{'error': E}]}"])
@pytest.mark.parametrize("code", [0, 3])
def test_an_error_in_json_has_its_kind_and_says_nothing_of_the_page(run: Run, where: str, code: int) -> None:
    told = where.replace("E", "{'kind': 'bad_input', 'message': 'Peter Sample ' + key}")
    error = run.fails(f"say({told}); sys.exit({code})", "bad_input")
    assert "Peter" not in error.message


def test_what_is_missing_is_said_in_one_line_without_the_key(run: Run) -> None:
    error = run.fails(
        """say({"error": {"kind": "unavailable", "message": "pip install\\nit\\x1b " + key + "x" * 999}})""",
        "unavailable",
    )
    assert "pip install it" in error.message
    assert "\n" not in error.message
    assert "\x1b" not in error.message
    assert len(error.message) < 400


def test_a_wait_that_is_asked_for_is_kept(run: Run) -> None:
    error = run.fails('say({"error": {"kind": "rate_limit", "message": "", "retry_after": 7}})', "rate_limit")
    assert error.retry_after == 7.0
    assert run.clock.waits == [7.0] * patience.RETRIES


@pytest.mark.parametrize("kind", ['"nonsense"', "7", "None", '["auth"]'])
def test_an_unknown_kind_of_error_is_bad_output(run: Run, kind: str) -> None:
    run.fails(f'say({{"error": {{"kind": {kind}, "message": 5}}}})', "bad_output")
    run.fails('say({"error": "out of memory"})', "bad_output")


@pytest.mark.parametrize("text", ["ERROR: CUDA out of memory", "\n ERROR: " + "long " * 400])
def test_an_error_written_as_text_is_an_error(run: Run, text: str) -> None:
    assert "reported an error" in run.fails(f'say({{"results": [{text!r}]}})', "bad_output").message
    run.fails(f'say({{"results": [{{"text": {text!r}, "words": []}}]}})', "bad_output")


@pytest.mark.parametrize(
    "written",
    [
        "''", "'no JSON'", "'[1, 2'", """'{"results": ["Pet'""", "'[]'", "'7'", "'{}'",
        """'{"results": []}'""",
        """'{"results": ["a", "b"]}'""", """'{"results": [7]}'""", """'{"results": [{}]}'""",
        """'{"results": [{"words": [{"text": 7}]}]}'""", """'{"results": [{"words": {}}]}'""",
        """'{"results": [{"words": [{"text": "a", "box": [1, 2, 3]}]}]}'""",
        """'{"results": [{"words": [{"text": "a", "box": [1, 2, NaN, 4]}]}]}'""",
        """'{"results": [{"words": [{"text": "a", "box": [9, 9, 1, 1]}]}]}'""",
        """'{"results": [{"words": [{"text": "a", "confidence": 80}]}]}'""", """'[' * 100000""",
    ],
)  # fmt: skip
def test_nonsense_is_bad_output(run: Run, written: str) -> None:
    run.fails(f"out.write_text({written})", "bad_output")


def test_bytes_that_are_no_text_and_no_file_at_all_are_bad_output(run: Run) -> None:
    run.fails("out.write_bytes(bytes(range(256)))", "bad_output")
    run.fails("pass", "bad_output")
    run.fails("out.mkdir()", "bad_output")
    run.fails("out.symlink_to('/etc/hostname')", "bad_output")


def test_an_exit_code_is_a_failure_whatever_was_written(run: Run) -> None:
    error = run.fails('say({"results": ["Peter"]}); sys.exit(3)', "bad_output")
    assert "exit code 3" in error.message
    run.fails("sys.exit(127)", "unavailable")
    assert "signal 9" in run.fails("os.kill(os.getpid(), 9)", "transient").message


def test_ten_megabytes_are_ended_while_they_are_written(run: Run) -> None:
    error = run.fails(
        """
        (Path(__file__).parent / "pid").write_text(str(os.getpid()))
        with out.open("w") as file:
            file.write('{"results": ["' + "x" * 10_000_000)
            file.flush()
            time.sleep(600)
        """,
        "bad_output",
    )
    assert "longer" in error.message
    assert gone(int((run.folder / "pid").read_text()))
    run.fails("""say({"results": ["x" * 10_000_000]})""", "bad_output")
    print_much = 'print("x" * 10_000_000); print("x" * 10_000_000, file=sys.stderr); say({"results": ["ok"]})'
    assert run.read(print_much).plain_text == "ok"


def test_a_command_that_takes_too_long_is_ended_with_its_children(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "ONE_CALL", 3.0)
    monkeypatch.setattr(patience.Patience, "again", lambda *_: False)
    error = run.fails(
        """
        import tempfile
        kept = Path(tempfile.mkdtemp()) / "page.png"
        kept.write_text("a copy of the page")
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        note = {"pids": [os.getpid(), child.pid], "files": [str(kept), str(out), sys.argv[2]]}
        (Path(__file__).parent / "note.json").write_text(json.dumps(note))
        time.sleep(600)
        """,
        "transient",
    )
    assert "in time" in error.message
    note = json.loads((run.folder / "note.json").read_text())
    assert all(eventually(lambda pid=pid: gone(pid)) for pid in note["pids"])  # type: ignore[misc]
    assert eventually(lambda: not any(Path(name).exists() for name in note["files"]))


def test_children_left_behind_by_a_command_are_ended(run: Run) -> None:
    run.read("""
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        (Path(__file__).parent / "pid").write_text(str(child.pid))
        say({"results": ["ok"]})
    """)
    pid = int((run.folder / "pid").read_text())
    assert eventually(lambda: gone(pid))


def test_boxes_beyond_the_page_are_another_coordinate_system(run: Run) -> None:
    far = {**PETER, "box": [3300, 2050, 4400, 2400]}
    assert "boxes" in run.fails(f'say({{"results": [{{"words": [{far}]}}]}})', "bad_output").message


def test_no_key_is_in_logs_errors_or_readings(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    reading = run.read(
        'print(key); print(key, file=sys.stderr); say({"results": ["told " + key], "more": key})'
    )
    assert KEY not in repr(reading)
    assert "told" in reading.plain_text
    run.fails('print(key); say({"error": {"kind": "auth", "message": key}})', "auth")
    run.fails("raise SystemExit(key)", "bad_output")
    assert KEY not in caplog.text


@pytest.mark.parametrize("text", ["and so on " * 400, "I'm sorry, but I can't assist with that document."])
def test_what_models_do_wrong_is_no_text(run: Run, text: str) -> None:
    run.fails(f'say({{"results": [{text!r}]}})', "bad_output")
    with pytest.raises(Suspicious):
        parse({"results": [{"text": "", "words": [{"text": text, "box": [1, 1, 9, 9]}]}]}, "word")


# -- who sees the page ------------------------------------------------------------------------------------


def test_an_engine_without_a_command_or_a_provider_says_what_to_set(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = registry.get("command")
    assert "INKVEIL_COMMAND_COMMAND" in (engine.availability() or "")
    run.set("INKVEIL_COMMAND_COMMAND", "no-such-program --now")
    assert "no-such-program" in (engine.availability() or "")
    run.set("INKVEIL_COMMAND_COMMAND", "program 'half")
    assert "quotation mark" in (engine.availability() or "")
    run.program('say({"results": ["ok"]})')
    assert engine.availability() is None
    monkeypatch.delenv("INKVEIL_COMMAND_PROVIDER")
    assert "INKVEIL_COMMAND_PROVIDER" in (engine.availability() or "")
    assert engine.privacy != "local"
    marker = 'Path(__file__).with_name("ran").touch(); say({"results": ["ok"]})'
    run.fails(marker, "unavailable")
    assert not (run.folder / "ran").exists()


def test_a_command_that_sends_pages_away_runs_under_an_allowance_for_this_command(run: Run) -> None:
    run.set("INKVEIL_COMMAND_PROVIDER", "Example Models Ltd")
    run.set("INKVEIL_COMMAND_REGION", "eu")
    marker = 'Path(__file__).with_name("ran").touch(); say({"results": ["ok"]})'
    assert "not switched on" in run.fails(marker, "unavailable").message
    engine = registry.get("command")
    stored.allow(run.project, Allowance("command", engine.privacy, "", host_of(engine)), "admin")
    assert next(e for e in registry.describe() if e["name"] == "command")["region"] == "eu"
    assert not (run.folder / "ran").exists()
    assert run.read(marker).plain_text == "ok"
    (run.folder / "ran").unlink()
    run.program(marker, "other.py")
    gate = Gate(run.project, clock=run.clock)  # type: ignore[arg-type]
    with pytest.raises(EngineFailed, match="has to allow that first"):
        call("command", page_image(gate=gate))
    assert not (run.folder / "ran").exists()
