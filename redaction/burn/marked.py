"""Marked content (ISO 32000-1, 14.6) and layers (8.11): what of the content is in a layer that is off."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from redaction.burn.unproven import Unproven


class Marked:
    """The marked content that is open where the reading has got to."""

    def __init__(self, layers_off: Collection[int]) -> None:
        """`layers_off`: object numbers of the optional content groups that are hidden."""
        self.layers_off = layers_off
        self.open: list[bool] = []
        """For each: does it belong to a layer that is off?"""
        self.hidden = 0
        """How many of them do: nothing shows until it is 0."""

    def begin(self, args: Any, resources: Any) -> None:
        """BDC."""
        import pikepdf

        off = False
        if str(args[0]) == "/OC":
            group = args[1]
            if isinstance(group, pikepdf.Name):
                group = resources["/Properties"][group]
            off = self.is_off(group)
        self.open.append(off)
        self.hidden += off

    def begin_plain(self, _op: str, _args: Any) -> None:
        """BMC."""
        self.open.append(False)

    def end(self, _op: str, _args: Any) -> None:
        """EMC."""
        if self.open:
            self.hidden -= self.open.pop()

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
