"""The queue's messages to `inbound`: which emails they tell of, and what to do when one keeps failing."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import unquote_plus

from email_channels.errors import Fault, Unreadable
from email_channels.intake.processing import Intake, Result
from email_channels.intake.resource_limits import Stalled, time_limit
from email_channels.intake.subprocess_reading import read_in_subprocess
from email_channels.observability import logger

# What an email may take of the function's time: one that stalls leaves some for others. The slowest takes some seconds.
EMAIL_SECONDS = 25.0
# What is left of the function's time when no further email is begun: enough for one that stalls, and to record that.
RESERVE_SECONDS = 40.0
# From this receive on, an email is read in a process of its own first: it may have killed the earlier ones.
CAREFUL_FROM = 3
_TRIAL_SECONDS = 12.0


class BatchOutOfTime(Fault):
    """The function's time is nearly over; the email comes again."""


def object_keys(body: str) -> list[str]:
    """The objects that an S3 notification tells of, none for S3's test event. Raises ValueError for anything else.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    """
    try:
        notification = json.loads(body)
        if notification.get("Event") == "s3:TestEvent":
            return []
        return [unquote_plus(record["s3"]["object"]["key"]) for record in notification["Records"]]
    except (AttributeError, KeyError, TypeError, ValueError):
        raise ValueError("a message that is no S3 notification") from None


class InboundBatch:
    """Takes in what the queue's messages tell of. `most_receives` is the queue's maxReceiveCount.

    An email that cannot be read is recorded as such at once, since it could not be read the next time either; any other
    that fails comes again, until its last receive.
    """

    def __init__(self, intake: Intake, most_receives: int) -> None:
        self._intake = intake
        self._most_receives = most_receives

    def take_batch(self, records: Iterable[Mapping[str, Any]], seconds_left: Callable[[], float]) -> list[str]:
        """Takes in a batch of the queue's messages; returns the ids of those that are to come again.

        Those that will not come again are done first.
        """
        return [
            record["messageId"]
            for record in sorted(records, key=_receives, reverse=True)
            if not self._take(record["body"], _receives(record), seconds_left)
        ]

    def _take(self, body: str, receives: int, seconds_left: Callable[[], float]) -> bool:
        """Gives each email that a message tells of its outcome; on the last receive, one that fails is recorded so."""
        key = None
        try:
            for key in object_keys(body):
                self._take_object(key, receives, seconds_left)
        except (Exception, Stalled) as error:  # noqa: BLE001 - whatever it is, the rest of the batch is not to blame
            _log_failure(key, receives, error)
            return False
        return True

    def _take_object(self, key: str, receives: int, seconds_left: Callable[[], float]) -> None:
        try:
            _check_time(seconds_left())
            with time_limit(EMAIL_SECONDS):
                result = self._intake.process(key, _carefully if receives >= CAREFUL_FROM else None)
        except (Exception, Stalled) as error:
            if receives < self._most_receives and not isinstance(error, Unreadable):
                raise
            release_frames(error)
            _log_failure(key, receives, error)
            result = self._intake.give_up(key, error)
        _log(key, result)


def _receives(record: Mapping[str, Any]) -> int:
    """How often a message was received, this time included."""
    return int(record["attributes"]["ApproximateReceiveCount"])


def _check_time(seconds_left: float) -> None:
    if seconds_left < RESERVE_SECONDS:
        raise BatchOutOfTime("no time is left for this email")


def _carefully(raw: bytes) -> None:
    read_in_subprocess(raw, _TRIAL_SECONDS)


def release_frames(error: BaseException) -> None:
    """Frees what was read of an email, which the error's frames still hold: it may be all memory, and giving up takes
    some."""
    cause: BaseException | None = error
    while cause is not None:
        traceback.clear_frames(cause.__traceback__)
        cause = cause.__cause__ or cause.__context__


def _log(key: str, result: Result | None) -> None:
    if result is None:
        logger().info("nothing to take in", extra={"object": key})
        return
    about = {
        "object": key,
        "record": result.record_id,
        "outcome": result.outcome.value,
        "reason": result.reason.value if result.reason else None,
        "case": result.case_id,
    }
    logger().info("email taken in", extra=about)


def _log_failure(key: str | None, receives: int, error: BaseException) -> None:
    """Where and of what kind; not the exception's own words, which may repeat an address or a line of the email."""
    root = error.__cause__ or error
    places = traceback.extract_tb(root.__traceback__)[-6:]
    about = {
        "object": key,
        "receives": receives,
        "error": type(root).__name__,
        "where": [f"{place.filename.rpartition('/')[2]}:{place.lineno} {place.name}" for place in places],
    }
    logger().error("email not taken in", extra=about)
