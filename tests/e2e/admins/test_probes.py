"""Probes: each mailbox gets an email, which its redirect brings back. The test plays the client's mail server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.system.system_client import (
    ADMINS,
    ANSWERS,
    NOTIFICATIONS,
    PAYROLL,
    REPLY_TO,
    Sent,
    SystemClient,
    system,
)

MAILBOX = "payroll@acme.example"
RECEIVING = {MAILBOX: PAYROLL, REPLY_TO: ANSWERS}


@pytest.fixture(scope="module", params=["probing"])
def probing() -> Iterator[SystemClient]:
    """A system that probes its two mailboxes every hour."""
    with system(ProbeMinutes="60", AdminEmailAddresses=ADMINS[0]) as client:
        yield client


class Clock:
    """Runs the schedule as the hours pass."""

    def __init__(self, client: SystemClient) -> None:
        self._client = client
        self._now = datetime.now(UTC)

    def run(self, minutes: int = 0) -> tuple[dict[str, Sent], list[Sent]]:
        """Runs `reconcile` some minutes later; returns the probes by mailbox, and the notices to admins."""
        self._now += timedelta(minutes=minutes)
        with self._client.sending() as sent:
            self._client.fire("reconcile", self._now)
        notices = [one for one in sent if one.everybody == [ADMINS[0]]]
        return {one.to[0]: one for one in sent if one not in notices}, notices


def redirect(client: SystemClient, probe: Sent) -> None:
    """Sends a probe to the receiving address of its mailbox, as the mail server does."""
    client.send(probe.raw, RECEIVING[probe.to[0]], NOTIFICATIONS)


def shown(client: SystemClient) -> Any:
    return client.admin.get(f"/mailboxes/{MAILBOX}")["probe"]


def test_redirect_that_is_cut(probing: SystemClient) -> None:
    """A probe that does not come back is reported once, and once when one comes back; none becomes a case."""
    clock = Clock(probing)
    assert shown(probing) is None
    probes, notices = clock.run()
    assert (set(probes), notices) == ({MAILBOX, REPLY_TO}, [])
    assert probes[MAILBOX].message["Auto-Submitted"] == "auto-generated"
    assert shown(probing)["state"] == "waiting"
    for probe in probes.values():
        redirect(probing, probe)
    came_back = shown(probing)
    assert (came_back["state"], came_back["seconds"] < 60) == ("ok", True)
    assert clock.run(15) == ({}, [])

    # The redirect of the first mailbox is cut.
    probes, notices = clock.run(45)
    redirect(probing, probes[REPLY_TO])
    assert (set(probes), notices) == ({MAILBOX, REPLY_TO}, [])
    lost = probes[MAILBOX]
    _, (notice,) = clock.run(15)
    assert MAILBOX in notice.subject + notice.text
    assert REPLY_TO not in notice.text
    assert "The last test email came back at" in notice.text
    assert shown(probing)["state"] == "silent"
    for minutes in (15, 30, 60):
        probes, notices = clock.run(minutes)
        assert notices == []
        if REPLY_TO in probes:
            redirect(probing, probes[REPLY_TO])
    assert shown(probing)["state"] == "silent"

    # The redirect works again.
    probes, notices = clock.run(60)
    for probe in probes.values():
        redirect(probing, probe)
    assert (shown(probing)["state"], notices) == ("ok", [])
    _, (notice,) = clock.run(15)
    assert f"{MAILBOX}: silent since" in notice.text
    assert clock.run(15) == ({}, [])

    # A late or repeated one changes nothing.
    before = shown(probing)
    redirect(probing, lost)
    redirect(probing, probes[MAILBOX])
    assert shown(probing) == before
    assert probing.newest("/cases") == probing.newest("/unprocessed") == []
    assert probing.client("sqs").get_queue_attributes(
        QueueUrl=probing.aws["dead_letter_queue_url"], AttributeNames=["ApproximateNumberOfMessages"]
    )["Attributes"] == {"ApproximateNumberOfMessages": "0"}


def test_forged_mark(probing: SystemClient) -> None:
    """A mark that we did not sign is none: the email is one of ours that came back."""
    probes, _ = Clock(probing).run(24 * 60)
    forged = probes[MAILBOX].raw.replace(b"Probe: probe.", b"Probe: probe.0", 1)
    forged = forged.replace(b"References: <probe.", b"References: <probe.0").replace(b"\r\n <probe.", b"\r\n <probe.0")
    probing.send(forged, PAYROLL, NOTIFICATIONS)
    (item,) = probing.newest("/unprocessed")
    assert item["reason"] == "mail_loop"
