"""How many cases a sender opened within an hour: the flood guard counts them when they are made."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import size

from email_channels.aws.retries import condition_failed
from email_channels.aws.rows import keys
from email_channels.aws.rows.table import Row
from email_channels.aws.rows.work_rows import RateRow

_LIFETIME = timedelta(hours=2)
# An item is written as a whole each time, and ends at 400 KB: a limit of thousands is spread over several items.
_MOST_IN_AN_ITEM = 200


@dataclass(frozen=True, slots=True)
class RateSlot:
    """The item that counts an email, and how many cases it may hold."""

    key: tuple[str, str]
    most: int
    expires_at: int


def rate_slot(sender: str, at: datetime, record_id: str, most: int) -> RateSlot:
    """Where a case of this sender (normalised address) counts that was opened `at`, if `most` may be within an hour.

    Above 200 an hour the ids share out over several items, each with its part of the limit: exact for small limits,
    within some percent for large ones.
    """
    parts = -(-most // _MOST_IN_AN_ITEM)
    part = int.from_bytes(hashlib.sha256(record_id.encode()).digest()[:4], "big") % parts
    hour = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    key = keys.rate(f"{sender}#{part}" if part else sender, hour.strftime("%Y-%m-%dT%H"))
    return RateSlot(key, -(-most // parts), int((hour + _LIFETIME).timestamp()))


def opened(row: Row | None, record_id: str) -> int:
    """How many cases an item counts, but for this one."""
    return len(set(row.records or ()) - {record_id}) if isinstance(row, RateRow) else 0


class RateStore:
    """Counts. Raises PynamoDB's exceptions for AWS's faults."""

    def take(self, slot: RateSlot, record_id: str) -> bool:
        """Counts a case; false if the slot is full. Doing it again changes nothing."""
        pk, sk = slot.key
        records = RateRow.records
        free = records.does_not_exist() | (size(records) < slot.most) | records.contains(record_id)
        try:
            RateRow(pk=pk, sk=sk).update(
                actions=[
                    RateRow.kind.set(RateRow),
                    records.add({record_id}),
                    RateRow.expires_at.set(slot.expires_at),
                ],
                condition=free,
            )
        except UpdateError as error:
            if condition_failed(error):
                return False
            raise
        return True
