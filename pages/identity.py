"""Who is at the screen: signed in or the local user, their role, their language and its texts."""

from __future__ import annotations

import getpass

import streamlit as st

from model.policy import Role, role_at_least
from model.texts import language_of, text
from pages import common
from storage import people


def cookies() -> dict[str, str]:
    """The cookies of the browser that looks at the page."""
    return {name: value for name, value in st.context.cookies.items() if isinstance(value, str)}


def sign_in() -> bool:
    """Whether people sign in here (OpenID Connect, section [auth] of the secrets)."""
    from streamlit.auth_util import get_secrets_auth_section

    return bool(get_secrets_auth_section())


def actor() -> str:
    """Who decides here: who signed in, else the operating system's user, or "local" without a name.

    People are known by their e-mail address where their provider has verified it, else by the provider's
    own number for them: an address that anybody may claim is nobody's.
    """
    if sign_in():
        user = st.user.to_dict()
        address = user.get("email") if user.get("email_verified") in (True, "true") else None
        name = "".join(c for c in str(address or user.get("sub") or "") if c.isprintable()).strip()
        return name[:200]
    try:
        return getpass.getuser() or "local"
    except (OSError, KeyError):
        return "local"


def role() -> str | None:
    """The person's role in the project; without sign-in the one person here may do everything."""
    return people.role(common.project(), actor()) if sign_in() else "administrator"


def may(wanted: Role) -> bool:
    return role_at_least(role(), wanted)


def needs(wanted: Role) -> str | None:
    """What a disabled control says on hover, or None where the person may use it."""
    return None if may(wanted) else t("common.not_allowed", role=t(f"common.role_{wanted}"))


def language() -> str:
    """The interface language: chosen in the sidebar, else the browser's."""
    return str(st.session_state.get("language") or language_of(st.context.locale))


def t(key: str, **values: object) -> str:
    """A text of the catalogue (model.texts) in the person's language."""
    return text(key, language(), **values)
