"""What a deployed stack uses in a month without any email, counted in the template."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

from bench.cost.drivers import Usage
from tests.support.template import expanded

_TYPES: Final = {
    "AWS::CloudWatch::Dashboard": "dashboard",
    "AWS::KMS::Key": "key",
    "AWS::SecretsManager::Secret": "secret",
}

_OF_THE_DASHBOARD: Final = 15
"""Usually: five outcomes, five reasons, the time to a case, and four types of SES's events. Each is a metric."""


def fixed() -> Usage:
    """The alarms (one for each metric that they look at), dashboards, keys and secrets of the template, and the custom
    metrics of the dashboard. Those that filters of logs make have a value only while something fails."""
    resources: Mapping[str, Any] = expanded().resources
    units: defaultdict[str, float] = defaultdict(float)
    for resource in resources.values():
        kind, properties = resource["Type"], resource.get("Properties", {})
        if kind in _TYPES:
            units[_TYPES[kind]] += 1
        elif kind == "AWS::CloudWatch::Alarm":
            units["alarm"] += max(1, sum("MetricStat" in one for one in properties.get("Metrics", ())))
    units["custom metric"] = _OF_THE_DASHBOARD
    return Usage(units)
