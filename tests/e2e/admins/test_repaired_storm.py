"""Many failing emails: few notifications that name all of them, and one call that repairs all of them.

`make storm` runs this with a thousand emails.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.system.mail import as_sent, email, stranger, unique
from tests.support.system.system_client import PAYROLL, SystemClient, system

EMAILS = int(os.environ.get("STORM_EMAILS", "60"))
MOST_NOTIFICATIONS = 25
SETTLED = 1 + EMAILS // 30
"""How often the system is asked to settle: it handles more than one email in a second."""


@pytest.fixture(scope="module")
def harbour() -> Iterator[SystemClient]:
    """A separate system, because in a storm other emails get no notifications of their own."""
    with system(AcknowledgeSender="false") as client:
        yield client


def finished(system: SystemClient, answer: Any) -> Any:
    """The job that a request has started, after its end."""
    assert answer.status_code == 202, answer.text
    system.settle(SETTLED)
    job = system.admin.get(answer.headers["location"])
    assert job["state"] == "done", job
    return job


@pytest.mark.timeout(3600)
def test_storm(harbour: SystemClient) -> None:
    """Strangers write; their emails are named in few notifications, and become as many cases by one retry."""
    subjects = [unique("Storm") for _ in range(EMAILS)]
    with harbour.sending() as sent:
        with harbour.connect() as client:
            for subject in subjects:
                client.sendmail("storm@elsewhere.example", PAYROLL, as_sent(email(stranger(), subject)))
        harbour.settle(SETTLED)
        harbour.fire("reconcile", datetime.now(UTC) + timedelta(hours=1))
    assert len(sent) <= MOST_NOTIFICATIONS
    text = "".join(each.text + each.subject for each in sent)
    assert [subject for subject in subjects if subject not in text] == []
    waiting = harbour.admin.items("/unprocessed", reason="sender_not_found")
    ids = {item["id"] for item in waiting if item["subject"] in subjects}
    assert len(ids) == EMAILS
    assert all(item["notified_at"] for item in waiting)

    trial = finished(harbour, harbour.admin.call("POST", "/try/jobs", {"mailbox": "payroll@acme.example", "last": 5}))
    assert {change["after"]["reason"] for change in trial["changes"]} == {"sender_not_found"}
    robin = harbour.employ()
    harbour.admin.put("/user-mappings/everybody", {"mailbox": "payroll@acme.example", "user_id": robin.user_id})
    job = finished(harbour, harbour.admin.call("POST", "/unprocessed/retry", {"reason": "sender_not_found"}))
    assert (job["total"], job["done"], job["outcomes"]) == (len(waiting), len(waiting), {"case": len(waiting)})
    cases = harbour.admin.items("/cases", employee=robin.user_id)
    assert sorted(case["subject"] for case in cases if case["subject"] in subjects) == sorted(subjects)
    assert ids <= {case["case_id"] for case in cases}
    again = finished(harbour, harbour.admin.call("POST", "/unprocessed/retry", {"ids": sorted(ids)}))
    assert again["outcomes"] == {"case": EMAILS}
    assert len(harbour.admin.items("/cases", employee=robin.user_id)) == len(cases)
    assert [one["job_id"] for one in harbour.admin.items("/jobs")] == [one["job_id"] for one in (again, job, trial)]


def test_discard(harbour: SystemClient) -> None:
    """All spam is discarded by one call, with a proof; what is held stays."""
    harbour.admin.call("DELETE", "/user-mappings/everybody")
    subjects = [unique("Spam") for _ in range(3)]
    for subject in subjects:
        harbour.send(email(stranger(), subject, X_Local_Verdicts="spam=FAIL"))
    harbour.fire("reconcile", datetime.now(UTC) + timedelta(hours=1))
    items = [harbour.unprocessed_with(subject) for subject in subjects]
    harbour.admin.call("POST", f"/unprocessed/{items[0]['id']}/hold", {"why": "a claim"})
    job = finished(harbour, harbour.admin.call("POST", "/unprocessed/discard", {"reason": "spam"}))
    assert job["outcomes"] == {"discarded": 2, "rejected": 1}
    assert [row["id"] for row in job["rejected"]] == [items[0]["id"]]
    assert [item["id"] for item in harbour.admin.items("/unprocessed", reason="spam")] == [items[0]["id"]]
    proven = {item["id"] for proof in harbour.admin.items("/purges") for item in proof["items"]}
    assert proven == {item["id"] for item in items[1:]}


def test_long_email(harbour: SystemClient) -> None:
    """A long email with a file and a reference that was not matched keeps its text and its file in a retry of many."""
    subject = unique("Long")
    message = email("Nora <nora@acme.example>", f"{subject} [#7K3F92QDX0-h4q9w2]", secrets.token_hex(20_000))
    message.add_attachment(secrets.token_bytes(50_000), maintype="application", subtype="pdf", filename="hours.pdf")
    harbour.send(message)
    item = harbour.unprocessed_with(f"{subject} [#7K3F92QDX0-h4q9w2]")
    harbour.admin.put("/employees/nora", {"name": "Nora", "emails": ["nora@acme.example"]})
    job = finished(harbour, harbour.admin.call("POST", "/unprocessed/retry", {"ids": [item["id"]]}))
    assert job["outcomes"] == {"case": 1}
    (entry,) = harbour.admin.items(f"/cases/{item['id']}/emails")
    assert [one["filename"] for one in entry["attachments"]] == ["hours.pdf"]
