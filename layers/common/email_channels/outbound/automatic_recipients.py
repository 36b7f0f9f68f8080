"""Who may get an automatic email: an acknowledgement, or a sender's copy (RFC 3834, section 2)."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from email_channels.addresses import is_among, normalise
from email_channels.outbound.notices import can_receive_notices
from email_channels.outbound.unread_mailboxes import is_unread


def may_get_automatic_email(address: str, ours: AbstractSet[str]) -> bool:
    """Whether an automatic email may go to the sender `address`. `ours` are addresses and domains of this system.

    Never to a mailbox that nobody reads, an address of ours, or one to which no notice can be sent.
    """
    return can_receive_notices(address) and not is_unread(address) and not is_among(normalise(address), ours)
