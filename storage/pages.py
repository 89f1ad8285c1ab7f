"""Images derived from a document's pages, in the project's cache: made when asked for, whole or absent.

Everything here may be deleted at any time. What engines read is rendered afresh (Source.render), never
taken from here: these are JPEG files for people's eyes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, Literal

from model.geometry import Transform
from storage import blobs, documents
from storage.project import Project, storage_errors
from storage.readings import preparation

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from storage.sources import Source

Kind = Literal["page", "prepared", "thumb"]
THUMB_SIDE: Final = 320
QUALITY: Final = {"page": 88, "prepared": 88, "thumb": 80}


def image_path(
    project: Project, document_id: str, page: int, *, kind: Kind = "page", source: Source | None = None
) -> Path:
    """A JPEG of the page: at its full resolution, as it was prepared, or at most 320 px wide and high.

    "prepared" is what `put_prepared` stored, else the page image led through the recorded transform, else
    the page image. `source` saves opening the file again. Raises UsageError, Unreadable, StorageFailed.
    """
    transform = preparation(project, document_id, page) if kind == "prepared" else None
    path = _path(project, document_id, page, kind, transform)
    if path.is_file():
        return path
    if source is None:
        with documents.source(project, document_id) as opened:
            image = _make(opened, page, kind, transform)
    else:
        image = _make(source, page, kind, transform)
    _write(project, path, image, QUALITY[kind])
    return path


def put_prepared(
    project: Project, document_id: str, page: int, image: NDArray[np.uint8], transform: Transform
) -> Path:
    """Keeps the prepared image (H x W x 3 RGB) that belongs to the transform (prepared -> image)."""
    path = _path(project, document_id, page, "prepared", transform)
    _write(project, path, image, QUALITY["prepared"])
    return path


def folder(project: Project, document_id: str) -> Path:
    """Where the document's derived files are; other parts may keep theirs here too."""
    return project.path / "cache" / document_id


def _path(project: Project, document_id: str, page: int, kind: Kind, transform: Transform | None) -> Path:
    import hashlib

    mark = ""
    if transform is not None:
        mark = "-" + hashlib.sha256(json.dumps(transform.to_json()).encode()).hexdigest()[:12]
    return folder(project, document_id) / f"{page:05d}-{kind}{mark}.jpg"


def _make(source: Source, page: int, kind: Kind, transform: Transform | None) -> NDArray[np.uint8]:
    if kind == "thumb":
        return source.render(page, max_side=THUMB_SIDE)
    image = source.render(page)
    return image if transform is None else _warped(image, transform)


def _warped(image: NDArray[np.uint8], transform: Transform) -> NDArray[np.uint8]:
    """The page image in the prepared frame. `transform` leads from prepared to image."""
    import cv2
    import numpy as np

    matrix = np.array(transform.matrix, np.float64).reshape(3, 3)
    # Frames measure from a pixel's corner, OpenCV from its centre.
    shift = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]], np.float64)
    size = (max(1, round(transform.source.width)), max(1, round(transform.source.height)))
    result = cv2.warpPerspective(
        image, np.linalg.inv(shift) @ matrix @ shift, size,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_CONSTANT,
        borderValue=(255, 255, 255),
    )  # fmt: skip
    return np.asarray(result, np.uint8)


def _write(project: Project, path: Path, image: NDArray[np.uint8], quality: int) -> None:
    from PIL import Image

    def save(out: BinaryIO) -> None:
        Image.fromarray(image).save(out, "JPEG", quality=quality)

    with storage_errors(project.path):
        blobs.write_atomic(path, save, durable=False)
