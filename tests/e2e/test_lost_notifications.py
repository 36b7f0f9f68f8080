"""A notification between the bucket and the queue of inbound is lost: reconcile finds the email."""

from __future__ import annotations

import time

import pytest

from tests.support.system.http_api import answer
from tests.support.system.mail import email, unique
from tests.support.system.system_client import SystemClient

# The delay of the arrivals queue is half a minute on the local stack.
MOST_SECONDS = 120


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_an_email_whose_notification_is_lost_becomes_a_case(acme: SystemClient) -> None:
    robin, subject = acme.employ(), unique("Lost")
    answer(acme.http.post("/local/notifications", json={"lose": 1}))
    try:
        acme.send(email(robin.mailbox, subject))
    finally:
        answer(acme.http.post("/local/notifications", json={"lose": 0}))
    assert acme.cases_with(subject) == []
    deadline = time.monotonic() + MOST_SECONDS
    while not acme.cases_with(subject) and time.monotonic() < deadline:
        time.sleep(1)
    assert acme.case_with(subject)["employee"]["user_id"] == robin.user_id
