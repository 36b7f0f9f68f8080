"""How many cases a sender may open in an hour (MaxCasesPerSenderPerHour). The limit ends floods and loops."""

from email_channels.cases.reasons import Reason
from email_channels.intake.facts import Facts
from email_channels.intake.rulings import Ruling, passed, rejected


def rule(facts: Facts) -> Ruling:
    """Stops with `rate_limited`; trusted senders are exempt, and emails that a person decides again."""
    if facts.trusted:
        return passed("Trusted senders have no limit.")
    if not facts.limited:
        return passed("A person asked for this decision, so there is no limit.")
    limit = facts.settings.max_cases_per_sender_per_hour
    if facts.opened_this_hour >= limit:
        return rejected(Reason.RATE_LIMITED, f"The sender has already opened {limit} cases in this hour.", most=limit)
    return passed(opened_this_hour=facts.opened_this_hour)
