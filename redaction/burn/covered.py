"""What lies under the boxes, and what lies behind something that is painted later. Displayed points."""

from __future__ import annotations

from collections.abc import Sequence

from redaction.burn.plane import Bounds, contains, meet
from redaction.burn.unproven import Unproven


class Area:
    """The boxes of a page."""

    def __init__(self, boxes: Sequence[Bounds]) -> None:
        self.boxes = boxes

    def meets(self, box: Bounds) -> bool:
        """Whether a box reaches into another by more than rounding."""
        return any(
            b[0] < box[2] - 0.05 and b[2] > box[0] + 0.05 and b[1] < box[3] - 0.05 and b[3] > box[1] + 0.05
            for b in self.boxes
        )

    def holds(self, box: Bounds, slack: float = 1.0) -> bool:
        """Whether one of the boxes covers all of another but `slack` points."""
        return any(
            b[0] <= box[0] + slack
            and b[2] >= box[2] - slack
            and b[1] <= box[1] + slack
            and b[3] >= box[3] - slack
            for b in self.boxes
        )


class Behind:
    """Images and drawings that something painted later might cover: then they are not to travel."""

    def __init__(self) -> None:
        self._delicate: list[Bounds] = []

    def add(self, box: Bounds) -> None:
        """An image or drawing that was painted, by its bounds."""
        self._delicate.append(box)

    def covered_by(self, boxes: Sequence[Bounds], *, solid: bool, see_through: bool) -> None:
        """Raises Unproven where something delicate may now lie behind what is painted.

        `solid`: the boxes are painted all over, not only drawn within.
        """
        if see_through:
            return
        for box in boxes:
            for behind in self._delicate:
                shared = meet(box, behind)
                if shared is None or min(shared[2] - shared[0], shared[3] - shared[1]) < 2:
                    continue
                if solid or contains(box, behind):
                    raise Unproven("an image or drawing lies behind another")
