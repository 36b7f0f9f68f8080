"""What one received email uses of AWS: calls and units from the counts that the tests check, sizes from the mix.

`tests/support/counts/expected.json` has the counts. What is estimated has a constant here, with its reason.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bench.cost.emails import COLD_LEAST, Mail, mix, move_of
from tests.support.counts.counting import read_expected

CPU: Final = Path(__file__).with_name("cpu.json")
"""Milliseconds of CPU of one invocation by function, on one whole core, measured by `make bench`."""

MEMORY_OF_A_CORE: Final = 1769
"""MB of memory with which a function has one whole core.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html"""

WAIT_MS: Final = {"s3": 25.0, "ses": 60.0, "other": 7.0}
"""How long a function waits for one call. Estimated: AWS gives single-digit milliseconds for DynamoDB, and tens for the
first byte from S3."""

MEMORY: Final = {
    "inbound": 512,
    "notify": 512,
    "reconcile": 512,
    "delivery": 512,
    "adhoc_send": 1024,
    "agent_api": 1024,
}
"""MB, as in the template (a test compares)."""

MESSAGES: Final = {"inbound": 1, "reconcile": 100}
"""How many messages a function takes from its queue at once. A message is sent, received and deleted."""

IN_A_REQUEST: Final = 10
"""The most messages that one request receives or deletes.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html"""


@dataclass(frozen=True, slots=True)
class Moving:
    """Objects that move to the cold class: how many, their bytes, and the bytes that are billed there."""

    objects: float = 0
    size: float = 0
    billed: float = 0

    def times(self, count: float) -> Moving:
        """This, so many times."""
        return Moving(self.objects * count, self.size * count, self.billed * count)

    def plus(self, other: Moving) -> Moving:
        """This and the other together."""
        return Moving(self.objects + other.objects, self.size + other.size, self.billed + other.billed)


@dataclass(frozen=True, slots=True)
class Usage:
    """What is used of AWS, in the units of `prices.json`, and the bytes that stay: of the table with its indexes, of
    these the bytes of the items themselves (`items`), and of the bucket in objects that stay in the standard class
    (`warm`). `moving` has the objects that move to the cold class, by the days after which they do."""

    units: Mapping[str, float] = field(default_factory=dict)
    table: float = 0
    items: float = 0
    warm: float = 0
    moving: Mapping[int, Moving] = field(default_factory=dict)

    def times(self, count: float) -> Usage:
        """This, so many times."""
        return Usage(
            {unit: number * count for unit, number in self.units.items()},
            self.table * count,
            self.items * count,
            self.warm * count,
            {days: moving.times(count) for days, moving in self.moving.items()},
        )

    def plus(self, other: Usage) -> Usage:
        """This and the other together."""
        return Usage(
            {
                unit: self.units.get(unit, 0) + other.units.get(unit, 0)
                for unit in dict.fromkeys([*self.units, *other.units])
            },
            self.table + other.table,
            self.items + other.items,
            self.warm + other.warm,
            {
                days: self.moving.get(days, Moving()).plus(other.moving.get(days, Moving()))
                for days in dict.fromkeys([*self.moving, *other.moving])
            },
        )


def email_of_the_mix(case_share: float = 0.5) -> Usage:
    """One average email of the standard mix, of which so many make a case, and the others are replies."""
    counts = read_expected()
    new_case, reply = (use_case(first_of(counts[name])) for name in ("a new case", "a reply"))
    used = new_case.times(case_share).plus(reply.times(1 - case_share))
    for mail in mix():
        used = used.plus(received(mail).times(mail.share))
    return used


def use_case(counts: Mapping[str, Any], cpu: Mapping[str, float] | None = None) -> Usage:
    """What the counts of a use case mean, apart from what depends on the size of its email. `cpu` has milliseconds by
    function, if they differ from those of an email."""
    calls, invocations = Counter(counts["calls"]), Counter(counts["invocations"])
    units: defaultdict[str, float] = defaultdict(float)
    units["dynamodb write unit"] = counts["write_units"]
    units["dynamodb read unit"] = counts["read_units"]
    units["s3 write"] = calls["PutObject"] + calls["PutObjectTagging"]
    units["s3 read"] = calls["GetObject"] + calls["HeadObject"] + calls["GetObjectTagging"]
    units["eventbridge event"] = calls["PutObject"]
    units["ses email sent"] = calls["SendEmail"]
    units["sqs request"] = calls["SendMessage"] + sum(
        number * (1 + 2 / min(MESSAGES[function], IN_A_REQUEST))
        for function, number in invocations.items()
        if function in MESSAGES
    )
    units["lambda request"] = sum(
        number / (MESSAGES[function] if function == "reconcile" else 1) for function, number in invocations.items()
    )
    units["lambda GB-second"] = _gigabyte_seconds(invocations, calls, cpu or _cpu_of_an_email())
    units["log GB"] = units["log GB-month"] = (
        counts["log_bytes"] / 1e9
    )  # Lambda's own lines are off, and logs kept a month
    return Usage(units, table=counts["stored_bytes"], items=counts["stored_bytes"] - counts["index_bytes"])


def received(mail: Mail) -> Usage:
    """What SES and the bucket bill for one email and its attachments, which the use case stores besides."""
    units: defaultdict[str, float] = defaultdict(float)
    units["ses email received"] = 1
    units["ses chunk received"] = mail.chunks
    # SES writes the original, `inbound` each attachment. The bucket reports each object to EventBridge.
    units["s3 write"] = len(mail.objects)
    units["eventbridge event"] = len(mail.objects)
    used = Usage(units)
    for size in mail.objects:
        move = move_of(size)
        stored = Usage(moving={move.days: Moving(1, size, max(size, COLD_LEAST))}) if move else Usage(warm=size)
        used = used.plus(stored)
    return used


def first_of(by_setting: Mapping[str, Any]) -> Mapping[str, Any]:
    """The numbers in the first setting, or in all."""
    numbers: Mapping[str, Any] = next(iter(by_setting.values()))
    return numbers


def _cpu_of_an_email() -> Mapping[str, float]:
    cpu: Mapping[str, float] = json.loads(CPU.read_text("utf-8"))["milliseconds"]
    return cpu


def _gigabyte_seconds(invocations: Mapping[str, int], calls: Mapping[str, int], cpu: Mapping[str, float]) -> float:
    """What Lambda bills for: the time of the CPU, and the time that functions wait for calls."""
    waited = sum(number * WAIT_MS[service_of(name)] for name, number in calls.items()) / 1000
    total = sum(invocations.values())
    seconds = {
        function: number * (cpu[function] / 1000 * MEMORY_OF_A_CORE / MEMORY[function] + waited / total)
        for function, number in invocations.items()
    }
    return sum(seconds[function] * MEMORY[function] / 1024 for function in seconds)


def service_of(call: str) -> str:
    """The key of `WAIT_MS` for a call."""
    return "s3" if "Object" in call else "ses" if call == "SendEmail" else "other"
