"""The Email History: delivery states in words, quotes, images, the original, and why an email is where it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.console.pages import Open
from tests.support.system.casework import infected_email, open_case, upload_file, write_email
from tests.support.system.images import png
from tests.support.system.mail import email, message_id, word
from tests.support.system.seeding import seed_history
from tests.support.system.system_client import ANSWERS, Person, Sent, SystemClient

QUOTE = "On 25 November Sam Meyer wrote:\n> Dear Jo,\n> please find it attached.\n"


@pytest.fixture
def jo(office: SystemClient) -> Person:
    return office.employ("Jo")


@pytest.fixture
def case(office: SystemClient, jo: Person) -> Any:
    return open_case(office, jo)


@pytest.fixture
def letter(office: SystemClient, case: Any, jo: Person) -> Sent:
    """An agent's email, with a file. One of its recipients does not exist."""
    upload = upload_file(office, "letter.pdf", "application/pdf", b"%PDF-1.4 " + word().encode())
    return write_email(office, case, [jo.mailbox, "bounce@simulator.amazonses.com"], attachments=[upload])


@pytest.fixture
def page(open_console: Open, case: Any, letter: Sent) -> Iterator[Page]:
    with open_console("agent", f"#/cases/{case['case_id']}") as page:
        page.get_by_role("button", name="Email History", exact=True).click()
        expect(page.get_by_role("article")).to_have_count(2)
        yield page


def test_delivery(page: Page, jo: Person) -> None:
    """All is said per recipient, and a bounce in words. The time is exact on hover."""
    entry = page.get_by_role("article", name="Sent: ")
    expect(entry).to_contain_text("1 of 2 not delivered")
    states = entry.get_by_role("listitem")
    expect(states.filter(has_text=jo.address)).to_contain_text("Delivered")
    expect(states.filter(has_text="bounce@")).to_contain_text("The mailbox does not exist.")
    expect(entry.locator("header time")).to_have_attribute("title", re.compile(r"^\w+,? \d+ \w+ 20\d\d"))


def test_attachments(page: Page) -> None:
    files = page.get_by_role("article", name="Sent: ").get_by_role("list", name="Attachments")
    expect(files).to_contain_text("PDF, ")
    with page.expect_download() as downloading:
        files.get_by_role("button", name="Download letter.pdf").click()
    assert downloading.value.suggested_filename == "letter.pdf"


def test_quoted_text(office: SystemClient, page: Page, letter: Sent, jo: Person) -> None:
    """What was written now comes first; what it quotes is folded."""
    office.send(email(jo.mailbox, letter.subject, f"Thank you.\n\n{QUOTE}", To="answers@acme.example"), ANSWERS)
    entry = page.get_by_role("article").first
    expect(entry.get_by_text("Thank you.")).to_be_visible()
    expect(entry.get_by_text("please find it attached")).to_be_hidden()
    entry.get_by_text("Show quoted text").click()
    expect(entry.get_by_text("please find it attached")).to_be_visible()


def test_quoted_html(office: SystemClient, page: Page, letter: Sent, jo: Person) -> None:
    """The same for HTML, where a quote has no marks that all mail programs share."""
    message = email(jo.mailbox, letter.subject, f"Thank you, Sam.\n\n{QUOTE}", To="answers@acme.example")
    attribution = "<div>On 25 November Sam Meyer wrote:</div>"
    html = f"<p>Thank you, <b>Sam</b>.</p>{attribution}<blockquote>Dear Jo,<br>please find it attached.</blockquote>"
    message.add_alternative(html, subtype="html")
    office.send(message, ANSWERS)
    frame = page.get_by_role("article").first.frame_locator("iframe")
    expect(frame.get_by_text("Thank you,")).to_be_visible()
    expect(frame.get_by_text("please find it attached")).to_be_hidden()
    frame.get_by_text("Show quoted text").click()
    expect(frame.get_by_text("please find it attached")).to_be_visible()


