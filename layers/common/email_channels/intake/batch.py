"""Processes the messages of the queue of `inbound`: finds the emails that each one names, and handles failures."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus

from email_channels.aws.faults import is_mistake
from email_channels.cases.outcomes import Outcome
from email_channels.errors import DeadlineExceeded, Unreadable
from email_channels.intake.outcome_writing import IntakeResult
from email_channels.intake.processing import Intake
from email_channels.intake.resource_limits import Stalled, time_limit
from email_channels.intake.subprocess_reading import read_in_subprocess
from email_channels.observability import counted, logger, raised

# The most time that one email gets. An email of 40 MB takes 7 to 20 seconds with a third of a processor.
EMAIL_SECONDS = 60.0
# With less time left, no email is started. It is enough for an email that stalls and to record its failure.
RESERVE_SECONDS = 105.0
# From this receive on, an email is first read in a subprocess: it may have killed the function at earlier receives.
SUBPROCESS_FROM_RECEIVE = 3
# The time limit of reading, and the time to start the process.
_SUBPROCESS_SECONDS = 35.0


def object_keys(body: str) -> list[str]:
    """The keys of the objects that an S3 notification names; none for S3's test event.

    Raises ValueError for anything else.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    """
    try:
        notification = json.loads(body)
        if notification.get("Event") == "s3:TestEvent":
            return []
        return [unquote_plus(record["s3"]["object"]["key"]) for record in notification["Records"]]
    except (AttributeError, KeyError, TypeError, ValueError):
        raise ValueError("the message is not an S3 notification") from None


class InboundBatch:
    """Processes the emails that the messages of the queue name. `megabytes` is the function's memory (0: not known).

    An email that cannot be read is recorded as such at once, because a retry would fail in the same way. Every other
    failure is retried; from receive number `give_up_at` on, it is recorded. An email for which there was too little
    time did not fail: it is never recorded for that. The queue's maxReceiveCount is much higher than `give_up_at`, so
    that no email goes to the dead-letter queue because of throttled receives, or a table that refuses writes for hours.
    """

    def __init__(self, intake: Intake, give_up_at: int, megabytes: int) -> None:
        self._intake = intake
        self._give_up_at = give_up_at
        self._megabytes = megabytes

    def process(self, records: Iterable[Mapping[str, Any]], seconds_left: Callable[[], float]) -> list[str]:
        """Processes a batch of messages; returns the message ids to retry.

        Messages with the most receives come first: they are the closest to the dead-letter queue.
        """
        return [
            record["messageId"]
            for record in sorted(records, key=_receives, reverse=True)
            if not self._process_message(record["body"], _receives(record), seconds_left)
        ]

    def _process_message(self, body: str, receives: int, seconds_left: Callable[[], float]) -> bool:
        """Whether every email that the message names has its outcome; if not, the message is retried."""
        key = None
        try:
            for key in object_keys(body):
                self._process_object(key, receives, seconds_left)
        except (Exception, Stalled) as error:  # noqa: BLE001 - one message must never fail the rest of the batch
            _log_failure(key, receives, error, retry=True)
            return False
        return True

    def _process_object(self, key: str, receives: int, seconds_left: Callable[[], float]) -> None:
        """Gives one email its outcome. Raises the error, unless the failure was recorded."""
        try:
            _check_time(seconds_left())
            with time_limit(EMAIL_SECONDS):
                result = self._intake.process(key, self._try_reading if receives >= SUBPROCESS_FROM_RECEIVE else None)
        except (Exception, Stalled) as error:
            if not self._is_final(error, receives):
                raise
            release_frames(error)
            _log_failure(key, receives, error, retry=False)
            result = self._intake.record_failure(key, error)
        _log(key, result)

    def _is_final(self, error: BaseException, receives: int) -> bool:
        """Whether this failure is recorded as the outcome of the email, instead of a retry."""
        if isinstance(error, DeadlineExceeded):
            return False
        return isinstance(error, Unreadable) or receives >= self._give_up_at

    def _try_reading(self, raw: bytes) -> None:
        read_in_subprocess(raw, _SUBPROCESS_SECONDS, self._megabytes)


def release_frames(error: BaseException) -> None:
    """Frees the memory that the frames of an error still hold.

    The frames hold what was read of the email, which may fill the memory. Recording the failure needs free memory.
    """
    cause: BaseException | None = error
    while cause is not None:
        traceback.clear_frames(cause.__traceback__)
        cause = cause.__cause__ or cause.__context__


def _receives(record: Mapping[str, Any]) -> int:
    """How often the message was received, this time included."""
    return int(record["attributes"]["ApproximateReceiveCount"])


def _check_time(seconds_left: float) -> None:
    if seconds_left < RESERVE_SECONDS:
        raise DeadlineExceeded("no time is left for this email")


def _log(key: str, result: IntakeResult | None) -> None:
    if result is None:
        logger().info("no email found", extra={"object": key})
        return
    about: dict[str, Any] = {
        "object": key,
        "record": result.record_id,
        "outcome": result.outcome.value,
        "reason": result.reason.value if result.reason else None,
        "case": result.case_id,
    }
    if result.stored_at is not None:
        # How long the email waited for its outcome, in seconds. The bucket knows its time in whole seconds.
        about["seconds"] = max(0.0, round((datetime.now(UTC) - result.stored_at).total_seconds(), 1))
    by = {name: str(about[name]) for name in ("outcome", "reason") if about[name] is not None}
    waited = {"TimeToCase": about["seconds"]} if result.outcome is Outcome.CASE and "seconds" in about else None
    logger().info("outcome recorded", extra=about | counted("Emails", by, seconds=waited))


def _log_failure(key: str | None, receives: int, error: BaseException, *, retry: bool) -> None:
    about = {"object": key, "receives": receives, "retry": retry, "mistake": is_mistake(error)}
    logger().error("email failed", extra=about | raised(error))
