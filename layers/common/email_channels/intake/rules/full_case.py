"""Whether the case of the email is full: it then takes no emails of any kind."""

from email_channels.cases.matches import Match
from email_channels.cases.reasons import Reason
from email_channels.intake.facts import Facts
from email_channels.intake.rules.closed_case import refuses
from email_channels.intake.rulings import Ruling, passed, rejected

FULL = "Its case has as many emails as a case can have."


def rule(facts: Facts) -> Ruling:
    """Stops with `case_full`."""
    found = facts.match
    if not isinstance(found, Match) or not found.case.full or refuses(facts):
        return passed()
    return rejected(Reason.CASE_FULL, FULL, case=found.case.case_id)
