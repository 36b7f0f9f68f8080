"""Trying the last emails of a mailbox with one request."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.stores.jobs.recent_emails import newest_records
from email_channels.cases.outcomes import Outcome
from email_channels.cases.references import case_reference
from email_channels.intake.trying.trials import Trying
from email_channels.jobs.selection import TRIES_OF_AN_EMAIL
from email_channels.observability import logger

from tests.support.in_process.api_client import Api
from tests.support.in_process.aws import Aws
from tests.support.in_process.inbound_emails import QUESTION, answer
from tests.support.in_process.inbox import KEYS, ZOE, Inbox, add_employees
from tests.support.in_process.jobs import take_messages, work, work_all
from tests.support.in_process.stored_emails import original_key, record_case, record_unprocessed

KNOWN = {"employee": {"user_id": "7", "name": "Jo Doe", "emails": ["jo@elsewhere.example"]}}


def tried(api: Api, body: object) -> dict[str, Any]:
    answer = api("admin", "POST", "/try/jobs", body)
    assert (answer.status, answer.json["kind"], answer.json["changes"]) == (202, "try", [])
    work_all()
    job: dict[str, Any] = api("admin", "GET", f"/jobs/{answer.json['job_id']}").json
    assert job["state"] == "done", job
    return job


def unprocessed(reason: str) -> dict[str, object]:
    return {"outcome": "unprocessed", "reason": reason, "case_id": None}


def made(case_id: str) -> dict[str, object]:
    return {"outcome": "case", "reason": None, "case_id": case_id}


def test_last_emails(api: Api, mail: MailBucket) -> None:
    """The last emails of the mailbox, as they are and as they would be. Nothing changes."""
    items = [record_unprocessed(mail, n) for n in range(3)]
    record_unprocessed(mail, 9, mailbox="benefits@acme.example")
    case = record_case(mail, 4)
    job = tried(api, {"mailbox": "Payroll@acme.example", "last": 100, "assume": KNOWN})
    assert (job["total"], job["done"], job["rejected"]) == (4, 4, [])
    assert {change["id"]: (change["before"], change["after"]) for change in job["changes"]} == {
        **{item.id: (unprocessed("sender_not_found"), made(item.id)) for item in items},
        case.case_id: (made(case.case_id), made(case.case_id)),
    }
    assert job["outcomes"] == {"changed": 3, "unchanged": 1}
    assert {item["reason"] for item in api("admin", "GET", "/unprocessed").items} == {"sender_not_found"}
    assert len(api("admin", "GET", "/cases").items) == 1
    job = tried(api, {"mailbox": "payroll@acme.example", "last": 100})
    assert job["outcomes"] == {"unchanged": 3, "changed": 1}, "without the assumption, nobody is the case's sender"
    assert len(tried(api, {"mailbox": "payroll@acme.example", "last": 2})["changes"]) == 2


@pytest.mark.parametrize("field", ["To", "Cc"])
def test_entries(api: Api, aws: Aws, field: str) -> None:
    """An entry belongs to each mailbox that it was written to, in To or in Cc."""
    assert api("admin", "GET", "/cases").items == []
    add_employees(ZOE)
    inbox = Inbox(aws)
    case_id = str(inbox.receive(QUESTION).case_id)
    subject = f"Re: {case_reference(case_id, KEYS)}"
    message = answer(to="bob@elsewhere.example", subject=subject)
    named = message.replace("Message-ID:", f"{field}: payroll@acme.example\nMessage-ID:", 1)
    other = inbox.receive(message.replace("<answer@", "<other@"))
    entry = inbox.receive(named)
    assert (entry.outcome, other.outcome) == (Outcome.ENTRY, Outcome.ENTRY)
    assert set(newest_records("payroll@acme.example", 100)) == {entry.record_id, case_id}


def test_expired_original(api: Api, mail: MailBucket) -> None:
    """An email whose original is gone is named in `rejected`."""
    kept, gone = record_unprocessed(mail, 1), record_unprocessed(mail, 2)
    mail.delete([original_key(2)])
    job = tried(api, {"mailbox": "payroll@acme.example", "last": 5})
    assert [change["id"] for change in job["changes"]] == [kept.id]
    message = "The original of this email no longer exists, so the email cannot be tried."
    assert job["rejected"] == [{"id": gone.id, "message": message}]


def test_failing_email(
    api: Api, mail: MailBucket, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An email that fails because of a mistake of ours is rejected, and the others are tried. The log holds nothing of
    the email."""
    items = [record_unprocessed(mail, n) for n in range(3)]
    _break(monkeypatch, 1, ValueError("jo@elsewhere.example"))
    job = tried(api, {"mailbox": "payroll@acme.example", "last": 5})
    assert {change["id"] for change in job["changes"]} == {items[0].id, items[2].id}
    message = "The try failed. The log of the function `jobs` says why."
    assert job["rejected"] == [{"id": items[1].id, "message": message}]
    lines = [logger().registered_formatter.format(record) for record in caplog.records]
    assert any('"try failed"' in line for line in lines)
    assert "jo@elsewhere.example" not in "".join(lines)


def test_email_without_aws(api: Api, mail: MailBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """An email for which AWS does not answer is tried again, and rejected in the end. The others are tried."""
    items = [record_unprocessed(mail, n) for n in range(3)]
    _break(monkeypatch, 1, EndpointConnectionError(endpoint_url="https://s3.example"))
    job = api("admin", "POST", "/try/jobs", {"mailbox": "payroll@acme.example", "last": 5}).json
    failed = 0
    while bodies := take_messages():
        for body in bodies:
            while work(body):
                failed += 1
    job = api("admin", "GET", f"/jobs/{job['job_id']}").json
    assert failed >= TRIES_OF_AN_EMAIL
    assert (job["state"], [row["id"] for row in job["rejected"]]) == ("done", [items[1].id])
    assert {change["id"] for change in job["changes"]} == {items[0].id, items[2].id}


def _break(monkeypatch: pytest.MonkeyPatch, n: int, error: Exception) -> None:
    try_stored = Trying.try_stored

    def broken(self: Trying, object_key: str, *rest: Any) -> Any:
        if object_key == original_key(n):
            raise error
        return try_stored(self, object_key, *rest)

    monkeypatch.setattr(Trying, "try_stored", broken)


def test_no_emails(api: Api) -> None:
    job = tried(api, {"mailbox": "payroll@acme.example", "last": 100})
    assert (job["total"], job["done"], job["changes"]) == (0, 0, [])


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["last", "mailbox"]),
        ({"mailbox": "payroll@acme.example"}, ["last"]),
        ({"mailbox": "payroll@acme.example", "last": 0}, ["last"]),
        ({"mailbox": "payroll@acme.example", "last": 101}, ["last"]),
        ({"mailbox": "payroll@acme.example", "last": "5"}, ["last"]),
        ({"mailbox": "nobody@acme.example", "last": 5}, ["mailbox"]),
        ({"mailbox": "payroll", "last": 5}, ["mailbox"]),
        ({"mailbox": "payroll@acme.example", "last": 5, "assume": {"employee": {}}}, ["assume.employee.user_id"]),
        ({"mailbox": "payroll@acme.example", "last": 5, "assume": {"weather": "good"}}, ["assume.weather"]),
    ],
)
def test_bad_request(api: Api, body: object, fields: list[str]) -> None:
    assert api("admin", "POST", "/try/jobs", body).wrong_fields == fields
    assert take_messages() == []
