"""The dashboard shows metrics that exist, and nothing of a person."""

import json
from collections import defaultdict
from functools import cache
from typing import Any

from email_channels.cases.outcomes import Outcome
from email_channels.cases.reasons import Reason

from bench.cost.bill import PARTS
from tests.support.template import expanded, functions

NAMESPACE = "EmailChannels/channels"
OF_AWS = {
    ("AWS/SQS", "ApproximateAgeOfOldestMessage"): ["QueueName"],
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): ["QueueName"],
    ("AWS/Lambda", "IteratorAge"): ["FunctionName"],
    ("AWS/Lambda", "Duration"): ["FunctionName"],
    ("AWS/Lambda", "Invocations"): ["FunctionName"],
    ("AWS/SQS", "NumberOfMessagesSent"): ["QueueName"],
    ("AWS/SQS", "NumberOfEmptyReceives"): ["QueueName"],
    ("AWS/Events", "MatchedEvents"): ["RuleName"],
    ("AWS/S3", "NumberOfObjects"): ["BucketName", "StorageType"],
    ("AWS/ApiGateway", "Count"): ["ApiId"],
    ("AWS/ApiGateway", "4xx"): ["ApiId"],
    ("AWS/ApiGateway", "5xx"): ["ApiId"],
    ("AWS/ApiGateway", "Latency"): ["ApiId"],
    ("AWS/SES", "Received"): ["RuleName"],
    ("AWS/SES", "Send"): [],
    ("AWS/DynamoDB", "ConsumedWriteCapacityUnits"): ["TableName"],
    ("AWS/DynamoDB", "ConsumedReadCapacityUnits"): ["TableName"],
    ("AWS/S3", "BucketSizeBytes"): ["BucketName", "StorageType"],
    ("AWS/Logs", "IncomingBytes"): ["LogGroupName"],
}
"""Metrics of AWS with their dimensions, as the pages of the services name them."""

DRIVERS = {
    "ses email received": [("AWS/SES", "Received")],
    "ses email sent": [("AWS/SES", "Send")],
    "s3 write": [("AWS/S3", "NumberOfObjects")],
    "s3 transition": [("AWS/S3", "BucketSizeBytes")],
    "s3 GB-month": [("AWS/S3", "BucketSizeBytes")],
    "s3 cold GB-month": [("AWS/S3", "BucketSizeBytes")],
    "dynamodb write unit": [("AWS/DynamoDB", "ConsumedWriteCapacityUnits")],
    "dynamodb read unit": [("AWS/DynamoDB", "ConsumedReadCapacityUnits")],
    "lambda request": [("AWS/Lambda", "Invocations")],
    "lambda GB-second": [("AWS/Lambda", "Duration")],
    "eventbridge event": [("AWS/Events", "MatchedEvents")],
    "sqs request": [("AWS/SQS", "NumberOfMessagesSent"), ("AWS/SQS", "NumberOfEmptyReceives")],
    "api request": [("AWS/ApiGateway", "Count")],
    "log GB": [("AWS/Logs", "IncomingBytes")],
    "log GB-month": [("AWS/Logs", "IncomingBytes")],
}
"""What `make cost` bills by use, and the metrics that show it live."""

WITHOUT_METRIC = {
    "ses chunk received": "SES counts emails; large ones show in the bucket's bytes",
    "ses GB sent": "as above",
    "s3 read": "S3 counts requests only for a price; an invocation makes a few",
    "dynamodb GB-month": "DynamoDB tells the size of a table only in DescribeTable and the bill",
    "dynamodb restore GB-month": "as above",
}

ON = {"DashboardEnabled": "true"}
WITH_ALL = {"EventBusName": "events"}
"""A stack with all functions."""

EMBEDDED = {"Emails": {"outcome", "reason"}, "TimeToCase": {"outcome"}, "Sends": {"type"}}
"""The metrics that lines of the log carry, by name, each for one of these dimensions.

`tests/integration/test_alarmed_lines.py` makes the code write these lines.
"""


@cache
def widgets(**parameters: str) -> list[dict[str, Any]]:
    template = expanded(**ON, **parameters)
    for name in template.resources:
        template.resolver.add_resource(name, f"the-{name}", {"QueueName": f"the-{name}"})
    body = template.resolver.resolve(template.resources["Dashboard"]["Properties"]["DashboardBody"])
    found: list[dict[str, Any]] = json.loads(body)["widgets"]
    return found


def test_metrics() -> None:
    """Each metric is one of AWS with its dimensions, or one that a line of the log carries."""
    for widget in widgets():
        before: list[str] = []
        for metric in widget["properties"]["metrics"]:
            words = [word for word in metric if isinstance(word, str)]
            if not words:  # an expression
                continue
            words = before if words == ["..."] else words
            namespace, name, *dimensions = words
            if namespace == NAMESPACE:
                assert dimensions == ["outcome", "case"]
                assert "outcome" in EMBEDDED[name]
            else:
                assert dimensions[::2] == OF_AWS[namespace, name]
                assert [value for value in dimensions[1::2] if "$" in value] == []
            before = words


