"""The lines that a function logged in a test, and the metrics that CloudWatch would make of them."""

from __future__ import annotations

from typing import Any

import pytest
from email_channels.observability import logger

from tests.support.cloudwatch.embedded_metrics import points
from tests.support.cloudwatch.log_filters import read_filter, read_line
from tests.support.template import resources


class FunctionLog:
    """The log of one function of a test. All metrics in its lines must be in `namespace`."""

    def __init__(self, caplog: pytest.LogCaptureFixture, namespace: str) -> None:
        self._caplog = caplog
        self._namespace = namespace

    def lines(self) -> list[dict[str, Any]]:
        """The lines as they stand in the log: what the logger's own formatter makes of them."""
        formatter = logger().registered_formatter
        texts = [formatter.format(record) for record in self._caplog.records]
        return [dict(line) for text in texts if (line := read_line(text)) is not None]

    def embedded(self) -> dict[tuple[str, str], float]:
        """The metrics that the lines carry: the sum for each name and dimension, which stands as `outcome=case`."""
        sums: dict[tuple[str, str], float] = {}
        for namespace, name, dimensions, value in (point for line in self.lines() for point in points(line)):
            assert namespace == self._namespace
            ((dimension, of),) = dimensions.items()
            key = (name, f"{dimension}={of}")
            sums[key] = sums.get(key, 0) + value
        return sums

    def counted(self, group: str) -> dict[str, float]:
        """The sum of each metric that the filters of the template make of the lines in this log group."""
        sums: dict[str, float] = {}
        for each in resources("AWS::Logs::MetricFilter").values():
            filter_ = read_filter(each["Properties"])
            points = [point for line in self.lines() if (point := filter_.point(line)) is not None]
            if filter_.log_group == group and points:
                sums[filter_.metric] = sum(value for value, _ in points)
        return sums
