"""Files coming in on the documents page: the drop zone, the samples, the password of an encrypted PDF.

One bad file never stops the others: each answer stands on its own line until the next upload.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import streamlit as st

from model.errors import InkveilError, PasswordNeeded
from pages import common, identity, media
from pages.identity import t
from storage import documents, settings
from workflow import team


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one file. `data` is kept only while a password is missing."""

    name: str
    kind: str
    text: str
    data: bytes | None = None


def take(name: str, data: bytes, *, password: str | None = None, languages: Any = None) -> Answer:
    """One file into the project, and what to say about it."""
    chosen = languages or settings.get(common.project(), "languages") or None
    try:
        added = documents.add(
            common.project(), data, name, actor=identity.actor(), password=password, languages=chosen
        )
    except PasswordNeeded as error:
        return Answer(name, "password", error.message, data)
    except InkveilError as error:
        return Answer(name, "refused", error.message)
    team.begin(common.project(), added.id, identity.actor())
    if added.duplicate:
        return Answer(name, "duplicate", t("documents.here", name=name, other=added.name))
    pages = t("common.pages", n=added.pages)
    return Answer(name, "added", t("documents.added", name=added.name, pages=pages))


def drop_zone() -> None:
    """Takes what is dropped at once, then empties itself for the next files."""
    turn = st.session_state.setdefault("turn", 0)
    files = st.file_uploader(t("documents.drop"), accept_multiple_files=True, key=f"drop{turn}")
    if files:
        with st.spinner(t("documents.taking")):
            st.session_state["answers"] = [take(f.name, f.getvalue()) for f in files]
        st.session_state["turn"] = turn + 1
        st.rerun()


def sample_title(file: str) -> str:
    """What a sample of samples/samples.json is called."""
    return t(f"documents.sample_{file.rpartition('.')[0]}")


def samples() -> None:
    """The samples as thumbnails: one click adds one."""
    listed = json.loads((media.SAMPLES / "samples.json").read_text("utf-8"))
    for column, sample in zip(st.columns(len(listed), gap="small"), listed, strict=True):
        stem = sample["file"].rpartition(".")[0]
        with column:
            common.html(
                f'<img class="iv-sample" alt="" src="{common.esc(media.sample_url(sample["file"]))}">'
            )
            if st.button(
                sample_title(sample["file"]), key=f"sample-{sample['file']}", type="tertiary", width="stretch"
            ):
                data = (media.SAMPLES / sample["file"]).read_bytes()
                answer = take(sample["file"], data, languages=sample["languages"])
                st.session_state["answers"] = [answer]
                st.rerun()
            common.html(f'<div class="iv-mute" style="font-size:12px">{t(f"documents.line_{stem}")}</div>')


def answers() -> None:
    """What became of the last files: problems in full, and a field where a password is missing."""
    given: list[Answer] = st.session_state.get("answers", [])
    fine = [a.text for a in given if a.kind == "added"]
    if len(given) > 1 and fine:
        st.toast(t("documents.files_added", n=len(fine), all=len(given)))
    for index, answer in enumerate(given):
        if answer.kind == "duplicate":
            st.info(answer.text)
        elif answer.kind == "refused":
            st.error(answer.text)
        elif answer.kind == "password":
            _password(index, answer)


def _password(index: int, answer: Answer) -> None:
    with st.form(f"password-{index}", border=True):
        st.markdown(f"**{common.esc(answer.name)}**  {answer.text}")
        field, button = st.columns([4, 1], vertical_alignment="bottom")
        password = field.text_input(t("documents.password"), type="password", label_visibility="collapsed")
        if button.form_submit_button(t("documents.open"), width="stretch") and answer.data is not None:
            st.session_state["answers"][index] = take(answer.name, answer.data, password=password)
            st.rerun()
