"""Boosted trees fitted with scikit-learn and written as plain lists for review.trees. Knows no features."""

from __future__ import annotations

from typing import Any

import numpy as np

SLOPE = 0.01


def fit(
    x: Any,
    y: Any,
    groups: Any,
    weights: Any,
    *,
    trees: int = 90,
    leaves: int = 16,
    rate: float = 0.09,
    monotonic: Any = None,
) -> dict[str, Any]:
    """Boosted trees and their calibration, which is fitted out of fold, grouped by page.

    x: rows x features; y: bool; groups: of each row its page; monotonic: for each feature 1 where more of it
    can only make y likelier, -1 the reverse, 0 for neither. The answer is what review.trees.Trees.of reads.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.isotonic import IsotonicRegression
    from sklearn.model_selection import GroupKFold

    def make() -> Any:
        return HistGradientBoostingClassifier(
            max_iter=trees, max_depth=5, max_leaf_nodes=leaves, learning_rate=rate, min_samples_leaf=30,
            l2_regularization=3.0, early_stopping=False, random_state=7,
            monotonic_cst=monotonic,
        )  # fmt: skip

    out = np.zeros(len(y))
    for train, test in GroupKFold(5).split(x, y, groups):
        fitted = make().fit(_known(x[train]), y[train], sample_weight=weights[train])
        out[test] = fitted.predict_proba(x[test])[:, 1]
    curve = IsotonicRegression(y_min=0.002, y_max=0.998, out_of_bounds="clip").fit(
        out, y, sample_weight=weights
    )
    grid = np.unique(np.concatenate(([0.0], np.quantile(out, np.linspace(0, 1, 60)), [1.0])))
    # An isotonic curve has steps; the little slope keeps the order that the trees see within a step.
    level = (1 - SLOPE) * np.maximum.accumulate(curve.predict(grid)) + SLOPE * grid
    knots = [grid.round(6).tolist(), level.round(6).tolist()]
    final = make().fit(_known(x.copy()), y, sample_weight=weights)
    return {**arrays(final), "knots": knots}


def _known(x: Any) -> Any:
    """A feature that no row has would stop the fit: it becomes a constant that no tree can ask for."""
    x[:, np.isnan(x).all(axis=0)] = 0.0
    return x


def arrays(fitted: Any) -> dict[str, Any]:
    """The trees of scikit-learn's model as plain lists, padded to one size."""
    predictors = [p[0] for p in vars(fitted)["_predictors"]]
    size = max(len(p.nodes) for p in predictors)
    out: dict[str, Any] = {k: [] for k in ("feature", "threshold", "left", "right", "missing_left", "value")}
    depth = 0
    for predictor in predictors:
        nodes = predictor.nodes
        count = len(nodes)
        leaf = nodes["is_leaf"].astype(bool)
        index = np.arange(count)
        depth = max(depth, int(nodes["depth"].max()))
        pad = size - count
        columns = {
            "feature": np.where(leaf, 0, nodes["feature_idx"]),
            # Upwards: a threshold is often a value that occurs, and that has to stay on its left side.
            "threshold": np.ceil(np.where(leaf, 0.0, np.clip(nodes["num_threshold"], -1e9, 1e9)) * 1e6) / 1e6,
            "left": np.where(leaf, index, nodes["left"]),
            "right": np.where(leaf, index, nodes["right"]),
            "missing_left": nodes["missing_go_to_left"].astype(int),
            "value": np.where(leaf, nodes["value"], 0.0).round(5),
        }
        for key, column in columns.items():
            out[key].append(column.tolist() + [0] * pad)
    out["depth"] = depth
    out["base"] = float(np.ravel(vars(fitted)["_baseline_prediction"])[0])
    return out
