"""Schedule expressions of EventBridge: when does it fire next?

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html. All times are UTC.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from local.errors import UserError

_RATE = re.compile(r"rate\(([1-9][0-9]*) (minute|hour|day)s?\)")
_CRON = re.compile(r"cron\((.+)\)")
_DAYS = {name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), start=1)}
_FIELDS = (
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day", 1, 31),
    ("month", 1, 12),
    ("weekday", 1, 7),
    ("year", 1970, 2199),
)
_SEARCHED = timedelta(days=366 * 5)
"""A schedule without a day in these years, such as the 30th of February, never fires."""


def next_time(expression: str) -> Callable[[datetime], datetime | None]:
    """The function from a time to the next one after it at which the schedule fires, None if it never does.

    Raises UserError for an expression that is not known here.
    """
    rate = _RATE.fullmatch(expression)
    if rate is not None:
        every = timedelta(**{f"{rate[2]}s": int(rate[1])})
        return lambda after: after + every
    cron = _CRON.fullmatch(expression)
    fields = cron[1].split() if cron is not None else []
    if len(fields) != len(_FIELDS):
        raise UserError(f"template: the local stack does not know the schedule {expression}")
    minutes, hours, days, months, weekdays, years = (
        _allowed(expression, text, *bounds[1:]) for text, bounds in zip(fields, _FIELDS, strict=True)
    )

    def following(after: datetime) -> datetime | None:
        moment = after.replace(second=0, microsecond=0) + timedelta(minutes=1)
        while moment < after + _SEARCHED:
            # Sunday is 1 to EventBridge, 7 to ISO.
            on_day = moment.day in days and moment.isoweekday() % 7 + 1 in weekdays
            if not (on_day and moment.month in months and moment.year in years):
                moment = moment.replace(hour=0, minute=0) + timedelta(days=1)
            elif moment.hour not in hours:
                moment = moment.replace(minute=0) + timedelta(hours=1)
            elif moment.minute not in minutes:
                moment += timedelta(minutes=1)
            else:
                return moment
        return None

    return following


def _allowed(expression: str, text: str, low: int, high: int) -> set[int]:
    """The values that a field stands for: `*`, `?`, `5`, `1,2`, `MON-FRI`, `0/15`."""
    values: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        try:
            start, end = (low, high) if span in {"*", "?"} else (_number(first), _number(last or first))
            if step and not last:
                end = high
            values.update(range(start, end + 1, int(step or 1)))
        except ValueError:
            raise UserError(f"template: the local stack does not know {part} in the schedule {expression}") from None
    if not values or min(values) < low or max(values) > high:
        raise UserError(f"template: {text} is out of range in the schedule {expression}")
    return values


def _number(text: str) -> int:
    return _DAYS[text.upper()] if text.upper() in _DAYS else int(text)
