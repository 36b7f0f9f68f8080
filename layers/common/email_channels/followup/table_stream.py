"""Records of the table's stream: what was recorded, and that what follows from it is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from email_channels.aws.rows import keys
from email_channels.observability import logger


@dataclass(frozen=True, slots=True)
class Recorded:
    """Something new stands under an id: a `case`, an `unprocessed` email, or an `entry` (then `email_id` is set)."""

    kind: str
    record_id: str
    email_id: str


class StreamFollowUp:
    """Does what follows from the stream's records. `notify` takes the id of an unprocessed email; `follow_up` takes a
    case id, and the email id of an entry."""

    def __init__(self, notify: Callable[[str], object], follow_up: Callable[[str, str | None], object]) -> None:
        self._notify = notify
        self._follow_up = follow_up

    def take(self, record: Mapping[str, Any]) -> None:
        """Does what follows from one record. Raises what that raises, for the record to be retried."""
        recorded = what_was_recorded(record)
        try:
            match recorded:
                case Recorded(kind="unprocessed"):
                    self._notify(recorded.record_id)
                case Recorded(kind="case"):
                    self._follow_up(recorded.record_id, None)
                case Recorded(kind="entry"):
                    self._follow_up(recorded.record_id, recorded.email_id)
        except Exception:
            # Powertools reports the record as failed, so that it is retried, but does not log why.
            logger().exception("follow-up failed", extra={"record": recorded.record_id if recorded else None})
            raise


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
