"""Many unprocessed emails at once: admins learn of each, none is purged too early, and one call repairs all.

`make storm` runs this with a thousand emails.
"""

import os
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from tests.support.reliability.deliveries import Sent
from tests.support.reliability.environment import ENVIRONMENT
from tests.support.reliability.simulation import Simulation, open_simulation

EMAILS = int(os.environ.get("STORM_EMAILS", "120"))
DAYS = int(ENVIRONMENT["PURGE_AFTER_DAYS"])
MESSAGE = """
From: Pat <pat{0}@elsewhere.example>
To: payroll@acme.example
Subject: storm-{0:04}-storm
Message-ID: <storm{0}@elsewhere.example>

Hello.
"""


def text_of(sent: Sent) -> str:
    message = message_from_bytes(sent.raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    body = message.get_body(("plain",))
    assert isinstance(body, EmailMessage)
    return f"{message['Subject']}\n{body.get_content()}"


def all_items(simulation: Simulation, path: str) -> list[dict[str, str]]:
    items, cursor = [], ""
    while True:
        page = simulation.get(f"{path}?limit=200{cursor}")
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        cursor = f"&cursor={page['next_cursor']}"


@pytest.mark.timeout(1200)
def test_many_unprocessed_emails() -> None:
    with open_simulation(ACKNOWLEDGE_SENDER="false", DEFAULT_SERVICE_GROUP_ADDRESS="") as simulation:
        for n in range(EMAILS):
            simulation.arrive(MESSAGE.format(n))
        simulation.settle()
        singly = len(simulation.sent)
        for _ in range(4):  # an hour of reconcile's runs
            simulation.tick(0.25)
            simulation.settle()

        told = "".join(map(text_of, simulation.sent))
        assert [n for n in range(EMAILS) if f"storm-{n:04}-storm" not in told] == []
        assert singly == 20
        assert len(simulation.sent) <= 25

        storm = all_items(simulation, "/unprocessed")
        assert len(storm) == EMAILS
        for item in storm:
            notified = datetime.fromisoformat(item["notified_at"])
            assert datetime.fromisoformat(item["purge_after"]) >= notified + timedelta(days=DAYS)
        simulation.tick(DAYS * 24 - 2)
        simulation.settle()
        assert len(all_items(simulation, "/unprocessed")) == len(simulation.storage.objects("raw/")) == EMAILS
        assert simulation.dead == []

        told_of = len(simulation.sent)
        employee = {"name": "Pat", "emails": []}
        assert simulation.request("admin", "PUT", "/employees/7", employee).status == 201
        mapping = {"mailbox": "payroll@acme.example", "user_id": "7"}
        assert simulation.request("admin", "PUT", "/user-mappings/all", mapping).status == 201
        started = simulation.request("admin", "POST", "/unprocessed/retry", {"reason": "sender_not_found"})
        assert started.status == 202
        simulation.settle()
        job = simulation.get(f"/jobs/{started.body['job_id']}")
        assert (job["state"], job["total"], job["done"], job["outcomes"]) == ("done", EMAILS, EMAILS, {"case": EMAILS})
        assert all_items(simulation, "/unprocessed") == []
        cases = all_items(simulation, "/cases")
        assert sorted(case["subject"] for case in cases) == [f"storm-{n:04}-storm" for n in range(EMAILS)]
        assert {case["case_id"] for case in cases} == {item["id"] for item in storm}
        assert len(simulation.sent) == told_of