def test_no_text(office: SystemClient, page: Page, letter: Sent, jo: Person) -> None:
    """An email that is nothing but a file."""
    message = email(jo.mailbox, letter.subject, To="answers@acme.example")
    message.set_content(b"%PDF-1.4", "application", "pdf", disposition="attachment", filename="payslip.pdf")
    office.send(message, ANSWERS)
    entry = page.get_by_role("article").first
    expect(entry.get_by_role("list", name="Attachments")).to_contain_text("payslip.pdf")
    expect(entry).to_contain_text("This email has no text.")


def test_images(office: SystemClient, page: Page, letter: Sent, jo: Person) -> None:
    """Inline images are shown, remote ones only when somebody asks for them."""
    asked: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.abort()

    page.context.route("https://pictures.example/**", refuse)
    message = email(jo.mailbox, letter.subject, "Text\n", To="answers@acme.example")
    html = '<p>Look: <img src="cid:shot@acme" alt="Shot"></p><img src="https://pictures.example/a.png" alt="Logo">'
    message.add_alternative(html, subtype="html")
    body = message.get_body(("html",))
    assert body is not None
    body.add_related(png(90), "image", "png", cid="<shot@acme>", filename="shot.png")
    office.send(message, ANSWERS)
    entry = page.get_by_role("article").first
    expect(entry.get_by_text("1 remote image is blocked.")).to_be_visible()
    frame = entry.frame_locator("iframe")
    shot = frame.get_by_role("img", name="Shot")
    expect(shot).to_be_visible()
    shot.evaluate("(image) => image.decode()")
    assert asked == []


def test_images_when_asked_for(office: SystemClient, open_console: Open, case: Any, letter: Sent, jo: Person) -> None:
    message = email(jo.mailbox, letter.subject, To="answers@acme.example")
    message.set_content('<p>Look</p><img src="https://pictures.example/a.png" alt="Logo">', subtype="html")
    office.send(message, ANSWERS)
    with open_console("agent", f"#/cases/{case['case_id']}", watched_for_errors=False) as page:
        fulfilled = {"status": 200, "content_type": "image/png", "body": png(10)}
        page.context.route("https://pictures.example/**", lambda route: route.fulfill(**fulfilled))
        entry = page.get_by_role("article").first
        entry.get_by_role("button", name="Show images", exact=True).click()
        logo = entry.frame_locator("iframe").get_by_role("img", name="Logo")
        expect(logo).to_be_visible()
        logo.evaluate("(image) => image.decode()")


def test_original(office: SystemClient, page: Page, case: Any, letter: Sent, jo: Person) -> None:
    text = word()
    office.send(email(jo.mailbox, letter.subject, f"{text}\n", To="answers@acme.example"), ANSWERS)
    expect(page.get_by_role("article")).to_have_count(3)
    page.get_by_role("button", name="Show original: Jo").first.click()
    dialog = page.get_by_role("dialog", name="Original of the email")
    expect(dialog.get_by_role("region", name="Headers")).to_contain_text("Message-ID")
    dialog.get_by_role("button", name="Show the source").click()
    expect(dialog.get_by_role("region", name="Source")).to_contain_text(text)
    with page.expect_download():
        dialog.get_by_role("button", name="Download the original").click()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_infected(office: SystemClient, page: Page, case: Any, jo: Person) -> None:
    """A file of an email with a virus is downloaded only by somebody who accepts the risk."""
    infected_email(office, jo, case)
    entry = page.get_by_role("article").first
    expect(entry).to_contain_text("holds a virus")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/attachments/" in request.url else None)
    entry.get_by_role("button", name="Download bonus.zip").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    assert asked == []
    entry.get_by_role("button", name="Download bonus.zip").click()
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download at my own risk").click()
    assert Path(downloading.value.path()).read_bytes() == b"MZ"
    assert [url.partition("?")[2] for url in asked if url.startswith(page.url.split("#")[0])] == ["accept_risk=true"]


