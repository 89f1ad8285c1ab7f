"""Small documents for the tests of the pages, made from a few lines of text."""

from __future__ import annotations

from io import BytesIO

import pymupdf
from PIL import Image

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
