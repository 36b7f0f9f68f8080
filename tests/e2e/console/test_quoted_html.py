"""What the HTML of an email quotes is folded, whichever mail program wrote it, and opens without a script."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.support.paths import ROOT

ORIGIN = "http://console.example"
QUOTE = "On Wed, 25 Nov 2026 at 10:41, Sam Meyer <sam@acme.example> wrote:\n> Dear Jo,\n> please find it attached.\n"
OUTLOOK = "____________\nFrom: Sam Meyer <sam@acme.example>\nSent: Wednesday\n\nDear Jo, please find it.\n"
ATTRIBUTION = (
    'On Wed, 25 Nov 2026 at 10:41, Sam Meyer &lt;<a href="mailto:sam@acme.example">sam@acme.example</a>&gt; wrote:'
)
BANNER = "CAUTION: This email came from outside.\n\n"

# Name, HTML as the API answers it (without classes), visible, quoted; what stays in sight, what is folded.
EXAMPLES = {
    "Gmail": (
        (
            f'<div dir="ltr">Thank you.<div><br></div></div><br><div><div dir="ltr">{ATTRIBUTION}<br></div>'
            "<blockquote><div>Dear Jo,<br>please find it attached.</div></blockquote></div>"
        ),
        ("Thank you.", QUOTE),
        (["Thank you."], ["Sam Meyer", "please find it attached."]),
    ),
    "Apple Mail": (
        (
            f"<div>Thank you.</div><div><br><blockquote>{ATTRIBUTION}</blockquote></div>"
            "<blockquote>Dear Jo,<br>please find it attached.</blockquote>"
        ),
        ("Thank you.", QUOTE),
        (["Thank you."], ["Sam Meyer", "please find it attached."]),
    ),
    "Outlook": (
        (
            '<div><p>Thank you.</p><p>&nbsp;</p><div style="border-top:solid 1pt"><p><b>From:</b> Sam Meyer '
            "&lt;sam@acme.example&gt;<br><b>Sent:</b> Wednesday</p></div><p>Dear Jo, please find it.</p></div>"
        ),
        ("Thank you.", OUTLOOK),
        (["Thank you."], ["From:", "please find it."]),
    ),
    "Outlook on the web": (
        (
            "<div>Thank you.</div><hr><div><b>From:</b> Sam Meyer &lt;sam@acme.example&gt;<br><b>Sent:</b> Wednesday"
            "<br></div><div>Dear Jo, please find it.</div>"
        ),
        ("Thank you.", OUTLOOK),
        (["Thank you."], ["From:", "please find it."]),
    ),
    "a quote in the same line": (
        f"<p>Thank you.<br>{ATTRIBUTION}</p><blockquote><p>Dear Jo,</p><p>please find it attached.</p></blockquote>",
        ("Thank you.", QUOTE),
        (["Thank you."], ["Sam Meyer", "please find it attached."]),
    ),
    "a table": (
        (
            "<table><tbody><tr><td>Thank you.</td></tr><tr><td>From: Sam Meyer &lt;sam@acme.example&gt;<br>"
            "Sent: Wednesday</td></tr></tbody></table><p>Dear Jo, please find it.</p>"
        ),
        ("Thank you.", OUTLOOK),
        (["Thank you."], ["From:", "please find it."]),
    ),
    "a banner": (
        (
            f"<table><tbody><tr><td>CAUTION: This email came from outside.</td></tr></tbody></table><p>Thank you.</p>"
            f"<div>{ATTRIBUTION}</div><blockquote>Dear Jo,<br>please find it attached.</blockquote>"
        ),
        ("Thank you.", BANNER + QUOTE),
        (["Thank you."], ["CAUTION", "Sam Meyer", "please find it attached."]),
    ),
    "a picture above the quote": (
        (
            '<p><img alt="Shot" width="20" height="20" src="data:image/gif;base64,R0lGODlhAQABAAAAACw="></p>'
            f"<div>{ATTRIBUTION}</div><blockquote>Dear Jo,<br>please find it attached.</blockquote>"
        ),
        ("", QUOTE),
        (["Shot"], ["Sam Meyer", "please find it attached."]),
    ),
    "nothing quoted": ("<p>Thank you.</p><p>Jo</p>", ("Thank you.\nJo", ""), (["Thank you.", "Jo"], [])),
    "only a quote": (f"<div>{ATTRIBUTION}</div>", ("", QUOTE), (["Sam Meyer"], [])),
    "other words than the text": (
        f"<p>Something new.</p><div>{ATTRIBUTION}</div>",
        ("This email needs HTML.", QUOTE),
        (["Something new.", "Sam Meyer"], []),
    ),
}


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """A page that can load the console's modules."""
    context = browser.new_context()
    page = context.new_page()
    page.route(f"{ORIGIN}/**", _serve)
    page.goto(f"{ORIGIN}/mail/mail.html")
    yield page
    context.close()


def _serve(route: Route) -> None:
    route.fulfill(path=ROOT / "console" / route.request.url.removeprefix(f"{ORIGIN}/"))


@pytest.mark.parametrize("name", EXAMPLES)
def test_folded(page: Page, name: str) -> None:
    html, (visible, quoted), (shown, folded) = EXAMPLES[name]
    page.evaluate(_FOLD, [html, json.dumps({"visible": visible, "quoted": quoted})])
    for words in shown:
        expect(page.get_by_text(words).or_(page.get_by_alt_text(words)).first).to_be_visible()
    for words in folded:
        expect(page.get_by_text(words).first).to_be_hidden()
    for line in page.locator("hr").all():
        expect(line).to_be_hidden()
    summaries = page.get_by_text("Show quoted text")
    assert summaries.count() == (len(folded) > 0) + ("CAUTION" in folded)
    for summary in summaries.all():
        summary.click()
    for words in [*shown, *folded]:
        expect(page.get_by_text(words).or_(page.get_by_alt_text(words)).first).to_be_visible()


_FOLD = """async ([html, said]) => {
  document.body.innerHTML = html;
  const { foldQuotes } = await import("/elements/quoted_html.js");
  foldQuotes(document.body, JSON.parse(said), "Show quoted text");
}"""
