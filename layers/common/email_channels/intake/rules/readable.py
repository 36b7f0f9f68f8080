"""An email must have a From header; only bounces may lack one."""

from email_channels.cases.reasons import Reason
from email_channels.intake.facts import Facts
from email_channels.intake.rulings import Ruling, noted, passed, rejected
from email_channels.mail.classification import Kind


def rule(facts: Facts) -> Ruling:
    """Stops with `malformed`; notes other defects of the message."""
    message = facts.arrival.message
    if message.from_ is None and facts.arrival.classification.kind is not Kind.BOUNCE:
        return rejected(Reason.MALFORMED, "It has no From header that can be read.", defects=list(message.defects))
    if message.defects:
        return noted("The message does not follow RFC 5322 everywhere.", defects=list(message.defects))
    return passed()
