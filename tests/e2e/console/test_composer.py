"""Writing an email: recipients, drafts, undo, and what the page warns of before it sends."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page, Route, expect

from tests.support.console.pages import Open
from tests.support.console.writing import paste_html, press_send, send_now
from tests.support.system.casework import open_case, write_email
from tests.support.system.mail import email, unique, unique_id, word
from tests.support.system.system_client import ANSWERS, Person, SystemClient

WORD = """<html><head><style>p {color: red}</style></head><body>
<p class=MsoListParagraph style='mso-list:l0 level1 lfo1'><span style='mso-list:Ignore'>1.</span>First</p>
<p class=MsoListParagraph style='mso-list:l0 level1 lfo1'><span style='mso-list:Ignore'>2.</span>Second</p>
<p onclick="x()"><span style='font-weight:bold'>Bold</span> <img src="file:///C:/x.png"></p></body></html>"""


@pytest.fixture
def jo(office: SystemClient) -> Person:
    return office.employ("Jo")


@pytest.fixture
def case(office: SystemClient, jo: Person) -> Any:
    return open_case(office, jo)


@pytest.fixture
def page(open_console: Open, case: Any) -> Iterator[Page]:
    """The case, as the agent sees it."""
    with open_console("agent", f"#/cases/{case['case_id']}", refused=(409,)) as page:
        expect(page.get_by_role("heading", name=case["subject"], level=1)).to_be_visible()
        expect(page.get_by_role("article")).to_have_count(1)
        yield page


def test_recipients(office: SystemClient, page: Page, jo: Person) -> None:
    """Chips, proposals of the directory, and what is not an address; Send takes what is still being written."""
    other = office.employ("Casey")
    page.get_by_role("button", name="Send Email", exact=True).click()
    to = page.get_by_label("To", exact=True)
    chips = page.get_by_role("list", name="Recipients in To")
    expect(chips).to_have_text(jo.name)
    to.press_sequentially(other.name.split()[1][:5])
    page.get_by_role("option", name=other.name).wait_for()
    to.press("ArrowDown")
    to.press("Enter")
    expect(chips.get_by_role("listitem")).to_have_text([jo.name, other.name])
    expect(page.get_by_text(f"{other.address} is new to this case.")).to_be_visible()
    to.press("Backspace")
    expect(page.get_by_role("button", name=f"Remove {other.name}")).to_be_focused()
    page.keyboard.press("Backspace")
    expect(chips.get_by_role("listitem")).to_have_text([jo.name])

    page.get_by_label("Cc", exact=True).fill("nonsense")
    page.get_by_label("Bcc", exact=True).fill(f'"Keller, {word()}" <a@acme.example>; b@acme.example')
    page.get_by_label("Message", exact=True).fill("Hello.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("This is not an email address: nonsense")).to_be_visible()
    expect(page.get_by_role("list", name="Recipients in Bcc").get_by_role("listitem")).to_have_count(2)
    page.get_by_role("button", name="Remove nonsense").click()
    with office.sending() as sent:
        send_now(page)
    (letter,) = sent
    assert (letter.to, letter.cc, letter.bcc) == ([jo.address], [], ["a@acme.example", "b@acme.example"])


def test_draft_and_undo(office: SystemClient, page: Page, case: Any) -> None:
    """A draft outlives a reload. An email that is taken back is a draft again, and nothing is sent."""
    text = word()
    page.get_by_role("button", name="Reply", exact=True).click()
    page.get_by_label("Message", exact=True).press_sequentially(text)
    page.get_by_label("Attach", exact=True).set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"a"})
    expect(page.get_by_text("Draft kept on this device")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_count(0)
    page.wait_for_timeout(600)
    page.reload()
    page.get_by_role("button", name="Go on writing").click()
    expect(page.get_by_label("Message", exact=True)).to_contain_text(text)
    expect(page.get_by_role("list", name="Attachments")).to_contain_text("a.txt")
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_label("Message", exact=True)).to_contain_text(text)
    page.get_by_role("button", name="Discard", exact=True).click()
    page.get_by_role("dialog", name="Discard this draft?").get_by_role("button", name="Discard").click()
    expect(page.get_by_role("form")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("article")).to_have_count(1)
    expect(page.get_by_role("button", name="Go on writing")).to_have_count(0)
    assert len(office.agent.items(f"/cases/{case['case_id']}/emails")) == 1


def test_closed_page(office: SystemClient, page: Page, case: Any) -> None:
    """A page that is closed before the ten seconds are over has sent nothing, and the draft is kept."""
    text = word()
    page.get_by_role("button", name="Reply", exact=True).click()
    page.get_by_label("Message", exact=True).press_sequentially(text)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("goes out in")).to_be_visible()
    page.reload()
    page.get_by_role("button", name="Go on writing").click()
    expect(page.get_by_label("Message", exact=True)).to_contain_text(text)
    assert len(office.agent.items(f"/cases/{case['case_id']}/emails")) == 1


def test_unknown_fate(office: SystemClient, open_console: Open, case: Any) -> None:
    """If no answer comes, the page asks again with the same key, then says that it does not know. The email goes out
    once."""
    text, keys = word(), list[str | None]()

    def lose(route: Route) -> None:
        keys.append(route.request.headers.get("idempotency-key"))
        route.fetch()
        route.abort()

    with (
        open_console("agent", f"#/cases/{case['case_id']}", watched_for_errors=False) as page,
        office.sending() as sent,
    ):
        page.get_by_role("button", name="Reply", exact=True).click()
        page.get_by_label("Message", exact=True).press_sequentially(text)
        page.route("**/emails", lose)
        with page.expect_event("requestfailed"):
            press_send(page)
        for seconds in (2, 5, 10):
            with page.expect_event("requestfailed"):
                page.clock.run_for(seconds * 1000 + 500)
        expect(page.get_by_text("It is not known whether the email")).to_be_visible()
        page.unroute("**/emails")
        page.get_by_role("button", name="Try again").click()
        expect(page.get_by_text("is on its way")).to_be_visible()
    assert (len(keys), len(set(keys))) == (4, 1)
    assert [text in letter.text for letter in sent] == [True]


def test_upload(office: SystemClient, open_console: Open, case: Any) -> None:
    """An upload shows its progress. One that fails says so, and can be repeated."""
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    file = FilePayload(name="big.pdf", mimeType="application/pdf", buffer=b"%PDF-1.4" + bytes(200_000))
    with open_console("agent", f"#/cases/{case['case_id']}", watched_for_errors=False) as page:
        page.get_by_role("button", name="Send Email", exact=True).click()
        page.route(f"{office.aws['endpoint_url']}/**", hold, times=1)
        with page.expect_request(f"{office.aws['endpoint_url']}/**"):
            page.get_by_label("Attach", exact=True).set_input_files(file)
        expect(page.get_by_role("progressbar", name="Uploading big.pdf")).to_be_visible()
        files = page.get_by_role("list", name="Attachments")
        waiting[0].abort()
        expect(files).to_contain_text("The upload failed.")
        files.get_by_role("button", name="Try again").click()
        expect(page.get_by_role("progressbar")).to_have_count(0)
        expect(files).not_to_contain_text("The upload failed.")


def test_proposed_participants(office: SystemClient, page: Page, case: Any, jo: Person) -> None:
    """Those who take part in the case are proposed, too, although no directory has them."""
    name, address = f"Pat {word().capitalize()}", f"{word()}@partner.example"
    write_email(office, case, [jo.mailbox], cc=[f"{name} <{address}>"])
    page.reload()
    expect(page.get_by_role("article")).to_have_count(2)
    page.get_by_role("button", name="Send Email", exact=True).click()
    cc = page.get_by_label("Cc", exact=True)
    cc.press_sequentially("pat")
    page.get_by_role("option", name=name).click()
    expect(page.get_by_role("list", name="Recipients in Cc")).to_have_text(name)
    expect(page.get_by_text("is new to this case.")).to_have_count(0)


def test_sign_out_forgets_drafts(page: Page) -> None:
    page.get_by_role("button", name="Send Email", exact=True).click()
    page.get_by_label("Message", exact=True).press_sequentially("Secret")
    expect(page.get_by_text("Draft kept on this device")).to_be_visible()
    assert _drafts(page) == 1
    page.get_by_role("button", name="Account").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="agent", exact=True).or_(page.get_by_text("You are signed out.")).wait_for()
    assert _drafts(page) == 0


def test_send_and_close(office: SystemClient, page: Page, case: Any) -> None:
    page.get_by_role("button", name="Reply", exact=True).click()
    page.get_by_label("Message", exact=True).fill("Done.")
    with office.sending():
        send_now(page, "Send and close")
    expect(page.get_by_role("button", name="Reopen", exact=True)).to_be_visible()
    assert office.agent.get(f"/cases/{case['case_id']}")["status"] == "closed"


def test_something_arrived(office: SystemClient, page: Page, case: Any, jo: Person) -> None:
    """Send stops when an email has arrived since the case was opened, shows it, and asks again."""
    letter = write_email(office, case, [jo.mailbox])
    page.reload()
    page.get_by_role("button", name="Reply", exact=True).click()
    page.get_by_label("Message", exact=True).fill("Hello.")
    news = word()
    office.send(email(jo.mailbox, letter.subject, f"{news}\n", To="answers@acme.example"), ANSWERS)
    page.get_by_role("button", name="Send", exact=True).click()
    notice = page.get_by_role("alert").filter(has_text="has arrived since you opened the case")
    expect(notice).to_contain_text(news)
    expect(page.get_by_text("goes out in")).to_have_count(0)
    with office.sending() as sent:
        page.get_by_role("button", name="Send anyway").click()
        expect(page.get_by_text("is on its way")).to_be_visible()
    assert len(sent) == 1


def test_reply_all(office: SystemClient, page: Page, case: Any, jo: Person) -> None:
    """Everybody gets the answer, but not our own addresses."""
    letter, other = write_email(office, case, [jo.mailbox]), f"{word()}@acme.example"
    office.send(email(jo.mailbox, letter.subject, To="answers@acme.example", Cc=f"Pat <{other}>"), ANSWERS)
    expect(page.get_by_role("article")).to_have_count(3)
    page.get_by_role("button", name="Reply all", exact=True).click()
    expect(page.get_by_role("list", name="Recipients in To")).to_have_text(jo.name)
    expect(page.get_by_role("list", name="Recipients in Cc").get_by_role("listitem")).to_have_text(["Pat"])


def test_reply_elsewhere(office: SystemClient, page: Page, case: Any, jo: Person) -> None:
    letter = write_email(office, case, [jo.mailbox])
    reply = email(jo.mailbox, letter.subject, To="answers@acme.example", Reply_To="Jo <jo@evil.example>")
    office.send(reply, ANSWERS)
    expect(page.get_by_role("article")).to_have_count(3)
    page.get_by_role("button", name="Reply", exact=True).click()
    expect(page.get_by_text("which is in another domain than")).to_be_visible()
    page.get_by_role("button", name="Reply to the sender's address").click()
    (chip,) = page.get_by_role("list", name="Recipients in To").get_by_role("listitem").all()
    expect(chip).to_have_attribute("title", jo.address)


def test_reply_to_a_form(office: SystemClient, open_console: Open, jo: Person) -> None:
    """Nobody reads the address of a form. Its answer goes to the employee."""
    subject = unique("Form")
    office.send(email(f"no-reply@{word()}.example", subject))
    office.admin.post(f"/unprocessed/{office.unprocessed_with(subject)['id']}/assign", {"user_id": jo.user_id})
    with open_console("agent", f"#/cases/{office.case_with(subject)['case_id']}") as page:
        page.get_by_role("button", name="Reply", exact=True).click()
        expect(page.get_by_role("list", name="Recipients in To")).to_have_text(jo.name)


def test_pasting_from_word(page: Page) -> None:
    """Lists stay lists; a picture that the clipboard lacks is not dropped silently."""
    page.get_by_role("button", name="Send Email", exact=True).click()
    message = page.get_by_label("Message", exact=True)
    message.click()
    paste_html(page, WORD)
    expect(message.locator("ol > li")).to_have_text(["First", "Second"])
    expect(message.locator("b")).to_have_text("Bold")
    expect(page.get_by_text("1 picture was not in the clipboard.")).to_be_visible()
    page.keyboard.press("Control+z")
    expect(message.locator("ol")).to_have_count(0)


def test_template_signature_plain(office: SystemClient, page: Page, jo: Person) -> None:
    template = unique_id()
    office.admin.put(
        f"/templates/{template}",
        {"name": f"Hello {template}", "subject": None, "text": None, "html": "<p>Dear <b>{{ employee.name }}</b>,</p>"},
    )
    sign = unique("Sam Meyer")
    page.get_by_role("button", name="Send Email", exact=True).click()
    page.get_by_role("button", name="Signature", exact=True).click()
    page.get_by_label("Your signature").fill(sign)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Your signature is kept.")).to_be_visible()
    page.get_by_role("button", name="Discard", exact=True).click()
    page.get_by_role("button", name="Send Email", exact=True).click()
    message = page.get_by_label("Message", exact=True)
    expect(message).to_contain_text(sign)
    page.get_by_role("button", name="Template", exact=True).click()
    page.get_by_role("button", name=f"Hello {template}").click()
    expect(message).to_contain_text(f"Dear {jo.name},")
    page.get_by_role("button", name="Plain text", exact=True).click()
    expect(page.get_by_text("will be lost")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="Plain text").click()
    expect(page.get_by_label("Message", exact=True)).to_have_value(f"Dear {jo.name},\n\n{sign}")
    office.agent.put("/me/signature", {"text": "", "html": None})


def test_dropped_files(page: Page) -> None:
    """A file that is dropped on the composer is attached; a picture that is dropped on the message stands in it."""
    page.get_by_role("button", name="Send Email", exact=True).click()
    page.get_by_label("Message", exact=True).fill("See both.")
    page.evaluate(_DROP, ["form.composer footer", "notes.txt", "text/plain"])
    expect(page.get_by_role("list", name="Attachments")).to_contain_text("notes.txt")
    page.evaluate(_DROP, ["#message", "shot.png", "image/png"])
    expect(page.locator("#message img")).to_have_attribute("alt", "shot.png")
    page.get_by_role("button", name="Remove notes.txt").click()
    expect(page.get_by_role("list", name="Attachments")).to_have_count(0)


def test_old_drafts_go(page: Page) -> None:
    page.get_by_role("button", name="Send Email", exact=True).click()
    page.get_by_label("Message", exact=True).press_sequentially("Old")
    expect(page.get_by_text("Draft kept on this device")).to_be_visible()
    page.evaluate(_AGE, 6.9)
    page.reload()
    expect(page.get_by_role("button", name="Go on writing")).to_be_visible()
    page.evaluate(_AGE, 7.1)
    page.reload()
    expect(page.get_by_role("article")).to_have_count(1)
    expect(page.get_by_role("button", name="Go on writing")).to_have_count(0)


_AGE = """(days) => {
  const name = Object.keys(localStorage).find((one) => one.includes("draft"));
  const draft = { ...JSON.parse(localStorage.getItem(name)), at: new Date(Date.now() - days * 86400000).toISOString() };
  localStorage.setItem(name, JSON.stringify(draft));
}"""

_DROP = """([where, name, type]) => {
  const data = new DataTransfer();
  data.items.add(new File([Uint8Array.of(1, 2, 3)], name, { type }));
  const event = new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true });
  document.querySelector(where).dispatchEvent(event);
}"""


def test_colleague_answers(office: SystemClient, page: Page, case: Any) -> None:
    """Above the composer stands who else has the case open, and who is answering it."""
    office.admin.put(f"/cases/{case['case_id']}/presence", {"doing": "answering"})
    page.reload()
    expect(page.get_by_text("is answering.")).to_be_visible()
    page.get_by_role("button", name="Reply", exact=True).click()
    expect(page.get_by_text("is answering this case, too.")).to_be_visible()


def test_server_refuses(office: SystemClient, page: Page, case: Any) -> None:
    """What the server refuses comes back as a draft, with the reason."""
    page.get_by_role("button", name="Reply", exact=True).click()
    page.get_by_label("Message", exact=True).fill("Hello.")
    problem = {"type": "/problems/x", "detail": "No more."}
    page.route("**/emails", lambda route: route.fulfill(status=409, json=problem))
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("was not sent. The draft is kept.")).to_be_visible()
    page.get_by_role("button", name="Open the draft").click()
    expect(page.get_by_text("No more.")).to_be_visible()
    expect(page.get_by_label("Message", exact=True)).to_contain_text("Hello.")


def _drafts(page: Page) -> int:
    count: int = page.evaluate("() => Object.keys(localStorage).filter((name) => name.includes('draft')).length")
    return count
