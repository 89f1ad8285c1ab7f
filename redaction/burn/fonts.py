"""Fonts of the export."""

from __future__ import annotations

from dataclasses import dataclass, field

from redaction.burn.pdfout import Ref, Writer


@dataclass(slots=True)
class FontPool:
    """Fonts that written pages use."""

    refs: dict[str, Ref] = field(default_factory=dict)

    def ref(self, key: str, writer: Writer) -> Ref:
        """The reference under which a font will be written."""
        if key not in self.refs:
            self.refs[key] = writer.reserve()
        return self.refs[key]

    def write(self, writer: Writer) -> None:
        """Writes every font that was referred to."""
