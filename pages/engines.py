"""Engines: what reads here and what would leave the machine, what each can do and how right it was here."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages import common, known, licences, outside, rows, trial
from pages.common import esc
from pages.identity import t
from workflow.dashboard import EngineUse, dashboard

ABLE = {"confidences": "confidence", "handwriting": "handwriting", "vertical": "vertical"}
"""Texts of the catalogue by the keys of registry.describe."""


def main() -> None:
    listing, sample = st.columns([5, 4], gap="large")
    with listing:
        engines = known.engines()
        right = {use.engine: use for use in dashboard(common.project()).engines}
        engines = [{**e, "use": right.get(e["name"])} for e in engines]
        here = [e for e in engines if e["privacy"] == "local"]
        away = [e for e in engines if e["privacy"] != "local"]
        _group(t("engines.here"), here, local=True)
        _group(t("engines.leaves"), away, local=False)
        licences.show([e for e in engines if e["version"] or _agreed(e)])
        if away:
            outside.show(away)
    with sample:
        trial.show([e for e in engines if e["available"] and e["name"] not in ("null", "replay")])


def _group(title: str, engines: list[dict[str, Any]], *, local: bool) -> None:
    """Those that are ready; folded below them those that lack something, each with what that is."""
    st.subheader(title, anchor=False)
    ready = [e for e in engines if e["available"]]
    lacking = [e for e in engines if not e["available"]]
    if ready:
        common.html(_table(ready, local=local))
    else:
        common.html(
            f'<p class="iv-mute">{t("engines.none_ready" if lacking else "engines.nothing_sent")}</p>'
        )
    if lacking:
        with st.expander(t("engines.lacking", n=len(lacking))):
            common.html(_table(lacking, local=local))


def _table(engines: list[dict[str, Any]], *, local: bool) -> str:
    where = "" if local else f'<th scope="col">{t("engines.sent")}</th>'
    lines = "".join(_row(e, local=local) for e in engines)
    return (
        f'<table class="iv-table"><thead><tr><th scope="col">{t("engines.engine")}</th>'
        f'<th scope="col">{t("engines.state")}</th>{where}<th scope="col">{t("engines.gives")}</th>'
        f'<th scope="col" class="n">{t("engines.right")}</th>'
        f'<th scope="col" class="n">{t("engines.price")}</th></tr></thead><tbody>{lines}</tbody></table>'
    )


def _row(engine: dict[str, Any], *, local: bool) -> str:
    state = (
        f'<span class="iv-ok">{t("engines.ready")}</span>'
        if engine["available"]
        else f'<span class="iv-amber">{esc(engine["reason"])}</span>'
    )
    note = f'<div class="iv-mute">{esc(engine["note"])}</div>' if engine.get("note") else ""
    gives = t(f"engines.g_{engine['boxes']}") + "".join(
        t(f"engines.{key}") for key in ("confidences", "handwriting", "vertical") if engine.get(ABLE[key])
    )
    spoken = ", ".join(rows.language(code) for code in engine["languages"] if code in common.LANGUAGES)
    spoken = f'<div class="iv-mute">{esc(spoken)}</div>' if spoken else ""
    version = f' <span class="iv-mute">{esc(engine["version"])}</span>' if engine["version"] else ""
    where = "" if local else f"<td>{t('engines.image', provider=esc(_place(engine)))}</td>"
    price = f"{engine['price']:.4f} USD" if engine["price"] else t("engines.free")
    return (
        f"<tr><td><b>{esc(engine['title'])}</b>{version}</td><td>{state}{note}</td>{where}"
        f'<td>{gives}{spoken}</td><td class="n">{_right(engine["use"])}</td><td class="n">{price}</td></tr>'
    )


def _agreed(engine: dict[str, Any]) -> bool:
    """Whether the project has accepted its licence, which can be withdrawn even where it is not installed."""
    return bool(engine.get("terms") and engine["terms"]["accepted"])


def _right(use: EngineUse | None) -> str:
    """How often the engine was right in this project, where people have settled words that it read."""
    if use is None or not use.decided:
        return ""
    return (
        f"{use.right / use.decided:.1%}<div class='iv-mute'>{esc(t('engines.of_words', n=use.decided))}</div>"
    )


def _place(engine: dict[str, Any]) -> str:
    return ", ".join(part for part in (engine["privacy"], engine["region"]) if part)


main()