def test_why(office: SystemClient, page: Page, letter: Sent, jo: Person) -> None:
    """The trace, how the email was matched, and how sure that is."""
    page.get_by_role("button", name="Why is this here?", exact=True).last.click()
    entry = page.get_by_role("article").last
    expect(entry).to_contain_text("It belonged to no case yet, so it made this one")
    trace = entry.get_by_role("list", name="Decision trace")
    expect(trace).to_contain_text("It becomes a new case.")
    expect(trace).to_contain_text("DKIM PASS")
    reply = email(jo.mailbox, "New subject", To="answers@acme.example", In_Reply_To=message_id(letter.message))
    office.send(reply, ANSWERS)
    expect(page.get_by_role("article")).to_have_count(3)
    page.get_by_role("button", name="Why is this here?", exact=True).first.click()
    newest = page.get_by_role("article").first
    expect(newest).to_contain_text("It answers an email that was sent from this case.")
    expect(newest).to_contain_text("That is sure")


def test_one_email_by_its_address(page: Page, office: SystemClient, case: Any) -> None:
    """A notice links to one email: it is open, and in sight."""
    (first,) = [one for one in office.agent.items(f"/cases/{case['case_id']}/emails") if one["direction"] == "inbound"]
    page.goto(f"{page.url.split('#')[0]}#/cases/{case['case_id']}/emails/{first['email_id']}")
    page.reload()
    entry = page.locator(f"#entry-{first['email_id']}")
    expect(entry).to_be_in_viewport()
    expect(entry.get_by_role("button", expanded=True).first).to_be_visible()


def test_many(office: SystemClient, page: Page, case: Any, jo: Person) -> None:
    """200 emails stay light: few nodes and requests, and one change shows one entry anew, not all of them."""
    seed_history(office, case["case_id"], 200)
    where = page.url
    page.goto("about:blank")  # else the page may ask once more before it is loaded again
    calls: list[str] = []
    page.on("request", lambda request: calls.append(request.url) if "/cases/" in request.url else None)
    page.goto(where)
    articles = page.get_by_role("article")
    expect(articles).to_have_count(200)
    expect(articles.nth(5)).to_contain_text("The payslip is still not right")
    whole = [url for url in calls if re.search(r"/emails/[^/]+$", url)]
    assert len(whole) <= 2, "only what is open is asked for"
    assert page.evaluate("() => document.querySelectorAll('#history *').length") < 200 * 20
    page.evaluate(_COUNT_RENDERS)

    articles.nth(100).get_by_role("button", expanded=False).click()
    expect(articles.nth(100).get_by_role("button", expanded=True).first).to_be_visible()
    expect(articles.nth(100).get_by_text("The payslip is still not right").last).to_be_visible()
    assert _entries_shown(page) <= {articles.nth(100).get_attribute("id")}

    office.send(email(jo.mailbox, f"Re: {case['subject']} {case['number']}", "One more.\n"))
    newest = articles.first
    expect(newest).to_contain_text("One more.")
    expect(articles).to_have_count(200)
    assert _entries_shown(page) <= {newest.get_attribute("id")}

    page.get_by_role("button", name="Show older entries").click()
    expect(articles).to_have_count(203)
    expect(articles.last.get_by_role("button", expanded=False).first).to_be_visible()


_COUNT_RENDERS = """async () => {
  const { options } = await import(document.querySelector('link[rel="modulepreload"]').href);
  const before = options.__r; // Preact calls it before it renders a component
  window.entriesShown = [];
  options.__r = (node) => {
    if (node.props?.entry && "setOpen" in node.props) window.entriesShown.push(`entry-${node.props.entry.email_id}`);
    before?.(node);
  };
}"""
"""Notes each entry whose component is rendered, whether or not that changes the page."""


def _entries_shown(page: Page) -> set[str]:
    """The entries that were rendered since the last call."""
    shown: list[str] = page.evaluate("() => window.entriesShown.splice(0)")
    assert shown, "the counting works"
    return set(shown)
