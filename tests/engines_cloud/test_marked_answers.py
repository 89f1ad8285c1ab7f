"""Marks of places in models' answers: every text is kept, and one without a good box has none."""

from __future__ import annotations

import pytest

from engines.remote.marked import html_blocks, ref_box, spotted
from engines.remote.prompted import Form, parse
from engines.remote.untrusted import Suspicious


def test_lines_before_their_corners() -> None:
    found = [m for m in spotted("Peter (1,2),(3,4)\nSample( 5 , 6.5 ),( 7,8 ) end") if m[0]]
    assert found == [("Peter", [1, 2, 3, 4]), ("Sample", [5, 6.5, 7, 8]), ("end", None)]


def test_referred_texts_and_what_stands_between_them() -> None:
    said = "Here: <ref>Peter</ref><box>[[1, 2, 3, 4]]</box><ref>Sample</ref> <box>5 6 7</box>"
    assert [m for m in ref_box(said) if m[0]] == [
        ("Here:", None), ("Peter", [1, 2, 3, 4]), ("Sample", None)
    ]  # fmt: skip


def test_html_blocks_lose_their_tags_and_nothing_else() -> None:
    said = (
        '<div data-bbox="1 2 3 4" data-label="Table"><table><tr><td>Peter</td><td>a &lt; b</td></tr></table>'
        '<div>inner</div><input type="checkbox" checked>yes<img alt="a cat"></div>loose'
        '<div data-bbox="[5, 6, 7, 8]"><p>one<br>two</p></div>'
    )
    assert list(html_blocks(said)) == [
        ("Peter a < b\ninner\n☑ yes", [1, 2, 3, 4]), ("loose", None), ("one\ntwo", [5, 6, 7, 8])
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "said"),
    [("spotted", "Peter(1,2),(3,4) loose"), ("ref_box", "<ref>Peter</ref><box>1 2 3 4</box> loose"),
     ("html_blocks", '<div data-bbox="1 2 3 4">Peter</div> loose')],
)  # fmt: skip
def test_a_text_without_a_place_leaves_all_to_the_other_engines(name: str, said: str) -> None:
    found = parse(said, Form(name=name, boxes="line"), (1000, 1000))
    assert found.pieces is None
    assert (found.text or "").split() == ["Peter", "loose"]
    assert found.noticed == {"no_place": 1}
    with pytest.raises(Suspicious):
        parse(said, Form(name=name, boxes="line"), (1000, 1000), finished=False)
