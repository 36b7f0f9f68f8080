"""How many cases a sender opened within an hour. A case is counted when it is made (flood guard)."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import size

from email_channels.aws.retries import condition_failed
from email_channels.aws.rows import keys
from email_channels.aws.rows.counter_rows import RATE_LIFETIME, RateRow
from email_channels.aws.rows.table import SCHEMA, Row, expiry
from email_channels.values import dataclass

# The price of each write depends on the size of the whole item, and an item may have 400 KB. So a limit of thousands
# is spread over several items.
_MOST_IN_AN_ITEM = 200


@dataclass(frozen=True, slots=True)
class RateSlot:
    """The item that counts a case, how many cases it may hold (`most`), and when it expires (epoch seconds)."""

    key: keys.Key
    most: int
    expires_at: int


def rate_slot(sender: str, at: datetime, record_id: str, most: int, *, proven: bool) -> RateSlot:
    """The slot that counts a case which this sender (normalised address) opened at the time `at`. `most` is the limit
    per hour.

    Emails whose sender is not proven have a slot of their own: forged ones cannot lock out a sender who proves theirs.

    A limit above 200 is spread over several items, each with an equal part of the limit. The record id decides which
    item counts the case. So a limit up to 200 is exact, and a larger one is exact within a few percent.
    """
    parts = -(-most // _MOST_IN_AN_ITEM)
    part = int.from_bytes(hashlib.sha256(record_id.encode()).digest()[:4], "big") % parts
    hour = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    name = sender if proven else f"unproven#{sender}"
    key = keys.rate(f"{name}#{part}" if part else name, hour.strftime("%Y-%m-%dT%H"))
    return RateSlot(key, -(-most // parts), expiry(hour + RATE_LIFETIME))


def rate_partitions(sender: str, most: int) -> list[str]:
    """The partition keys of all items that may count cases of a sender (normalised address), with the limit `most`."""
    names = [sender, f"unproven#{sender}"]
    parts = range(1, -(-most // _MOST_IN_AN_ITEM))
    return [keys.rate(name, "")[0] for name in (*names, *(f"{name}#{part}" for name in names for part in parts))]


def opened(row: Row | None, record_id: str) -> int:
    """How many cases an item counts, except the case with this record id."""
    return len(set(row.records or ()) - {record_id}) if isinstance(row, RateRow) else 0


def has_room(row: Row | None, slot: RateSlot, record_id: str) -> bool:
    """Whether `RateStore.count` would count the case: the slot is not full, or holds it already."""
    records = set(row.records or ()) if isinstance(row, RateRow) else set()
    return len(records) < slot.most or record_id in records


class RateStore:
    """Counts cases. Raises PynamoDB's exceptions for AWS's faults."""

    def count(self, slot: RateSlot, record_id: str) -> bool:
        """Counts a case; returns false if the slot is full. Counting the same case again changes nothing."""
        pk, sk = slot.key
        records = RateRow.records
        free = records.does_not_exist() | (size(records) < slot.most) | records.contains(record_id)
        try:
            RateRow(pk=pk, sk=sk).update(
                actions=[
                    RateRow.kind.set(RateRow),
                    RateRow.schema.set(SCHEMA),
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
