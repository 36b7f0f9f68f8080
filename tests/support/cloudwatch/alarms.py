"""CloudWatch alarms: when one rings.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html: an alarm looks at the values of
its last periods, and rings if enough of them breach the threshold.
"""

from collections.abc import Callable, Mapping, Sequence
from operator import ge, gt
from typing import Any

_SUM = "SUM(FILL(METRICS(), 0))"
_BREACHES: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": gt,
    "GreaterThanOrEqualToThreshold": ge,
}

Values = Sequence[float | None]
"""The values of a metric in the last periods, oldest first. None: nothing was measured."""


def metric_names(alarm: Mapping[str, Any]) -> list[str]:
    """The names by which `rings` takes values: that of the metric, or the ids of the metrics that are added up."""
    if "Metrics" not in alarm:
        return [alarm["MetricName"]]
    return [metric["Id"] for metric in alarm["Metrics"] if "MetricStat" in metric]


def rings(alarm: Mapping[str, Any], values: Mapping[str, Values]) -> bool:
    """Whether an alarm rings, which was silent before. `alarm` has the resolved properties.

    `values` are those of the metrics by name. The last values count; metrics and periods that are not given are empty.
    """
    periods = int(alarm["EvaluationPeriods"])
    names = metric_names(alarm)
    unknown = set(values) - set(names)
    if unknown:
        raise ValueError(f"not metrics of this alarm: {sorted(unknown)}")
    columns = [([None] * periods + list(values.get(name, [])))[-periods:] for name in names]
    if "Metrics" in alarm:
        points: list[float | None] = [sum(value or 0.0 for value in column) for column in zip(*columns, strict=True)]
        [expression] = [metric for metric in alarm["Metrics"] if "Expression" in metric]
        if expression["Expression"] != _SUM:
            raise ValueError(f"expression not known: {expression['Expression']}")
    else:
        [points] = columns
    if alarm["TreatMissingData"] not in {"notBreaching", "ignore"}:
        raise ValueError(f"TreatMissingData not known: {alarm['TreatMissingData']}")
    breaches = _BREACHES[alarm["ComparisonOperator"]]
    breaching = [point is not None and breaches(point, float(alarm["Threshold"])) for point in points]
    return sum(breaching) >= int(alarm.get("DatapointsToAlarm", periods))
