"""A million originals through the queue of arrivals: each is looked at, none is downloaded, none is starved."""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from email_channels.aws.inbound_queue import InboundQueue
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.stores.reconcile_store import OriginalProgress, ReconcileStore
from email_channels.followup.arrivals import Arrivals

from tests.support.reliability.deliveries import MOST_TRIES_OF_ARRIVALS

ORIGINALS = 1_000_000
# As in template.yaml.
BATCH = 100
_FINISHED = OriginalProgress(has_outcome=True)
_NO_OUTCOME = OriginalProgress(has_outcome=False)
_NOT_FOLLOWED_UP = OriginalProgress(has_outcome=True, follow_up=("case", None))


@dataclass
class World:
    """Table, bucket and the two queues. Whatever else is called, such as a download or a listing, fails the test.

    The n-th original is lost if n ends with 00007, a duplicate with 0008, not followed up with 0009. `dead` are given
    up. `vain`: of so many lost originals, the first message to `inbound` is lost, too.
    """

    looks: Counter[int] = field(default_factory=Counter)
    tags_read: int = 0
    given: Counter[int] = field(default_factory=Counter)
    followed_up: int = 0
    found: set[int] = field(default_factory=set)
    dead: list[int] = field(default_factory=list)
    vain: int = 2

    # The table.

    def progress(self, key: str) -> OriginalProgress:
        """How far the email has come. The store gets the time at which the original was stored, too."""
        number = _number(key)
        self.looks[number] += 1
        if number % 100_000 == 7 and number not in self.found:
            return _NO_OUTCOME
        if number % 10_000 == 8:
            return _NO_OUTCOME
        return _NOT_FOLLOWED_UP if number % 10_000 == 9 else _FINISHED

    # The bucket.

    def stored_at(self, key: str) -> datetime:
        return datetime(2026, 11, 23, tzinfo=UTC)

    def is_duplicate(self, key: str) -> bool:
        self.tags_read += 1
        return _number(key) % 10_000 == 8

    # The inbound queue.

    def is_long(self) -> bool:
        return False

    def send(self, key: str) -> None:
        number = _number(key)
        self.given[number] += 1
        if self.given[number] > 1 or number // 100_000 >= self.vain:
            self.found.add(number)

    # What follows.

    def follow_up(self, case_id: str, email_id: str | None) -> bool:
        self.followed_up += 1
        return True

    def run(self, originals: int, seconds: Callable[[int], float]) -> int:
        """Hands over batches until the queue is empty; returns how many. Each original takes `seconds(number)`."""
        queue = deque((number, 1) for number in range(originals))
        batches = 0
        while queue:
            batch = [queue.popleft() for _ in range(min(BATCH, len(queue)))]
            batches += 1
            left = [900.0]

            def time_left(left: list[float] = left) -> bool:
                return left[0] > 60

            class Store:
                @staticmethod
                def progress(key: str, _: datetime, left: list[float] = left) -> OriginalProgress:
                    left[0] -= seconds(_number(key))
                    return self.progress(key)

            arrivals = Arrivals(
                cast("ReconcileStore", Store),
                cast("MailBucket", self),
                cast("InboundQueue", self),
                self.follow_up,
                time_left,
            )
            retry = {int(number) for number in arrivals.check([_message(*one) for one in batch])}
            for number, receives in batch:
                if number not in retry:
                    continue
                if receives == MOST_TRIES_OF_ARRIVALS:
                    self.dead.append(number)
                else:
                    queue.append((number, receives + 1))
        return batches


def _message(number: int, receives: int) -> dict[str, Any]:
    body = {"detail": {"object": {"key": f"raw/case_creation/{number:040d}"}}}
    return {
        "messageId": str(number),
        "body": json.dumps(body),
        "attributes": {"ApproximateReceiveCount": str(receives)},
    }


def _number(key: str) -> int:
    return int(key.rpartition("/")[2])


@pytest.mark.slow
def test_million() -> None:
    """Each of a million originals is looked at once, lost ones until they are found. None is downloaded."""
    world = World()
    batches = world.run(ORIGINALS, lambda _: 0.02)
    lost = set(range(7, ORIGINALS, 100_000))
    assert world.found == lost
    assert world.dead == []
    # Lost ones are looked at again, until they have their outcome; all others once.
    again = {number: looks for number, looks in world.looks.items() if looks != 1}
    assert again == dict.fromkeys(lost, 2) | dict.fromkeys((7, 100_007), 3)
    assert len(world.looks) == ORIGINALS
    assert world.followed_up == ORIGINALS // 10_000
    # Only originals without a record are asked for their tag.
    assert world.tags_read == ORIGINALS // 10_000 + sum(world.given.values())
    assert batches == ORIGINALS // BATCH + 2


def test_slow() -> None:
    """Of each hundred, ten take 100 seconds: a batch has time for eight. The others are retried, none is given up."""
    world = World()
    world.run(10_000, lambda number: 100.0 if number % 10 == 0 else 0.02)
    assert len(world.looks) == 10_000
    assert set(world.looks.values()) <= {1, 2, 3}
    assert world.dead == []
