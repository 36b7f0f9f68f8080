"""The bill of each month, by part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bench.cost.drivers import Usage
from bench.cost.prices import Prices

GB: Final = 1e9

_DAYS: Final = 30
"""Of a month."""

PARTS: Final = {
    "SES": ("ses email received", "ses chunk received", "ses email sent", "ses GB sent"),
    "S3, requests": ("s3 write", "s3 read", "s3 transition"),
    "Lambda": ("lambda request", "lambda GB-second"),
    "EventBridge, SQS": ("eventbridge event", "sqs request"),
    "API": ("api request",),
    "logs": ("log GB", "log GB-month"),
}
"""What is billed by its use, DynamoDB apart."""

STANDARD: Final = "STANDARD"
INFREQUENT: Final = "STANDARD_INFREQUENT_ACCESS"

_TABLE: Final = {
    STANDARD: ("dynamodb write unit", "dynamodb read unit", "dynamodb GB-month"),
    INFREQUENT: ("dynamodb infrequent write unit", "dynamodb infrequent read unit", "dynamodb infrequent GB-month"),
}
"""What the table's writes, reads and bytes cost, by its class (the parameter `TableClass`)."""


@dataclass(frozen=True, slots=True)
class Month:
    """The dollars of one month, by part."""

    number: int
    parts: dict[str, float]
    table_class: str = STANDARD

    @property
    def of_ses(self) -> float:
        return self.parts["SES"]

    @property
    def of_others(self) -> float:
        return sum(self.parts.values()) - self.of_ses

    @property
    def share(self) -> float:
        """Everything but SES, as a share of SES's fees."""
        return self.of_others / self.of_ses


def bill(
    email: Usage, emails: float, months: int, fixed: Usage, prices: Prices, consoles: Usage | None = None
) -> list[Month]:
    """The bills of so many months, with so many emails in each. All emails are kept. `fixed` is what a stack uses in
    a month without any email, `consoles` what the open consoles of all agents use.

    What a month adds is stored for half of it on average. Large objects are in the standard class at first. The table
    is in the class that costs less in this month.
    """
    monthly = email.times(emails).plus(consoles or Usage())
    of_stack = sum(prices.of(unit, count) for unit, count in fixed.units.items())
    found = []
    for number in range(1, months + 1):
        kept = number - 0.5
        used = monthly.plus(_moves(monthly, number))
        flow = {part: sum(prices.of(unit, used.units.get(unit, 0)) for unit in units) for part, units in PARTS.items()}
        by_class = {each: _of_table(each, monthly, kept, prices) for each in _TABLE}
        table_class = min(by_class, key=lambda each: sum(by_class[each]))
        requests, storage = by_class[table_class]
        found.append(
            Month(
                number,
                {
                    "SES": flow["SES"],
                    "DynamoDB, requests": requests,
                    **flow,
                    "DynamoDB, storage": storage,
                    "S3, storage": _of_bucket(monthly, number, prices),
                    "alarms, metrics, keys": of_stack,
                },
                table_class,
            )
        )
    return found


def _moves(monthly: Usage, number: int) -> Usage:
    """The transitions to the cold class in this month. The bucket reports each to EventBridge."""
    moved = sum(moving.objects * min(max(number - days / _DAYS, 0), 1) for days, moving in monthly.moving.items())
    return Usage({"s3 transition": moved, "eventbridge event": moved})


def _of_bucket(monthly: Usage, number: int, prices: Prices) -> float:
    """What storage of the bucket costs in a month."""
    kept = number - 0.5
    warm, cold = monthly.warm * kept, 0.0
    for days, moving in monthly.moving.items():
        young = _average_age(number, days / _DAYS)
        warm += moving.size * young
        cold += moving.billed * (kept - young)
    return prices.of("s3 GB-month", warm / GB) + prices.of("s3 cold GB-month", cold / GB)


def _average_age(number: int, most: float) -> float:
    """The months of intake that are not older than `most` months, on average over month `number`: the average of
    min(t, most) for t from number - 1 to number."""
    begin = number - 1
    if most <= begin:
        return most
    if most >= number:
        return number - 0.5
    return (most**2 - begin**2) / 2 + most * (number - most)


def _of_table(table_class: str, monthly: Usage, months_kept: float, prices: Prices) -> tuple[float, float]:
    """What requests and storage of the table cost in a month. Recovery costs the same in both classes, and is billed
    for the table without its global indexes.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html
    """
    write, read, stored = _TABLE[table_class]
    requests = prices.of(write, monthly.units.get("dynamodb write unit", 0)) + prices.of(
        read, monthly.units.get("dynamodb read unit", 0)
    )
    storage = prices.of(stored, monthly.table * months_kept / GB)
    return requests, storage + prices.of("dynamodb restore GB-month", monthly.items * months_kept / GB)
