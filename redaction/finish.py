"""A redacted file on its way to the finished one: put aside, given its certificate, signed."""

from __future__ import annotations

import contextlib
import io
import tempfile
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from model.errors import StorageFailed

if TYPE_CHECKING:
    from redaction.signing import Signing

IN_MEMORY = 32 << 20
"""Bytes above which a file waits on the disk for its certificate."""


def put_aside(pdf: bytes, name: str) -> BinaryIO:
    """A nameless file that holds the bytes, on the disk where they are many. Raises StorageFailed."""
    if len(pdf) <= IN_MEMORY:
        return io.BytesIO(pdf)
    part = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115  (the caller closes it)
    try:
        part.write(pdf)
    except OSError as error:
        part.close()
        raise StorageFailed(
            f"{name} could not be exported ({error.strerror or type(error).__name__}): there is no room for "
            "temporary files. Free some space and try again.",
            file=name,
        ) from None
    return part


def finished(pdf: BinaryIO, pages: bytes | None, signing: Signing | None) -> tuple[bytes, int]:
    """The redacted file with the certificate's pages at its end and signed, as one revision; their number."""
    pdf.seek(0)
    if pages is None and signing is None:
        return pdf.read(), 0
    import pikepdf

    count = 0
    with pikepdf.open(pdf) as document, contextlib.ExitStack() as held:
        if pages is not None:
            more = held.enter_context(pikepdf.open(io.BytesIO(pages)))
            count = len(more.pages)
            document.pages.extend(more.pages)
        if signing is None:
            return _saved(document), count
        from redaction.signing import sign_pdf

        return sign_pdf(document, signing, save=_saved), count


def _saved(document: Any) -> bytes:
    import pikepdf

    buffer = io.BytesIO()
    document.save(buffer, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return buffer.getvalue()
