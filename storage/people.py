"""Who may do what in a project: people by the name they sign in with, and their roles with their history."""

from __future__ import annotations

from typing import Final

from model.errors import UsageError
from model.policy import ROLES, Role
from storage.project import Project, now

LONGEST: Final = 200


def role(project: Project, person: str) -> Role | None:
    """The person's role, or None for somebody whom nobody has let in (or whose role was taken back)."""
    row = project.db.conn.execute(
        "SELECT role FROM people WHERE person = ? ORDER BY id DESC LIMIT 1", (person,)
    ).fetchone()
    return None if row is None else row[0]


def everybody(project: Project) -> dict[str, Role]:
    """All people with a role, by name."""
    rows = project.db.conn.execute(
        "SELECT person, role FROM people WHERE id IN (SELECT max(id) FROM people GROUP BY person) "
        "AND role IS NOT NULL ORDER BY person"
    )
    return {str(person): given for person, given in rows}


def set_role(project: Project, person: str, given: Role | None, *, actor: str) -> None:
    """Gives a person a role, or takes it back (None). The last administrator stays one.

    Raises UsageError for a role that does not exist, a name that is empty or too long, and where nobody
    would be left who can give roles.
    """
    person = person.strip()
    if not person or len(person) > LONGEST or not person.isprintable():
        raise UsageError("A person is named by what they sign in with, such as an e-mail address.")
    if given is not None and given not in ROLES:
        raise UsageError(f"There is no role '{given}': choose from {', '.join(ROLES)}.")
    with project.writing() as db:
        known = everybody(project)
        others = [p for p, r in known.items() if r == "administrator" and p != person]
        if known.get(person) == "administrator" and given != "administrator" and not others:
            raise UsageError(f"{person} is the last administrator. Name another one first.")
        db.conn.execute(
            "INSERT INTO people (person, role, actor, at) VALUES (?, ?, ?, ?)", (person, given, actor, now())
        )


def history(project: Project) -> list[tuple[str, str | None, str, str]]:
    """Every change, oldest first: (person, role or None, actor, at)."""
    return list(project.db.conn.execute("SELECT person, role, actor, at FROM people ORDER BY id"))
