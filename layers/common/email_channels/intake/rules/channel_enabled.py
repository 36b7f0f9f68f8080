"""A channel that is switched off accepts no emails.

Its receipt rule is deleted, so only emails that were already on their way get here.
"""

from email_channels.cases.channels import Channel
from email_channels.cases.reasons import Reason
from email_channels.intake.facts import Facts
from email_channels.intake.rulings import Ruling, passed, rejected


def rule(facts: Facts) -> Ruling:
    """Stops with `channel_disabled`."""
    settings, channel = facts.settings, facts.arrival.channel
    on = settings.case_creation_enabled if channel is Channel.CASE_CREATION else settings.ad_hoc_enabled
    if not on:
        return rejected(Reason.CHANNEL_DISABLED, f"The channel {channel.value} is switched off.")
    return passed()
