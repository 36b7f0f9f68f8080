"""Recognises probes of redirects that come back (`followup/probing.py`).

A probe never becomes a case, and nobody is notified of it. It counts as one only with a mark that we signed within the
last day, and with our own From address: everything else is an email like any other.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from email_channels.addresses import normalise
from email_channels.cases.probes.mark import PROBE_HEADER, ProbeMark, read_probe_mark
from email_channels.cases.probes.probe import MARK_LIFETIME
from email_channels.cases.references import SignedReference
from email_channels.intake.arrival import Arrival
from email_channels.settings import InboundSettings

_MAX_REFERENCES = 5


def returned_probe(
    arrival: Arrival, settings: InboundSettings, genuine: Callable[[SignedReference], bool], now: datetime
) -> ProbeMark | None:
    """The mark of a probe that came back; None if the email is not one."""
    message = arrival.message
    if arrival.sender != normalise(settings.notification_from_address):
        return None
    references = (reference.rpartition("@")[0] for reference in message.references[:_MAX_REFERENCES])
    mark = read_probe_mark([message.header(PROBE_HEADER) or "", *references], genuine)
    return mark if mark is not None and now - mark.sent_at <= MARK_LIFETIME else None
