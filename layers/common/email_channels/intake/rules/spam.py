"""What the spam filter of SES found, and what SpamAction says to do about it."""

from email_channels.cases.case import CaseFlag
from email_channels.cases.reasons import Reason
from email_channels.intake.facts import Facts
from email_channels.intake.rulings import Ruling, noted, passed, rejected
from email_channels.mail.ses_headers import Verdict
from email_channels.settings import Action


def rule(facts: Facts) -> Ruling:
    """Stops with `spam`, or flags the case."""
    verdict, action = facts.arrival.ses_headers.spam, facts.settings.spam_action
    if verdict is Verdict.PASS:
        return passed()
    if verdict is not Verdict.FAIL:
        return noted("Amazon SES did not say whether it is spam.", verdict=verdict.value)
    if action is Action.REJECT:
        return rejected(Reason.SPAM, "Amazon SES classified it as spam.", action=action.value)
    flag = CaseFlag.SPAM if action is Action.FLAG else None
    return noted("Amazon SES classified it as spam.", flag, action=action.value)
