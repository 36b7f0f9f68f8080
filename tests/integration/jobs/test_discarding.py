"""Discarding many unprocessed emails with one request."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import boto3
import pytest
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.stores.purge_store import PurgeStore
from email_channels.cases.reasons import Reason
from email_channels.cases.unprocessed import Hold

from tests.support.in_process.api_client import Api
from tests.support.in_process.aws import Aws
from tests.support.in_process.jobs import take_messages, work, work_all
from tests.support.in_process.stored_emails import RECEIVED, record_unprocessed

NOTIFIED = {"notified_at": RECEIVED, "purge_after": RECEIVED + timedelta(days=30)}
HELD = NOTIFIED | {"held": Hold("a claim", "admin", RECEIVED)}


def start(api: Api, body: object) -> dict[str, Any]:
    answer = api("admin", "POST", "/unprocessed/discard", body)
    assert answer.status == 202, answer.text
    job: dict[str, Any] = answer.json
    assert answer.headers["location"] == f"/jobs/{job['job_id']}"
    assert (job["kind"], job["state"], job["done"], job["by"]) == ("discard", "waiting", 0, "admin")
    return job


def finished(api: Api, job: dict[str, Any]) -> dict[str, Any]:
    work_all()
    found: dict[str, Any] = api("admin", "GET", f"/jobs/{job['job_id']}").json
    assert found["state"] == "done", found
    return found


def left(api: Api) -> set[str]:
    return {item["id"] for item in api("admin", "GET", "/unprocessed?limit=200").items}


def test_by_ids(api: Api, mail: MailBucket, aws: Aws) -> None:
    """Known emails are discarded with a proof; held, un-notified and unknown ones are listed."""
    due = [record_unprocessed(mail, n, **NOTIFIED) for n in range(3)]
    held = record_unprocessed(mail, 3, **HELD)
    unnotified = record_unprocessed(mail, 4)
    other = record_unprocessed(mail, 5, **NOTIFIED)
    ids = [item.id.lower() for item in due] + [held.id, "ZZZZZZZZZZ", unnotified.id, "no id", due[0].id]
    job = finished(api, start(api, {"ids": ids}))
    assert (job["total"], job["done"], job["outcomes"]) == (7, 7, {"discarded": 3, "rejected": 4})
    assert {row["id"]: row["message"] for row in job["rejected"]} == {
        held.id: "The email is held. Release it first.",
        "ZZZZZZZZZZ": "There is no unprocessed email with this id.",
        "no id": "There is no unprocessed email with this id.",
        unnotified.id: "The admins have not been notified of the email yet.",
    }
    assert left(api) == {held.id, unnotified.id, other.id}
    [proof] = api("admin", "GET", "/purges").items
    assert {item["id"] for item in proof["items"]} == {item.id for item in due}
    objects = boto3.client("s3").list_objects_v2(Bucket=aws.bucket_name)["Contents"]
    assert len(objects) == 6, "originals and attachments of three emails are left"


def test_by_reason(api: Api, mail: MailBucket) -> None:
    """The selection is by reason, and maybe by mailbox; emails that arrive after the start stay."""
    spam = [record_unprocessed(mail, n, **NOTIFIED, reason=Reason.SPAM) for n in range(3)]
    api("admin", "PUT", "/mailboxes/benefits@acme.example", {"receiving_address": "benefits@forms.example"})
    elsewhere = record_unprocessed(mail, 3, **NOTIFIED, reason=Reason.SPAM, mailbox="Benefits@acme.example")
    other = record_unprocessed(mail, 4, **NOTIFIED)
    later = record_unprocessed(mail, 5, **NOTIFIED, reason=Reason.SPAM, received_at=RECEIVED + timedelta(days=9000))
    job = finished(api, start(api, {"reason": "spam", "mailbox": "benefits@ACME.example"}))
    assert (job["total"], job["outcomes"]) == (1, {"discarded": 1})
    job = finished(api, start(api, {"reason": "spam"}))
    assert (job["total"], job["outcomes"], job["rejected"]) == (3, {"discarded": 3}, [])
    assert left(api) == {other.id, later.id}
    assert {*(item.id for item in spam), elsewhere.id}.isdisjoint(left(api))
    job = finished(api, start(api, {"reason": "virus"}))
    assert (job["total"], job["done"], job["outcomes"]) == (0, 0, {})


def test_many(api: Api, mail: MailBucket) -> None:
    """More emails than fit into a step, with a worker that ends after each step."""
    for n in range(80):
        record_unprocessed(mail, n, **NOTIFIED)
    job = start(api, {"reason": "sender_not_found"})
    messages = 0
    while bodies := take_messages():
        for body in bodies:
            assert not work(body, milliseconds=90_000)
            messages += 1
    assert messages > 2
    found = api("admin", "GET", f"/jobs/{job['job_id']}").json
    assert (found["state"], found["total"], found["done"]) == ("done", 80, 80)
    assert left(api) == set()


def test_gone_between(api: Api, mail: MailBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the worker crashes after it marked emails, and the daily purge deletes them, they count as discarded."""
    item = record_unprocessed(mail, 1, **NOTIFIED)
    job = start(api, {"ids": [item.id]})
    [body] = take_messages()
    with monkeypatch.context() as patched:
        patched.setattr("email_channels.aws.stores.jobs.job_store.JobStore.advance", _crash)
        assert work(body)
    marked = PurgeStore().due(RECEIVED + timedelta(days=60))
    for batch in marked:
        PurgeStore().delete(batch)
    assert left(api) == set()
    assert not work(body)
    found = api("admin", "GET", f"/jobs/{job['job_id']}").json
    assert (found["state"], found["outcomes"]) == ("done", {"discarded": 1})


