"""An automatic reply (out of office, read receipt) that belongs to no case asks for nothing, so it makes no case."""

from email_channels.cases.reasons import Reason
from email_channels.intake.facts import Facts
from email_channels.intake.rulings import Ruling, passed, rejected
from email_channels.mail.classification import Kind


def rule(facts: Facts) -> Ruling:
    """Stops with `automatic_reply`."""
    classification = facts.arrival.classification
    if classification.kind is not Kind.AUTOMATIC_REPLY:
        return passed()
    evidence = list(classification.evidence)
    return rejected(Reason.AUTOMATIC_REPLY, "It is an automatic reply that belongs to no case.", evidence=evidence)
