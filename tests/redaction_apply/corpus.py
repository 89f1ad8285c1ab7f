"""All hostile files: the first ones (BUILDERS), and those that were added later (MORE), by name."""

from __future__ import annotations

import hostile
import hostile_around
import hostile_files
import hostile_images
import hostile_marks
import hostile_pages
import hostile_text

__all__ = ["BUILDERS", "MORE", "PARTS"]

PARTS = (hostile_pages, hostile_around, hostile_images, hostile_text, hostile_marks, hostile_files)
BUILDERS, MORE = hostile.BUILDERS, hostile.MORE