def test_what_costs() -> None:
    """The dashboard shows what drives the bill of `make cost`."""
    billed = {unit for units in PARTS.values() for unit in units} | {
        "dynamodb write unit",
        "dynamodb read unit",
        "dynamodb GB-month",
        "dynamodb restore GB-month",
        "s3 GB-month",
        "s3 cold GB-month",
    }
    assert billed == set(DRIVERS) | set(WITHOUT_METRIC)
    shown = {tuple(metric[:2]) for metric in of_costs()}
    assert {metric for metrics in DRIVERS.values() for metric in metrics} <= shown
    classes = {metric[5] for metric in of_costs() if metric[1] == "BucketSizeBytes"}
    assert classes == {"StandardStorage", "GlacierInstantRetrievalStorage"}


def test_without_functions() -> None:
    """What a stack does not have is asked for under a name that nothing has."""
    for without in ({}, {"ConsoleEnabled": "false"}):
        text = json.dumps(widgets(**without))
        assert '"none"' in text
        assert "$" not in text.replace("EmailChannels/", "")


def test_every_function_and_queue_costs() -> None:
    """All functions, their logs, and all queues that functions read are among what costs; a function's milliseconds
    count by its memory."""
    resources = expanded(**WITH_ALL).resources
    names = {name.removesuffix("Function") for name in resources if resources[name]["Type"] == "AWS::Lambda::Function"}
    asked: dict[str, set[str]] = defaultdict(set)
    for metric in of_costs():
        asked[metric[1]].add(metric[-2] if isinstance(metric[-1], dict) else metric[-1])
    assert {f"the-{name}Function" for name in names} == asked["Duration"] == asked["Invocations"]
    assert {f"the-{name}LogGroup" for name in (*names, "Api")} == asked["IncomingBytes"]
    queues = {"the-InboundQueue", "the-ArrivalsQueue", "the-JobsQueue"}
    assert asked["NumberOfMessagesSent"] == asked["NumberOfEmptyReceives"] == queues
    expressions = {
        metric[0]["label"]: metric[0]["expression"]
        for widget in widgets(**WITH_ALL)
        for metric in widget["properties"]["metrics"]
        if isinstance(metric[0], dict) and metric[0]["expression"].endswith("/1024000")
    }
    hidden = {metric[-1]["id"]: metric[-2] for metric in of_costs() if metric[1] == "Duration"}
    for label, expression in expressions.items():
        id_, memory = expression.removesuffix("/1024000").split("*")
        assert hidden[id_] == f"the-{label}Function"
        assert resources[f"{label}Function"]["Properties"]["MemorySize"] == int(memory)
    assert set(expressions) == names


def of_costs() -> list[list[Any]]:
    """The metrics of the widgets about what costs, without expressions."""
    return [
        metric
        for widget in widgets(**WITH_ALL)
        if widget["properties"]["title"].startswith("What costs")
        for metric in widget["properties"]["metrics"]
        if isinstance(metric[0], str)
    ]


def test_searches() -> None:
    """A search looks for a metric of a line by a dimension that the line gives it."""
    found = {
        metric[0]["expression"]
        for widget in widgets()
        for metric in widget["properties"]["metrics"]
        if "SEARCH" in metric[0].__repr__()
    }
    assert found == {
        f"SEARCH('{{\"{NAMESPACE}\",{dimension}}} MetricName=\"{name}\"', 'Sum', 300)"
        for name in ("Emails", "Sends")
        for dimension in EMBEDDED[name]
    }


def test_namespace() -> None:
    """The functions that write the lines know the namespace of the stack; no other needs it."""
    named = {
        name: each["Environment"]["Variables"]["POWERTOOLS_METRICS_NAMESPACE"]
        for name, each in functions().items()
        if "POWERTOOLS_METRICS_NAMESPACE" in each["Environment"]["Variables"]
    }
    namespace = {"Fn::If": ["DashboardOn", {"Fn::Sub": "EmailChannels/${AWS::StackName}"}, {"Ref": "AWS::NoValue"}]}
    assert named == {"inbound": namespace, "delivery": namespace}


def test_off() -> None:
    """Without the dashboard, there are no metrics that only the dashboard shows, and no address of it."""
    for template, made in ((expanded(), False), (expanded(**ON), True)):
        for function in ("InboundFunction", "DeliveryFunction"):
            given = template.resources[function]["Properties"]["Environment"]["Variables"]
            (namespace,) = (value for name, value in given.items() if name == "POWERTOOLS_METRICS_NAMESPACE")
            assert (template.resolver.resolve({"given": namespace}) == {"given": NAMESPACE}) is made
        assert ("Dashboard" in template.resources) is made
        assert ("DashboardUrl" in template.outputs) is made


def test_places() -> None:
    """Widgets do not overlap, and fit the 24 columns."""
    taken: set[tuple[int, int]] = set()
    for widget in widgets():
        columns = range(widget["x"], widget["x"] + widget["width"])
        places = {(x, y) for x in columns for y in range(widget["y"], widget["y"] + widget["height"])}
        assert not taken & places
        assert max(columns) < 24
        taken |= places


def test_values() -> None:
    """Few values of dimensions, because each is a metric that costs; and none that says who wrote."""
    assert len(Outcome) + len(Reason) <= 40
