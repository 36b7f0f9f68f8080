"""Whether closed cases accept emails (AcceptEmailsForClosedCases).

Automatic replies ask for nothing: they are always logged on the case.
"""

from email_channels.cases.channels import Channel
from email_channels.cases.matches import Match
from email_channels.cases.reasons import Reason
from email_channels.intake.facts import Facts
from email_channels.intake.rulings import Ruling, noted, passed, rejected
from email_channels.mail.classification import Kind


def rule(facts: Facts) -> Ruling:
    """Stops with `case_closed` on the ad hoc channel. On the case creation channel, the email makes a new case."""
    found = facts.match
    if not isinstance(found, Match) or not found.case.closed:
        return passed()
    case_id = found.case.case_id
    if not refuses(facts):
        reopened = facts.arrival.classification.kind is Kind.NORMAL and facts.settings.replies_reopen
        return noted(f"Its case is closed, and {'is reopened' if reopened else 'stays closed'}.", case=case_id)
    if facts.arrival.channel is Channel.AD_HOC:
        return rejected(Reason.CASE_CLOSED, "Its case is closed.", case=case_id)
    return noted("Its case is closed and takes no emails, so it makes a new case.", case=case_id)


def refuses(facts: Facts) -> bool:
    """Whether the case of the email is closed and does not take it."""
    closed = isinstance(facts.match, Match) and facts.match.case.closed
    normal = facts.arrival.classification.kind is Kind.NORMAL
    return closed and normal and not facts.settings.accept_emails_for_closed_cases
