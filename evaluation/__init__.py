"""How right readings and merges are: metrics, ground truth, curves, a league of engines.."""
