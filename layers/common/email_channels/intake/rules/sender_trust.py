"""Which senders may fill in form lines. Without this rule, anybody could open cases in another employee's name."""

from typing import Any

from email_channels.cases.case import CaseFlag
from email_channels.cases.reasons import Reason
from email_channels.intake.facts import Facts
from email_channels.intake.rulings import Ruling, noted, passed, rejected
from email_channels.settings import IdentifySender


def rule(facts: Facts) -> Ruling:
    """Stops with `sender_not_trusted` if the mailbox reads the employee from the body.

    Values that are not believed, because of the sender or because of their place, get the flag `values_not_believed`.
    """
    by_body = facts.mailbox is not None and facts.mailbox.identify_sender is IdentifySender.USER_ID_IN_BODY
    seen: dict[str, Any] = {"listed": facts.listed, "authenticated": facts.authenticated}
    if by_body and not facts.listed:
        return rejected(Reason.SENDER_NOT_TRUSTED, "The sender is not one of the mailbox's trusted senders.", **seen)
    if by_body and not facts.trusted:
        detail = "The sender is listed as trusted, but no DKIM signature proves the From address."
        return rejected(Reason.SENDER_NOT_TRUSTED, detail, **seen)
    form_lines = facts.arrival.form_lines
    if form_lines.elsewhere:
        detail = (
            "Lines in brackets look like values, but the email does not begin with four lines that are each blank or "
            "one value in brackets. So they are only text."
        )
        return noted(detail, CaseFlag.VALUES_NOT_BELIEVED, **seen, lines=list(form_lines.elsewhere))
    if facts.trusted and form_lines.below_banner:
        return noted("The sender is trusted. A gateway put a banner above the four lines.", **seen, below_banner=True)
    if facts.trusted:
        return passed("The sender is trusted.", **seen)
    if form_lines.lines is not None:
        detail = "The sender is not trusted, so the values on the first lines are only text."
        return noted(detail, CaseFlag.VALUES_NOT_BELIEVED, **seen)
    return passed()
