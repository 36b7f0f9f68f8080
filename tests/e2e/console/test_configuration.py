"""An admin sets up mailboxes, topics, templates and the directory, and reads what was changed."""

import pytest
from playwright.sync_api import FilePayload, expect

from tests.support.console.pages import NARROW, WIDE, Open, grave_findings, sideways
from tests.support.system.mail import email, unique, unique_id, word
from tests.support.system.system_client import BENEFITS, SystemClient

SECTIONS = ("mailboxes", "user-mappings", "topics", "service-groups", "templates", "directory", "settings", "probes")
READ_ONLY = ("jobs", "purges", "audit")


def test_mailbox(office: SystemClient, open_console: Open) -> None:
    """It opens with the mailboxes. Before saving, the admin sees what would have become of the last emails."""
    mailbox, subject = f"{word()}@acme.example", unique("Pay")
    jo = office.employ("Jo")
    with open_console("admin", "#/configuration", refused=(422,)) as page:
        page.get_by_role("link", name="Add a mailbox").click()
        page.get_by_label("Address", exact=True).fill(mailbox)
        page.get_by_label("Receiving address").fill("nobody")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("must be an email address")).to_be_visible()
        page.get_by_label("Receiving address").fill(BENEFITS)
        page.get_by_label("Contact line").fill("HR, +44 20 7946 0000")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_role("heading", name=mailbox)).to_be_visible()
        assert office.admin.get(f"/mailboxes/{mailbox}")["contact"] == "HR, +44 20 7946 0000"

        office.send(email(jo.mailbox, subject, To=mailbox), BENEFITS)
        page.get_by_label("Identify the employee by").select_option("user_id_in_body")
        page.get_by_label("Trusted senders").fill("forms.acme.example")
        page.get_by_role("button", name="Try the last emails").click()
        expect(page.get_by_text("1 email would become something else:")).to_be_visible()
        expect(page.get_by_role("table")).to_contain_text("Sender not trusted")
        assert office.admin.get(f"/mailboxes/{mailbox}")["identify_sender"] == "from_address", "nothing is saved"

        page.get_by_role("button", name="Delete", exact=True).click()
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        expect(page.get_by_text("Deleted.")).to_be_visible()
    assert office.admin.call("GET", f"/mailboxes/{mailbox}").status_code == 404


def test_changed_meanwhile(office: SystemClient, open_console: Open) -> None:
    """Two admins change a topic: the second one is told, and overwrites nothing."""
    topic = unique("Bonus")
    office.admin.put(f"/topics/{topic}", {"service_group": "default", "by_population": {}})
    with open_console("admin", f"#/configuration/topics/{topic}", refused=(412,)) as page:
        page.get_by_label("Service group by population").fill("UK = other")
        office.admin.put(f"/topics/{topic}", {"service_group": "other", "by_population": {}})
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("Somebody else changed this")
        assert office.admin.get(f"/topics/{topic}")["by_population"] == {}
        page.get_by_role("button", name="Load again").click()
        expect(page.get_by_label("Service group", exact=True)).to_have_value("other")
        page.get_by_label("Service group by population").fill("UK = default")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("Saved.")).to_be_visible()
    assert office.admin.get(f"/topics/{topic}") == {
        "name": topic,
        "service_group": "other",
        "by_population": {"UK": "default"},
    }


def test_mapping_and_group(office: SystemClient, open_console: Open) -> None:
    id_, group, jo = word(), word(), office.employ("Jo")
    with open_console("admin", "#/configuration/user-mappings?new=1") as page:
        page.get_by_label("Id", exact=True).fill(id_)
        page.get_by_label("Mailbox", exact=True).select_option("payroll@acme.example")
        page.get_by_label("User id").fill(jo.user_id)
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_role("link", name=id_)).to_be_visible()

        page.get_by_role("link", name="Service groups", exact=True).click()
        page.get_by_role("link", name="Add a service group").click()
        page.get_by_label("Id", exact=True).fill(group)
        page.get_by_label("Name", exact=True).fill("Night shift")
        page.get_by_label("Alert address").fill("night@acme.example")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_role("heading", name="Night shift")).to_be_visible()
    mapping = {"mailbox": "payroll@acme.example", "from": None, "user_id": jo.user_id}
    assert office.admin.get(f"/user-mappings/{id_}").items() >= mapping.items()
    found = office.admin.get(f"/service-groups/{group}")
    assert (found["name"], found["address"], found["secured"]) == ("Night shift", "night@acme.example", True)
    office.admin.call("DELETE", f"/user-mappings/{id_}")


def test_unsaved_changes(office: SystemClient, open_console: Open) -> None:
    """What is not saved is kept, or given up knowingly: another row, another page, the browser's own button."""
    first, second = sorted(unique("Leave") for _ in range(2))
    for topic in (first, second):
        office.admin.put(f"/topics/{topic}", {"service_group": "default", "by_population": {}})
    with open_console("admin", "#/configuration/topics") as page:
        page.get_by_role("link", name=first).click()
        field, question = page.get_by_label("Service group by population"), page.get_by_role("dialog")
        field.fill("UK = other")
        page.get_by_role("link", name=second).click()
        expect(question).to_contain_text("What you have changed here is lost.")
        question.get_by_role("button", name="Cancel").click()
        expect(page.get_by_role("heading", name=first)).to_be_visible()
        expect(field).to_have_value("UK = other")
        page.go_back()
        question.get_by_role("button", name="Cancel").click()
        expect(field).to_have_value("UK = other")
        page.get_by_role("link", name="Cases", exact=True).click()
        question.get_by_role("button", name="Discard the changes").click()
        expect(page.get_by_role("navigation", name="Views")).to_be_visible()
        page.go_back()
        field.fill("UK = other")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("Saved.")).to_be_visible()
        page.get_by_role("link", name=second).click()
        expect(page.get_by_role("heading", name=second)).to_be_visible()
    assert office.admin.get(f"/topics/{first}")["by_population"] == {"UK": "other"}


