"""Who did what: admins change the configuration, an agent works on a case, and the audit shows both."""

from __future__ import annotations

from tests.support.system.casework import key, open_case
from tests.support.system.http_api import problem
from tests.support.system.mail import unique_id
from tests.support.system.system_client import Person, SystemClient


def test_case(acme: SystemClient, jo: Person) -> None:
    """What an agent did with a case, newest first; texts and people are not shown."""
    case = open_case(acme, jo)
    acme.agent.change(case["case_id"], subject="Private matter", show_to_employee=True)
    letter = {"to": [jo.mailbox], "subject": "Private matter", "text": "Private matter"}
    entry = acme.agent.write(case["case_id"], letter, key())
    acme.agent.change(case["case_id"], status="closed")
    records = acme.admin.items("/audit", target=case["number"])
    closed, sent, changed = records
    assert [record["action"] for record in records] == ["case.change", "email.send", "case.change"]
    assert len({record["actor"] for record in records}) == 1
    assert (closed["target"], closed["before"], closed["after"]) == (
        case["case_id"],
        {"status": "open"},
        {"status": "closed"},
    )
    assert sent["target"] == f"{case['case_id']}/{entry['email_id']}"
    assert changed["fields"] == ["show_to_employee", "subject"]
    assert "Private" not in str(records)
    problem(acme.agent.call("GET", "/audit"), 403)


def test_employee(acme: SystemClient) -> None:
    """The records of a person are found by the user id, which they do not hold."""
    user_id = unique_id()
    path = f"/employees/{user_id}"
    acme.admin.put(path, {"name": "Robin Finch", "emails": [f"{user_id}@acme.example"]})
    etag = acme.admin.call("GET", path).headers["etag"]
    acme.admin.put(path, {"name": "Robin Finch", "blocked": True})
    stale = acme.admin.call("PUT", path, {"name": "Robin"}, {"If-Match": etag})
    problem(stale, 412)
    records = acme.admin.items("/audit", target=user_id)
    assert [(record["action"], record["after"]) for record in records] == [
        ("employee.put", {"blocked": True}),
        ("employee.put", {"blocked": False}),
    ]
    assert records[0]["fields"] == ["blocked", "emails"]
    assert user_id not in str(records)
    assert acme.admin.items("/audit", target=records[0]["target"]) == records
    assert records[0] in acme.admin.items("/audit", actor=records[0]["actor"], action="employee.put")
