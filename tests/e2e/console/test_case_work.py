"""What an agent does with a case: assign, change, close, note, merge, move, split."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.console.pages import Open
from tests.support.system.casework import open_case, write_email
from tests.support.system.mail import email, unique, word
from tests.support.system.system_client import ANSWERS, Person, SystemClient


@pytest.fixture
def jo(office: SystemClient) -> Person:
    return office.employ("Jo")


@pytest.fixture
def case(office: SystemClient, jo: Person) -> Any:
    return open_case(office, jo)


@pytest.fixture
def page(open_console: Open, case: Any) -> Iterator[Page]:
    with open_console("agent", f"#/cases/{case['case_id']}", refused=(404,)) as page:
        expect(page.get_by_role("heading", name=case["subject"], level=1)).to_be_visible()
        yield page


def test_close_and_reopen(page: Page) -> None:
    page.get_by_role("button", name="Close", exact=True).click()
    expect(page.get_by_text("The case is closed.")).to_be_visible()
    page.get_by_role("button", name="Reopen", exact=True).click()
    expect(page.get_by_role("button", name="Close", exact=True)).to_be_visible()


def test_changes(office: SystemClient, page: Page, case: Any) -> None:
    """Assignee, topic, employee and whom the case is about."""
    other = office.employ("Casey")
    facts = page.get_by_role("complementary", name="Facts of the case")
    _choose(page, "Assign to me")
    expect(page.get_by_text("The case is assigned to you.")).to_be_visible()
    page.get_by_role("button", name="Change: Topic").click()
    page.get_by_label("Topic", exact=True).select_option("Benefits")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(facts).to_contain_text("Benefits")
    page.get_by_role("button", name="Change: Employee", exact=True).click()
    field = page.get_by_role("combobox", name="The right employee")
    field.press_sequentially(other.user_id)
    page.get_by_role("option", name=other.name).click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(facts).to_contain_text(other.name)
    changed = office.agent.get(f"/cases/{case['case_id']}")
    assert (changed["topic"], changed["employee"]["user_id"]) == ("Benefits", other.user_id)
    assert changed["assignee"]["user"] == office.agent.get("/me")["user"]


def test_flags(office: SystemClient, open_console: Open, jo: Person) -> None:
    """What was odd about the email that made the case stays on its page, after its warnings were read."""
    case = open_case(office, jo, X_Local_Verdicts="spf=FAIL dkim=FAIL dmarc=FAIL")
    office.agent.call("POST", f"/cases/{case['case_id']}/read", {})
    with open_console("agent", f"#/cases/{case['case_id']}") as page:
        expect(page.get_by_text("The sender of the first email is not proven")).to_be_visible()


def test_colleague_looks(office: SystemClient, page: Page, case: Any) -> None:
    office.admin.put(f"/cases/{case['case_id']}/presence", {"doing": "viewing"})
    page.reload()
    expect(page.get_by_text("is viewing this case.")).to_be_visible()


def test_hand_over(office: SystemClient, page: Page, case: Any) -> None:
    """A case of another group is not shown any more, and the page says so."""
    page.get_by_role("button", name="Change: Service group").click()
    page.get_by_label("Service group", exact=True).select_option("other")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert office.admin.get(f"/cases/{case['case_id']}")["service_group"] == "other"


def test_note(office: SystemClient, page: Page) -> None:
    text = word()
    page.keyboard.press("n")
    page.get_by_label("Note", exact=True).fill(f"{text} for us")
    page.get_by_role("button", name="Add a note", exact=True).click()
    note = page.get_by_role("article").first
    expect(note).to_contain_text(text)
    expect(note).to_contain_text("never sent")


def test_merge(office: SystemClient, page: Page, case: Any, jo: Person) -> None:
    target = open_case(office, jo)
    _choose(page, "Merge into another case")
    page.get_by_role("combobox", name="The other case").press_sequentially(target["number"])
    page.get_by_role("option", name=target["subject"]).click()
    page.get_by_role("button", name="Merge", exact=True).click()
    expect(page.get_by_role("heading", name=target["subject"], level=1)).to_be_visible()
    expect(page.get_by_role("article")).to_have_count(2)
    page.goto(f"{page.url.split('#')[0]}#/cases/{case['case_id']}")
    expect(page.get_by_text("This case was merged into")).to_be_visible()
    expect(page.get_by_role("button", name="Send Email", exact=True)).to_be_disabled()


def test_move_and_split(office: SystemClient, page: Page, case: Any, jo: Person) -> None:
    target, letter = open_case(office, jo), write_email(office, case, [jo.mailbox])
    for text in ("first", "second"):
        office.send(email(jo.mailbox, letter.subject, f"{text}\n", To="answers@acme.example"), ANSWERS)
    expect(page.get_by_role("article")).to_have_count(4)
    page.get_by_role("button", name="Move: Jo").first.click()
    page.get_by_role("combobox", name="The other case").press_sequentially(target["number"])
    page.get_by_role("option", name=target["subject"]).click()
    page.get_by_role("button", name="Move the email").click()
    expect(page.get_by_text(f"Moved to {target['number']}.")).to_be_visible()
    expect(page.get_by_role("article")).to_have_count(3)

    subject = unique("Another matter")
    page.get_by_role("button", name="Split: Jo").first.click()
    page.get_by_label("Subject of the case").fill(subject)
    page.get_by_role("button", name="Make the case").click()
    expect(page.get_by_role("heading", name=subject, level=1)).to_be_visible()
    expect(page.get_by_role("article")).to_contain_text("first")


def _choose(page: Page, item: str) -> None:
    page.get_by_role("button", name="More…", exact=True).click()
    page.get_by_role("button", name=item, exact=True).click()


def test_new_case(office: SystemClient, open_console: Open, jo: Person) -> None:
    subject = unique("By telephone")
    with open_console("agent", "#/cases") as page:
        page.get_by_role("button", name="New case").click()
        page.get_by_role("combobox", name="Employee").press_sequentially(jo.user_id)
        page.get_by_role("option", name=jo.name).click()
        page.get_by_label("Subject of the case").fill(subject)
        page.get_by_label("Issue").fill("She called.")
        page.get_by_role("button", name="Create the case").click()
        expect(page.get_by_role("heading", name=subject, level=1)).to_be_visible()
        expect(page.get_by_text("She called.")).to_be_visible()
    assert office.case_with(subject)["employee"]["user_id"] == jo.user_id


def test_unknown_case(open_console: Open) -> None:
    with open_console("agent", "#/cases/0000000000", refused=(404,)) as page:
        expect(page.get_by_role("alert")).to_contain_text("This page does not exist")
