"""What agents do in the composer: paste a picture, send and wait."""

from __future__ import annotations

import base64
from weakref import WeakSet

from playwright.sync_api import Page, expect

from tests.support.system.images import png

_FAST: WeakSet[Page] = WeakSet()
"""Pages whose clock the test moves."""

_PASTE = """async (base64) => {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  await navigator.clipboard.write([new ClipboardItem({ "image/png": new Blob([bytes], { type: "image/png" }) })]);
}"""

_PASTE_HTML = """(html) => {
  const data = new DataTransfer();
  data.setData("text/html", html);
  data.setData("text/plain", "plain");
  const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
  document.getElementById("message").dispatchEvent(event);
}"""


def paste_picture(page: Page, shade: int = 120) -> None:
    """Pastes a picture into the message, as after a screenshot."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate(_PASTE, base64.b64encode(png(shade)).decode())
    page.get_by_role("textbox", name="Message", exact=True).click()
    page.keyboard.press("Control+v")
    expect(page.locator("#message img")).to_be_visible()


def paste_html(page: Page, html: str) -> None:
    """Pastes formatted text into the message. The clipboard itself would report violations of the test's own."""
    page.evaluate(_PASTE_HTML, html)


def press_send(page: Page, button: str = "Send") -> None:
    """Presses Send, and lets the ten seconds of Undo pass at once."""
    if page not in _FAST:
        page.clock.install()
        _FAST.add(page)
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.get_by_text("goes out in")).to_be_visible()
    page.clock.fast_forward(11_000)


def send_now(page: Page, button: str = "Send") -> None:
    """Presses Send, and waits until the email is with the server."""
    press_send(page, button)
    expect(page.get_by_text("is on its way")).to_be_visible()


def send_in_time(page: Page) -> None:
    """As `send_now`, but the ten seconds of Undo pass as they do. To move the clock takes a script in every frame, and
    the frames of emails allow none: an error in the browser's console."""
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("goes out in")).to_be_visible()
    expect(page.get_by_text("is on its way")).to_be_visible()
