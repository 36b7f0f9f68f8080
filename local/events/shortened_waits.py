"""Shortens the waits of AWS, so that a person who watches the local stack soon sees the retries.

Waits in AWS are long: a queue's visibility timeout has to be six times the timeout of its function, and asynchronous
invocations are retried after one and two minutes. Each wait is shortened by the same factor, so their order stays the
same. The number of retries (`maxReceiveCount`, `MaximumRetryAttempts`) is that of AWS.
"""

WAIT_SCALE = 1 / 300
"""Six minutes become 1.2 seconds."""


def shortened(seconds: float) -> float:
    """The seconds to wait where AWS would wait `seconds`."""
    return seconds * WAIT_SCALE


def shortened_whole_seconds(seconds: float) -> int:
    """The same for the visibility timeout and the delay of a message. SQS takes whole seconds only."""
    return max(1, round(shortened(seconds))) if seconds else 0


def shortened_delay(seconds: float) -> int:
    """The delay of a queue in seconds, shortened to a thirtieth only.

    The delay gives functions time to finish other work, and that work is not faster here.
    """
    return max(1, round(seconds / 30)) if seconds else 0
