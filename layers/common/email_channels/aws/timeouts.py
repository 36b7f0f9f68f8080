"""How long we wait for AWS: for each answer, how often we ask again, and that it all ends before the function's time.

A process that Lambda ends at its time-out leaves its batch to be done again as a whole, and an API's caller without an
answer. So nothing is asked of AWS for whose answer the invocation has no time: that is a fault like any other, told
while there is time to tell it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from botocore.config import Config

from email_channels.errors import DeadlineExceeded

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.client import BaseClient

# What is left for the function to say what became of its work.
ANSWER_SECONDS = 2.0
_LONGEST_PAUSE_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Patience:
    """Of one service: time-outs of an attempt in seconds, and how many attempts a call has.

    `read_seconds` is the longest silence, not the longest answer: a large object takes as long as it comes.
    """

    connect_seconds: float
    read_seconds: float
    attempts: int

    @property
    def attempt_seconds(self) -> float:
        """How long one attempt may take."""
        return self.connect_seconds + self.read_seconds

    @property
    def call_seconds(self) -> float:
        """How long a call may take with all its attempts and the longest pauses between them."""
        return self.attempts * self.attempt_seconds + sum(longest_pause(n) for n in range(1, self.attempts))

    def config(self) -> Config:
        """For botocore: its standard mode repeats what was throttled, failed with 5xx, or was not answered, after
        pauses with full jitter (https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html)."""
        return Config(
            connect_timeout=self.connect_seconds,
            read_timeout=self.read_seconds,
            retries={"mode": "standard", "total_max_attempts": self.attempts},
        )


# All of them answer within some dozen milliseconds; a connection within the region takes less.
DYNAMODB = Patience(1, 3, 4)
S3 = Patience(1, 6, 3)
SECRETS_MANAGER = Patience(1, 3, 3)
SQS = Patience(1, 4, 3)
# SES has no idempotency token: the SDK must not repeat a send whose fate is unknown. As nothing repeats it, its answer
# is worth waiting for.
SES = Patience(2, 15, 1)


def longest_pause(attempt: int) -> float:
    """Seconds that botocore waits at most after attempt number `attempt` (from 1), when it was throttled."""
    return min(2.0 ** (attempt - 1), _LONGEST_PAUSE_SECONDS)


_until = float("inf")


def limit(seconds: float) -> None:
    """The invocation that begins now has so many seconds."""
    global _until
    _until = time.monotonic() + seconds


def seconds_left() -> float:
    """Until the current invocation has to have said what became of it; endless where nobody said."""
    return _until - time.monotonic() - ANSWER_SECONDS


def watch(client: BaseClient, patience: Patience) -> None:
    """Has the client begin no attempt whose answer the invocation could not wait for.

    The first one raises DeadlineExceeded; in the place of a later one, the call raises what the one before gave.
    """

    def before_attempt(**_: Any) -> None:
        if seconds_left() < patience.attempt_seconds:
            raise DeadlineExceeded("no time is left to ask AWS")

    def again(attempts: int, **_: Any) -> bool | None:
        # Not None, it goes before what botocore's own handler says.
        return False if seconds_left() < longest_pause(attempts) + patience.attempt_seconds else None

    client.meta.events.register_first("before-send.*.*", before_attempt)
    client.meta.events.register_first("needs-retry.*.*", cast("Callable[..., None]", again))
