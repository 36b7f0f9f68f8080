"""Signing in to the console, staying signed in, and leaving."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests.support.console.pages import NARROW, WIDE, Open, Watched, grave_findings, sideways
from tests.support.system.system_client import SystemClient

TOKENS = "email-channels.tokens"


@pytest.fixture
def origin(office: SystemClient) -> str:
    return str(office.http.base_url).rstrip("/")


@contextmanager
def stranger(browser: Browser, *, refused: tuple[int, ...] = ()) -> Iterator[Page]:
    """A page of a browser profile in which nobody has signed in."""
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    watched = Watched(page)
    watched.expected_statuses = set(refused)
    try:
        yield page
    finally:
        context.close()
    assert not watched.wrong, "\n".join(watched.wrong)


def kept(page: Page) -> dict[str, Any]:
    """The tokens that the page holds."""
    found: dict[str, Any] = json.loads(page.evaluate(f"() => sessionStorage.getItem('{TOKENS}')"))
    return found


def change(page: Page, **changes: object) -> None:
    """Changes the tokens that the page holds."""
    page.evaluate(f"(tokens) => sessionStorage.setItem('{TOKENS}', tokens)", json.dumps(kept(page) | changes))


def renewals(requests: list[Request]) -> list[Request]:
    return [request for request in requests if request.url.endswith("/local/oidc/token")]


def test_users(browser: Browser, origin: str) -> None:
    """Without a session, the console leads to the sign-in at once. It has one button for each user."""
    with stranger(browser) as page:
        page.goto(origin)
        page.wait_for_url("**/local/oidc/authorize?**")
        names = [button.inner_text() for button in page.get_by_role("button").all()]
        assert names == ["agent", "other-agent", "admin", "nobody"]
        assert grave_findings(page) == []
        page.set_viewport_size({"width": 360, "height": 740})
        assert sideways(page) == 0


@pytest.mark.parametrize("address", ["#/cases?status=closed", "#/configuration/topics", "#/outbox"])
def test_deep_link(browser: Browser, origin: str, address: str) -> None:
    """The address survives the sign-in, without a trace of the code."""
    with stranger(browser) as page:
        page.goto(f"{origin}/{address}")
        page.get_by_role("button", name="admin", exact=True).click()
        expect(page).to_have_url(f"{origin}/{address}")
        expect(page.get_by_role("link", name="Cases", exact=True)).to_be_visible()


def test_roles(open_console: Open) -> None:
    """Admins see what is theirs, agents do not, even by its address."""
    names = ("Cases", "Unprocessed", "Configuration", "Try an email", "Outbox")
    with open_console("admin") as page:
        navigation = page.get_by_role("navigation", name="Main")
        for name in names:
            expect(navigation.get_by_role("link", name=name, exact=True)).to_be_visible()
    with open_console("agent", "#/unprocessed") as page:
        expect(page.get_by_text("Only administrators can see this page.")).to_be_visible()
        shown = [link.inner_text() for link in page.get_by_role("navigation", name="Main").get_by_role("link").all()]
        assert [re.sub(r"\W*\d+$", "", text) for text in shown] == ["Cases", "Outbox"]


def test_no_role(open_console: Open) -> None:
    """Somebody without a role is told whom to ask.

    The API answers `GET /me` with 403 then, as its contract says: the route is for people with a role. Browsers report
    each such answer in their console, and no page can prevent that.
    """
    with open_console("nobody", refused=(403,)) as page:
        expect(page.get_by_text("You may not use Email Channels yet.")).to_be_visible()


def test_reload_and_second_tab(open_console: Open, origin: str) -> None:
    """A reload needs no sign-in. A new tab signs in by itself, through the issuer's own session."""
    with open_console("agent", "#/cases?status=closed") as page:
        requests: list[Request] = []
        page.on("request", lambda request: requests.append(request))
        page.reload()
        expect(page.get_by_role("link", name="Cases", exact=True)).to_be_visible()
        assert renewals(requests) == []
        second = page.context.new_page()
        second.goto(f"{origin}/#/outbox")
        expect(second.get_by_role("heading", name="Outbox")).to_be_visible()
        assert kept(second)["refresh_token"] != kept(page)["refresh_token"]


def test_renewal(open_console: Open) -> None:
    """A token that is about to expire is renewed before it is used, once, however many requests wait for it."""
    with open_console("admin", "#/outbox") as page:
        expect(page.get_by_role("heading", name="Outbox")).to_be_visible()
        before = kept(page)
        change(page, expires_at=0)
        requests: list[Request] = []
        page.on("request", lambda request: requests.append(request))
        page.get_by_role("link", name="Configuration", exact=True).click()
        expect(page.get_by_role("main").get_by_role("heading", level=1)).to_be_visible()
        page.wait_for_function(f"(old) => !sessionStorage.getItem('{TOKENS}').includes(old)", arg=before["token"])
        assert len(renewals(requests)) == 1
        assert kept(page)["refresh_token"] != before["refresh_token"]


def test_refused_token(open_console: Open) -> None:
    """A token that the API refuses is renewed once, and the request repeated."""
    with open_console("admin", "#/outbox", refused=(401,)) as page:
        expect(page.get_by_role("heading", name="Outbox")).to_be_visible()
        change(page, token="x.y.z")
        page.get_by_role("link", name="Configuration", exact=True).click()
        expect(page.get_by_role("main").get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_role("dialog")).to_have_count(0)
        page.wait_for_function("(name) => JSON.parse(sessionStorage.getItem(name)).token !== 'x.y.z'", arg=TOKENS)


