"""The addresses of this system. An email to one of them would come back as a mail loop."""

from __future__ import annotations

from collections.abc import Iterable

from email_channels.addresses import normalise
from email_channels.settings import AddressSettings


def own_addresses(settings: AddressSettings, others: Iterable[str] = ()) -> frozenset[str]:
    """The normalised addresses of this system: those in the settings, and `others` (mailboxes added at run time)."""
    named = [
        settings.ad_hoc_from_address,
        settings.ad_hoc_reply_to,
        settings.mailbox_address,
        settings.notification_from_address,
        *settings.ad_hoc_recipients,
        *settings.case_creation_recipients,
    ]
    return frozenset(normalise(address) for address in (*named, *others) if address and "@" in address)
