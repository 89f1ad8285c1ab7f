"""The project's profile: choosing one, bringing one's own, and what it covers and what it does not."""

from __future__ import annotations

import streamlit as st

from model.errors import InkveilError
from pages import common, identity
from pages.identity import t
from redaction import decide, profiles
from redaction.profiles import BUILTIN, TYPES, Profile


def panel() -> None:
    """For the whole project; what is found follows at once, what was decided stays."""
    project = common.project()
    now = profiles.of_or_default(project)
    why = identity.needs("administrator")
    names = [*BUILTIN, *([now.name] if now.own else [])]
    pick, own = st.columns([8, 2], vertical_alignment="bottom")
    name = pick.selectbox(
        t("redact.profile"), names, names.index(now.name), disabled=why is not None, help=why,
        format_func=lambda n: t(f"redact.profile_{n}") if n in BUILTIN else now.title,
        key=f"profile-{now.digest[:12]}",
    )  # fmt: skip
    with own.popover(t("redact.profile_own"), width="stretch", disabled=why is not None):
        _own(now)
    if name != now.name and why is None:
        _choose(profiles.builtin(name))
    with st.expander(t("redact.profile_covers")):
        _covers(now)


def _own(now: Profile) -> None:
    """A TOML file comes in, the present one goes out to be changed."""
    file = st.file_uploader(t("redact.profile_file"), type=["toml"], key=f"profile-file-{now.digest[:12]}")
    if file is not None and st.button(t("common.save"), type="primary", key="profile-save"):
        try:
            profile = profiles.from_bytes(file.getvalue(), file.name)
        except InkveilError as error:
            common.failed(error)
        else:
            _choose(profile)
    st.download_button(
        t("redact.profile_copy"), now.source, f"{now.name}.toml", "application/toml", on_click="ignore",
        width="stretch",
    )  # fmt: skip


def _choose(profile: Profile) -> None:
    try:
        profiles.choose(common.project(), profile, identity.actor())
    except InkveilError as error:
        common.failed(error)
        return
    st.rerun()


def _covers(now: Profile) -> None:
    """The law's own list with what stands for each item; which types are not looked for at all."""
    language = identity.language()
    off = [decide.type_name(kind, language) for kind in TYPES if not now.rule(kind).enabled]
    said = t("redact.profile_off", types=", ".join(off)) if off else t("redact.profile_all")
    common.html(f'<p class="iv-mute">{common.esc(now.description)}</p><p>{common.esc(said)}</p>')
    rows = [
        [
            f"{item.id} {item.title}".strip(), t(f"redact.covered_{item.covered}"),
            ", ".join(decide.type_name(kind, language) for kind in item.types), item.note or item.not_covered,
        ]
        for item in now.identifiers
    ]  # fmt: skip
    if rows:
        heads = [(t(f"redact.profile_{name}"), "") for name in ("item", "found", "by", "limits")]
        common.html(common.table(heads, rows))
