"""Many secrets looked for at once are found wherever each of them would be found alone."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redaction.attack.held import CHUNK, Held
from redaction.burn import search
from redaction.burn.copies import Secrets
from redaction.burn.search import Heads, Tails

letters = st.sampled_from("ab1\u5c71\U00020000")
strings = st.lists(st.text(letters, min_size=1, max_size=12), min_size=1, max_size=40, unique=True)
texts = st.text(letters, max_size=60) | st.builds(
    lambda unit, count: unit * count, st.text(letters, min_size=1, max_size=30), st.integers(1, 60)
)


def places(text: str, string: str) -> set[int]:
    return {at for at in range(len(text)) if text.startswith(string, at)}


@given(strings, texts)
def test_every_place_of_every_string_is_found(listed: list[str], text: str) -> None:
    wanted = {(at, string) for string in listed for at in places(text, string)}
    found = list(Heads(listed).starts(text))
    assert set(found) == wanted
    assert len(found) == len(wanted)


@given(strings, texts)
def test_the_verifier_finds_every_string(listed: list[str], text: str) -> None:
    listed = [s for s in listed if len(s.encode()) >= 4]
    assert Held(listed).by(text) == [n for n, s in enumerate(listed) if s in text]


@given(
    st.lists(st.tuples(st.text(letters, max_size=9), st.sampled_from([2.0, 5.0, math.inf])), min_size=1),
    st.text(letters, max_size=12),
    st.sampled_from([1.0, 4.0, math.inf]),
)
def test_the_end_that_goes_on_longest_is_found(
    ends: list[tuple[str, float]], text: str, enough: float
) -> None:
    alike = [(search.shared(end, text), least) for end, least in ends]
    wanted = max((n for n, least in alike if n >= min(least, enough)), default=0)
    assert Tails(ends).longest(text, enough) == wanted


NAMES = ["Jane Quibblesworth", "Omar Ytterbiumov", "Ingrid Mxyzptlk"]


@pytest.mark.parametrize("number", [100, 4999])
@pytest.mark.parametrize(
    ("spelt", "covered"),
    [
        (lambda name, n: f"{name}{n}", True),
        (lambda name, n: f"{name.upper()} {n}", True),
        (lambda name, n: name.replace(" ", "-") + f"-{n}", True),
        (lambda name, _n: name, True),
        (lambda name, _n: name.split()[1], False),
    ],
)
def test_one_of_thousands_of_secrets_is_found_in_any_spelling(
    spelt: Callable[[str, int], str], covered: bool, number: int
) -> None:
    secrets = Secrets()
    for n in range(5000):
        secrets.add(f"{NAMES[n % 3]}{n}", stated=True)
    copy = spelt(NAMES[number % 3], number).split()
    words = ["lorem"] * 300 + copy + ["ipsum"] * 300
    found = {index for ranges in secrets.find(words) for index, _, _ in ranges}
    assert found == (set(range(300, 300 + len(copy))) if covered else set())


def test_a_string_over_the_seam_of_two_pieces_is_found() -> None:
    listed = [f"secret number {n:04}" for n in range(200)]
    for before in range(CHUNK - 30, CHUNK + 2, 3):
        assert Held(listed).by("x" * before + listed[77]) == [77]
