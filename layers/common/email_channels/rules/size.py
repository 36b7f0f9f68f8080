"""Bounds on what is stored with an email."""

from email_channels.facts import Facts
from email_channels.reasons import Reason
from email_channels.rulings import Ruling, passed, rejected

# SES takes 40 MB (its documentation, quotas); an object that is larger was not written by it.
MAX_MESSAGE_BYTES = 40 * 1024 * 1024
# Each is an object of its own, written one after the other while the function's time runs.
MAX_ATTACHMENTS = 200


def rule(facts: Facts) -> Ruling:
    """Stops with `too_large`."""
    attachments = len(facts.arrival.message.attachments)
    if facts.arrival.size > MAX_MESSAGE_BYTES:
        return rejected(Reason.TOO_LARGE, "It is larger than 40 MB.", bytes=facts.arrival.size)
    if attachments > MAX_ATTACHMENTS:
        return rejected(Reason.TOO_LARGE, f"It has more than {MAX_ATTACHMENTS} attachments.", attachments=attachments)
    return passed()
