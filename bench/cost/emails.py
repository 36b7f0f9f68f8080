"""What an average email of the standard mix weighs, measured on generated ones."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache

from bench.standard_mix import MIX

CHUNK = 256 * 1024
"""SES bills received emails by complete chunks of 256 KB, so an email of 255 KB has none.
https://aws.amazon.com/ses/pricing/"""

COLD_ABOVE = 128 * 1024
"""Larger objects move to a colder class by the template's lifecycle rule (a test compares). S3 bills smaller ones there
as if they had 128 KB. https://aws.amazon.com/s3/storage-classes/"""

COLD_AFTER_DAYS = 7
"""The days after which they move."""


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
