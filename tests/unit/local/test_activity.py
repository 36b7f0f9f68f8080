import threading
import time

from local.activity import Activity


def test_who_waits_is_woken_by_what_concerns_it() -> None:
    activity = Activity()
    seen = activity.count("sqs", "s3")
    for service, after in (("dynamodb", 0.02), ("s3", 0.05)):
        threading.Timer(after, activity.note, [service]).start()
    started = time.monotonic()
    assert activity.wait(("sqs", "s3"), seen, 10) == seen + 1
    assert 0.04 < time.monotonic() - started < 5
    assert activity.count() == 2


def test_what_happened_before_the_wait_ends_it_at_once() -> None:
    activity = Activity()
    seen = activity.count("sqs")
    activity.note("sqs")
    assert activity.wait(("sqs",), seen, 10) == 1


def test_nothing_happens() -> None:
    assert Activity().wait(("sqs",), 0, 0.01) == 0
