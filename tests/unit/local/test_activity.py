"""Threads wait for activity of AWS services."""

import threading
import time

from local.activity import Activity


def test_wake() -> None:
    """A waiting thread wakes when something happens that it waits for."""
    activity = Activity()
    seen = activity.count("sqs", "s3")
    for service, after in (("dynamodb", 0.02), ("s3", 0.05)):
        threading.Timer(after, activity.note, [service]).start()
    started = time.monotonic()
    assert activity.wait(("sqs", "s3"), seen, 10) == seen + 1
    assert 0.04 < time.monotonic() - started < 5
    assert activity.count() == 2


def test_earlier_change() -> None:
    """A change before the wait ends the wait at once."""
    activity = Activity()
    seen = activity.count("sqs")
    activity.note("sqs")
    assert activity.wait(("sqs",), seen, 10) == 1


def test_time_out() -> None:
    assert Activity().wait(("sqs",), 0, 0.01) == 0
