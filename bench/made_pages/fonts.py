"""Finds the faces that pages are written in; knows which characters a face has. Draws nothing.

A folder of fonts has one sub-folder a style: serif, sans, mono, narrow (print), hand, hand_caps (hands
without small letters: their text is put in capitals), print_ja, hand_ja. What is missing is taken from the
machine's Liberation, DejaVu and Noto CJK; without a hand, print stands in for it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path

from PIL import ImageFont

SUFFIXES = {".ttf", ".otf", ".ttc", ".woff", ".woff2"}
PRINT = ("serif", "sans", "mono", "narrow")
_SYSTEM = {
    "serif": ("LiberationSerif-*", "DejaVuSerif.ttf"),
    "sans": ("LiberationSans-*", "DejaVuSans.ttf"),
    "mono": ("LiberationMono-*", "DejaVuSansMono.ttf"),
    "narrow": ("LiberationSansNarrow-*", "DejaVuSansCondensed.ttf"),
    "print_ja": ("NotoSansCJK-Regular*", "NotoSerifCJK-Regular*", "ipaex*"),
}
_INSTEAD = {"hand": "serif", "hand_caps": "hand", "narrow": "sans", "mono": "sans", "hand_ja": "print_ja"}
_LETTERS = {
    "en": "agMR059@", "fr": "agéèêàçœ059", "de": "agäöüßÄÜ059", "es": "agñáéíóú¿059", "it": "agàèìòù059",
    "ja": "山田様のはっを。年月",
}  # fmt: skip


@dataclass(frozen=True)
class Face:
    """One font file and the style that it stands for."""

    path: str
    style: str

    @property
    def name(self) -> str:
        return Path(self.path).stem

    @property
    def hand(self) -> bool:
        return self.style.startswith("hand")

    def at(self, size: float) -> ImageFont.FreeTypeFont:
        """The font with small letters (in Japanese: characters) of the height usual at `size` pixels.

        Hands differ twofold in how large they draw at one nominal size, so they are evened by their x.
        """
        return _font(self.path, max(6, round(size * _evened(self.path, self.style))))

    def writable(self, text: str) -> str:
        """The text without the characters that the face lacks."""
        kept = text.upper() if self.style == "hand_caps" else text
        return "".join(c for c in kept if c == " " or _has(self.path, c))


@dataclass
class Shelf:
    """All faces by style."""

    faces: dict[str, list[Face]] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path | None) -> Shelf:
        """The faces of a folder, with the machine's own where it has none. Raises LookupError without any."""
        shelf = cls()
        styles = (*PRINT, "hand", "hand_caps", "print_ja", "hand_ja")
        system = Path("/usr/share/fonts")
        for style in styles:
            place = folder / style if folder else None
            paths = (
                sorted(p for p in place.iterdir() if p.suffix in SUFFIXES) if place and place.is_dir() else []
            )
            paths = paths or sorted(p for pattern in _SYSTEM.get(style, ()) for p in system.rglob(pattern))
            shelf.faces[style] = [Face(str(p), style) for p in paths]
        for style in styles:
            other: str | None = style
            while other and not shelf.faces[other]:
                other = _INSTEAD.get(other)
            shelf.faces[style] = shelf.faces[other] if other else []
        if not shelf.faces["serif"]:
            raise LookupError("no font found: give --fonts DIR with sub-folders serif, sans, hand, ...")
        return shelf

    def speaks(self, language: str) -> bool:
        return any(self.able(style, language) for style in ("print_ja", "serif"))

    def able(self, style: str, language: str) -> list[Face]:
        sample = _LETTERS[language]
        return [f for f in self.faces[style] if len(f.writable(sample)) >= len(sample)]

    def pick(self, styles: tuple[str, ...], language: str, chance: random.Random) -> Face:
        """A face of one of the styles that has the language's letters; print where no hand has them."""
        if language == "ja":
            styles = ("hand_ja",) if styles[0].startswith("hand") else ("print_ja",)
        for style in (*chance.sample(styles, len(styles)), "serif", "print_ja"):
            found = self.able(style, language)
            if found:
                return chance.choice(found)
        raise LookupError(f"no font has the letters of {language}")


@lru_cache(maxsize=512)
def _font(path: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size)


@cache
def _evened(path: str, style: str) -> float:
    if style.endswith("ja"):
        return 1.0
    box = _font(path, 100).getbbox("x", anchor="ls")
    height = max(1.0, -box[1])
    return min(1.6, max(0.6, (62 if style == "hand_caps" else 46) / height))


@cache
def _has(path: str, character: str) -> bool:
    font = _font(path, 40)
    if font.getbbox(character)[2:] == (0, 0):
        return False
    mask = font.getmask(character)
    return mask.getbbox() is not None and bytes(mask) != _missing(path)


@cache
def _missing(path: str) -> bytes:
    return bytes(_font(path, 40).getmask("\U0010fffd"))
