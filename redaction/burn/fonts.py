"""The fonts that kept text of a document uses, by the source's objects, and which of their letters stay."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from redaction.burn.copies import Secrets
from redaction.burn.faces import Face, load
from redaction.burn.fontout import FontCopy, proof_index
from redaction.burn.pdfout import Ref, Writer
from redaction.burn.unproven import Unproven


class BadFont(Exception):
    """A font can't be written with the kept letters only. The argument is its key."""


@dataclass(slots=True)
class FontPool:
    """The fonts of the source that kept text uses, by a key of the source's object."""

    secrets: Secrets = field(default_factory=Secrets)
    faces: dict[str, Face] = field(default_factory=dict)
    refs: dict[str, Ref] = field(default_factory=dict)
    banned: frozenset[str] = frozenset()
    """Fonts whose programs could not be cut down: pages that use them are flattened."""

    def face(self, font: Any) -> tuple[str, Face]:
        """The face of a font object and its key. Raises Unproven."""
        number = font.objgen[0]
        key = f"o{number}" if number else "d" + font.unparse().hex()[:400]
        if key in self.banned:
            raise Unproven("a font program can't be cut down to the letters that stay")
        if key not in self.faces:
            try:
                self.faces[key] = load(font)
            except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
                raise Unproven(f"a font is damaged ({type(error).__name__})") from None
        return key, self.faces[key]

    def ref(self, key: str, writer: Writer) -> Ref:
        """The reference under which a font will be written."""
        if key not in self.refs:
            self.refs[key] = writer.reserve()
        return self.refs[key]

    def write(self, writer: Writer, *, whole: bool = False) -> None:
        """Writes every font that was referred to. `whole`: every code and outline, for a page's proof."""
        for index, (key, ref) in enumerate(self.refs.items()):
            face = self.faces[key]
            try:
                used = None if whole else face.used
                font = FontCopy(face, used, self.secrets, writer, index).font()
            except Exception:  # noqa: BLE001  (whatever a hostile font brings about: its pages are flattened)
                raise BadFont(key) from None
            writer.put(font, ref)

    def note_glyphs(self, trace: Any) -> None:
        """Notes the glyph numbers of a page that was written by `write(whole=True)`, from MuPDF's trace."""
        faces = [self.faces[key] for key in self.refs]
        for span in trace:
            index = proof_index(span["font"])
            if index is not None:
                faces[index].glyphs.update(g for g in {c[1] for c in span["chars"]} if g >= 0)
