"""What the tests of the pages share: small documents made from a few lines of text, and looking at a page."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import Any

import pymupdf
from PIL import Image
from streamlit.testing.v1 import AppTest

NAME = "James Agler"
PHONE = "0187 496 0314"
TEXT = (
    "Dear Sir,",
    f"please write to Mr. {NAME} about the funeral.",
    f"His telephone is {PHONE} in the office.",
    f"Yours truly, {NAME}",
)


def letter(pages: int = 2, *, password: str | None = None) -> bytes:
    """A born-digital PDF: TEXT on each page."""
    with pymupdf.open() as made:
        for _ in range(pages):
            page = made.new_page(width=420, height=300)
            for row, line in enumerate(TEXT):
                page.insert_text((36, 60 + 24 * row), line, fontsize=12)
        if password is None:
            return bytes(made.tobytes())
        code = pymupdf.PDF_ENCRYPT_AES_256
        return bytes(made.tobytes(encryption=code, user_pw=password, owner_pw=password))


def png(width: int = 300, height: int = 200, shade: int = 255) -> bytes:
    out = BytesIO()
    Image.new("L", (width, height), shade).save(out, "PNG")
    return out.getvalue()


def body(page: AppTest) -> str:
    """All HTML of a page under AppTest."""
    return " ".join(h.proto.body for h in page.get("html"))


def labelled(items: Iterable[Any], label: str) -> Any:
    """The widget with that label."""
    return next(item for item in items if item.label == label)
