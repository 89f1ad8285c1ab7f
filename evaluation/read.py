"""A page's readings, recorded or made now: what everything that measures or trains begins with.

Where the files are and what is in them is evaluation.folders'; nothing here merges or measures.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from evaluation.folders import PageFiles, find_pages, load
from evaluation.truth import Page
from model.errors import InkveilError, Unreadable


def readings_of(files: PageFiles, engines: Sequence[str] = (), data: Path | None = None) -> Page:
    """The page with recorded readings where readings were looked for, else read by `engines` now
    (default: those that fit). Its truth is in pixels of the page image. `data`: the data directory of the
    project that lets engines elsewhere see the page; without it none does.

    Raises InkveilError where the image can't be opened or is none of the truth's.
    """
    page = load(files, engines) if files.readings or files.owners else _read(files, engines, data)
    size = _size(page)
    return replace(page, truth=page.truth.scaled(*size)) if size else page


def _size(page: Page) -> tuple[float, float] | None:
    from storage.sources import open_source

    if page.image is not None:
        with open_source(page.image, page.image.name) as source:
            return float(source.pages[0].width), float(source.pages[0].height)
    known = [(float(r.width), float(r.height)) for r in page.readings.values() if r.width and r.height]
    return known[0] if known and not page.truth.width else None


def _read(files: PageFiles, engines: Sequence[str], data: Path | None) -> Page:
    from engines.recognise import read_page
    from engines.remote.gate import of_folder
    from storage.sources import open_source

    if files.image is None:
        raise Unreadable(f"{files.name}: there is no image beside the truth.", file=files.name)
    with open_source(files.image, files.image.name) as source:
        gate = None if data is None else of_folder(data)
        chosen = tuple(engines) or None
        result = read_page(source, 1, engines=chosen, languages=files.truth.languages, gate=gate)
        dpi = source.pages[0].dpi
    return Page(
        files.name,
        files.truth,
        files.image,
        {r.engine: r for r in result.readings},
        result.prepared.transform,
        dpi,
        list(result.failures),
    )


def all_pages(
    folders: Iterable[Path], readings: Sequence[Path] = (), engines: Sequence[str] = ()
) -> Iterator[Page]:
    """Pages of several folders, each with its folder of readings (without one the engines run), for
    measurements and training: pages that can't be loaded and pages without a reading are left out.
    """
    for number, folder in enumerate(folders):
        own = readings[number] if number < len(readings) else None
        for files in find_pages(folder, own).pages:
            try:
                page = readings_of(files, engines)
            except InkveilError:
                continue
            if page.readings:
                yield page
