"""Limits on the size of an email and on the number of its attachments."""

from email_channels.cases.history import MAX_ATTACHMENTS, MAX_RECEIVED_BYTES
from email_channels.cases.reasons import Reason
from email_channels.intake.facts import Facts
from email_channels.intake.rulings import Ruling, passed, rejected


def rule(facts: Facts) -> Ruling:
    """Stops with `too_large`."""
    attachments = len(facts.arrival.message.attachments)
    if facts.arrival.size > MAX_RECEIVED_BYTES:
        return rejected(Reason.TOO_LARGE, "It is larger than 40 MB.", bytes=facts.arrival.size)
    if attachments > MAX_ATTACHMENTS:
        return rejected(Reason.TOO_LARGE, f"It has more than {MAX_ATTACHMENTS} attachments.", attachments=attachments)
    return passed()