def _crash(*_: object, **__: object) -> None:
    raise OSError("crashed")


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["reason"]),
        ({"mailbox": "payroll@acme.example"}, ["reason"]),
        ({"ids": []}, ["ids"]),
        ({"ids": None}, ["reason"]),
        ({"ids": ["A"] * 1_001}, ["ids"]),
        ({"ids": "7K3F92QDX0"}, ["ids"]),
        ({"ids": [""]}, ["ids.0"]),
        ({"ids": [7]}, ["ids.0"]),
        ({"ids": ["A\nB"]}, ["ids.0"]),
        ({"ids": ["A" * 101]}, ["ids.0"]),
        ({"ids": ["A"], "reason": "spam"}, ["reason"]),
        ({"ids": ["A"], "mailbox": "payroll@acme.example"}, ["mailbox"]),
        ({"reason": "because"}, ["reason"]),
        ({"reason": "spam", "mailbox": "payroll"}, ["mailbox"]),
        ({"reason": "spam", "mailbox": "unknown@acme.example"}, ["mailbox"]),
        ({"reason": "because", "mailbox": "unknown@acme.example"}, ["mailbox", "reason"]),
        ({"reason": "spam", "all": True}, ["all"]),
    ],
)
def test_bad_selection(api: Api, body: object, fields: list[str]) -> None:
    assert api("admin", "POST", "/unprocessed/discard", body).wrong_fields == fields
    assert take_messages() == []


def test_jobs_list(api: Api) -> None:
    """Jobs are listed newest first, in pages, with what they rejected."""
    made = [start(api, {"ids": [f"ZZZZZZZZZ{n}"]})["job_id"] for n in range(3)]
    work_all()
    first = api("admin", "GET", "/jobs?limit=2").json
    second = api("admin", "GET", f"/jobs?limit=2&cursor={first['next_cursor']}").json
    jobs = first["items"] + second["items"]
    assert sorted(job["job_id"] for job in jobs) == sorted(made)
    assert [job["started_at"] for job in jobs] == sorted((job["started_at"] for job in jobs), reverse=True)
    assert all(len(job["rejected"]) == 1 and job["changes"] is None for job in jobs)
    assert second["next_cursor"] is None


def test_unknown_job(api: Api) -> None:
    for job_id in ("0", "unknown", "é" * 500, "%20", "JOBS%23"):
        assert api("admin", "GET", f"/jobs/{job_id}").status == 404
