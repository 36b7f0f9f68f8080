"""Schedule expressions of EventBridge. Only the forms that the template uses are supported.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html. All times are UTC.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from local.errors import UserError

_RATE = re.compile(r"rate\(([1-9][0-9]*) (minute|hour|day)s?\)")
_DAILY = re.compile(r"cron\(([0-9]|[1-5][0-9]) ([0-9]|1[0-9]|2[0-3]) \* \* \? \*\)")


def next_time(expression: str) -> Callable[[datetime], datetime]:
    """Returns a function that takes a time, and returns the next time at which the schedule fires.

    Raises UserError for an expression other than `rate(...)` and a daily `cron(...)`.
    """
    rate = _RATE.fullmatch(expression)
    if rate is not None:
        every = timedelta(**{f"{rate[2]}s": int(rate[1])})
        return lambda after: after + every
    daily = _DAILY.fullmatch(expression)
    if daily is None:
        raise UserError(f"template: the local stack does not support the schedule {expression}")
    minute, hour = int(daily[1]), int(daily[2])

    def following(after: datetime) -> datetime:
        today = after.replace(hour=hour, minute=minute, second=0, microsecond=0)
        return today if today > after else today + timedelta(days=1)

    return following
