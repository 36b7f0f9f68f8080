"""Mail that a program sends by itself (RFC 3834, Auto-Submitted) opens a case only if the mailbox trusts the program.

An auto-responder that does not say that it answers would otherwise open a case for each of our acknowledgements.
"""

import re

from email_channels.cases.reasons import Reason
from email_channels.intake.facts import Facts
from email_channels.intake.rulings import Ruling, passed, rejected


def rule(facts: Facts) -> Ruling:
    """Stops with `automatic_reply`."""
    value = re.split(r"[;\s(]", (facts.arrival.message.header("auto-submitted") or "").strip().lower())[0]
    if value in ("", "no") or facts.trusted:
        return passed()
    detail = "A program sent it by itself, and it is none of the mailbox's trusted senders."
    return rejected(Reason.AUTOMATIC_REPLY, detail, auto_submitted=value[:40])
