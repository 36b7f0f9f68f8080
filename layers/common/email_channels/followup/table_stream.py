"""Records of the table's stream -> what was recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from email_channels.aws.rows import keys


@dataclass(frozen=True, slots=True)
class Recorded:
    """Something new stands under an id: a `case`, an `unprocessed` email, or an `entry` (then `email_id` is set)."""

    kind: str
    record_id: str
    email_id: str


def what_was_recorded(record: Mapping[str, Any]) -> Recorded | None:
    """What a stream record says is new; None for changes of what was there before, and for other items.

    An item that changes its kind (an unprocessed email becomes a case) is new. The shape is that of DynamoDB's
    GetRecords: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html
    """
    change = record["dynamodb"]
    kind = _kind(change.get("NewImage"))
    if kind not in {"case", "unprocessed", "entry"} or kind == _kind(change.get("OldImage")):
        return None
    pk, sk = change["Keys"]["pk"]["S"], change["Keys"]["sk"]["S"]
    return Recorded(kind, keys.record_id_of(pk), keys.email_id_of(sk))


def _kind(image: Mapping[str, Any] | None) -> str:
    return str(image["kind"]["S"]) if image and "kind" in image else ""
