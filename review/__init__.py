"""From readings to a reviewed transcript: align, merge, risk, queue, decisions, the workbench."""
