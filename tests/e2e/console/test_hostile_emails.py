"""HTML of emails runs no script and fetches nothing, whatever it holds."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from html import escape
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Frame, Page, Route, expect

from tests.support.console.hostile_emails import HOST, RAN, Hostile, hostile_emails
from tests.support.console.pages import Open
from tests.support.system.casework import open_case, write_email
from tests.support.system.mail import email
from tests.support.system.system_client import ANSWERS, SystemClient

EMAILS = hostile_emails()

# Clicks everything that can be clicked in a document, and moves over the rest.
_TOUCH = """() => {
  for (const each of document.querySelectorAll("*")) {
    for (const type of ["pointerenter", "mouseover", "focus", "toggle"]) each.dispatchEvent(new Event(type));
    if (each.matches("a, button, input, [onclick]") && !/^https?:/.test(each.getAttribute("href") ?? "")) each.click();
  }
}"""

# Presses all buttons with a text. The page moves while frames grow, so a pointer would have to wait.
_PRESS = """(text) => {
  for (const button of [...document.querySelectorAll("button")]) if (button.textContent === text) button.click();
}"""


class Bites:
    """Which emails ran a script, and which were fetched from their host."""

    def __init__(self) -> None:
        self.ran: set[int] = set()
        self.fetched: set[int] = set()

    def watch(self, context: BrowserContext, page: Page) -> None:
        page.on("console", self._said)
        context.route(re.compile(rf"^https?://{HOST}/"), self._asked)

    def _said(self, message: ConsoleMessage) -> None:
        if (found := re.fullmatch(r"\d{8}", message.text)) and int(found[0]) >= RAN:
            self.ran.add(int(found[0]) - RAN)

    def _asked(self, route: Route) -> None:
        if found := re.search(rf"^https?://{HOST}/(\d+)", route.request.url):
            self.fetched.add(int(found[1]))
        route.abort()


def touch_all(frames: list[Frame]) -> None:
    """A frame without protection may leave its document while it is touched."""
    for frame in frames:
        with suppress(Error):
            frame.evaluate(_TOUCH)


def test_they_bite(browser: Browser) -> None:
    """Without protection, most of them run a script or fetch something: they prove something about the console."""
    assert len(EMAILS) >= 80
    context = browser.new_context()
    page, bites = context.new_page(), Bites()
    bites.watch(context, page)
    for one in EMAILS:
        page.set_content(f"<iframe srcdoc='{escape(one.html)}'></iframe>")
        touch_all(page.frames[1:2])
    page.wait_for_timeout(500)
    context.close()
    assert len(bites.ran) >= 30
    assert len(bites.fetched) >= 45
    harmless = {one.html for one in EMAILS if one.number not in bites.ran | bites.fetched}
    assert len(EMAILS) - len(harmless) >= 80, "\n".join(sorted(harmless))


@pytest.mark.parametrize("images", [False, True], ids=["images blocked", "images shown"])
def test_in_the_frame(office: SystemClient, open_console: Open, images: bool) -> None:
    """The frame alone, without the server's sanitising: the HTML gets there as it is, and the policy blocks it."""
    case = open_case(office, office.employ())
    with open_console("agent", "#/cases", watched_for_errors=False) as page:
        bites = Bites()
        page.route(
            f"**/cases/{case['case_id']}/emails?*",
            _answer({"items": [_entry(one) for one in EMAILS], "next_cursor": None}),
        )
        for one in EMAILS:
            page.route(f"**/emails/hostile{one.number}", _answer(_entry(one) | _whole(one)))
        bites.watch(page.context, page)
        page.goto(f"{page.url.split('#')[0]}#/cases/{case['case_id']}")
        _open_all(page)
        if images:
            page.evaluate(_PRESS, "Show images")
            page.wait_for_timeout(2_000)
        touch_all([frame for frame in page.frames[1:] if "/mail/" in frame.url])
        page.wait_for_timeout(1_000)
        expect(page.get_by_role("heading", name=case["subject"])).to_be_visible()
        assert bites.ran == set()
        if not images:
            assert bites.fetched == set()


def test_over_smtp(office: SystemClient, open_console: Open) -> None:
    """Each one comes in as an answer to an agent's email. The console shows what the sanitiser lets through."""
    jo = office.employ()
    case = open_case(office, jo)
    letter = write_email(office, case, [jo.mailbox])
    with office.connect() as smtp:
        for one in EMAILS:
            message = email(jo.mailbox, letter.subject)
            message.set_content(f"<p>Email {one.number}</p>{one.html}", subtype="html")
            smtp.sendmail(jo.address, ANSWERS, message.as_bytes())
    office.settle()
    with open_console("agent", "#/cases") as page:
        bites = Bites()
        bites.watch(page.context, page)
        page.goto(f"{page.url.split('#')[0]}#/cases/{case['case_id']}")
        _open_all(page)
        page.evaluate(_PRESS, "Show formatted")
        page.wait_for_timeout(2_000)
        touch_all([frame for frame in page.frames[1:] if "/mail/" in frame.url])
        page.wait_for_timeout(500)
        assert len(page.frames) > len(EMAILS) // 2
        assert (bites.ran, bites.fetched) == (set(), set())


def _open_all(page: Page) -> None:
    page.get_by_role("button", name="Open all").click()
    expect(page.get_by_role("button", name="Fold all")).to_be_visible()
    expect(page.locator(".entry .loading, .entry .body:empty")).to_have_count(0)
    page.wait_for_timeout(2_000)


def _answer(body: Any) -> Callable[[Route], None]:
    return lambda route: route.fulfill(status=200, content_type="application/json", body=json.dumps(body))


def _entry(one: Hostile) -> dict[str, Any]:
    sender = {"name": "Mallory", "address": f"m{one.number}@elsewhere.example"}
    nothing: dict[str, Any] = {name: [] for name in ("reply_to", "to", "cc", "bcc", "attachments", "warnings")}
    return {
        "email_id": f"hostile{one.number}",
        "direction": "inbound",
        "kind": "normal",
        "from": sender,
        "subject": "Hello",
        "at": "2026-11-26T10:41:00Z",
        "preview": "",
        "matched_by": None,
        **nothing,
    }


def _whole(one: Hostile) -> dict[str, Any]:
    """Without a text, so that the HTML is shown at once."""
    return {"text": "", "visible": "", "quoted": "", "html": one.html, "headers": [], "trace": [], "in_reply_to": None}
