"""The items of probes: how the redirect of each mailbox is probed, and with which mailbox the next run begins."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from email_channels.aws.rows.table import Row
from email_channels.cases.probes.probe import Probe


class ProbeRow(Row, discriminator="probe"):
    """The probes of one mailbox. Times are in milliseconds since 1970, so that conditions can compare them.

    `reconcile` writes what it sent and what it told the admins, `inbound` writes what came back. Neither overwrites
    what the other has written.
    """

    mailbox = UnicodeAttribute(null=True)
    sent_at = NumberAttribute(null=True)
    waiting_since = NumberAttribute(null=True)
    returned = NumberAttribute(null=True)
    returned_at = NumberAttribute(null=True)
    silent_since = NumberAttribute(null=True)


class ProbePlaceRow(Row, discriminator="probe_place"):
    """Where the next run of probes goes on: after this mailbox; without `mailbox`, at the first one."""

    mailbox = UnicodeAttribute(null=True)


def probe_of(row: ProbeRow, mailbox: str) -> Probe:
    """The probes of a mailbox."""
    times = ("sent_at", "waiting_since", "returned", "returned_at", "silent_since")
    return Probe(mailbox, **{name: _time(getattr(row, name)) for name in times})


def milliseconds(at: datetime) -> int:
    """A time as items hold it."""
    return round(at.timestamp() * 1000)


def _time(value: Any) -> datetime | None:
    return None if value is None else datetime.fromtimestamp(int(value) / 1000, UTC)
