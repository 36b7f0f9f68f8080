"""The alarms of the template: when each rings, and when it does not."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.cloudwatch.alarms import Values, metric_names, rings
from tests.support.paths import ROOT
from tests.support.template import expanded, resources


def one(*values: float | None) -> Values:
    return values


# Each failure rings, but not what a retry repairs. Of two of three periods, the failing ones need not be neighbours.
AT_ONCE = ([one(1)], [one(0), one(None)])
TWICE_OF_THREE = ([one(1, 0, 1), one(1, 1), one(2, 5, None)], [one(9), one(1, 0, 0), one(None, None, 1)])

RINGING: Mapping[str, tuple[list[Values], list[Values]]] = {
    "InboundErrorsAlarm": TWICE_OF_THREE,
    "FunctionFailedAlarm": TWICE_OF_THREE,
    "DeadLetterAlarm": AT_ONCE,
    "ArrivalsDeadLetterAlarm": AT_ONCE,
    "JobsDeadLetterAlarm": AT_ONCE,
    "FailureAlarm": AT_ONCE,
    "WaitingAlarm": ([one(1801)], [one(1440)]),  # two retries
    "ArrivalsWaitingAlarm": ([one(14401)], [one(5400 + 900)]),  # one look, and another
    "JobsWaitingAlarm": ([one(3601)], [one(1080)]),
    "EmailNotTakenInAlarm": AT_ONCE,
    "OriginalNotCheckedAlarm": TWICE_OF_THREE,
    "FollowUpFailedAlarm": TWICE_OF_THREE,
    "NotificationReachedNobodyAlarm": AT_ONCE,
    "RequestFailedAlarm": AT_ONCE,
    "SendingFailedAlarm": AT_ONCE,
    "SendingPausedAlarm": AT_ONCE,
    "JobFailedAlarm": AT_ONCE,
    "AutomaticEmailsNotSentAlarm": AT_ONCE,
    "ApiServerErrorsAlarm": ([one(1, 0, 0, 0, 1), one(3, 3)], [one(50), one(1, 0, 0, 0, 0, 1)]),
    "DomainEventsFailedAlarm": TWICE_OF_THREE,
    "EventsWaitingAlarm": ([one(600_001)], [one(300_000)]),
    "EventsFailureAlarm": AT_ONCE,
    "ReceivingAlarm": AT_ONCE,
    "SetupErrorsAlarm": ([one(3)], [one(2), one(None)]),  # a look with all its retries
    "FollowUpLateAlarm": ([one(900_001)], [one(600_000)]),
    "ThrottlesAlarm": TWICE_OF_THREE,
    "ApiThrottlesAlarm": TWICE_OF_THREE,
    "TableThrottlesAlarm": TWICE_OF_THREE,
    "EventsNotDeliveredAlarm": AT_ONCE,
    "StoringFailedAlarm": AT_ONCE,
    "EmailsLostAlarm": AT_ONCE,
    "BounceRateAlarm": ([one(0.05)], [one(0.049), one(None)]),
    "ComplaintRateAlarm": ([one(0.001)], [one(0.0009), one(None)]),
}
"""For each alarm, values of the last periods at which it rings, and at which it is silent."""


def alarm(name: str, **changes: str) -> dict[str, Any]:
    template = expanded(**({"EventBusName": "acme"} | changes))
    resolver = template.resolver
    for logical_id in template.resources:
        resolver.add_resource(logical_id, f"the-{logical_id}", dict.fromkeys(("Arn", "QueueName", "ApiEndpoint"), "x"))
    properties: dict[str, Any] = resolver.resolve(template.resources[name]["Properties"])
    return properties


def test_every_alarm() -> None:
    """Each alarm is in the table above."""
    assert set(RINGING) == set(resources("AWS::CloudWatch::Alarm"))


@pytest.mark.parametrize("name", RINGING)
def test_rings(name: str) -> None:
    """It rings for any one of its metrics, and is silent before."""
    properties = alarm(name)
    ringing, silent = RINGING[name]
    for metric in metric_names(properties):
        assert [values for values in ringing if not rings(properties, {metric: values})] == []
        assert [values for values in silent if rings(properties, {metric: values})] == []
    assert not rings(properties, {})


@pytest.mark.parametrize("name", RINGING)
def test_tells(name: str) -> None:
    """Somebody is told that it rings, and that it is over. It has a name that stays, says what is the matter, and where
    its runbook is: the page and the heading exist.
    """
    properties = alarm(name)
    assert properties["AlarmActions"] == properties["OKActions"] == ["the-AlarmTopic"]
    assert properties["AlarmName"] == f"channels-{name}"
    says, _, runbook = properties["AlarmDescription"].rpartition(" See ")
    assert says.endswith(".")
    page, _, heading = runbook.partition("#")
    assert f"## {name}\n" in (ROOT / page).read_text("utf-8"), runbook
    assert heading == name.lower()


def dimensions(name: str, **changes: str) -> dict[str, tuple[str, str, str]]:
    """The metrics that an alarm adds up: namespace, name, and the resource that is its only dimension."""
    found = {}
    for metric in alarm(name, **changes)["Metrics"]:
        if "MetricStat" in metric:
            [dimension] = metric["MetricStat"]["Metric"]["Dimensions"]
            each = metric["MetricStat"]["Metric"]
            found[metric["Id"]] = (each["Namespace"], each["MetricName"], dimension["Value"])
    return found


def test_throttles() -> None:
    """Of the functions that share what the account has left, those are watched that are called for each email, and the
    readers of the stream; of the API, those that have a reservation. No alarm adds up more metrics than it can.
    """
    reserved = {
        name.removesuffix("Function")
        for name, each in resources("AWS::Serverless::Function").items()
        if "ReservedConcurrentExecutions" in each["Properties"]
    }
    readers = {
        name.removesuffix("Function")
        for name, each in resources("AWS::Serverless::Function").items()
        if "DynamoDB" in {event["Type"] for event in each["Properties"].get("Events", {}).values()}
    }
    for bus, alarm_name, functions in (
        ("acme", "ThrottlesAlarm", {"Inbound", "Delivery"} | readers),
        ("", "ThrottlesAlarm", {"Inbound", "Delivery"} | readers - {"Events"}),
        ("", "ApiThrottlesAlarm", reserved),
    ):
        watched = dimensions(alarm_name, EventBusName=bus).values()
        assert set(watched) == {("AWS/Lambda", "Throttles", f"the-{name}Function") for name in functions}
    for name in RINGING:
        assert len(metric_names(alarm(name))) <= 10


NOT_THROTTLED_ALONE = {
    "PublicApi": "ApiServerErrorsAlarm",
    "Console": "ApiServerErrorsAlarm",
    "Jobs": "JobsDeadLetterAlarm",
    "Reconcile": "FailureAlarm",
    "Purge": "FailureAlarm",
    "Setup": "ReceivingAlarm",
}
"""What rings in time if Lambda refuses to call one of the functions whose throttles no alarm counts. A reader of the
stream cannot be one: Lambda measures the age of its records only when a call has ended, and a refused call is no
attempt, so records expire after a day in silence."""


def test_not_throttled_alone() -> None:
    """The table above has all functions whose throttles are not counted. `test_function_failures.py` shows where their
    events end."""
    counted = {
        each.removeprefix("the-")
        for name in ("ThrottlesAlarm", "ApiThrottlesAlarm")
        for _, _, each in dimensions(name).values()
    }
    every = set(resources("AWS::Serverless::Function"))
    assert {f"{name}Function" for name in NOT_THROTTLED_ALONE} == every - counted


def test_receiving() -> None:
    """Each receipt rule that exists is watched, under the name by which SES reports its metrics."""
    for name, metric in (("StoringFailedAlarm", "PublishFailure"), ("EmailsLostAlarm", "PublishExpired")):
        both = {("AWS/SES", metric, receipt_rule_name(rule)) for rule in ("CaseCreationRule", "AdHocRule")}
        assert set(dimensions(name).values()) == both
        only = dimensions(name, AdHocEnabled="false", AdHocRecipients="")
        assert set(only.values()) == {("AWS/SES", metric, receipt_rule_name("CaseCreationRule"))}


def receipt_rule_name(rule: str) -> str:
    template = expanded()
    template.resolver.add_resource("ConfigurationSet", "the-ConfigurationSet", {})
    return str(template.resolver.resolve(template.resources[rule]["Properties"]["Rule"]["Name"]))


def test_rules() -> None:
    """Each rule of EventBridge keeps what it cannot deliver, and rings if it cannot. So does `delivery`, whose events
    nobody repeats."""
    watched = set(dimensions("EventsNotDeliveredAlarm").values())
    rules = {name: each for name, each in expanded().resources.items() if each["Type"] == "AWS::Events::Rule"}
    del rules["ReceivingWatch"]  # it is made last of all, and what it watches after the alarms
    for each in rules.values():
        (target,) = each["Properties"]["Targets"]
        assert expanded().resolver.references(target["DeadLetterConfig"]) == {"FailureQueue"}
    del rules["NotifyFunctionMinutely"]  # `reconcile` sends digests, too
    assert watched == {
        *(("AWS/Events", "InvocationsFailedToBeSentToDlq", f"the-{name}") for name in rules),
        ("AWS/Lambda", "DestinationDeliveryFailures", "the-DeliveryFunction"),
    }


def test_queues() -> None:
    """Each queue of failures has an alarm."""
    alarmed = {
        each["Properties"]["Dimensions"][0]["Value"]["Fn::GetAtt"].split(".")[0]
        for each in resources("AWS::CloudWatch::Alarm").values()
        if each["Properties"].get("Namespace") == "AWS/SQS"
    }
    assert alarmed == set(resources("AWS::SQS::Queue"))
