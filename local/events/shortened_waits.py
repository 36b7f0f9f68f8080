"""How the waits of AWS are shortened here.

A template's waits suit Lambda: a queue's visibility time-out has to be six times the function's, asynchronous retries
come after one and two minutes. On one machine a person watches, so each such wait is shortened down. Their order and
number (`maxReceiveCount`, `MaximumRetryAttempts`) stay.
"""

WAIT_SCALE = 1 / 300
"""Six minutes become 1.2 seconds."""


def shortened(seconds: float) -> float:
    """How long to wait here, in seconds, where AWS would wait `seconds`."""
    return seconds * WAIT_SCALE


def shortened_visibility_timeout(seconds: float) -> int:
    """The same for a message that comes back to its queue: SQS takes whole seconds."""
    return max(1, round(shortened(seconds))) if seconds else 0
