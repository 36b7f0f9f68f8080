"""Time-outs and retries of calls to AWS, and the deadline of the invocation.

No call starts an attempt whose answer could come after the deadline. It raises an exception instead, while there is
still time to report it. If Lambda ended the function at its time limit, the whole batch would be retried, and a caller
of the API would get no answer.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, cast

from botocore.config import Config

from email_channels.errors import DeadlineExceeded
from email_channels.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.client import BaseClient

# Kept free at the end of the function's time limit, to report the results.
ANSWER_SECONDS = 2.0
_LONGEST_PAUSE_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class ServiceTimeouts:
    """The time-outs of an attempt in seconds, and the largest number of attempts of a call, for one service.

    `read_seconds` limits each wait for more bytes, not the whole answer: a large object may take longer.
    """

    connect_seconds: float
    read_seconds: float
    attempts: int

    @property
    def attempt_seconds(self) -> float:
        """The longest time that one attempt takes."""
        return self.connect_seconds + self.read_seconds

    @property
    def call_seconds(self) -> float:
        """The longest time that a call takes, with all attempts and the longest pauses between them."""
        return self.attempts * self.attempt_seconds + sum(longest_pause(n) for n in range(1, self.attempts))

    def config(self) -> Config:
        """The configuration for botocore. Its standard mode pauses with full jitter before each retry.

        It retries calls that were throttled, failed with 5xx, or got no answer:
        https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
        """
        return Config(
            connect_timeout=self.connect_seconds,
            read_timeout=self.read_seconds,
            retries={"mode": "standard", "total_max_attempts": self.attempts},
        )


# All these services answer within a few dozen milliseconds; a connection within the region takes less.
DYNAMODB = ServiceTimeouts(1, 3, 4)
S3 = ServiceTimeouts(1, 6, 3)
SECRETS_MANAGER = ServiceTimeouts(1, 3, 3)
SQS = ServiceTimeouts(1, 4, 3)
EVENTS = ServiceTimeouts(1, 4, 3)
# SES has no idempotency token, so the SDK must not retry a send whose outcome is unknown. As there is only one attempt,
# it waits longer for the answer.
SES = ServiceTimeouts(2, 15, 1)


def longest_pause(attempt: int) -> float:
    """The longest pause of botocore after attempt number `attempt` (from 1) was throttled, in seconds."""
    return min(2.0 ** (attempt - 1), _LONGEST_PAUSE_SECONDS)


_deadline = float("inf")


def set_deadline(seconds: float) -> None:
    """Sets the deadline of the invocation that begins now. `seconds` is the time left until its time limit."""
    global _deadline
    _deadline = time.monotonic() + seconds


def seconds_left() -> float:
    """The seconds until the current invocation has to report its result; infinite if no deadline was set."""
    return _deadline - time.monotonic() - ANSWER_SECONDS


def enforce_deadline(client: BaseClient, timeouts: ServiceTimeouts) -> None:
    """Stops the client from starting an attempt whose answer could come after the deadline.

    If there is no time for the first attempt, the call raises DeadlineExceeded. If there is no time for a retry, the
    call raises the error of the previous attempt.
    """

    def before_attempt(**_: Any) -> None:
        if seconds_left() < timeouts.attempt_seconds:
            raise DeadlineExceeded("no time is left to ask AWS")

    def needs_retry(attempts: int, **_: Any) -> bool | None:
        # False overrules botocore's own handler, None leaves the decision to it.
        return False if seconds_left() < longest_pause(attempts) + timeouts.attempt_seconds else None

    client.meta.events.register_first("before-send.*.*", before_attempt)
    client.meta.events.register_first("needs-retry.*.*", cast("Callable[..., None]", needs_retry))
