"""An admin asks what would become of an email. Nothing happens to it."""

from playwright.sync_api import FilePayload, expect

from tests.support.console.pages import Open, grave_findings
from tests.support.system.mail import email, stranger, unique
from tests.support.system.system_client import SystemClient


def test_file(office: SystemClient, open_console: Open) -> None:
    jo, subject = office.employ("Jo"), unique("My pay")
    message = email(jo.mailbox, subject, "It is wrong.\n").as_bytes()
    with open_console("admin", "#/try") as page:
        page.get_by_role("button", name="Try it").click()
        expect(page.get_by_text("Choose a file first.")).to_be_visible()
        page.get_by_label("Email as a file (.eml)").set_input_files(
            FilePayload(name="pay.eml", mimeType="message/rfc822", buffer=message)
        )
        page.get_by_role("button", name="Try it").click()
        result = page.get_by_role("region", name="Result")
        expect(result).to_contain_text("It would make a case.")
        expect(result).to_contain_text(jo.name)
        expect(result).to_contain_text("It is wrong.")
        expect(result.get_by_role("img", name="Decided here")).to_have_count(1)
        expect(result.get_by_role("img", name="Stopped here")).to_have_count(0)

        page.get_by_text("Checks by Amazon SES").click()
        page.get_by_label("Virus").select_option("FAIL")
        page.get_by_role("button", name="Try it").click()
        expect(result).to_contain_text("It would make no case.")
        expect(result.get_by_role("img", name="Stopped here")).to_have_count(1)
        assert grave_findings(page) == []
    assert office.cases_with(subject) == []
    assert office.all_unprocessed_with(subject) == []


def test_dropped_file(office: SystemClient, open_console: Open) -> None:
    message = email(office.employ("Jo").mailbox, unique("Dropped")).as_bytes().decode()
    with open_console("admin", "#/try") as page:
        page.get_by_label("Email as a file (.eml)").wait_for()
        page.evaluate(_DROP, message)
        page.get_by_role("button", name="Try it").click()
        expect(page.get_by_role("region", name="Result")).to_contain_text("It would make a case.")


_DROP = """(text) => {
  const data = new DataTransfer();
  data.items.add(new File([text], "pay.eml", { type: "message/rfc822" }));
  const event = new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true });
  document.querySelector(".drop label").dispatchEvent(event);
}"""


def test_unprocessed(office: SystemClient, open_console: Open) -> None:
    """From an unprocessed email, it is tried again with other checks."""
    subject = unique("Again")
    office.send(email(stranger(), subject))
    with open_console("admin", f"#/unprocessed/{office.unprocessed_with(subject)['id']}") as page:
        page.get_by_role("link", name="Try with changes").click()
        page.get_by_role("button", name="Try it").click()
        result = page.get_by_role("region", name="Result")
        expect(result).to_contain_text("It would make no case.")
        expect(result).to_contain_text("Sender not found")
    assert len(office.all_unprocessed_with(subject)) == 1