def test_ended_session(open_console: Open, office: SystemClient, origin: str) -> None:
    """A session that cannot be renewed is said over the page, which stays; after a new sign-in it goes on there."""
    with open_console("admin", "#/outbox", refused=(400, 401)) as page:
        expect(page.get_by_role("heading", name="Outbox")).to_be_visible()
        office.http.post("/local/oidc/revoke", data={"token": kept(page)["refresh_token"]})
        change(page, token="x.y.z")
        page.get_by_role("link", name="Cases", exact=True).click()
        dialog = page.get_by_role("dialog", name="Your session has ended")
        expect(dialog).to_be_visible()
        page.keyboard.press("Escape")
        expect(dialog).to_be_visible()
        assert grave_findings(page) == []
        expect(page.locator("nav a", has_text="Cases").first).to_be_attached()
        dialog.get_by_role("button", name="Sign in").click()
        page.wait_for_function(f"() => (sessionStorage.getItem('{TOKENS}') ?? 'x.y.z').indexOf('x.y.z') < 0")
        expect(page).to_have_url(f"{origin}/#/cases")
        expect(page.get_by_role("heading", name="Cases")).to_be_visible()
        expect(dialog).to_have_count(0)


def test_sign_out(open_console: Open, origin: str) -> None:
    """Signing out forgets the tokens here, and the user at the issuer."""
    with open_console("agent") as page:
        page.get_by_role("button", name="Account: Alex Agent").click()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("button", name="agent", exact=True)).to_be_visible()
        page.goto(f"{origin}/#/cases")
        expect(page.get_by_role("button", name="agent", exact=True)).to_be_visible()
        assert page.evaluate(f"() => sessionStorage.getItem('{TOKENS}')") is None


def test_foreign_code(browser: Browser, origin: str) -> None:
    """A code that this page did not ask for is not used: the sign-in begins anew."""
    with stranger(browser) as page:
        page.goto(f"{origin}/?code=stolen&state=guessed")
        expect(page.get_by_role("button", name="agent", exact=True)).to_be_visible()


def test_language_and_theme(open_console: Open) -> None:
    """Language and theme are the reader's choice, and stay after a reload."""
    with open_console("agent") as page:
        page.get_by_role("button", name="Account").click()
        page.get_by_label("Theme").select_option("dark")
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        page.get_by_label("Language").select_option("de")
        expect(page.get_by_role("link", name="Fälle", exact=True)).to_be_visible()
        expect(page.locator("html")).to_have_attribute("lang", "de")
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_german_browser(open_console: Open) -> None:
    with open_console("admin", locale="de-AT") as page:
        expect(page.get_by_role("link", name="Unverarbeitet", exact=True)).to_be_visible()


def test_offline(open_console: Open) -> None:
    """While the server is not reached, a line says so, and the page stays."""
    with open_console("agent", "#/outbox") as page:
        expect(page.get_by_role("heading", name="Outbox")).to_be_visible()
        page.context.set_offline(True)
        expect(page.get_by_text("You are offline.")).to_be_visible()
        expect(page.get_by_role("heading", name="Outbox")).to_be_visible()
        page.context.set_offline(False)
        expect(page.get_by_text("You are offline.")).to_be_hidden()


def test_unknown_address(open_console: Open) -> None:
    with open_console("agent", "#/nowhere") as page:
        expect(page.get_by_text("This page does not exist")).to_be_visible()
        page.get_by_role("link", name="Go to the cases").click()
        expect(page.get_by_role("heading", name="Cases", exact=True)).to_be_attached()


def test_new_release(open_console: Open) -> None:
    """If a module is gone, because the server has a newer console, the page offers to reload."""
    with open_console("agent", "#/cases", refused=(404,)) as page:
        expect(page.get_by_role("heading", name="Cases", exact=True)).to_be_attached()
        page.route("**/views/outbox.js", lambda route: route.fulfill(status=404))
        page.get_by_role("link", name="Outbox", exact=True).click()
        expect(page.get_by_text("A new version of the console is available.")).to_be_visible()
        page.unroute("**/views/outbox.js")
        page.get_by_role("button", name="Reload").click()
        expect(page.get_by_role("heading", name="Outbox")).to_be_visible()


def test_by_keyboard(open_console: Open) -> None:
    """The first Tab leads to a link that skips the navigation; `/` and `?` work, but not while somebody writes."""
    with open_console("agent", "#/outbox") as page:
        expect(page.get_by_role("heading", name="Outbox")).to_be_visible()
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("main")).to_be_focused()
        page.keyboard.press("?")
        expect(page.get_by_role("dialog", name="Keyboard keys")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        page.keyboard.press("/")
        search = page.get_by_role("searchbox", name="Search all cases")
        expect(search).to_be_focused()
        page.keyboard.type("a/b?")
        expect(search).to_have_value("a/b?")
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(r"#/cases\?q=a%2Fb%3F$"))


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_accessible(open_console: Open, theme: str, size: tuple[int, int]) -> None:
    """The frame of the page, its menus, and the outbox."""
    with open_console("admin", "#/outbox", theme=theme, size=size) as page:
        expect(page.get_by_role("heading", name="Outbox")).to_be_visible()
        page.get_by_role("button", name="Account").click()
        expect(page.get_by_label("Language")).to_be_visible()
        assert grave_findings(page) == []
        assert sideways(page) == 0
        if size == NARROW:
            page.keyboard.press("Escape")
            page.get_by_role("button", name="Menu").click()
            expect(page.get_by_role("link", name="Configuration", exact=True)).to_be_visible()
            assert grave_findings(page) == []
