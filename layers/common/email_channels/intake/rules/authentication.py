"""Whether SES could prove the From address. If it is probably forged, AuthenticationAction says what to do.

Redirects break SPF for nearly everyone, and some break DKIM. So the default is to flag the case, not to reject.
"""

from email_channels.cases.case import CaseFlag
from email_channels.cases.reasons import Reason
from email_channels.intake.facts import Facts
from email_channels.intake.rulings import Ruling, noted, passed, rejected
from email_channels.settings import Action


def rule(facts: Facts) -> Ruling:
    """Stops with `authentication_failed`, or flags the case."""
    ses_headers, action = facts.arrival.ses_headers, facts.settings.authentication_action
    seen = {"spf": ses_headers.spf.value, "dkim": ses_headers.dkim.value, "dmarc": ses_headers.dmarc.value}
    if not facts.authentication_failed:
        known = "proven" if facts.authenticated else "not proven"
        return passed(f"The From address is {known}.", **seen)
    if action is Action.REJECT:
        return rejected(Reason.AUTHENTICATION_FAILED, "The From address failed authentication.", **seen)
    flag = CaseFlag.AUTHENTICATION_FAILED if action is Action.FLAG else None
    return noted("The From address failed authentication.", flag, **seen)
