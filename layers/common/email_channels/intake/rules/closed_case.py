"""Whether closed cases accept emails (AcceptEmailsForClosedCases).

Automatic replies ask for nothing: they are always logged on the case.
"""

from email_channels.cases.matches import Match
from email_channels.cases.reasons import Reason
from email_channels.intake.facts import Facts
from email_channels.intake.rulings import Ruling, noted, passed, rejected
from email_channels.mail.classification import Kind


def rule(facts: Facts) -> Ruling:
    """Stops with `case_closed`."""
    found = facts.match
    if not isinstance(found, Match) or not found.case.closed:
        return passed()
    if not facts.settings.accept_emails_for_closed_cases and facts.arrival.classification.kind is Kind.NORMAL:
        return rejected(Reason.CASE_CLOSED, "Its case is closed.", case=found.case.case_id)
    return noted("Its case is closed, and stays closed.", case=found.case.case_id)
