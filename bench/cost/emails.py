"""What an average email of the standard mix weighs, measured on generated ones."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache

from bench.standard_mix import MIX

CHUNK = 256 * 1024
"""SES bills received emails by complete chunks of 256 KB, so an email of 255 KB has none.
https://aws.amazon.com/ses/pricing/"""

COLD_LEAST = 128 * 1024
"""S3 bills smaller objects in the colder class as if they had 128 KB. https://aws.amazon.com/s3/storage-classes/"""


@dataclass(frozen=True, slots=True)
class Move:
    """A lifecycle rule of the template (a test compares): objects of more than `above` bytes move to a colder class
    after so many days."""

    rule: str
    above: int
    days: int


MOVES = (Move("large-objects", 1024 * 1024, 7), Move("middle-sized-objects", 99_000, 35))
"""The largest objects first. An object moves by the first rule that it is large enough for."""


def move_of(size: int) -> Move | None:
    """The rule by which an object of this size moves."""
    return next((move for move in MOVES if size > move.above), None)


@dataclass(frozen=True, slots=True)
class Mail:
    """One email of the mix, and which share of all emails are like it. Sizes in bytes."""

    name: str
    share: float
    original: int
    attachments: tuple[int, ...]

    @property
    def chunks(self) -> int:
        return self.original // CHUNK

    @property
    def objects(self) -> tuple[int, ...]:
        """The sizes of what is stored in the bucket."""
        return self.original, *self.attachments


@cache
def mix() -> tuple[Mail, ...]:
    """The standard mix."""
    attached = {"100 KB attached": (100_000,), "2 MB attached": (2_000_000,)}
    chance = random.Random(2026)
    mails = []
    for name, share, make, _ in MIX:
        size = round(sum(len(make(chance)) for _ in range(5)) / 5)
        mails.append(Mail(name, share, size, attached.get(name, ())))
    return tuple(mails)
