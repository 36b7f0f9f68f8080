"""What a record of the table's stream says: an item before and after one write.

The record has the form that Lambda gives to functions, with binary values in Base64:
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from email_channels.aws.rows.table import Row
from email_channels.values import dataclass

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ItemChange:
    """One write of an item. `old` or `new` is None if there was no item before, or if there is none now.

    `id` is that of the record: it names this write, however often the record is delivered. `at` is the time of the
    write, in whole seconds.
    """

    id: str
    at: datetime
    old: Row | None
    new: Row | None


def item_change(record: Record) -> ItemChange:
    """The write that a record is about. Raises Fault if newer code has written the item in a layout that is unknown."""
    change = record["dynamodb"]
    return ItemChange(
        id=record["eventID"],
        at=datetime.fromtimestamp(int(change["ApproximateCreationDateTime"]), UTC),
        old=_row(change.get("OldImage")),
        new=_row(change.get("NewImage")),
    )


def sequence_number(record: Record) -> str:
    """The number by which a function names a record that must be retried."""
    return str(record["dynamodb"]["SequenceNumber"])


def _row(image: Mapping[str, Any] | None) -> Row | None:
    return Row.from_raw_data({name: _decoded(value) for name, value in image.items()}) if image else None


def _decoded(value: Mapping[str, Any]) -> dict[str, Any]:
    if "B" in value:
        return {"B": base64.b64decode(value["B"])}
    if "BS" in value:
        return {"BS": [base64.b64decode(member) for member in value["BS"]]}
    return dict(value)
