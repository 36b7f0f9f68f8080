"""What a deployed stack uses in a month without any email, counted in the template."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

from bench.cost.drivers import Usage
from tests.support.template import expanded

_TYPES: Final = {
    "AWS::CloudWatch::Dashboard": "dashboard",
    "AWS::KMS::Key": "key",
    "AWS::SecretsManager::Secret": "secret",
}


def fixed() -> Usage:
    """The alarms (one for each metric that they look at), dashboards, keys and secrets of the template, and the custom
    metrics that its filters of logs make."""
    resources: Mapping[str, Any] = expanded().resources
    units: defaultdict[str, float] = defaultdict(float)
    metrics: set[str] = set()
    for resource in resources.values():
        kind, properties = resource["Type"], resource.get("Properties", {})
        if kind in _TYPES:
            units[_TYPES[kind]] += 1
        elif kind == "AWS::CloudWatch::Alarm":
            units["alarm"] += max(1, sum("MetricStat" in one for one in properties.get("Metrics", ())))
        elif kind == "AWS::Logs::MetricFilter":
            metrics.update(_names(properties))
    units["custom metric"] = len(metrics)
    return Usage(units)


def _names(of_filter: Mapping[str, Any]) -> Iterator[str]:
    for one in of_filter["MetricTransformations"]:
        yield f"{one['MetricNamespace']} {one['MetricName']}"
