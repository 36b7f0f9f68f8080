"""Invocations that raise, time out or die, and events that a function never handles: which alarm rings.

The lines are those of Lambda with the log format JSON: https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
for `platform.report`, and `log_error` of the Python runtime (awslambdaric/bootstrap.py) for what a handler raised.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.cloudwatch.log_filters import MetricFilter, read_filter
from tests.support.template import resources, source

Line = dict[str, Any]


def report(status: str, kind: str = "report") -> Line:
    metrics = {"durationMs": 30_000.0, "billedDurationMs": 30_000, "memorySizeMB": 512, "maxMemoryUsedMB": 94}
    record = {"requestId": "40f6c622", "metrics": metrics, "status": status}
    return {"time": "2026-11-30T08:00:00.000Z", "type": f"platform.{kind}", "record": record}


def raised(level: str, kind: str) -> Line:
    head = {"timestamp": "2026-11-30T08:00:00Z", level: "ERROR", "errorMessage": "'x'", "errorType": kind}
    return head | {"requestId": "40f6c622", "stackTrace": []}


FAILED = {
    "handler raised": raised("level", "KeyError"),
    "handler raised, in an older runtime": raised("log_level", "KeyError"),
    "import failed": raised("level", "Runtime.ImportModuleError"),
    "timed out": report("timeout"),
    "out of memory": report("error"),
    "sandbox failed": report("failure"),
}
WENT_WELL = {
    "succeeded": report("success"),
    # Lambda starts it again with more time, and then it may succeed.
    "start took ten seconds": report("timeout", "initReport"),
    "handled": {"level": "ERROR", "message": "request failed", "error": "KeyError", "status": 500},
    "a retry follows": {"level": "WARNING", "message": "email failed", "error": "ClientError", "code": "Throttling"},
}

FUNCTIONS = [name.removesuffix("Function") for name in resources("AWS::Serverless::Function")]

GIVEN_UP = {
    "Inbound": {"DeadLetterAlarm"},
    "AgentApi": {"ApiServerErrorsAlarm"},
    "PublicApi": {"ApiServerErrorsAlarm"},
    "AdhocSend": {"ApiServerErrorsAlarm"},
    "Console": {"ApiServerErrorsAlarm"},
    "Notify": {"FailureAlarm"},
    "Events": {"EventsFailureAlarm"},
    "Delivery": {"FailureAlarm"},
    "Purge": {"FailureAlarm"},
    "Reconcile": {"FailureAlarm", "ArrivalsDeadLetterAlarm"},
    "Jobs": {"JobsDeadLetterAlarm"},
    "Setup": set(),  # SetupErrorsAlarm; the next look is as good as this one
}
"""The alarms that ring when a function has not handled an event after all retries, whatever is in its log: because it
failed, because Lambda refused to call it, or because nobody could write its log. Records of the stream are an
exception: a call that Lambda refuses does not count as an attempt, so `notify` gives none of them up, and they expire
after a day. For these, `ThrottlesAlarm` rings."""


def properties(name: str) -> dict[str, Any]:
    found: dict[str, Any] = source()["Resources"][name]["Properties"]
    return found


def filters(function: str) -> list[MetricFilter]:
    """What counts failed invocations in the log of a function."""
    every = [read_filter(each["Properties"]) for each in resources("AWS::Logs::MetricFilter").values()]
    return [each for each in every if (each.log_group, each.metric) == (f"{function}LogGroup", "FunctionFailed")]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_failed_invocation(function: str) -> None:
    """Each function has an alarm on all its failed invocations, and on nothing else. Those of `inbound` and `setup` are
    on the metric of Lambda, that of the others on the lines of their logs."""
    if function in {"Inbound", "Setup"}:
        own = properties(f"{function}ErrorsAlarm")
        assert (own["Namespace"], own["MetricName"]) == ("AWS/Lambda", "Errors")
        assert own["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": f"{function}Function"}}]
        assert filters(function) == []
        return
    (counting,) = filters(function)
    points = {name: counting.point(line) for name, line in (FAILED | WENT_WELL).items()}
    assert points == dict.fromkeys(FAILED, (1.0, {})) | dict.fromkeys(WENT_WELL)


def alarms_on_queues() -> dict[str, str]:
    """The alarm on the number of messages of each queue that has one."""
    return {
        each["Properties"]["Dimensions"][0]["Value"]["Fn::GetAtt"].split(".")[0]: name
        for name, each in resources("AWS::CloudWatch::Alarm").items()
        if each["Properties"].get("MetricName") == "ApproximateNumberOfMessagesVisible"
    }


def given_up(function: dict[str, Any]) -> Iterator[str]:
    """The alarm on what becomes of each kind of event that a function cannot handle."""
    (api,) = properties("ApiServerErrorsAlarm")["Dimensions"]
    for event in function.get("Events", {}).values():
        if event["Type"] == "HttpApi":
            assert api == {"Name": "ApiId", "Value": event["Properties"]["ApiId"]}
            yield "ApiServerErrorsAlarm"
            continue
        if event["Type"] == "SQS":
            queue = event["Properties"]["Queue"]["Fn::GetAtt"].split(".")[0]
            target = properties(queue)["RedrivePolicy"]["deadLetterTargetArn"]
        else:
            config = event["Properties"] if event["Type"] == "DynamoDB" else function["EventInvokeConfig"]
            target = config["DestinationConfig"]["OnFailure"]["Destination"]
        yield alarms_on_queues()[target["Fn::GetAtt"].split(".")[0]]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_given_up(function: str) -> None:
    """No event is given up in silence, even if the log of its function says nothing."""
    assert set(given_up(properties(f"{function}Function"))) == GIVEN_UP[function]
