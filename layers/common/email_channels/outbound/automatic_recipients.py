"""Who may get an automatic email: an acknowledgement, or a sender's copy (RFC 3834, section 2)."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet

from email_channels.addresses import ascii_address, is_among, normalise
from email_channels.expressions import expression
from email_channels.outbound.unread_mailboxes import is_unread

# A dot-atom and a host name (RFC 5321, section 4.1.2): SES refuses whole emails because of other forms, such as a
# quoted local part with a space. Lengths are those of RFC 5321, section 4.5.3.1, and RFC 1035, section 2.3.4.
_MAX_ADDRESS = 254
_RECEIVES = expression(
    r"(?=[^@]{1,64}@)[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?",
    re.IGNORECASE | re.ASCII,  # without ASCII, the Kelvin sign and three other characters are letters, too
)


def can_receive_notices(address: str) -> bool:
    """Whether a notice can be sent to `address`. SES refuses local parts that are quoted or not ASCII."""
    written = ascii_address(address)
    return len(written) <= _MAX_ADDRESS and _RECEIVES.fullmatch(written) is not None


def may_get_automatic_email(address: str, ours: AbstractSet[str]) -> bool:
    """Whether an automatic email may go to the sender `address`. `ours` are addresses and domains of this system.

    Never to a mailbox that nobody reads, an address of ours, or one to which no notice can be sent.
    """
    return can_receive_notices(address) and not is_unread(address) and not is_among(normalise(address), ours)
