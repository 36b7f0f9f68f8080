"""An admin looks after emails that made no case: one by one, and many at once."""

import re

from playwright.sync_api import expect

from tests.support.console.pages import NARROW, Open, grave_findings, sideways
from tests.support.system.mail import email, stranger, unique, unique_id, word
from tests.support.system.system_client import SystemClient


def test_repair(office: SystemClient, open_console: Open) -> None:
    """The email appears without reload. A retry changes nothing at first; after the sender is in the directory, it
    makes the case. The page shows what the email was before and is now."""
    address, subject, user_id = f"{word()}@contractor.example", unique("My contract"), unique_id()
    office.admin.put(f"/employees/{user_id}", {"name": f"Lucie {word()}", "emails": []})
    with open_console("admin", "#/unprocessed", refused=(422,)) as page:
        expect(page.get_by_role("heading", name="Unprocessed", exact=True)).to_be_visible()
        office.send(email(address, subject, "Whom do I ask?\n"))
        page.get_by_role("link", name=subject).click()
        expect(page.get_by_role("article")).to_contain_text("belongs to no employee")
        expect(page.get_by_role("list", name="Decision trace")).to_contain_text("No employee has this address")
        page.get_by_role("button", name="Retry", exact=True).click()
        expect(page.get_by_text("Nothing has changed.")).to_be_visible()

        page.get_by_role("link", name="Configuration", exact=True).click()
        page.get_by_role("link", name="Directory", exact=True).click()
        page.get_by_role("searchbox", name="Find an employee").fill(user_id)
        page.keyboard.press("Enter")
        page.get_by_role("link", name="Lucie").click()
        page.get_by_label("Email addresses").fill("not an address")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("Line 1: must be an email address")).to_be_visible()
        page.get_by_label("Email addresses").fill(address)
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("Saved.")).to_be_visible()

        page.get_by_role("link", name="Unprocessed", exact=True).click()
        page.get_by_role("link", name=subject).click()
        page.get_by_role("button", name="Retry", exact=True).click()
        result = page.get_by_role("status", name="Result of the retry")
        expect(result).to_contain_text("Sender not found")
        expect(result.get_by_role("link")).to_have_text(office.case_with(subject)["number"])
        expect(page.get_by_role("link", name=subject)).to_have_count(0)
    assert office.case_with(subject)["employee"]["user_id"] == user_id


def test_hold_assign_discard(office: SystemClient, open_console: Open) -> None:
    jo, subjects = office.employ("Jo"), [unique("Hold me"), unique("Case for Jo"), unique("Away"), unique("Add me")]
    for subject in subjects:
        office.send(email(stranger(), subject, "Hello.\n"))
    with open_console("admin", f"#/unprocessed/{office.unprocessed_with(subjects[0])['id']}") as page:
        page.get_by_role("button", name="Hold", exact=True).click()
        page.get_by_label("Why", exact=True).fill("Needed for a claim")
        page.get_by_role("button", name="Hold this email").click()
        expect(page.get_by_text("Needed for a claim")).to_be_visible()
        expect(page.get_by_role("button", name="Discard", exact=True)).to_be_disabled()

        page.get_by_role("link", name=subjects[1]).click()
        page.get_by_role("button", name="Make a case").click()
        page.get_by_role("button", name="Make the case").click()
        expect(page.get_by_text("Choose an employee from the list.")).to_be_visible()
        field = page.get_by_role("combobox", name="Employee")
        field.fill(jo.name.split()[1][:5])
        page.get_by_role("option", name=jo.name).click()
        page.get_by_role("button", name="Make the case").click()
        expect(page.get_by_text("The case is made.")).to_be_visible()

        number = office.case_with(subjects[1])["number"]
        page.get_by_role("link", name=subjects[3]).click()
        page.get_by_role("button", name="Assign to a case").click()
        field = page.get_by_role("combobox", name="Case", exact=True)
        field.fill(number)
        page.get_by_role("option", name=number).click()
        page.get_by_role("dialog").get_by_role("button", name="Add it").click()
        expect(page.get_by_text("The email is in the case.")).to_be_visible()

        page.get_by_role("link", name=subjects[2]).click()
        page.get_by_role("button", name="Discard", exact=True).click()
        page.get_by_role("dialog").get_by_role("button", name="Discard").click()
        expect(page.get_by_text("The email is discarded.")).to_be_visible()
        expect(page.get_by_role("link", name=subjects[2])).to_have_count(0)
    held = office.unprocessed_with(subjects[0])
    assert held["held"]["why"] == "Needed for a claim"
    assert office.case_with(subjects[1])["employee"]["user_id"] == jo.user_id
    assert len(office.history(office.case_with(subjects[1])["case_id"])) == 2
    assert office.all_unprocessed_with(subjects[2]) == []


