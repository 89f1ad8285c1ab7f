"""With whom exports are signed: a popover on the export page."""

from __future__ import annotations

import streamlit as st

from model.errors import InkveilError
from pages import common, identity
from pages.identity import t
from workflow import signing
from workflow.signing import KINDS, Choice


def popover() -> None:
    """The project's choice, and the local identity's certificate to hand out."""
    with st.popover(t("export.signature"), width="stretch"):
        try:
            now = signing.chosen(common.project())
        except InkveilError as error:
            common.failed(error)
            now = Choice()
        kind = st.segmented_control(
            t("export.signature"), KINDS, default=now.kind, format_func=lambda k: t(f"export.sign_{k}"),
            label_visibility="collapsed", key="sign-kind",
        )  # fmt: skip
        choice = _fields(kind or now.kind, now)
        why = identity.needs("administrator")
        if st.button(t("common.save"), type="primary", key="sign-save", disabled=why is not None, help=why):
            try:
                signing.choose(common.project(), choice, identity.actor())
            except InkveilError as error:
                common.failed(error)
                return
            st.rerun()
        if now.kind == "local":
            _certificate()


def _fields(kind: signing.Kind, now: Choice) -> Choice:
    file = key = password = module = token = label = ""
    if kind == "file":
        file = st.text_input(t("export.sign_path"), now.file)
        key = st.text_input(t("export.sign_key"), now.key)
    elif kind == "token":
        module = st.text_input(t("export.sign_module"), now.module)
        token = st.text_input(t("export.sign_token_name"), now.token)
        label = st.text_input(t("export.sign_label"), now.label)
    if kind in ("file", "token"):
        password = st.text_input(t("export.sign_password"), now.password_file)
    stamp = "" if kind == "none" else st.text_input(t("export.sign_timestamp"), now.timestamp)
    return Choice(kind, file, key, password, module, token, label, stamp.strip())


def _certificate() -> None:
    """Made at the first export; the fingerprint is what others compare."""
    try:
        pem, fingerprint = signing.local_certificate(common.data_dir())
    except InkveilError as error:
        common.failed(error)
        return
    st.download_button(
        t("export.sign_certificate"), pem, "inkveil-identity.pem", "application/x-pem-file",
        on_click="ignore", width="stretch",
    )  # fmt: skip
    common.html(f'<div class="iv-mono iv-mute">SHA-256 {common.esc(fingerprint)}</div>')
