"""What the rebuilding of a page says when it can't be sure."""

from __future__ import annotations


class Unproven(Exception):
    """The page can't be rebuilt with certainty and is to be flattened; the message is the reason."""
