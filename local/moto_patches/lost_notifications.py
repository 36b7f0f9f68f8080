"""Loses a share of the notifications from buckets to queues, for tests: S3 may lose some, too.

The events that a bucket sends through EventBridge are independent of this, and still arrive.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any


class LostNotifications:
    """`share` of the notifications are lost from now on (0 to 1). `count` is how many were lost so far."""

    def __init__(self) -> None:
        self.share = 0.0
        self.count = 0

    def install(self) -> Callable[[], None]:
        """Patches this process's moto. Returns a function that removes the patch."""
        from moto.s3 import notifications

        send = notifications._send_sqs_message

        def send_or_lose(*arguments: Any, **named: Any) -> None:
            if self.share and random.random() < self.share:
                self.count += 1
            else:
                send(*arguments, **named)

        def undo() -> None:
            notifications._send_sqs_message = send

        notifications._send_sqs_message = send_or_lose
        return undo
