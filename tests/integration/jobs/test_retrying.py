"""Retrying many unprocessed emails with one request."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from email_channels.aws.mail_bucket import MailBucket
from email_channels.cases.reasons import Reason
from email_channels.intake.retrying import Retry
from email_channels.jobs.selection import TRIES_OF_AN_EMAIL
from email_channels.observability import logger

from tests.support.in_process.api_client import Api
from tests.support.in_process.jobs import take_messages, work, work_all
from tests.support.in_process.stored_emails import record_unprocessed


def start(api: Api, body: object) -> dict[str, Any]:
    answer = api("admin", "POST", "/unprocessed/retry", body)
    assert (answer.status, answer.json["kind"]) == (202, "retry")
    job: dict[str, Any] = answer.json
    return job


def job_now(api: Api, job: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = api("admin", "GET", f"/jobs/{job['job_id']}").json
    return found


@pytest.fixture
def five(api: Api, mail: MailBucket) -> list[str]:
    """The ids of five emails of a sender who is an employee now."""
    ids = [record_unprocessed(mail, n).id for n in range(5)]
    api("admin", "PUT", "/employees/7", {"name": "Jo Doe", "emails": ["jo@elsewhere.example"]})
    return ids


def test_by_reason(api: Api, five: list[str], mail: MailBucket) -> None:
    """Each email becomes what it now is, and the job counts the outcomes."""
    other = record_unprocessed(mail, 9, reason=Reason.SPAM)
    job = start(api, {"reason": "sender_not_found"})
    work_all()
    job = job_now(api, job)
    assert (job["state"], job["total"], job["done"], job["outcomes"]) == ("done", 5, 5, {"case": 5})
    assert [item["id"] for item in api("admin", "GET", "/unprocessed").items] == [other.id]
    assert {case["case_id"] for case in api("admin", "GET", "/cases").items} == set(five)
    assert take_messages() == []
    records = api("admin", "GET", "/audit?action=unprocessed.retry").items
    assert sorted(record["target"] for record in records) == sorted(five)
    assert {record["actor"] for record in records} == {"id-of-admin"}


def test_by_ids(api: Api, five: list[str], mail: MailBucket) -> None:
    """Emails that stay unprocessed are counted, and unknown ones are listed. A second job finds the cases."""
    stranger = record_unprocessed(mail, 9)
    api("admin", "PUT", "/employees/7", {"name": "Jo Doe", "emails": []})
    job = start(api, {"ids": [*five[:2], "ZZZZZZZZZZ"]})
    work_all()
    job = job_now(api, job)
    assert (job["done"], job["outcomes"]) == (3, {"unprocessed": 2, "rejected": 1})
    assert job["rejected"] == [{"id": "ZZZZZZZZZZ", "message": "There is no unprocessed email with this id."}]
    api("admin", "PUT", "/employees/7", {"name": "Jo Doe", "emails": ["jo@elsewhere.example"]})
    for _ in range(2):
        job = start(api, {"ids": [*five, stranger.id]})
        work_all()
        assert job_now(api, job)["outcomes"] == {"case": 6}


def test_crash(api: Api, five: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that is repeated counts the same, and makes no second case."""
    job = start(api, {"ids": five})
    [body] = take_messages()
    with monkeypatch.context() as patched:
        patched.setattr("email_channels.aws.stores.jobs.job_store.JobStore.advance", _fail)
        assert work(body)
    assert len(api("admin", "GET", "/cases").items) == 5
    assert not work(body)
    work_all()
    job = job_now(api, job)
    assert (job["state"], job["done"], job["outcomes"]) == ("done", 5, {"case": 5})
    assert len(api("admin", "GET", "/cases").items) == 5


def test_failing_email(
    api: Api, five: list[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An email that fails because of a mistake of ours is rejected, and the others are retried.

    The log says where it failed, but nothing of the email.
    """
    _break(monkeypatch, five[2], ValueError("jo@elsewhere.example"))
    job = start(api, {"ids": five})
    work_all()
    job = job_now(api, job)
    assert (job["state"], job["outcomes"]) == ("done", {"case": 4, "rejected": 1})
    assert job["rejected"] == [
        {"id": five[2], "message": "The retry failed: ValueError. The log of the function `jobs` says more."}
    ]
    lines = [logger().registered_formatter.format(record) for record in caplog.records]
    (failed,) = (line for line in map(json.loads, lines) if line["message"] == "retry failed")
    assert (failed["record"], failed["error"], failed["where"][-1][-7:]) == (five[2], "ValueError", " broken")
    assert "jo@elsewhere.example" not in "".join(lines)


def test_email_without_aws(api: Api, five: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """An email for which AWS does not answer is tried again, and rejected in the end; the others are retried."""
    _break(monkeypatch, five[2], EndpointConnectionError(endpoint_url="https://s3.example"))
    job = start(api, {"ids": five})
    failed = 0
    while bodies := take_messages():
        for body in bodies:
            while work(body):
                failed += 1
                assert job_now(api, job)["done"] == 2
    job = job_now(api, job)
    assert failed == TRIES_OF_AN_EMAIL
    assert (job["state"], job["outcomes"]) == ("done", {"case": 4, "rejected": 1})


def _break(monkeypatch: pytest.MonkeyPatch, record_id: str, error: Exception) -> None:
    retry = Retry.retry

    def broken(self: Retry, wanted: str, *rest: Any) -> Any:
        if wanted == record_id:
            raise error
        return retry(self, wanted, *rest)

    monkeypatch.setattr(Retry, "retry", broken)


def _fail(*_: object, **__: object) -> None:
    raise OSError("no answer")
