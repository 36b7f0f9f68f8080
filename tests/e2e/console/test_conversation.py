"""A conversation: an email comes in, the agent answers it, the recipient answers back, somebody forges a reply."""

from email.message import EmailMessage

from playwright.sync_api import expect

from tests.support.console.pages import Open
from tests.support.console.writing import paste_picture, send_in_time
from tests.support.system.mail import email, message_id, unique, word
from tests.support.system.system_client import ANSWERS, SystemClient

FORGED = "spf=FAIL dkim=FAIL dmarc=FAIL"


def test_conversation(office: SystemClient, open_console: Open) -> None:
    """Nothing is reloaded: emails appear by themselves, in the list and in the case."""
    jo, subject, thanks, lie = office.employ("Jo"), unique("Tax class"), unique("Thank you"), word()
    with open_console("agent", "#/cases") as page:
        expect(page.get_by_role("navigation", name="Views")).to_be_visible()
        office.send(email(jo.mailbox, subject, "The payslip is wrong.\n"))
        page.get_by_role("link", name=subject).click()
        expect(page.get_by_role("heading", name=subject, level=1)).to_be_visible()
        page.get_by_role("button", name="Email History", exact=True).click()
        expect(page.get_by_role("article")).to_contain_text("The payslip is wrong.")

        page.get_by_role("button", name="Reply", exact=True).click()
        expect(page.get_by_role("list", name="Recipients in To")).to_have_text(jo.name)
        expect(page.get_by_label("Subject", exact=True)).to_have_value(f"Re: {subject}")
        page.get_by_label("Message", exact=True).press_sequentially("See the picture.")
        page.get_by_label("Attach", exact=True).set_input_files(
            {"name": "letter.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 " + word().encode()}
        )
        expect(page.get_by_role("list", name="Attachments")).to_contain_text("letter.pdf")
        paste_picture(page)
        with office.sending() as sent:
            send_in_time(page)
        (letter,) = sent
        _has_pictures(letter.message)
        expect(page.get_by_role("article").first).to_contain_text("Delivered")

        answer = email(jo.mailbox, letter.subject, f"{thanks}\n", To="answers@acme.example")
        answer["In-Reply-To"] = message_id(letter.message)
        office.send(answer, ANSWERS)
        expect(page.get_by_role("article").first).to_contain_text(thanks)

        forged = email(f'"{jo.name}" <{word()}@elsewhere.example>', letter.subject, lie, X_Local_Verdicts=FORGED)
        office.send(forged, ANSWERS)
        newest = page.get_by_role("article").first
        expect(newest).to_contain_text(lie)
        expect(newest).to_contain_text("The sender is not proven")
        expect(newest).to_contain_text("did not take part in the case")


def _has_pictures(message: EmailMessage) -> None:
    """The file and the picture are in the email, and its HTML names the picture."""
    files = {part.get_filename(): part for part in message.walk() if part.get_filename()}
    assert "letter.pdf" in files
    (picture,) = (part for part in message.walk() if part.get_content_type() == "image/png")
    html = message.get_body(("html",))
    assert html is not None
    assert f"cid:{picture['Content-ID'].strip('<>')}" in html.get_content()
    assert "See the picture." in html.get_content()
