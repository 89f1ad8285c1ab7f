"""How right readings and merges are: metrics, ground truth, curves, the league of engines. Decides nothing."""
