"""Renders printed pages with exact word boxes: `.venv/bin/python bench/merge_pages.py DIR OUT [COUNT]`.

The words are those of the truth in DIR, set in the machine's own fonts as letters, two columns, forms and
(in Japanese) level or upright lines, then worn: low resolution, blur, grain, shade, JPEG. OUT gets the
layout of DIR, to measure merging on print and to train the prior on it.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

FONTS = {
    "latin": sorted(Path("/usr/share/fonts").rglob("Liberation*.ttf"))
    + sorted(Path("/usr/share/fonts").rglob("DejaVuS*.ttf")),
    "ja": sorted(Path("/usr/share/fonts").rglob("Noto*CJK*.ttc")),
}


def render(
    texts: list[str], language: str, chance: random.Random, kind: str
) -> tuple[Image.Image, dict[str, Any]]:
    """One page in one of the kinds letter, columns, form, upright."""
    dpi = chance.choice((110, 150, 150, 200, 200, 300))
    width, height = int(8.27 * dpi), int(11.69 * dpi)
    points = chance.choice((8, 9, 10, 11, 12, 14))
    size = max(9, round(points * dpi / 72))
    path = chance.choice(FONTS["ja" if language == "ja" else "latin"])
    font = ImageFont.truetype(str(path), size)
    image = Image.new("L", (width, height), 255)
    draw = ImageDraw.Draw(image)
    lines: list[dict[str, Any]] = []
    words: list[dict[str, Any]] = []
    margin, step = int(0.8 * dpi), round(size * chance.choice((1.25, 1.5, 2.0)))
    stream = [w for t in texts for w in (t.split() if language != "ja" else [t.replace("\n", "")])]

    def put(text: str, x: float, y: float, row: list[dict[str, Any]]) -> float:
        draw.text((x, y), text, font=font, fill=chance.randint(0, 60))
        row.append({"text": text, "box": [float(v) for v in draw.textbbox((x, y), text, font=font)]})
        return x + draw.textlength(text, font=font)

    def close(row: list[dict[str, Any]], joint: str = " ") -> None:
        if row:
            boxes = np.array([w["box"] for w in row])
            box = [*boxes[:, :2].min(0).tolist(), *boxes[:, 2:].max(0).tolist()]
            lines.append({"text": joint.join(w["text"] for w in row), "box": box})
            words.extend(row)

    position = 0
    if kind == "upright":
        x = width - margin - size
        glyphs = "".join(stream)
        while x > margin and position < len(glyphs):
            row: list[dict[str, Any]] = []
            y = float(margin)
            while y < height - margin and position < len(glyphs):
                put(glyphs[position], x, y, row)
                y += size * 1.05
                position += 1
            close(row, "")
            x -= step * 1.2
    elif kind == "form":
        y = margin
        while y < height - margin and position + 4 < len(stream):
            row = []
            x = float(margin)
            for word in stream[position : position + 2] if language != "ja" else [stream[position][:5]]:
                x = put(word, x, y, row) + size * 0.3
            close(row, " " if language != "ja" else "")
            row, x = [], width * 0.4
            for word in stream[position + 2 : position + 5] if language != "ja" else [stream[position][5:20]]:
                x = put(word, x, y, row) + size * 0.3
            close(row, " " if language != "ja" else "")
            draw.line(
                (width * 0.38, y + size * 1.3, width - margin, y + size * 1.3),
                fill=90,
                width=max(1, dpi // 150),
            )
            position += 5 if language != "ja" else 1
            y += round(step * 1.8)
    else:
        count = 2 if kind == "columns" else 1
        wide = (width - 2 * margin - (count - 1) * 2 * size) / count
        units = stream if language != "ja" else list("".join(stream))
        for column in range(count):
            y, left = margin, margin + column * (wide + 2 * size)
            while y < height - margin and position < len(units):
                row, x = [], left
                while position < len(units) and x + draw.textlength(units[position], font=font) < left + wide:
                    x = put(units[position], x, y, row) + (size * 0.3 if language != "ja" else 0)
                    position += 1
                if not row:
                    position += 1
                close(row, " " if language != "ja" else "")
                y += step
    page = np.asarray(image).astype(np.float32)
    import cv2

    page = cv2.GaussianBlur(page, (0, 0), chance.choice((0.3, 0.6, 0.9, 1.3)) * dpi / 150)
    shade = np.linspace(0, chance.choice((0, 20, 60)), page.shape[1], dtype=np.float32)[None]
    grain = np.random.default_rng(chance.randrange(1 << 30)).normal(
        0, chance.choice((1, 6, 14, 22)), page.shape
    )
    page = np.clip(page * chance.choice((0.7, 0.85, 1)) + 40 - shade + grain, 0, 255)
    truth = {
        "source": "rendered", "licence": "as the texts", "language": language, "kind": kind,
        "width": width, "height": height, "text": "\n".join(line["text"] for line in lines),
        "lines": lines, "words": words,
    }  # fmt: skip
    return Image.fromarray(page.astype(np.uint8)).convert("RGB"), truth


def main() -> None:
    source, out = Path(sys.argv[1]), Path(sys.argv[2])
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 36
    out.mkdir(parents=True, exist_ok=True)
    texts: dict[str, list[str]] = {}
    for path in sorted(source.glob("*.json")):
        data = json.loads(path.read_text(encoding="utf-8"))
        texts.setdefault(data["language"], []).append(data["text"])
    for number in range(count):
        chance = random.Random(number)
        language = ("en", "fr", "en", "ja")[number % 4]
        own = texts[language][:]
        chance.shuffle(own)
        kinds = ("letter", "columns", "form") if language != "ja" else ("letter", "form", "upright")
        image, truth = render(own[:6], language, chance, kinds[number // 4 % 3])
        name = f"print{language}_{number:03d}"
        image.save(out / f"{name}.jpg", quality=chance.choice((60, 80, 92)))
        (out / f"{name}.json").write_text(json.dumps(truth, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
