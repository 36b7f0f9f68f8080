"""Which mailbox the email is for. The properties of the mailbox say how the email is handled."""

from email_channels.cases.reasons import Reason
from email_channels.intake.facts import Facts
from email_channels.intake.rulings import Ruling, noted, passed, rejected


def rule(facts: Facts) -> Ruling:
    """Stops with `mailbox_not_found`; notes other mailboxes that the headers name."""
    recipient = facts.arrival.ses_headers.recipient
    if facts.mailbox is None:
        return rejected(
            Reason.MAILBOX_NOT_FOUND,
            "No mailbox is configured for the address that it was sent to.",
            recipient=recipient,
        )
    if facts.other_mailboxes:
        others = list(facts.other_mailboxes)
        return noted("It also names other mailboxes.", mailbox=facts.mailbox.address, others=others)
    return passed(mailbox=facts.mailbox.address, recipient=recipient)
