"""Engines: what reads here and what would leave the machine; a test on a sample with the boxes drawn."""

from __future__ import annotations

import json
from base64 import b64encode
from io import BytesIO
from pathlib import Path
from typing import Any

import streamlit as st
from PIL import Image

from model.errors import InkveilError
from pages import common, intake, media, outside
from pages.common import esc
from pages.identity import t

COLOUR = (36, 80, 122)


def main() -> None:
    listing, trial = st.columns([5, 4], gap="large")
    with listing:
        engines = _describe()
        _group(t("engines.here"), [e for e in engines if e["privacy"] == "local"], local=True)
        away = [e for e in engines if e["privacy"] != "local"]
        _group(t("engines.leaves"), away, local=False)
        if away:
            outside.show(away)
    with trial:
        _test([e for e in engines if e["available"] and e["boxes"] != "none"])


@st.cache_data(ttl=30, show_spinner=False)
def _describe() -> list[dict[str, Any]]:
    from engines import registry

    return registry.describe()


def _group(title: str, engines: list[dict[str, Any]], *, local: bool) -> None:
    st.subheader(title, anchor=False)
    if not engines:
        common.html(f'<p class="iv-mute">{t("engines.nothing_sent")}</p>' if not local else "")
        return
    where = "" if local else f'<th scope="col">{t("engines.sent")}</th>'
    rows = "".join(_row(e, local=local) for e in engines)
    common.html(
        f'<table class="iv-table"><thead><tr><th scope="col">{t("engines.engine")}</th>'
        f'<th scope="col">{t("engines.state")}</th>{where}<th scope="col">{t("engines.gives")}</th>'
        f'<th scope="col" class="n">{t("engines.price")}</th></tr></thead><tbody>{rows}</tbody></table>'
    )


def _row(engine: dict[str, Any], *, local: bool) -> str:
    state = (
        f'<span class="iv-ok">{t("engines.ready")}</span>'
        if engine["available"]
        else f'<span class="iv-amber">{esc(engine["reason"])}</span>'
    )
    note = f'<div class="iv-mute">{esc(engine["note"])}</div>' if engine.get("note") else ""
    gives = t(f"engines.g_{engine['boxes']}") + (t("engines.confidences") if engine["confidence"] else "")
    version = f' <span class="iv-mute">{esc(engine["version"])}</span>' if engine["version"] else ""
    where = "" if local else f"<td>{t('engines.image', provider=esc(_place(engine)))}</td>"
    price = f"{engine['price']:.4f} USD" if engine["price"] else t("engines.free")
    return (
        f"<tr><td><b>{esc(engine['title'])}</b>{version}</td><td>{state}{note}</td>{where}"
        f'<td>{gives}</td><td class="n">{price}</td></tr>'
    )


def _place(engine: dict[str, Any]) -> str:
    return ", ".join(part for part in (engine["privacy"], engine["region"]) if part)


def _test(engines: list[dict[str, Any]]) -> None:
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


main()
