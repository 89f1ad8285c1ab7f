"""The engines there are, as the pages list them: asked for once in half a minute for everybody."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages import common
from workflow.licences import accepted


@st.cache_data(ttl=30, show_spinner=False)
def engines() -> list[dict[str, Any]]:
    """What registry.describe says of each, with the licences that the project has accepted."""
    from engines import registry

    return registry.describe(accepted(common.project()))
