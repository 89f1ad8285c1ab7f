"""Opt-in models that find personal data: spaCy, token classification, GLiNER, a model behind a chat."""
