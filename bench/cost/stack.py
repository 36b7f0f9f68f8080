"""What a deployed stack uses in a month without any email, counted in the template."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

from bench.cost.drivers import Usage
from bench.cost.prices import Prices
from local.cloudformation.intrinsic_functions import Resolver
from tests.support.template import expanded

_TYPES: Final = {
    "AWS::CloudWatch::Dashboard": "dashboard",
    "AWS::KMS::Key": "key",
    "AWS::SecretsManager::Secret": "secret",
}

METRICS: Final = 3
"""The metrics of a dashboard that emails of the mix give a value in every hour: cases, entries, and the time to a
case. CloudWatch bills a custom metric in the hours in which it gets a value, so those of failures, which filters of
logs make, cost nothing as long as nothing fails. https://aws.amazon.com/cloudwatch/pricing/"""

POLLS: Final = 5 * 3 * 60 * 730
"""Requests of a month with which Lambda asks one empty queue: it keeps at least five connections, of 20 seconds each.
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html"""


def fixed(**parameters: str) -> Usage:
    """The alarms (one for each metric that they look at), keys and secrets of the template, the requests by which its
    queues are asked for messages, and the dashboard with its metrics, if the parameters ask for one."""
    template = expanded(**parameters)
    resources: Mapping[str, Any] = template.resources
    units: defaultdict[str, float] = defaultdict(float)
    for resource in resources.values():
        kind, properties = resource["Type"], resource.get("Properties", {})
        if kind in _TYPES:
            units[_TYPES[kind]] += 1
        elif kind == "AWS::CloudWatch::Alarm":
            parts = properties.get("Metrics", [{"MetricStat": {}}])
            units["alarm"] += sum(_is_metric(part, template.resolver) for part in parts)
        elif kind == "AWS::Lambda::EventSourceMapping" and "BatchSize" in properties and _reads_queue(properties):
            units["sqs request"] += POLLS
    if units["dashboard"]:
        units["custom metric"] = METRICS
    return Usage(units)


def of_a_dashboard(prices: Prices) -> float:
    """What `DashboardEnabled=true` costs in a month, in dollars, but for some bytes of logs (docs/performance.md)."""
    without, with_one = fixed(), fixed(DashboardEnabled="true")
    return sum(prices.of(unit, count - without.units.get(unit, 0)) for unit, count in with_one.units.items())


def _is_metric(part: Mapping[str, Any], resolver: Resolver) -> bool:
    """Whether a part of `Metrics` of an alarm is a metric, and there: it may have a condition."""
    if "Fn::If" in part:
        condition, then, otherwise = part["Fn::If"]
        return _is_metric(then if resolver.condition(condition) else otherwise, resolver)
    return "MetricStat" in part


def _reads_queue(properties: Mapping[str, Any]) -> bool:
    return "Queue" in str(properties["EventSourceArn"])
