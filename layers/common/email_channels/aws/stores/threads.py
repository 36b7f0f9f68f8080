"""The emails of cases that were received under one Message-ID (gsi3)."""

from __future__ import annotations

from email_channels.aws.rows.keys import Key
from email_channels.aws.rows.table import KeysRow

MOST_FIRST = MOST_LAST = 50
"""How many emails are looked at: the first ones that were received under a Message-ID, and the last ones."""


def received_under(partition: str) -> list[Key]:
    """The keys of the items that hold the emails received under a Message-ID, whose gsi3 partition this is.

    Usually these are one email, several if it went to several mailboxes. But anybody who has seen a Message-ID can send
    emails under it without end: these come later, and do not hide the first ones. Forms servers may use one Message-ID
    for all their emails: answers are to the last ones. So both ends are read; the second call is made only if needed.
    """
    first = [(row.pk, row.sk) for row in KeysRow.gsi3.query(partition, limit=MOST_FIRST)]
    if len(first) < MOST_FIRST:
        return first
    last = [(row.pk, row.sk) for row in KeysRow.gsi3.query(partition, limit=MOST_LAST, scan_index_forward=False)]
    return list(dict.fromkeys([*first, *last]))
