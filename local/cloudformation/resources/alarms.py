"""Alarms, and the topic and the subscription through which they reach somebody.

No metric is measured here, so an alarm changes its state only if somebody sets it (`SetAlarmState`).
"""

from collections.abc import Mapping
from typing import Any

from local.cloudformation.resources.context import CreatedResource, StackContext, as_bool

_TAKEN = (
    *("AlarmDescription", "Namespace", "MetricName", "Dimensions", "Statistic", "ExtendedStatistic", "Unit"),
    *("ComparisonOperator", "TreatMissingData", "AlarmActions", "OKActions", "InsufficientDataActions", "Metrics"),
)
_WHOLE_NUMBERS = ("Period", "EvaluationPeriods", "DatapointsToAlarm")


def create_alarm(context: StackContext, logical_id: str, properties: Mapping[str, Any]) -> CreatedResource:
    name = properties.get("AlarmName", context.name(logical_id))
    alarm: dict[str, Any] = {key: properties[key] for key in _TAKEN if key in properties}
    alarm |= {key: int(properties[key]) for key in _WHOLE_NUMBERS if key in properties}
    alarm |= {"Threshold": float(properties["Threshold"])} if "Threshold" in properties else {}
    alarm["ActionsEnabled"] = as_bool(properties.get("ActionsEnabled", True))
    context.aws.client("cloudwatch").put_metric_alarm(AlarmName=name, **alarm)
    return CreatedResource(name, {"Arn": context.arn("cloudwatch", f"alarm:{name}")})


def create_topic(context: StackContext, logical_id: str, properties: Mapping[str, Any]) -> CreatedResource:
    name = properties.get("TopicName", context.name(logical_id))
    arn = context.aws.client("sns").create_topic(Name=name)["TopicArn"]
    return CreatedResource(arn, {"TopicArn": arn, "TopicName": name})


def create_subscription(context: StackContext, logical_id: str, properties: Mapping[str, Any]) -> CreatedResource:  # noqa: ARG001  (a CreateHandler)
    """A subscription, confirmed at once: nobody gets an email."""
    given = {"TopicArn": properties["TopicArn"], "Protocol": properties["Protocol"]}
    arn = context.aws.client("sns").subscribe(**given, Endpoint=properties["Endpoint"])["SubscriptionArn"]
    return CreatedResource(arn, {"Arn": arn})
