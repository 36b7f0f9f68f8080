"""The metrics that CloudWatch makes of a line of the log in the embedded metric format.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

LONGEST_DIMENSION = 1024
"""CloudWatch ignores a dimension with a longer value, or with a value that is not a text."""

Point = tuple[str, str, Mapping[str, str], float]
"""Namespace, name, dimensions and value."""


def points(line: Mapping[str, Any]) -> Iterator[Point]:
    """The points of a line. Raises KeyError or AssertionError for what CloudWatch would not accept."""
    if "_aws" not in line:
        return
    assert isinstance(line["_aws"]["Timestamp"], int)
    for directive in line["_aws"]["CloudWatchMetrics"]:
        for metric in directive["Metrics"]:
            assert metric["Unit"] in {"Count", "Seconds"}
            found = line[metric["Name"]]
            for names in directive["Dimensions"]:
                dimensions = {name: line[name] for name in names}
                for value in dimensions.values():
                    assert isinstance(value, str)
                    assert 0 < len(value) <= LONGEST_DIMENSION
                for value in found if isinstance(found, list) else [found]:
                    yield directive["Namespace"], metric["Name"], dimensions, float(value)
