"""Which mailbox the email is for: what is done with it, its mailbox says."""

from email_channels.cases.reasons import Reason
from email_channels.intake.facts import Facts
from email_channels.intake.rulings import Ruling, noted, passed, rejected


def rule(facts: Facts) -> Ruling:
    """Stops with `mailbox_not_found`; notes other mailboxes that the email names."""
    recipient = facts.arrival.ses_headers.recipient
    if facts.mailbox is None:
        return rejected(Reason.MAILBOX_NOT_FOUND, "No mailbox is configured for it.", recipient=recipient)
    if facts.other_mailboxes:
        others = list(facts.other_mailboxes)
        return noted("It names other mailboxes, too.", mailbox=facts.mailbox.address, others=others)
    return passed(mailbox=facts.mailbox.address, recipient=recipient)
