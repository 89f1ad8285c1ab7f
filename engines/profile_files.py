"""Where profiles are: their files by name. What is in them is engines.openai_compatible's (models) and
engines.command's (commands).
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).resolve().parent / "profiles"
OWN_FOLDER: Final = "INKVEIL_PROFILES"


def profiles() -> dict[str, Path]:
    """The profiles there are, by name: the built-in ones, then those of one's own folder."""
    found = {path.stem: path for path in sorted(FOLDER.glob("*.toml"))}
    own = os.environ.get(OWN_FOLDER)
    if own:
        found.update(
            {path.stem: path for path in sorted(Path(own).glob("*.toml")) if path.stem.isidentifier()}
        )
    return found


def is_command(path: Path) -> bool:
    """Whether a profile is a command's; one that cannot be read is taken for a model's, which says why."""
    try:
        return tomllib.loads(path.read_text("utf-8")).get("kind") == "command"
    except (OSError, ValueError):
        return False
