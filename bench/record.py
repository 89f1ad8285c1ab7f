"""Records readings of a folder of pages: `.venv/bin/python bench/record.py DIR OUT [--engines a,b]`.

DIR has pages with truth (`<id>.jpg` + `<id>.json`). OUT gets `<id>.<engine>.json` (reading.json) and
`<id>.meta.json` (the way from the prepared to the page image, and the dpi): what bench/merge.py,
bench/merge_training.py and `inkveil evaluate --readings` read. Pages that are already there are left alone,
so a run that was stopped goes on where it was. An engine that fails on a page is named, the others are
recorded.
"""

from __future__ import annotations

import argparse
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from evaluation.folders import PageFiles, find_pages

ENGINES = "rapidocr,tesseract,rapidocr_rescaled"


@dataclass(frozen=True)
class Job:
    image: Path
    name: str
    languages: tuple[str, ...]
    out: Path
    engines: tuple[str, ...]


def jobs(folder: Path, out: Path, engines: tuple[str, ...]) -> list[Job]:
    """What is missing. The meta file is written last and says that a page is done."""
    pages: tuple[PageFiles, ...] = find_pages(folder).pages
    return [
        Job(page.image, page.name, page.truth.languages, out, engines)
        for page in pages
        if page.image is not None and not (out / f"{page.name}.meta.json").exists()
    ]


def record(job: Job) -> str:
    """Reads one page and writes what each engine said; what to print of it."""
    from engines.recognise import read_page
    from model.errors import InkveilError
    from model.files import reading_to_json
    from storage.sources import open_source

    try:
        with open_source(job.image, job.image.name) as source:
            result = read_page(source, 1, engines=job.engines, languages=job.languages)
            dpi = source.pages[0].dpi
    except InkveilError as error:
        return f"{job.name}: {error}"
    for reading in result.readings:
        text = json.dumps(reading_to_json(reading), ensure_ascii=False)
        (job.out / f"{job.name}.{reading.engine}.json").write_text(text, encoding="utf-8")
    meta = {"transform": result.prepared.transform.to_json(), "dpi": dpi}
    (job.out / f"{job.name}.meta.json").write_text(json.dumps(meta), encoding="utf-8")
    return " ".join([job.name, *(f"{f.engine}: {f.message}" for f in result.failures)])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--engines", default=ENGINES)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    todo = jobs(args.folder, args.out, tuple(args.engines.split(",")))
    # Spawned, not forked: the engines start threads that a forked process would lose.
    with ProcessPoolExecutor(args.workers, mp_context=get_context("spawn")) as pool:
        for number, line in enumerate(pool.map(record, todo), 1):
            print(f"{number}/{len(todo)} {line}", flush=True)


if __name__ == "__main__":
    main()
