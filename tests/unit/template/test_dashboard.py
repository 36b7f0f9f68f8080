"""The dashboard shows metrics that exist, and nothing of a person."""

import json
from typing import Any

from email_channels.cases.outcomes import Outcome
from email_channels.cases.reasons import Reason

from tests.support.template import expanded, functions

NAMESPACE = "EmailChannels/channels"
OF_AWS = {
    ("AWS/SQS", "ApproximateAgeOfOldestMessage"): ["QueueName"],
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): ["QueueName"],
    ("AWS/Lambda", "IteratorAge"): ["FunctionName"],
    ("AWS/Lambda", "Duration"): ["FunctionName"],
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

EMBEDDED = {"Emails": {"outcome", "reason"}, "TimeToCase": {"outcome"}, "Sends": {"type"}}
"""The metrics that lines of the log carry, by name, each for one of these dimensions.

`tests/integration/test_alarmed_lines.py` makes the code write these lines.
"""


def widgets() -> list[dict[str, Any]]:
    template = expanded()
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
    namespace = {"Fn::Sub": "EmailChannels/${AWS::StackName}"}
    assert named == {"inbound": namespace, "delivery": namespace}


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
