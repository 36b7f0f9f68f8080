"""The local outbox: emails as their recipients see them, and replies that go back in over SMTP."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.support.console.pages import Open
from tests.support.system.casework import open_case
from tests.support.system.mail import word
from tests.support.system.system_client import SystemClient


def test_circle(open_console: Open, office: SystemClient) -> None:
    """An email that an agent sends is seen as its recipient would see it; the reply comes back into the case."""
    person = office.employ()
    case, said, answered = open_case(office, person), word(), word()
    office.agent.post(
        f"/cases/{case['case_id']}/emails",
        {
            "to": [person.address],
            "subject": f"About {said}",
            "text": f"Plain {said}",
            "html": f'<p style="color: #135">Rich {said}</p>',
        },
        headers={"Idempotency-Key": said},
    )
    office.settle()
    with open_console("agent", "#/outbox") as page:
        page.get_by_role("link", name=f"About {said}").click()
        expect(page.frame_locator("iframe").get_by_text(f"Rich {said}")).to_be_visible()
        page.get_by_role("button", name="Reply as recipient").click()
        page.get_by_label("Reply of the recipient").fill(f"Thank you, {answered}")
        page.get_by_role("button", name="Send this reply").click()
        expect(page.get_by_text("The reply is on its way")).to_be_visible()
    office.settle()
    entries = office.agent.get(f"/cases/{case['case_id']}/emails")["items"]
    reply = next(entry for entry in entries if answered in entry["preview"])
    assert (reply["from"]["address"], reply["warnings"]) == (person.address, [])


def test_forged_reply(open_console: Open, office: SystemClient) -> None:
    """A reply without proof of its sender carries its warning."""
    person = office.employ()
    case, said, answered = open_case(office, person), word(), word()
    office.agent.post(
        f"/cases/{case['case_id']}/emails",
        {"to": [person.address], "subject": f"About {said}", "text": f"Plain {said}"},
        headers={"Idempotency-Key": said},
    )
    office.settle()
    with open_console("agent", "#/outbox") as page:
        page.get_by_role("link", name=f"About {said}").click()
        expect(page.get_by_text(f"Plain {said}")).to_be_visible()
        page.get_by_role("button", name="Reply as recipient").click()
        page.get_by_label("Reply of the recipient").fill(f"Send it elsewhere, {answered}")
        page.get_by_label("Without proof of the sender").check()
        page.get_by_role("button", name="Send this reply").click()
        expect(page.get_by_text("The reply is on its way")).to_be_visible()
    office.settle()
    entries = office.agent.get(f"/cases/{case['case_id']}/emails")["items"]
    reply = next(entry for entry in entries if answered in entry["preview"])
    assert "authentication_failed" in reply["warnings"]
