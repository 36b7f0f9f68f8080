"""Reads records of the table's stream, and follows up each new case, entry and unprocessed email; each case that was
handed over, or whose words for the search have changed; and each agent's email that was not delivered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from email_channels.aws.rows import index_keys, keys
from email_channels.aws.ses_client import NO_TIME_LEFT
from email_channels.errors import SendRefused
from email_channels.observability import logger, raised
from email_channels.values import dataclass


@dataclass(frozen=True, slots=True)
class NewItem:
    """A new item, or one about which there is something new. `kind` is `case`, `unprocessed` or `entry`; or `words`
    for a case that only has new words. `email_id` is `""` if the item is not an entry.
    """

    kind: str
    record_id: str
    email_id: str


class StreamFollowUp:
    """Handles the stream's records.

    `notify` takes the id of an unprocessed email. `follow_up` takes a case id, and the email id of an entry or None.
    `index` takes the id of a case whose words have changed.
    """

    def __init__(
        self,
        notify: Callable[[str], object],
        follow_up: Callable[[str, str | None], object],
        index: Callable[[str], object],
    ) -> None:
        self._notify = notify
        self._follow_up = follow_up
        self._index = index

    def handle(self, record: Mapping[str, Any]) -> None:
        """Handles one record. Errors of the follow-up are logged and raised, so that the record is retried.

        If SES takes no email now, the record is handled all the same: `reconcile` finds what is missing a quarter of an
        hour later. A retry would hold up all records behind this one, for as long as SES refuses.
        """
        recorded = new_item_in(record)
        try:
            match recorded:
                case NewItem(kind="unprocessed"):
                    self._notify(recorded.record_id)
                case NewItem(kind="case"):
                    self._follow_up(recorded.record_id, None)
                case NewItem(kind="entry"):
                    self._follow_up(recorded.record_id, recorded.email_id)
                case NewItem(kind="words"):
                    self._index(recorded.record_id)
        except Exception as error:
            # Powertools reports the record as failed, so that it is retried, but does not log why.
            about = {"record": recorded.record_id if recorded else None}
            if isinstance(error, SendRefused) and error.throttled and error.code != NO_TIME_LEFT:
                logger().warning("follow-up left to reconcile", extra=about | {"code": error.code})
                return
            logger().exception("follow-up failed", extra=about | raised(error))
            raise


def new_item_in(record: Mapping[str, Any]) -> NewItem | None:
    """The item in a stream record that must be followed up; None if there is nothing new about it, or if it is of
    another kind.

    An item that changes its kind is new: for example, an unprocessed email that becomes a case. So is an email that is
    unprocessed for another reason. A case that was handed over and an agent's email that was not delivered are followed
    up again. A case that notes another change in `words_due` has the kind `words`.

    The record has the format of DynamoDB's GetRecords: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html
    """
    change = record["dynamodb"]
    new, old = change.get("NewImage"), change.get("OldImage")
    kind = _text(new, "kind")
    if kind not in {"case", "unprocessed", "entry"}:
        return None
    pk, sk = change["Keys"]["pk"]["S"], change["Keys"]["sk"]["S"]
    if kind == _text(old, "kind"):
        if _news(kind, new) not in {"", _news(kind, old)}:
            pass  # the follow-up of a case also finds its words
        elif kind == "case" and _text(new, "words_due") not in {"", _text(old, "words_due")}:
            kind = "words"
        else:
            return None
    return NewItem(kind, keys.record_id_of(pk), keys.email_id_of(sk))


def _news(kind: str, image: Mapping[str, Any] | None) -> str:
    """What must be followed up each time it changes; "" if there is nothing of this kind."""
    match kind:
        case "unprocessed":
            return _text(image, "reason")
        case "case":
            return _text(image, "handed_over_at")
        case _:
            return _text(image, "gsi2sk") if _text(image, "gsi2pk") == index_keys.TO_NOTICE else ""


def _text(image: Mapping[str, Any] | None, name: str) -> str:
    return str(image[name]["S"]) if image and name in image else ""
