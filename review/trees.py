"""Boosted trees that were trained elsewhere, stored as JSON, evaluated in numpy. Knows no features."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(slots=True)
class Trees:
    """Boosted trees, their nodes one after the other; a leaf leads to itself."""

    feature: NDArray[np.int64]
    threshold: Floats
    children: NDArray[np.int64]
    """Left and right child of node n at 2 n and 2 n + 1."""
    missing_left: NDArray[np.bool_]
    value: Floats
    roots: NDArray[np.int64]
    depth: int
    base: float
    knots: tuple[Floats, Floats]
    """Calibration: probability of the trees -> observed share, piecewise linear."""

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Trees:
        """From the arrays of bench/boosting.py: trees x nodes, padded."""
        feature = np.array(data["feature"], dtype=np.int64)
        trees, nodes = feature.shape
        offset = (np.arange(trees, dtype=np.int64) * nodes)[:, None]
        left = np.array(data["left"], dtype=np.int64) + offset
        right = np.array(data["right"], dtype=np.int64) + offset
        return cls(
            feature.ravel(),
            np.array(data["threshold"], dtype=np.float64).ravel(),
            np.stack([left.ravel(), right.ravel()], axis=1).ravel(),
            np.array(data["missing_left"], dtype=np.bool_).ravel(),
            np.array(data["value"], dtype=np.float64).ravel(),
            np.arange(trees, dtype=np.int64) * nodes,
            int(data["depth"]),
            float(data["base"]),
            (np.array(data["knots"][0]), np.array(data["knots"][1])),
        )

    def raw(self, values: Floats) -> Floats:
        """Probabilities before calibration, one a row of `values` (rows x features, NaN: not known)."""
        count, width = values.shape
        flat = np.ascontiguousarray(values).ravel()
        unknown = np.isnan(flat)
        node = np.broadcast_to(self.roots, (count, len(self.roots))).copy()
        first = (np.arange(count, dtype=np.int64) * width)[:, None]
        for _ in range(self.depth):
            at = first + self.feature[node]
            seen = flat[at]
            right = np.where(unknown[at], ~self.missing_left[node], seen > self.threshold[node])
            node = self.children[2 * node + right]
        result: Floats = 1.0 / (1.0 + np.exp(-(self.base + self.value[node].sum(axis=1))))
        return result

    def probability(self, values: Floats) -> Floats:
        """Calibrated probabilities, one a row."""
        found: Floats = np.interp(self.raw(values), *self.knots)
        return found
