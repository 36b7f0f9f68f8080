"""An agent makes a new case of an email that came into another case."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import CaseRow
from email_channels.aws.rows.entry_rows import PointerRow
from email_channels.aws.rows.table import read_row
from email_channels.cases.case import Case
from email_channels.cases.history import Content, StoredEmail
from email_channels.cases.identity import record_id_in
from email_channels.cases.warnings import EmailWarning
from email_channels.mail.message import Address

from tests.support.in_process.api_client import Answer, Api, put
from tests.support.in_process.aws_calls import meanwhile
from tests.support.in_process.histories import answer_to, outbound
from tests.support.in_process.stored_emails import RECEIVED, identity_of, record_case

LATER = RECEIVED + timedelta(hours=1)
TEXT = "And one more thing: my badge is lost.\n\nOn Monday, Acme wrote:\n> Hello\n"


def split(api: Api, case: Case, email: StoredEmail | None, user: str = "agent", **body: Any) -> Answer:
    assert email
    return api(user, "POST", f"/cases/{case.case_id}/emails/{email.email_id}/split", body)


def emails(api: Api, case_id: str) -> list[str]:
    return [str(one["email_id"]) for one in api("admin", "GET", f"/cases/{case_id}/emails").items]


def entry_of(mail: MailBucket, case: Case, n: int = 3, **changes: Any) -> StoredEmail:
    """A reply that agents split from the case."""
    changes = {"subject": f"Re: Leave [#{case.case_id}-h4q9w2]", "content": Content(TEXT, None)} | changes
    email = answer_to(mail, case, n, LATER, **changes)
    row = read_row(keys.record(case.case_id), CaseRow)
    assert row is not None
    row.update(actions=[CaseRow.entries.set(1), CaseRow.entry_bytes.set(0), CaseRow.counted_to.set(email.email_id)])
    return email


@pytest.fixture
def case(api: Api, mail: MailBucket) -> Case:
    put(api, "/employees/543457", {"name": "Jo Doe", "emails": ["jo@elsewhere.example"], "population": "UK"})
    put(api, "/employees/874112", {"name": "Marcus", "emails": ["m@acme.example"], "population": "Germany"})
    put(api, "/service-groups/badges", {"name": "Badges"})
    put(api, "/service-groups/badges-de", {"name": "Badges, Germany"})
    put(api, "/topics/Badges", {"service_group": "badges", "by_population": {"Germany": "badges-de"}})
    return record_case(mail, 1, topic="General", service_group="default")


def test_split(api: Api, mail: MailBucket, case: Case) -> None:
    """The new case has the email, the words of it, and is unread; the old case has it no more."""
    email = entry_of(mail, case)
    answer = split(api, case, email, subject="Badge", topic="badges")
    made = answer.json
    assert (answer.status, answer.headers["location"]) == (201, f"/cases/{made['case_id']}")
    assert {name: made[name] for name in ("status", "subject", "issue", "topic", "service_group", "merged_into")} == {
        "status": "open",
        "subject": "Badge",
        "issue": "And one more thing: my badge is lost.",
        "topic": "Badges",
        "service_group": "badges",
        "merged_into": None,
    }
    assert made["employee"] == {"user_id": "543457", "name": "Jo Doe", "email": "jo@elsewhere.example"}
    assert (made["unread"], made["waiting_on"], made["mailbox"]) == (True, "agent", "payroll@acme.example")
    assert made["last_inbound_at"] == email.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert api("admin", "GET", f"/cases/{made['case_id']}").json == made
    assert emails(api, made["case_id"]) == [email.email_id]
    assert case.email
    assert emails(api, case.case_id) == [case.email.email_id]
    row, old = (read_row(keys.record(one), CaseRow) for one in (made["case_id"], case.case_id))
    assert row is not None
    assert old is not None
    assert (int(row.entries), int(old.entries), row.counted_to, old.moved_out) == (1, 0, email.email_id, True)
    pointer = read_row(keys.record(record_id_in(email.email_id)), PointerRow)
    assert pointer is not None
    assert pointer.case_id == made["case_id"]
    record = api("admin", "GET", f"/audit?target={case.case_id}").items[0]
    assert (record["action"], record["target"]) == ("email.split", f"{case.case_id}/{email.email_id}")
    assert (record["before"], record["after"]) == ({"case_id": case.case_id}, {"case_id": made["case_id"]})


def test_defaults(api: Api, mail: MailBucket, case: Case) -> None:
    """Without a body: the subject of the email without its reference, and the topic of the case."""
    made = split(api, case, entry_of(mail, case, warnings=(EmailWarning.SPAM, EmailWarning.ENCRYPTED))).json
    assert (made["subject"], made["topic"], made["service_group"]) == ("Re: Leave", "General", "default")
    assert (made["flags"], made["warnings"]) == (["spam"], ["spam", "encrypted"])
    blank = split(api, case, entry_of(mail, case, 4, subject="Re:", content=Content("", None)), topic=None).json
    assert (blank["subject"], blank["issue"]) == ("Leave", "Leave")


@pytest.mark.parametrize(
    ("sender", "user_id", "group"),
    [
        ("M@Acme.example", "874112", "badges-de"),
        ("eve@elsewhere.example", "543457", "badges"),
        ("both@acme.example", "543457", "badges"),
        ("gone@acme.example", "543457", "badges"),
    ],
)
def test_employee(api: Api, mail: MailBucket, case: Case, sender: str, user_id: str, group: str) -> None:
    """The only unblocked employee with the From address, else that of the case. Their population decides the group."""
    put(api, "/employees/1", {"name": "One", "emails": ["both@acme.example"]})
    put(api, "/employees/2", {"name": "Two", "emails": ["both@acme.example"]})
    put(api, "/employees/3", {"name": "Three", "emails": ["gone@acme.example"], "blocked": True})
    made = split(api, case, entry_of(mail, case, from_=Address("", sender)), topic="Badges").json
    assert (made["employee"]["user_id"], made["service_group"]) == (user_id, group)


def test_employee_who_left(api: Api, mail: MailBucket, case: Case) -> None:
    """The new case keeps what the old one says of an employee who is in the directory no more."""
    api("admin", "DELETE", "/employees/543457")
    made = split(api, case, entry_of(mail, case), topic="Badges").json
    assert (made["employee"]["name"], made["service_group"]) == ("Jo Doe", "badges")


def test_first_email(api: Api, mail: MailBucket, case: Case) -> None:
    """The email that made the case can be split, too. The case keeps its issue."""
    made = split(api, case, case.email, subject="Other").json
    assert case.email
    assert emails(api, made["case_id"]) == [case.email.email_id]
    assert emails(api, case.case_id) == []
    assert api("agent", "GET", f"/cases/{case.case_id}").json["issue"] == case.issue
    assert identity_of(1).record_id() == case.case_id


def test_repeat(api: Api, mail: MailBucket, case: Case) -> None:
    """A repeated request answers with the case that the first one made."""
    email = entry_of(mail, case)
    first = split(api, case, email, subject="Badge")
    again = split(api, case, email, subject="Badge")
    assert (again.status, again.json) == (201, first.json)
    # An email that comes back can be split again.
    path = f"/cases/{first.json['case_id']}/emails/{email.email_id}/move"
    assert api("agent", "POST", path, {"case_id": case.case_id}).status == 200
    second = split(api, case, email, subject="Badge")
    assert (second.status, second.json["case_id"] != first.json["case_id"]) == (201, True)
    assert split(api, case, email).json["case_id"] == second.json["case_id"]


def test_two_requests_at_once(api: Api, mail: MailBucket, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both answer with the case that the faster one made."""
    email = entry_of(mail, case)
    faster: list[Answer] = []
    meanwhile(monkeypatch, "TransactWriteItems", lambda: faster.append(split(api, case, email)))
    slower = split(api, case, email)
    assert (slower.status, slower.json) == (201, faster[0].json)
    assert emails(api, slower.json["case_id"]) == [email.email_id]


def test_refused(api: Api, mail: MailBucket, case: Case) -> None:
    sent = outbound(mail, case, LATER, message_id="0102@eu-central-1.amazonses.com")
    email = entry_of(mail, case)
    assert split(api, case, sent).problem == "conflict"
    assert split(api, case, email, topic="Nothing").wrong_fields == ["topic"]
    assert split(api, case, email, subject="", x=1).wrong_fields == ["subject", "x"]
    assert split(api, case, email, subject="x" * 751).wrong_fields == ["subject"]
    assert split(api, case, replace(email, email_id="0" * 19)).status == 404
    assert split(api, case, email, "other-agent").status == 404
    assert split(api, case, email, "nobody").status == 403
    assert len(emails(api, case.case_id)) == 3
