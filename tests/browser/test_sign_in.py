"""Signing in through OpenID Connect: a real provider on a socket, people in browsers of their own, roles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import PATIENCE, Server, ask, until
from made_document import add_document
from playwright.sync_api import expect
from provider import Provider

from review.access import HEADER
from storage import ledger, people
from storage.project import Project

pytestmark = pytest.mark.browser


class SignedServer(Server):
    """The application with sign-in configured."""

    secrets: Path

    def command(self) -> list[str]:
        return [*super().command(), "--secrets.files", str(self.secrets)]


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with Provider() as running:
        yield running


@pytest.fixture(scope="module")
def signed(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignedServer]:
    server = SignedServer(tmp_path_factory.mktemp("signed") / "data")
    server.data.mkdir(parents=True)
    server.secrets = server.data.parent / "secrets.toml"
    server.secrets.write_text(provider.secrets_toml(server.url))
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def visit(chromium: Any, signed: SignedServer) -> Iterator[Any]:
    """Opens a browser of its own for a person."""
    contexts = []

    def opened() -> Any:
        context = chromium.new_context(viewport={"width": 1280, "height": 800}, base_url=signed.url)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()


def sign_in(tab: Any, person: str) -> None:
    tab.goto("/")
    tab.get_by_role("button", name="Sign in").click()
    tab.locator(f"#{person}").click()
    tab.wait_for_url("**/")


def document_in(signed: SignedServer) -> str:
    with Project.open(signed.data) as project:
        return add_document(project, pages=1, words=40, errors=0.3, seed=len(signed.log) % 997)[0]


def test_without_sign_in_nothing_is_shown(visit: Any, signed: SignedServer) -> None:
    document = document_in(signed)
    tab = visit()
    for path in ("/", f"/review?doc={document}", "/audit", "/team"):
        tab.goto(path)
        expect(tab.get_by_role("button", name="Sign in")).to_be_visible()
        assert "letters.tif" not in tab.content()
    assert httpx.get(f"{signed.url}/inkveil/review/default/{document}/overview").status_code == 401


def test_people_work_under_their_own_names_and_roles_count_at_once(visit: Any, signed: SignedServer) -> None:
    document = document_in(signed)
    with Project.open(signed.data) as project:
        people.set_role(project, "ada@example.org", "administrator", actor="test")
        stranger = visit()
        sign_in(stranger, "zoe")
        expect(stranger.get_by_text("inkveil people set zoe@example.org reviewer")).to_be_visible()
        assert "letters.tif" not in stranger.content()

        ada, bea = visit(), visit()
        sign_in(ada, "ada")
        people.set_role(project, "bea@example.org", "reviewer", actor="ada@example.org")
        sign_in(bea, "bea")
        for tab in (ada, bea):
            tab.goto(f"/review?doc={document}")
            until(tab, "b.page && b.page.width && b.view.bitmap")
        expect(bea.locator(".done-title")).to_have_text("ada@example.org is working on page 1")
        ada.keyboard.press("Enter")
        until(ada, "b.outbox.size === 0")
        events = [e for e in ledger.events(project, document) if e.kind == "accept"]
        assert [e.actor for e in events] == ["ada@example.org"]

        bea.get_by_role("button", name="Take the page over").click()
        until(bea, "b.mode === 'word'")
        people.set_role(project, "bea@example.org", None, actor="ada@example.org")
        bea.keyboard.press("Enter")
        until(bea, "b.outbox.denied")
        assert [e.actor for e in ledger.events(project, document) if e.kind == "accept"] == [
            "ada@example.org"
        ]
        people.set_role(project, "bea@example.org", "reviewer", actor="ada@example.org")
        bea.goto(f"/review?doc={document}")
        until(bea, "b.page && b.page.width && b.outbox.size === 0")
        actors = [e.actor for e in ledger.events(project, document) if e.kind == "accept"]
        assert actors == ["ada@example.org", "bea@example.org"], "what was kept is delivered"


def test_pages_offer_what_the_role_allows(visit: Any, signed: SignedServer) -> None:
    document = document_in(signed)
    with Project.open(signed.data) as project:
        people.set_role(project, "ada@example.org", "administrator", actor="test")
        people.set_role(project, "bea@example.org", "reviewer", actor="test")
    for person, allowed in (("ada", True), ("bea", False)):
        tab = visit()
        sign_in(tab, person)
        for path, button in (("export", "Export"), ("team", "Save"), ("certify", "Draw a sample")):
            tab.goto(f"/{path}?doc={document}")
            found = tab.get_by_test_id("stMain").get_by_role("button", name=button).first
            found.wait_for()
            assert found.is_enabled() is allowed, (person, path)


def test_a_token_and_an_image_address_end_with_the_sign_in(visit: Any, signed: SignedServer) -> None:
    document = document_in(signed)
    with Project.open(signed.data) as project:
        people.set_role(project, "ada@example.org", "administrator", actor="test")
    tab = visit()
    sign_in(tab, "ada")
    thumb = tab.locator("img.iv-thumb").first
    thumb.wait_for()
    address = thumb.get_attribute("src")
    tab.goto(f"/review?doc={document}")
    until(tab, "b.page && b.page.width")
    token = ask(tab, "b.server.token")
    cookies = {c["name"]: c["value"] for c in tab.context.cookies()}
    overview = f"{signed.url}/inkveil/review/default/{document}/overview"
    assert httpx.get(overview, headers={HEADER: token}, cookies=cookies).status_code == 200
    assert httpx.get(f"{signed.url}{address}", cookies=cookies).status_code == 200
    without = {name: value for name, value in cookies.items() if not name.startswith("_streamlit_user")}
    assert httpx.get(overview, headers={HEADER: token}, cookies=without).status_code == 401
    assert httpx.get(f"{signed.url}{address}", cookies=without).status_code == 403
    tab.goto("/")
    tab.get_by_role("button", name="Sign out").click()
    expect(tab.get_by_role("button", name="Sign in")).to_be_visible()
    for _ in range(200):  # the browser is on its way through /auth/logout
        left = [c["name"] for c in tab.context.cookies() if c["name"].startswith("_streamlit_user")]
        if not left:
            break
        tab.wait_for_timeout(25)
    assert left == []


def test_a_forged_sign_in_is_none(visit: Any, signed: SignedServer, provider: Provider) -> None:
    tab = visit()
    provider.forge = True
    try:
        tab.goto("/")
        tab.get_by_role("button", name="Sign in").click()
        tab.locator("#ada").click()
        tab.wait_for_load_state()
        tab.goto("/")
        expect(tab.get_by_role("button", name="Sign in")).to_be_visible()
    finally:
        provider.forge = False


def test_an_address_that_nobody_verified_is_no_name(
    visit: Any, signed: SignedServer, provider: Provider
) -> None:
    with Project.open(signed.data) as project:
        people.set_role(project, "ada@example.org", "administrator", actor="test")
    tab = visit()
    provider.verified = False
    try:
        sign_in(tab, "ada")
        expect(tab.get_by_text("inkveil people set number-of-ada reviewer")).to_be_visible()
    finally:
        provider.verified = True
