"""An email says who wrote it; only bounces may leave that out."""

from email_channels.cases.reasons import Reason
from email_channels.intake.facts import Facts
from email_channels.intake.rulings import Ruling, noted, passed, rejected
from email_channels.mail.classification import Kind


def rule(facts: Facts) -> Ruling:
    """Stops with `malformed`; notes what else was wrong with the message."""
    message = facts.arrival.message
    if message.from_ is None and facts.arrival.classification.kind is not Kind.BOUNCE:
        return rejected(Reason.MALFORMED, "It has no From that can be read.", defects=list(message.defects))
    if message.defects:
        return noted("The message is not quite as RFC 5322 wants it.", defects=list(message.defects))
    return passed()
