"""The word lists: what is asked for by bisection is what a set of the same words has."""

from __future__ import annotations

import gzip
import string
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redaction.recognisers import lexicon
from redaction.recognisers.lexicon import Lexicon

WORDS = st.sets(st.text(string.ascii_lowercase + "é -ñ横", min_size=1, max_size=9), max_size=300)


def made(listed: set[str]) -> Lexicon:
    return Lexicon.of("\n".join(sorted(listed)).encode())


@given(WORDS, WORDS)
def test_has_its_words_and_no_others(listed: set[str], asked: set[str]) -> None:
    known = made(listed)
    for word in listed | asked | {w[:-1] for w in listed if len(w) > 1} | {w + "a" for w in listed}:
        assert (word in known) == (word in listed)


@given(WORDS, WORDS)
def test_two_together_have_the_words_of_both(first: set[str], second: set[str]) -> None:
    both = made(first) | made(second)
    for word in first | second | {"zzzzzzzzzz", "\ud800"}:
        assert (word in both) == (word in first or word in second)


@pytest.mark.parametrize("name", ["given", "places", "words.fr"])
def test_every_word_of_a_list_is_found(name: str) -> None:
    data = gzip.decompress((resources.files("redaction") / "lists" / f"{name}.txt.gz").read_bytes())
    listed = data.decode().split("\n")
    # Found by bisection: the order has to be that of the bytes.
    assert listed == sorted(listed)
    known = Lexicon.of(data)
    assert all(word in known for word in listed)
    assert not any(word + "\u200b" in known for word in listed[::50])


def test_one_language_stands_for_none() -> None:
    assert "kitchen" in lexicon.ordinary(("nl",))
    assert "kuche" in lexicon.ordinary(("de", "en"))
    assert "kitchen" in lexicon.ordinary(("de", "en"))
