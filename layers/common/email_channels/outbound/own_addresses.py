"""The addresses of this system. An email to one of them would come back as a mail loop."""

from __future__ import annotations

from collections.abc import Iterable

from email_channels.addresses import address_or_domain
from email_channels.settings import AddressSettings


def own_addresses(settings: AddressSettings, others: Iterable[str] = ()) -> frozenset[str]:
    """The normalised addresses of this system, and the domains at which it receives.

    They are those in the settings, and `others` (mailboxes added at run time). `is_among` tells whether an address is
    one of them.
    """
    named = [
        settings.ad_hoc_from_address,
        settings.ad_hoc_reply_to,
        settings.mailbox_address,
        settings.notification_from_address,
        *settings.ad_hoc_recipients,
        *settings.case_creation_recipients,
    ]
    return frozenset(address_or_domain(one) for one in (*named, *others) if one)
