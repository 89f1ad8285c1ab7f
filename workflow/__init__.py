"""The main jobs from end to end, for commands and pages alike: review and redaction meet here.

No widgets, no command-line parsing. Imports review, redaction, engines, storage and model.
"""
