"""Who may get an automatic email: an acknowledgement, or a sender's copy (RFC 3834, section 2)."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet

from email_channels.addresses import normalise
from email_channels.outbound.notices import can_receive_notices

# Nobody reads these mailboxes, or they belong to a mail server. In the languages of `mail/`.
_NOBODY_READS = re.compile(
    r"(?:^|[-_.+])(?:"
    r"(?:no|do-?not|do[_.]not|dont)[-_.]?(?:reply|response|respond|answer)|"
    r"nicht[-_.]?antworten|keine?[-_.]?antwort(?:en)?|ne[-_.]?pas[-_.]?repondre|no[-_.]?responder?|"
    r"no[-_.]?contestar|non[-_.]?rispondere|niet[-_.]?(?:be)?antwoorden|geen[-_.]?antwoord|n[aã]o[-_.]?responda?r?|"
    r"nie[-_.]?odpowiada[cćj]|"
    r"mailer[-_.]?daemon|mail[-_.]?daemon|mdaemon|post[-_.]?master|bounces?|auto[-_.]?reply"
    r")(?:$|[-_.+0-9])",
    re.IGNORECASE,
)


def may_get_automatic_email(address: str, ours: AbstractSet[str]) -> bool:
    """Whether an automatic email may go to the sender `address`. `ours` are normalised addresses of this system.

    Never to a no-reply address, a mail server, an address of ours, or one to which no notice can be sent.
    """
    local = address.rpartition("@")[0]
    return can_receive_notices(address) and _NOBODY_READS.search(local) is None and normalise(address) not in ours
