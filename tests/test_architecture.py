"""The house rules of the README's "The house", read from the code itself."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MAY_IMPORT = {
    "model": set(),
    "storage": {"model"},
    "engines": {"storage", "model"},
    "review": {"engines", "storage", "model"},
    "redaction": {"engines", "storage", "model"},
    "evaluation": {"review", "engines", "storage", "model"},
    "workflow": {"evaluation", "review", "redaction", "engines", "storage", "model"},
    "pages": {"workflow", "evaluation", "review", "redaction", "engines", "storage", "model", "cli", "app"},
    "commands": {"workflow", "evaluation", "review", "redaction", "engines", "storage", "model"},
    "cli.py": {"commands", "workflow", "evaluation", "review", "redaction", "engines", "storage", "model"},
    "app.py": {"pages", "workflow", "evaluation", "review", "redaction", "engines", "storage", "model"},
}
HOUSE = {Path(name).stem for name in MAY_IMPORT}
STREAMLIT = {"app.py", "review/workbench/mount.py"}


def files(place: str) -> list[Path]:
    path = ROOT / place
    return [path] if path.suffix else sorted(path.rglob("*.py"))


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Top-level names of everything that the file imports, late imports included."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name.split(".")[0], node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            yield (node.module or "").split(".")[0], node.lineno


@pytest.mark.parametrize("place", sorted(MAY_IMPORT))
def test_imports_point_one_way(place: str) -> None:
    own = Path(place).stem
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in files(place)
        for name, line in imports(path)
        if name in HOUSE and name != own and name not in MAY_IMPORT[place]
    ]
    assert wrong == []


def test_model_uses_the_standard_library_only() -> None:
    foreign = {
        name
        for path in files("model")
        for name, _ in imports(path)
        if name != "model" and name not in sys.stdlib_module_names
    }
    assert foreign == set()


def test_streamlit_stays_in_app_pages_and_the_mount() -> None:
    users = {
        str(path.relative_to(ROOT))
        for place in MAY_IMPORT
        for path in files(place)
        for name, _ in imports(path)
        if name == "streamlit" or name.startswith("streamlit_")
    }
    assert {user for user in users if not user.startswith("pages/")} <= STREAMLIT


def test_every_file_says_what_lives_there() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for place in MAY_IMPORT
        for path in files(place)
        if not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert silent == []


def test_pages_lay_out_only() -> None:
    long = {
        path.name: count
        for path in files("pages")
        if (count := len(path.read_text("utf-8").splitlines())) > 150
    }
    assert long == {}


def test_what_is_installed_is_what_stands_here() -> None:
    """A wheel would hold every package and every file that a package reads."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    packages = {name.rstrip("*") for name in told["packages"]["find"]["include"]}
    assert packages == {place for place in MAY_IMPORT if "." not in place}
    left_out = [
        path.relative_to(ROOT).as_posix()
        for package in packages
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
        if not any(path.match(pattern) for pattern in told["package-data"]["*"])
    ]
    assert left_out == []
