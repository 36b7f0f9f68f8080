"""What the virus scan of SES found, and what VirusAction says to do about it."""

from email_channels.cases.case import CaseFlag
from email_channels.cases.reasons import Reason
from email_channels.intake.facts import Facts
from email_channels.intake.rulings import Ruling, noted, passed, rejected
from email_channels.mail.ses_headers import Verdict
from email_channels.settings import Action


def rule(facts: Facts) -> Ruling:
    """Stops with `virus`, or flags the case."""
    verdict, action = facts.arrival.ses_headers.virus, facts.settings.virus_action
    if verdict is Verdict.PASS:
        return passed()
    if verdict is not Verdict.FAIL:
        return noted("It was not scanned for viruses.", verdict=verdict.value)
    if action is Action.REJECT:
        return rejected(Reason.VIRUS, "Amazon SES found a virus.", action=action.value)
    flag = CaseFlag.VIRUS if action is Action.FLAG else None
    return noted("Amazon SES found a virus.", flag, action=action.value)
