"""Roles with their history; leases of pages: who holds what, for how long, over clock jumps and threads."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from model.errors import UsageError
from model.policy import Policy, Target, policy_from_json, policy_to_json, role_at_least
from storage import leases, people
from storage.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.open(tmp_path) as opened:
        yield opened


def test_the_newest_role_counts_and_the_history_stays(project: Project) -> None:
    assert people.role(project, "ada@example.org") is None
    people.set_role(project, "ada@example.org", "administrator", actor="local")
    people.set_role(project, "ben@example.org", "reviewer", actor="ada@example.org")
    people.set_role(project, "ben@example.org", "approver", actor="ada@example.org")
    people.set_role(project, "cy@example.org", "reviewer", actor="ada@example.org")
    people.set_role(project, "cy@example.org", None, actor="ada@example.org")
    assert people.everybody(project) == {"ada@example.org": "administrator", "ben@example.org": "approver"}
    assert people.role(project, "cy@example.org") is None
    assert [row[1] for row in people.history(project)] == [
        "administrator", "reviewer", "approver", "reviewer", None,
    ]  # fmt: skip


def test_somebody_can_always_give_roles(project: Project) -> None:
    people.set_role(project, "ada", "administrator", actor="local")
    for role in (None, "reviewer"):
        with pytest.raises(UsageError, match="last administrator"):
            people.set_role(project, "ada", role, actor="ada")  # type: ignore[arg-type]
    people.set_role(project, "ben", "administrator", actor="ada")
    people.set_role(project, "ada", None, actor="ben")
    assert people.everybody(project) == {"ben": "administrator"}


@pytest.mark.parametrize(
    ("name", "role"), [("", "reviewer"), ("a\x00b", "reviewer"), ("x" * 300, "reviewer"), ("ada", "god")]
)
def test_what_is_no_person_and_no_role(project: Project, name: str, role: str) -> None:
    with pytest.raises(UsageError):
        people.set_role(project, name, role, actor="local")  # type: ignore[arg-type]
    assert people.history(project) == []


def test_roles_include_those_below() -> None:
    assert role_at_least("administrator", "approver")
    assert role_at_least("approver", "reviewer")
    assert not role_at_least("reviewer", "approver")
    assert not role_at_least(None, "reviewer")
    assert not role_at_least("god", "reviewer")


def test_a_policy_comes_back_as_it_was_and_nonsense_is_refused() -> None:
    policy = Policy(True, "blind", Target(0.005, 0.95), 0.02)
    assert policy_from_json(policy_to_json(policy)) == policy
    assert policy_from_json(None) == Policy()
    for bad in (
        {"entry": "triple"},
        {"target": {"rate": 0}},
        {"target": {"rate": 0.1, "confidence": 1}},
        {"seeds": 0.5},
    ):
        with pytest.raises(UsageError):
            policy_from_json(bad)


def test_a_page_is_leased_for_a_quarter_of_an_hour(project: Project) -> None:
    lease, before = leases.take(project, "d", 1, "ada", at=1000.0)
    assert (lease.person, lease.until, before) == ("ada", 1900.0, None)
    other, before = leases.take(project, "d", 1, "ben", at=1899.0)
    assert (other.person, before) == ("ada", None)
    assert leases.take(project, "d", 1, "ada", at=1500.0)[0].until == 2400.0
    assert leases.take(project, "d", 1, "ben", at=2401.0)[0].person == "ben"


def test_taking_over_says_from_whom(project: Project) -> None:
    leases.take(project, "d", 1, "ada", at=1000.0)
    lease, before = leases.take(project, "d", 1, "ben", at=1001.0, over=True)
    assert lease.person == "ben"
    assert before is not None
    assert before.person == "ada"
    leases.release(project, "d", 1, "ada")  # no longer theirs to give back
    assert leases.held(project, "d", at=1002.0)[1].person == "ben"
    leases.release(project, "d", 1, "ben")
    assert leases.held(project, "d", at=1002.0) == {}


def test_a_clock_that_jumps_keeps_nobody_out_for_long(project: Project) -> None:
    leases.take(project, "d", 1, "ada", at=1_000_000.0)
    assert leases.held(project, "d", at=5_000.0) == {}, "set back by days: the lease would last for days"
    assert leases.take(project, "d", 1, "ben", at=5_000.0)[0].person == "ben"
    assert leases.held(project, "d", at=9_000_000.0) == {}, "set forward: it has ended"


def test_no_two_people_get_the_same_page(project: Project) -> None:
    pages = [("d", n) for n in range(1, 41)]

    def work(n: int) -> tuple[str, int]:
        person = f"person{n % 8}"
        lease = leases.take_first(project, pages[(n // 8) * 5 :] + pages, person, at=1000.0 + n)
        assert lease is not None
        leases.release(project, lease.document, -1, person)
        return person, lease.page

    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(work, range(40)))
    owner: dict[int, str] = {}
    for person, page in got:
        assert owner.setdefault(page, person) == person
    held = leases.held(project, "d", at=1040.0)
    assert {page: lease.person for page, lease in held.items()} == owner


def test_where_everybody_else_has_everything_there_is_nothing(project: Project) -> None:
    leases.take(project, "d", 1, "ada", at=1000.0)
    assert leases.take_first(project, [("d", 1)], "ben", at=1001.0) is None
    assert leases.take_first(project, [("d", 1)], "ada", at=1001.0) is not None
