"""A test call on the page Engines: one engine reads a sample, and its boxes are drawn where it says."""

from __future__ import annotations

import json
from base64 import b64encode
from io import BytesIO
from pathlib import Path
from typing import Any

import streamlit as st
from PIL import Image

from model.errors import InkveilError
from pages import common, intake, media
from pages.common import esc
from pages.identity import t

COLOUR = (36, 80, 122)


def show(engines: list[dict[str, Any]]) -> None:
    """The choice of engine and sample, the button, and what came of it."""
    st.subheader(t("engines.test"), anchor=False)
    samples = {s["file"]: s for s in json.loads((media.SAMPLES / "samples.json").read_text("utf-8"))}
    titles = {e["name"]: e["title"] for e in engines}
    which, sample, button = st.columns([3, 3, 1.4], vertical_alignment="bottom")
    name = which.selectbox(t("engines.engine"), list(titles), format_func=titles.__getitem__)
    file = sample.selectbox(t("engines.sample"), list(samples), format_func=intake.sample_title)
    if name is None or file is None:
        return
    provider = next(e["privacy"] for e in engines if e["name"] == name)
    if provider != "local":
        common.html(f'<p class="iv-amber">{esc(t("engines.will_see", provider=provider))}</p>')
    if button.button(t("engines.read"), width="stretch", type="primary"):
        with st.spinner(t("engines.reads", engine=titles[name])):
            st.session_state["trial"] = _read(name, file, tuple(samples[file]["languages"]))
    trial = st.session_state.get("trial")
    if trial is None:
        _picture(Image.open(media.SAMPLES / file).convert("RGB"), intake.sample_title(file))
    elif isinstance(trial, str):
        st.error(trial)
    else:
        picture, (n, seconds) = trial
        line = t("engines.result", n=n, seconds=seconds)
        common.html(f'<p class="iv-mute">{esc(line)}</p>')
        _picture(picture, f"{intake.sample_title(file)}, {line}")


def _picture(image: Any, alt: str) -> None:
    """A picture with a text of its own: st.image gives it none."""
    small = image.copy()
    small.thumbnail((1200, 1800))
    out = BytesIO()
    small.save(out, "JPEG", quality=85)
    data = b64encode(out.getvalue()).decode()
    common.html(f'<img class="iv-page" alt="{esc(alt)}" src="data:image/jpeg;base64,{data}">')


@st.cache_data(max_entries=16, show_spinner=False)
def _read(name: str, file: str, languages: tuple[str, ...]) -> str | tuple[Any, tuple[int, str]]:
    """The sample with every word's box drawn, and one line about it; or why it failed."""
    from PIL import ImageDraw

    from engines.recognise import read_page
    from engines.remote.gate import Gate
    from storage.sources import open_source

    try:
        with open_source(Path(media.SAMPLES / file), file) as source:
            result = read_page(source, 1, engines=[name], languages=languages, gate=Gate(common.project()))
    except InkveilError as error:
        return error.message
    if result.failures:
        return result.failures[0].message
    reading = result.readings[0]
    image = Image.fromarray(result.image)
    draw = ImageDraw.Draw(image)
    for placed in reading.words or reading.regions:
        draw.polygon([tuple(p) for p in placed.quad.points], outline=COLOUR, width=3)
    return image, (len(reading.words or ()), f"{reading.seconds:.1f}")
