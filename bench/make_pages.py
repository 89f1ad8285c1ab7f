"""Makes pages with exact truth: `.venv/bin/python bench/make_pages.py OUT --count 60 [--fonts DIR]`.

OUT gets `<group>_<language>_<layout>_<number>.jpg|png` and `.json`, the layout of the sample pages: for
training the prior and for measuring merging, grounding and redaction boxes on writers, printers and forms
not seen before. `--fonts`: sub-folders serif, sans, mono, narrow, hand, hand_caps, print_ja, hand_ja; keep
the faces for held-back pages in a folder of their own. `--texts`: truth files whose texts are quoted.
`--first` goes on from a number: the same seed, number, fonts and texts give the same page.
"""

from __future__ import annotations

import argparse
import json
import random
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from made_pages.fonts import Shelf
from made_pages.forms import bill, form, ledger, table
from made_pages.layouts import Desk, columns, letter, listing, note, upright
from made_pages.sheet import Sheet
from made_pages.texts import Texts, own_texts
from made_pages.wear import HABITS, worn

LAYOUTS = {
    "letter": letter, "columns": columns, "list": listing, "note": note, "upright": upright, "form": form,
    "bill": bill, "table": table, "ledger": ledger,
}  # fmt: skip
PLAN = (
    "form", "letter", "note", "form", "columns", "table", "letter", "form", "bill", "note", "list", "ledger",
)  # fmt: skip
KINDS = {
    "form": ("mixed", "mixed", "mixed", "printed"),
    "letter": ("printed", "printed", "handwritten"),
    "columns": ("printed",),
    "bill": ("printed", "mixed"),
    "table": ("printed", "mixed"),
    "note": ("handwritten",),
    "list": ("handwritten", "printed"),
    "ledger": ("handwritten", "handwritten", "printed"),
    "upright": ("printed", "handwritten"),
}
LANGUAGES = ("en", "fr", "de", "ja", "en", "es", "fr", "it", "en", "ja", "de")


@dataclass(frozen=True)
class Order:
    """What a run makes; one number in it is one page."""

    out: Path
    fonts: Path | None
    texts: Path | None
    seed: int


def page(order: Order, number: int) -> tuple[str, Any, dict[str, Any], int]:
    """The page of a number: its name, the image (RGB), the truth, the JPEG quality (0: lossless)."""
    chance = random.Random(f"{order.seed}page{number}")
    shelf = Shelf.of(order.fonts)
    language = LANGUAGES[number % len(LANGUAGES)]
    if not shelf.speaks(language):
        language = "en"
    layout = PLAN[number % len(PLAN)]
    if language == "ja" and layout in ("columns", "note") and chance.random() < 0.6:
        layout = "upright"
    kind = chance.choice(KINDS[layout])
    dpi = chance.choice((100, 120, 150, 150, 200, 200, 240, 300))
    size = chance.choice(((8.27, 11.69), (8.27, 11.69), (8.5, 11), (5.83, 8.27), (11.69, 8.27)))
    own = own_texts(order.texts).get(language, [])
    seed = order.seed * 100_003 + number
    quoted = chance.sample(own, min(3, len(own)))
    texts = Texts(language, seed, [text for _, text, _ in quoted])
    sheet = Sheet(round(size[0] * dpi), round(size[1] * dpi), dpi, language, seed)
    desk = Desk(sheet, texts, shelf, chance, kind)
    LAYOUTS[layout](desk)
    result = worn(sheet, chance.choice(HABITS), chance, np.random.default_rng(seed + 1))
    height, width = result.image.shape[:2]
    lines, words = sheet.truth(result.place, (width, height), result.image)
    licence = "CC0 (made, own text)"
    if texts.quoted:
        licence = "; ".join(sorted({f"text of {name}: {terms}" for name, _, terms in quoted}))
    joint = "\n".join(line["text"] for line in lines)
    truth = {
        "source": "made by bench/make_pages.py", "licence": licence, "language": language,
        "kind": "form" if layout == "form" else kind,
        "synthetic": True, "layout": layout, "habit": result.habit, "dpi": dpi, "seed": seed,
        "fonts": sorted({desk.body.face.name, desk.hand_pen.face.name}), "words_origin": "exact",
        "width": width, "height": height, "text": joint, "lines": lines, "words": words,
    }  # fmt: skip
    group = {"printed": "print", "handwritten": "hand", "mixed": "mixed"}[kind]
    return f"{group}_{language}_{layout}_{number:04d}", result.image, truth, result.quality


def save(job: tuple[Order, int]) -> str:
    order, number = job
    name, image, truth, quality = page(order, number)
    pixels = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    if quality:
        cv2.imwrite(str(order.out / f"{name}.jpg"), pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    else:
        cv2.imwrite(str(order.out / f"{name}.png"), pixels)
    (order.out / f"{name}.json").write_text(json.dumps(truth, ensure_ascii=False), encoding="utf-8")
    return name


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--fonts", type=Path)
    parser.add_argument("--texts", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    order = Order(args.out, args.fonts, args.texts, args.seed)
    jobs = [(order, n) for n in range(args.first, args.first + args.count)]
    with ProcessPoolExecutor(args.workers) as pool:
        for name in pool.map(save, jobs):
            print(name, flush=True)


if __name__ == "__main__":
    main()
