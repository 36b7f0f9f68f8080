"""What agents and admins do, in each view, by Tab, Enter, Space, arrows and Escape alone. The focus is always visible,
and returns when a window closes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.console.keyboard import Keyboard
from tests.support.console.pages import opened
from tests.support.system.casework import open_case
from tests.support.system.mail import email, stranger, unique, unique_id, word
from tests.support.system.system_client import Person, SystemClient

_QUICKLY = """(keys) => {
  for (const key of keys) document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
}"""
"""Keys that are pressed before the page is drawn anew."""

Doing = Callable[[Keyboard, Page, "Things"], None]


class Things:
    """What the views show."""

    def __init__(self, office: SystemClient, folder: Path) -> None:
        self.office = office
        self.jo: Person = office.employ("Jo")
        self.case: Any = open_case(office, self.jo)
        self.subject = unique("Which form")
        office.send(email(stranger(), self.subject))
        self.unprocessed: Any = office.unprocessed_with(self.subject)
        self.eml = folder / "one.eml"
        self.eml.write_bytes(bytes(email(self.jo.mailbox, "By keyboard")))
        self.csv = folder / "people.csv"
        self.csv.write_text(f"user_id,name\n{unique_id()},Kim\n")


@pytest.fixture(scope="module")
def things(office: SystemClient, tmp_path_factory: pytest.TempPathFactory) -> Things:
    return Things(office, tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="module")
def page(browser: Browser, office: SystemClient) -> Iterator[Page]:
    origin = str(office.http.base_url).rstrip("/")
    with opened(browser, origin, "admin", "#/nowhere", refused=(422,)) as page:
        yield page


def new_case(keys: Keyboard, page: Page, things: Things) -> None:
    keys.do("New case")
    keys.leaves(page.get_by_role("dialog", name="New case"), "New case")
    keys.press("Enter")
    expect(page.get_by_role("combobox", name="Employee")).to_be_focused()
    keys.type(things.jo.name.split()[1][:6])
    expect(page.get_by_role("listbox").get_by_role("option")).to_have_count(1)
    keys.press("ArrowDown", "Enter")
    keys.to("Subject of the case")
    keys.type(subject := unique("Called"))
    keys.to("Issue")
    keys.type("By telephone.")
    keys.do("Create the case")
    expect(page.get_by_role("heading", name=subject)).to_be_visible()


def list_of_cases(keys: Keyboard, page: Page, things: Things) -> None:
    keys.do("Closed")
    expect(page.get_by_text("No closed cases.").or_(page.get_by_role("list", name="Closed: cases"))).to_be_visible()
    keys.do("Open")
    expect(page.get_by_role("link", name=things.case["subject"])).to_be_visible()
    keys.press("j")
    keys.focused()
    keys.press("k", "Enter")
    expect(page.get_by_role("toolbar")).to_be_visible()
    keys.press("u")
    expect(page.get_by_role("toolbar")).to_have_count(0)
    keys.press("/")
    keys.type(things.case["number"])
    keys.press("Enter")
    expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(1)


def toolbar_of_a_case(keys: Keyboard, page: Page, _: Things) -> None:
    keys.do("Close")
    expect(page.get_by_role("button", name="Reopen")).to_be_visible()
    keys.do("Reopen")
    expect(page.get_by_role("button", name="Close", exact=True)).to_be_visible()
    keys.do("Email History")
    assert keys.focused() == "Email History"


def menu_of_a_case(keys: Keyboard, page: Page, _: Things) -> None:
    keys.do("More…")
    keys.do("Add a note")
    window = page.get_by_role("dialog", name="Add a note")
    keys.leaves(window, "More…")
    keys.press("Enter")
    keys.do("Add a note")
    expect(window.get_by_role("textbox")).to_be_focused()
    keys.type(words := unique("Only for us"))
    keys.do("Add a note")
    expect(page.get_by_role("article").filter(has_text=words)).to_be_visible()
    assert keys.focused() == "More…"
    keys.press("Enter")
    keys.do("Change the topic")
    expect(page.get_by_role("dialog").get_by_role("combobox")).to_be_focused()
    expect(page.get_by_role("dialog")).to_contain_text("Benefits")
    keys.type("Bene")
    keys.do("Save")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("complementary").get_by_text("Benefits").first).to_be_visible()


def answering(keys: Keyboard, page: Page, things: Things) -> None:
    expect(page.get_by_role("button", name="Reply", exact=True)).to_be_enabled()
    page.evaluate(_QUICKLY, ["r", "n", "u"])
    expect(page.get_by_role("textbox", name="Message", exact=True)).to_be_focused()
    keys.press("n", "u")  # what they do elsewhere, they do not do in the message
    expect(page.get_by_role("dialog")).to_have_count(0)
    keys.type("Dear Jo, ")
    keys.press("Control+b")
    keys.type("thank you.")
    keys.to("Cc", back=True)
    keys.type(f"{word()}@partner.example")
    keys.press("Enter")
    with page.expect_file_chooser() as choosing:
        keys.do("Attach")
    choosing.value.set_files(things.csv)
    expect(page.get_by_role("button", name="Remove people.csv")).to_be_visible()
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)  # of what was done before
    keys.do("Send")
    keys.do("Undo")
    expect(page.get_by_role("textbox", name="Message", exact=True)).to_contain_text("thank you.")
    keys.do("Discard")
    expect(page.get_by_role("dialog", name="Discard this draft?")).to_be_visible()
    keys.do("Discard")
    expect(page.get_by_role("textbox", name="Message", exact=True)).to_have_count(0)
    keys.focused()


def entry_of_the_history(keys: Keyboard, page: Page, things: Things) -> None:
    entry = page.get_by_role("article", name="Received").first
    expect(entry.get_by_role("button", name="Show original")).to_be_visible()
    keys.to("Show original: …")
    name = keys.focused()
    keys.press("Enter")
    keys.leaves(page.get_by_role("dialog", name="Original of the email"), name)
    keys.do("Why is this here?")
    expect(entry.get_by_role("list", name="Decision trace")).to_be_visible()
    keys.to("Move: …")
    name = keys.focused()
    keys.press("Enter")
    expect(page.get_by_role("dialog").get_by_role("combobox")).to_be_focused()
    keys.leaves(page.get_by_role("dialog"), name)
    keys.to(things.jo.name, back=True)
    keys.press("Enter")
    expect(entry.get_by_role("button", expanded=False).first).to_be_focused()


def queue(keys: Keyboard, page: Page, things: Things) -> None:
    keys.do(f"Select: {things.subject}", "Space")
    expect(page.get_by_text("1 selected")).to_be_visible()
    keys.to("Retry selected", back=True)
    keys.press("Enter")
    expect(page.get_by_role("region", name="Job")).to_contain_text("1 of 1")
    keys.do("Dismiss")
    expect(page.get_by_role("region", name="Job")).to_have_count(0)
    keys.press("j")
    expect(page.get_by_role("article").get_by_role("button", name="Retry", exact=True)).to_be_visible()


def unprocessed_email(keys: Keyboard, page: Page, _: Things) -> None:
    keys.do("Retry")
    expect(page.get_by_text("Nothing has changed.")).to_be_visible()
    keys.do("Assign to a case")
    keys.leaves(page.get_by_role("dialog", name="Assign to a case"), "Assign to a case")
    keys.do("Make a case")
    keys.leaves(page.get_by_role("dialog", name="Make a case"), "Make a case")
    keys.do("Hold")
    keys.to("Why")
    keys.type("A claim")
    keys.press("Enter")
    expect(page.get_by_role("button", name="Release")).to_be_visible()
    keys.do("Release")
    expect(page.get_by_role("button", name="Hold")).to_be_visible()
    keys.do("Discard")
    keys.leaves(page.get_by_role("dialog", name="Discard this email?"), "Discard")


def added(keys: Keyboard, page: Page, button: str, fields: dict[str, str]) -> None:
    """Adds a row, changes it, and deletes it."""
    keys.do(button)
    for label, text in fields.items():
        keys.to(label)
        keys.type(text)
    keys.do("Save")
    expect(page.get_by_text("Saved.").last).to_be_visible()
    expect(page.get_by_role("button", name="Delete")).to_be_visible()
    keys.do("Delete")
    keys.leaves(page.get_by_role("dialog"), "Delete")
    keys.press("Enter")
    keys.do("Delete")
    expect(page.get_by_text("Deleted.").last).to_be_visible()
    expect(page.get_by_role("button", name="Delete")).to_have_count(0)


def mailboxes(keys: Keyboard, page: Page, _: Things) -> None:
    name = word()
    fields = {"Address": f"{name}@acme.example", "Receiving address": f"{name}@cases.acme-cases.example"}
    added(keys, page, "Add a mailbox", fields)


def mappings(keys: Keyboard, page: Page, things: Things) -> None:
    fields = {"Id": word(), "Mailbox": "p", "From address": f"{word()}@x.example", "User id": things.jo.user_id}
    added(keys, page, "Add a user mapping", fields)


def topics(keys: Keyboard, page: Page, _: Things) -> None:
    added(keys, page, "Add a topic", {"Name": word(), "Service group": "O"})


def groups(keys: Keyboard, page: Page, _: Things) -> None:
    added(keys, page, "Add a service group", {"Id": word(), "Name": word(), "Alert address": f"{word()}@acme.example"})


def templates(keys: Keyboard, page: Page, _: Things) -> None:
    added(keys, page, "Add a template", {"Id": word(), "Name": word(), "Text": "Dear {{ employee.name }}"})


def directory(keys: Keyboard, page: Page, things: Things) -> None:
    keys.to("Find an employee")
    keys.type(things.jo.user_id)
    keys.press("Enter")
    keys.do(things.jo.name)
    expect(page.get_by_role("button", name="Erase this person")).to_be_visible()
    keys.do("Erase this person")
    keys.leaves(page.get_by_role("dialog"), "Erase this person")
    added(keys, page, "Add an employee", {"User id": unique_id(), "Name": word()})


def importing(keys: Keyboard, page: Page, things: Things) -> None:
    keys.do("Import employees")
    with page.expect_file_chooser() as choosing:
        keys.do("CSV file")
    choosing.value.set_files(things.csv)
    keys.do("Check the file")
    expect(page.get_by_role("region", name="Job")).to_contain_text("1 of 1")


def proofs(keys: Keyboard, page: Page, _: Things) -> None:
    keys.do("Audit")
    keys.to("What")
    keys.type("Topic saved")
    expect(page.get_by_role("cell", name="Topic saved").first).to_be_visible()
    keys.to("Audit")
    keys.do("Values")
    expect(page.get_by_role("region", name="Audit").locator("details[open]")).to_have_count(1)
    keys.to("Purges", back=True)
    keys.press("Enter")
    expect(page.get_by_role("link", name="Purges")).to_have_attribute("aria-current", "page")


def trying(keys: Keyboard, page: Page, things: Things) -> None:
    with page.expect_file_chooser() as choosing:
        keys.do("Email as a file (.eml)")
    choosing.value.set_files(things.eml)
    keys.to("As if it came to")
    keys.type("payroll")
    keys.do("Try it")
    expect(page.get_by_role("region", name="Result")).to_be_focused()


def outbox(keys: Keyboard, page: Page, _: Things) -> None:
    expect(page.get_by_role("region", name="Sent emails").get_by_role("link").first).to_be_visible()
    keys.do("Skip to the content")
    keys.press("Tab", "Enter")
    expect(page.get_by_role("article")).to_be_visible()


def person_and_language(keys: Keyboard, page: Page, _: Things) -> None:
    keys.do("Account: …")
    keys.do("Keys")
    window = page.get_by_role("dialog", name="Keyboard keys")
    expect(window).to_be_visible()
    keys.press("Escape")
    expect(window).to_have_count(0)
    assert keys.focused().startswith("Account")


DOINGS: dict[str, tuple[str, Doing]] = {
    "cases": ("cases", list_of_cases),
    "new case": ("cases", new_case),
    "case": ("cases/{case}", toolbar_of_a_case),
    "menu": ("cases/{case}", menu_of_a_case),
    "composer": ("cases/{case}", answering),
    "history": ("cases/{case}", entry_of_the_history),
    "queue": ("unprocessed", queue),
    "unprocessed": ("unprocessed/{unprocessed}", unprocessed_email),
    "mailboxes": ("configuration", mailboxes),
    "mappings": ("configuration/user-mappings", mappings),
    "topics": ("configuration/topics", topics),
    "groups": ("configuration/service-groups", groups),
    "templates": ("configuration/templates", templates),
    "directory": ("configuration/directory", directory),
    "import": ("configuration/directory", importing),
    "proofs": ("configuration/settings", proofs),
    "try": ("try", trying),
    "outbox": ("outbox", outbox),
    "person": ("cases", person_and_language),
}


@pytest.mark.parametrize("name", DOINGS)
def test_by_keyboard(page: Page, things: Things, name: str) -> None:
    address, doing = DOINGS[name]
    page.evaluate("() => { location.hash = '#/nowhere'; }")
    expect(page.get_by_text("This page does not exist")).to_be_visible()
    where = address.format(case=things.case["case_id"], unprocessed=things.unprocessed["id"])
    page.evaluate("(address) => { location.hash = `#/${address}`; document.activeElement?.blur(); }", where)
    expect(page.get_by_text("This page does not exist")).to_have_count(0)
    page.wait_for_load_state("networkidle")
    doing(Keyboard(page), page, things)
