"""Schedule expressions of EventBridge."""

from datetime import UTC, datetime

import pytest

from local.errors import UserError
from local.events.schedule_expressions import next_time


@pytest.mark.parametrize(
    ("expression", "after", "then"),
    [
        ("rate(15 minutes)", "2026-02-28T23:50:10", "2026-03-01T00:05:10"),
        ("rate(1 hour)", "2026-02-28T23:50:10", "2026-03-01T00:50:10"),
        ("cron(30 2 * * ? *)", "2026-02-28T02:29:59", "2026-02-28T02:30:00"),
        ("cron(30 2 * * ? *)", "2026-02-28T02:30:00", "2026-03-01T02:30:00"),
    ],
)
def test_next_time(expression: str, after: str, then: str) -> None:
    at = datetime.fromisoformat(after).replace(tzinfo=UTC)
    assert next_time(expression)(at) == datetime.fromisoformat(then).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "expression",
    ["", "rate(0 minutes)", "rate(5 weeks)", "cron(0 25 * * ? *)", "cron(0 2 ? * MON *)", "at(2026-01-01)"],
)
def test_unsupported_expression(expression: str) -> None:
    with pytest.raises(UserError, match="does not support the schedule"):
        next_time(expression)