def test_template(office: SystemClient, open_console: Open) -> None:
    id_, jo, subject = word(), office.employ("Jo"), unique("Holiday")
    office.send(email(jo.mailbox, subject))
    case = office.case_with(subject)
    with open_console("admin", "#/configuration/templates?new=1") as page:
        page.get_by_label("Id", exact=True).fill(id_)
        page.get_by_label("Name", exact=True).fill("Greeting")
        page.get_by_label("Subject").fill("About {{ case.number }}")
        page.get_by_label("Text").fill("Dear {{ employee.name }},\n")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("Saved.")).to_be_visible()
        page.get_by_role("button", name="Preview", exact=True).click()
        expect(page.get_by_text("No value for: case.number, employee.name")).to_be_visible()
        page.get_by_label("Case number for the preview").fill(case["number"])
        page.get_by_role("button", name="Preview", exact=True).click()
        expect(page.get_by_text(f"About {case['number']}")).to_be_visible()
        expect(page.get_by_text(f"Dear {jo.name},")).to_be_visible()


def test_import(office: SystemClient, open_console: Open) -> None:
    """A bad row is named with its line. The first run only checks."""
    user_id, own = unique_id(), word()
    rows = f"user_id,name,email,population,blocked\n{user_id},Kim {own},{own}@acme.example,UK,\n{unique_id()},,x,UK,\n"
    file = FilePayload(name="employees.csv", mimeType="text/csv", buffer=rows.encode())
    with open_console("admin", "#/configuration/directory") as page:
        page.get_by_role("link", name="Import employees").click()
        page.get_by_role("button", name="Check the file").click()
        expect(page.get_by_text("Choose a file first.")).to_be_visible()
        page.get_by_label("CSV file").set_input_files(file)
        page.get_by_role("button", name="Check the file").click()
        job = page.get_by_role("region", name="Job")
        expect(job).to_contain_text("Created: 1")
        expect(job).to_contain_text("Line 3")
        assert office.admin.call("GET", f"/employees/{user_id}").status_code == 404

        page.get_by_role("link", name="Import employees").click()
        page.get_by_label("CSV file").set_input_files(file)
        page.get_by_label("Check only, change nothing").uncheck()
        page.get_by_role("button", name="Start the import").click()
        expect(job).to_contain_text("Created: 1")
    assert office.admin.get(f"/employees/{user_id}")["name"] == f"Kim {own}"


def test_erasure(office: SystemClient, open_console: Open) -> None:
    """A person is erased only after their user id was typed."""
    jo, subject = office.employ("Jo"), unique("Erase me")
    office.send(email(jo.mailbox, subject))
    case = office.case_with(subject)
    with open_console("admin", f"#/configuration/directory/{jo.user_id}") as page:
        page.get_by_role("button", name="Erase this person").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Type the user id to confirm").fill("somebody")
        dialog.get_by_role("button", name="Erase this person").click()
        expect(dialog).to_contain_text("This is not the user id.")
        dialog.get_by_label("Their cases").select_option("erase")
        dialog.get_by_label("Type the user id to confirm").fill(jo.user_id)
        dialog.get_by_role("button", name="Erase this person").click()
        expect(page.get_by_role("region", name="Job")).to_contain_text("Done")
    for path in (f"/employees/{jo.user_id}", f"/cases/{case['case_id']}"):
        assert office.admin.call("GET", path).status_code == 404


def test_audit(office: SystemClient, open_console: Open) -> None:
    topic = unique("Audited")
    office.admin.put(f"/topics/{topic}", {"service_group": "default", "by_population": {}})
    with open_console("admin", "#/configuration/audit") as page:
        page.get_by_label("Of what").fill(topic)
        page.keyboard.press("Enter")
        row = page.get_by_role("row").nth(1)
        expect(row).to_contain_text("Topic saved")
        expect(row).to_contain_text(topic)
        row.get_by_text("Values").click()
        expect(row).to_contain_text("service_group: default")
        page.get_by_label("Of what").fill("nothing at all")
        page.keyboard.press("Enter")
        expect(page.get_by_text("No change fits these filters.")).to_be_visible()


@pytest.mark.parametrize(("theme", "size"), [("light", WIDE), ("dark", WIDE), ("light", NARROW)])
def test_readable(open_console: Open, theme: str, size: tuple[int, int]) -> None:
    """Nothing keeps people from using a section."""
    with open_console("admin", "#/configuration", theme=theme, size=size) as page:
        for section in (
            *SECTIONS,
            *READ_ONLY,
            "mailboxes/payroll@acme.example",
            "templates?new=1",
            "directory?import=1",
        ):
            page.evaluate("(section) => { location.hash = `#/configuration/${section}`; }", section)
            page.get_by_role("heading", name="Configuration").wait_for()
            page.wait_for_load_state("networkidle")
            assert grave_findings(page) == [], section
            assert sideways(page) == 0, section


def test_german(open_console: Open) -> None:
    with open_console("admin", "#/configuration", locale="de-DE") as page:
        expect(page.get_by_role("heading", name="Konfiguration")).to_be_visible()
        expect(page.get_by_role("link", name="Postfach anlegen")).to_be_visible()
