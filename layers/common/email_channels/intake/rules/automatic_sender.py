"""Email from a program (Auto-Submitted, RFC 3834) opens a case only if the mailbox trusts the program.

Some automatic replies look like new emails. Without this rule, each of our acknowledgements to such a program would
open a new case.
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
    detail = "A program sent it, and the sender is not one of the mailbox's trusted senders."
    return rejected(Reason.AUTOMATIC_REPLY, detail, auto_submitted=value[:40])
