"""Which senders may fill in form lines. Without this rule, anybody could open cases in another employee's name."""

from typing import Any

from email_channels.cases.reasons import Reason
from email_channels.intake.facts import Facts
from email_channels.intake.rulings import Ruling, noted, passed, rejected
from email_channels.settings import IdentifySender


def rule(facts: Facts) -> Ruling:
    """Stops with `sender_not_trusted` if the mailbox reads the employee from the body."""
    by_body = facts.mailbox is not None and facts.mailbox.identify_sender is IdentifySender.USER_ID_IN_BODY
    seen: dict[str, Any] = {"listed": facts.listed, "authenticated": facts.authenticated}
    if by_body and not facts.listed:
        return rejected(Reason.SENDER_NOT_TRUSTED, "The sender is not one of the mailbox's trusted senders.", **seen)
    if by_body and not facts.trusted:
        detail = "The sender is listed as trusted, but no DKIM signature proves the From address."
        return rejected(Reason.SENDER_NOT_TRUSTED, detail, **seen)
    if facts.trusted:
        return passed("The sender is trusted.", **seen)
    if facts.arrival.form_lines.lines is not None:
        return noted("The sender is not trusted, so the values on the first lines are only text.", **seen)
    return passed()
