"""The console in a browser, as one of the local users sees it. What a browser reports as wrong fails the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request

Open = Callable[..., AbstractContextManager[Page]]
"""Opens the console: the user, the address, and what else `opened` takes."""

WIDE, NARROW = (1366, 900), (360, 740)
"""Sizes of a screen in CSS pixels."""

WAIT = 60_000
"""Milliseconds that a test waits for something to appear. A busy machine may need them."""

_OFFLINE = "net::ERR_INTERNET_DISCONNECTED"

GRAVE = {"serious", "critical"}
"""The impacts of axe that a page must not have."""


class Watched:
    """Collects what a page does wrong: errors in its console, exceptions, requests to other hosts."""

    def __init__(self, page: Page) -> None:
        self.wrong: list[str] = []
        self.expected_statuses: set[int] = set()
        page.on("console", self._said)
        page.on("pageerror", self._raised)
        page.on("request", self._requested)

    def _said(self, message: ConsoleMessage) -> None:
        refused = any(f"status of {status}" in message.text for status in self.expected_statuses)
        refused = refused or _OFFLINE in message.text  # only tests go offline
        if message.type in {"error", "warning"} and not refused:
            self.wrong.append(f"{message.type}: {message.text}")

    def _raised(self, error: Error) -> None:
        self.wrong.append(f"exception: {error}")

    def _requested(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme not in {"data", "blob", "about"} and url.hostname != "127.0.0.1":
            self.wrong.append(f"request: {request.url}")


@contextmanager
def opened(
    browser: Browser,
    origin: str,
    user: str,
    address: str = "",
    *,
    size: tuple[int, int] = WIDE,
    theme: str = "light",
    locale: str = "en-GB",
    refused: tuple[int, ...] = (),
    watched_for_errors: bool = True,
) -> Iterator[Page]:
    """A page of the console, signed in as a local user, in a browser profile of its own.

    `refused` are statuses that the API may answer within the block: browsers report each as an error. Without
    `watched_for_errors`, nothing that the browser reports fails the test, as where the policy has to block something.
    """
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if theme == "dark" else "light",
        locale=locale,
        timezone_id="Europe/Berlin",
        reduced_motion="reduce",
    )
    context.set_default_timeout(WAIT)
    page = context.new_page()
    watched = Watched(page)
    watched.expected_statuses = set(refused)
    try:
        page.goto(f"{origin}/{address}")
        page.get_by_role("button", name=user, exact=True).click()
        page.get_by_role("banner").wait_for()
        yield page
    finally:
        context.close()
    assert not (watched_for_errors and watched.wrong), "\n".join(watched.wrong)


def grave_findings(page: Page) -> list[str]:
    """What axe finds on the page that keeps people from using it."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['help']} ({node['html'][:200]})"
        for one in found
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]


def sideways(page: Page) -> int:
    """By how many pixels the page is wider than the screen. 0 if it need not be scrolled sideways."""
    wider: int = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wider
