"""Who has a case open. Their items expire after a minute; nothing but this list depends on them."""

from __future__ import annotations

from datetime import datetime
from itertools import islice

from pynamodb.exceptions import PutError, UpdateError

from email_channels.aws.retries import condition_failed
from email_channels.aws.rows import keys
from email_channels.aws.rows.people_rows import PresenceRow, presence_of, presence_row
from email_channels.aws.rows.table import Row, expiry
from email_channels.cases.people.presence import VALID_FOR, Presence

MAX_OTHERS = 50
"""The most people that are named: those who came last. The others do not matter any more."""

# Far more than one case has in a day: DynamoDB deletes expired items hours later, and until then they are read.
_PAGE = 1000


class PresenceStore:
    """Reads and writes presence. Raises PynamoDB's exceptions for AWS's faults."""

    @staticmethod
    def show(case_id: str, presence: Presence) -> list[Presence]:
        """Notes what an agent does with a case at the time `presence.since`. Returns the others, first come first.

        The write comes before the query, so of two agents who open a case at the same time, one sees the other at once.
        An agent who goes on with the same costs one write and one query; one who begins costs two writes.
        """
        now = presence.since
        if not _prolong(case_id, presence, now):
            _begin(case_id, presence, now)
        pk, prefix = keys.presence(case_id, "")
        found = PresenceRow.query(
            pk,
            PresenceRow.sk.startswith(prefix),
            filter_condition=Row.expires_at > expiry(now),
            consistent_read=True,
            page_size=_PAGE,
        )
        others = (presence_of(row) for row in found if (row.pk, row.sk) != keys.presence(case_id, presence.agent.user))
        # The items are sorted by user, which says nothing about who came last.
        return sorted(islice(others, _PAGE), key=lambda one: (one.since, one.agent.user))[-MAX_OTHERS:]


def _prolong(case_id: str, presence: Presence, now: datetime) -> bool:
    """Prolongs what the agent has been doing. Returns false if they were doing something else, or nothing."""
    pk, sk = keys.presence(case_id, presence.agent.user)
    try:
        PresenceRow(pk=pk, sk=sk).update(
            actions=[Row.expires_at.set(expiry(now + VALID_FOR))],
            condition=(PresenceRow.doing == presence.doing.value) & (Row.expires_at > expiry(now)),
        )
    except UpdateError as error:
        if condition_failed(error):
            return False
        raise
    return True


def _begin(case_id: str, presence: Presence, now: datetime) -> None:
    row = presence_row(case_id, presence)
    try:
        # A request that was delayed must not replace a later one.
        row.save(condition=Row.pk.does_not_exist() | (Row.expires_at <= expiry(now + VALID_FOR)))
    except PutError as error:
        if not condition_failed(error):
            raise
