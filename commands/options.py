"""Options that several commands have in common, with the same help."""

from __future__ import annotations

from typing import Final

import click

MODE: Final = click.Choice(["preserve", "flatten"])
CERTIFICATE: Final = click.Choice(["pages", "file", "none"])
MODELS: Final = "Opt-in models, comma-separated, or none; default: $INKVEIL_MODELS. See `inkveil models`."
PROFILE: Final = "What counts, and why: general, gdpr, hipaa, foia or a TOML file. Default: general."
