"""The ad hoc channel accepts only emails that belong to a case.

The rules before this one have decided about those, so an email that gets here belongs to none.
"""

from email_channels.cases.channels import Channel
from email_channels.cases.matches import Mismatch
from email_channels.intake.facts import Facts
from email_channels.intake.rulings import Ruling, passed, rejected


def rule(facts: Facts) -> Ruling:
    """Stops with `case_reference_missing`, `case_not_found` or `case_reference_unverified`."""
    if facts.arrival.channel is not Channel.AD_HOC:
        return passed()
    found = facts.match
    if not isinstance(found, Mismatch):
        return passed()
    return rejected(found.reason, found.detail, numbers=[number.case_id for number in facts.numbers])
