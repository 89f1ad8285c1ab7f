"""bench/ is a folder of scripts that import each other by name: so do its tests. Faces to write with."""

import sys
from pathlib import Path

import pymupdf
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))


@pytest.fixture(scope="session")
def fonts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Faces that come with PyMuPDF, so that the tests need no font of the machine's."""
    folder = tmp_path_factory.mktemp("fonts")
    styles = {"serif": "tiro", "sans": "helv", "mono": "cour", "hand": "tiit", "print_ja": "japan"}
    for style, name in styles.items():
        (folder / style).mkdir()
        (folder / style / f"{name}.otf").write_bytes(pymupdf.Font(name).buffer)
    return folder
