"""Marked content (ISO 32000-1, 14.6) and layers (8.11): what of the content is in a layer that is off, and to
which element of the document's structure a mark belongs.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from redaction.burn.unproven import Unproven

ARTIFACT: Final = -1
"""In place of a number: it belongs to no element."""


def _number(args: Any, resources: Any) -> int | None:
    import pikepdf

    if str(args[0]) == "/Artifact":
        return ARTIFACT
    try:
        properties = args[1]
        if isinstance(properties, pikepdf.Name):
            properties = resources["/Properties"][properties]
        number = properties.get("/MCID")
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return None
    return number if isinstance(number, int) and number >= 0 else None


class Marked:
    """The marked content that is open where the reading has got to."""

    def __init__(self, layers_off: Collection[int]) -> None:
        """`layers_off`: object numbers of the optional content groups that are hidden."""
        self.layers_off = layers_off
        self.open: list[bool] = []
        """For each: does it belong to a layer that is off?"""
        self.hidden = 0
        """How many of them do: nothing shows until it is 0."""
        self.tags: list[int | None] = []
        """For each of the page's own: its number, ARTIFACT, or None for neither."""

    @property
    def tag(self) -> int | None:
        """The innermost number, or ARTIFACT, that is open on the page; None where there is none."""
        return next((tag for tag in reversed(self.tags) if tag is not None), None)

    def begin(self, args: Any, resources: Any, *, numbered: bool) -> None:
        """BDC. `numbered`: this is the page's own content, whose numbers the structure knows."""
        import pikepdf

        off = False
        if str(args[0]) == "/OC":
            group = args[1]
            if isinstance(group, pikepdf.Name):
                group = resources["/Properties"][group]
            off = self.is_off(group)
        self.open.append(off)
        self.hidden += off
        if numbered:
            self.tags.append(_number(args, resources))

    def begin_plain(self, args: Any, *, numbered: bool) -> None:
        """BMC."""
        self.open.append(False)
        if numbered:
            self.tags.append(ARTIFACT if str(args[0]) == "/Artifact" else None)

    def end(self, *, numbered: bool) -> None:
        """EMC."""
        if self.open:
            self.hidden -= self.open.pop()
            if numbered and self.tags:
                self.tags.pop()

    def is_off(self, group: Any) -> bool:
        """Whether an optional content group, or what depends on some, is hidden. Raises Unproven."""
        import pikepdf

        if group.get("/Type") == "/OCMD":
            if "/VE" in group or str(group.get("/P", "/AnyOn")) not in ("/AnyOn",):
                raise Unproven("a layer that depends on others")
            members = group.get("/OCGs")
            if members is None:
                return False
            listed = list(members) if isinstance(members, pikepdf.Array) else [members]
            return bool(listed) and all(m.objgen[0] in self.layers_off for m in listed)
        return group.objgen[0] in self.layers_off
