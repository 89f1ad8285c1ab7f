"""What an English text needs not is not loaded for it: Japanese patterns, a spaCy language."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import sys
from redaction.detect import find_text
assert [f.type for f in find_text("Call John Smith at (415) 555-0137.")] == ["PERSON", "PHONE_NUMBER"]
print(*(m for m in ("redaction.recognisers.japanese", "sudachipy", "spacy.lang.en") if m in sys.modules))
{more}
print(*(m for m in ("redaction.recognisers.japanese", "sudachipy") if m in sys.modules))
"""


def test_japanese_is_loaded_with_the_first_japanese_text() -> None:
    more = 'assert [f.type for f in find_text("氏名：山田 太郎", "ja")] == ["PERSON"]'
    run = [sys.executable, "-c", SCRIPT.format(more=more)]
    shown = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    assert shown == "\nredaction.recognisers.japanese sudachipy\n"
