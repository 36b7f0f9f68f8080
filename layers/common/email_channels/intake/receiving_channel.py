"""The channel of an address, where the recipients of both channels cover it.

One channel may receive at a whole domain, and the other at an address in it. SES then applies both receipt rules, and
stores the email twice. The address decides, so that both copies have the same channel, whichever is processed first.
"""

from __future__ import annotations

from email_channels.addresses import domain_of, normalise, without_tag
from email_channels.cases.channels import Channel
from email_channels.settings import AddressSettings


def channel_at(address: str | None, settings: AddressSettings) -> Channel | None:
    """The channel that receives at this address: the one that names it, else the one that has its domain; None if none
    does."""
    if not address:
        return None
    return _named(without_tag(address), settings) or _named(domain_of(address), settings)


def channel_of_copy(stored_by: Channel, recipient: str | None, settings: AddressSettings) -> Channel:
    """The channel of an email that the receipt rule of the channel `stored_by` has stored."""
    named = _named(without_tag(recipient), settings) if recipient else None
    enabled = settings.ad_hoc_enabled if named is Channel.AD_HOC else settings.case_creation_enabled
    return named if named is not None and enabled else stored_by


def _named(name: str, settings: AddressSettings) -> Channel | None:
    """The channel among whose recipients this address or domain is."""
    if name in map(normalise, settings.ad_hoc_recipients):
        return Channel.AD_HOC
    return Channel.CASE_CREATION if name in map(normalise, settings.case_creation_recipients) else None