def test_nearest_match(office: SystemClient, open_console: Open) -> None:
    """Where a rule stopped, the trace names what came closest."""
    jo, subject = office.employ("Jo"), unique("Which Jo")
    office.admin.put(f"/employees/{unique_id()}", {"name": "Jo Double", "emails": [jo.address]})
    office.send(email(jo.mailbox, subject))
    with open_console("admin", f"#/unprocessed/{office.unprocessed_with(subject)['id']}") as page:
        stopped = page.get_by_role("list", name="Decision trace").get_by_role("listitem").last
        expect(stopped.get_by_role("img", name="Stopped here")).to_be_visible()
        expect(stopped).to_contain_text("Jo Double")
        expect(stopped).to_contain_text(jo.user_id)


def test_many(office: SystemClient, open_console: Open) -> None:
    """Two of three are retried by a job, whose progress is shown."""
    start = word()
    subjects = [f"{start} {number}" for number in range(3)]
    for subject in subjects:
        office.send(email(stranger(), subject))
    with open_console("admin", "#/unprocessed?reason=sender_not_found") as page:
        for subject in subjects[:2]:
            page.get_by_label(f"Select: {subject}").check()
        expect(page.get_by_text("2 selected")).to_be_visible()
        page.get_by_role("button", name="Retry selected").click()
        job = page.get_by_role("region", name="Job")
        expect(job).to_contain_text("2 of 2")
        expect(job).to_contain_text("Unprocessed: 2")
        page.get_by_role("button", name="Discard all: Sender not found").click()
        expect(page.get_by_role("dialog")).to_contain_text("deleted for good")
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        assert re.search(r"job=", page.url), "a reload shows the job again"


def test_by_keyboard(office: SystemClient, open_console: Open) -> None:
    """`j` and `k` go from email to email."""
    subject = unique("By keyboard")
    office.send(email(stranger(), subject))
    with open_console("admin", "#/unprocessed") as page:
        page.get_by_role("link", name=subject).wait_for()
        page.keyboard.press("j")
        expect(page.get_by_role("article").get_by_role("heading", level=2)).to_be_visible()


def test_readable(office: SystemClient, open_console: Open) -> None:
    """Nothing keeps people from using it, in both themes and on a small screen."""
    subject = unique("Readable")
    office.send(email(stranger(), subject))
    id_ = office.unprocessed_with(subject)["id"]
    for theme in ("light", "dark"):
        for size in ((1366, 900), NARROW):
            for address in ("#/unprocessed", f"#/unprocessed/{id_}"):
                with open_console("admin", address, theme=theme, size=size) as page:
                    page.get_by_role("link", name=subject).or_(
                        page.get_by_role("heading", name=subject)
                    ).first.wait_for()
                    assert grave_findings(page) == []
                    assert sideways(page) == 0


def test_agents_see_none(open_console: Open) -> None:
    with open_console("agent", "#/unprocessed") as page:
        expect(page.get_by_text("Only administrators can see this page.")).to_be_visible()
        expect(page.get_by_role("navigation", name="Main").get_by_role("link", name="Unprocessed")).to_have_count(0)
