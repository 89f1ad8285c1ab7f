"""A letter of invented people for the tests of pages, read by its own text layer; what a browser heard."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pymupdf

from storage import documents, settings
from storage.project import Project

if TYPE_CHECKING:
    from conftest import Server
    from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[2]


def letter(pages: int = 2) -> bytes:
    lines = ("Dear Sir, please write to Mr. James Agler.", "Telephone 0187 496 0314.", "Yours, James Agler")
    with pymupdf.open() as made:
        for _ in range(pages):
            page = made.new_page(width=420, height=300)
            for row, line in enumerate(lines):
                page.insert_text((36, 60 + 24 * row), line, fontsize=12)
        return bytes(made.tobytes())


def read(server: Server) -> str:
    """A letter of two pages in the server's project, read by its own text layer. Returns its id."""
    with Project.open(server.data) as project:
        settings.set(project, "engines", ["pdf_text"])
        document = documents.add(project, letter(), "letter.pdf", languages=["en"])
    command = [
        sys.executable,
        "-m",
        "cli",
        "worker",
        "--once",
        "--processes",
        "1",
        "--data",
        str(server.data),
    ]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120, env={**os.environ})
    return document.id


class Watch:
    """What a browser complains about."""

    def __init__(self, tab: Page) -> None:
        self.heard: list[str] = []
        tab.on("console", self._message)
        tab.on("pageerror", lambda error: self.heard.append(f"page error: {error}"))

    def _message(self, message: Any) -> None:
        # On a deep link Streamlit looks for its server under the page's path first, and hears 404.
        if message.type in {"error", "warning"} and "_stcore/" not in message.location.get("url", ""):
            self.heard.append(f"{message.type}: {message.text}")
