"""Event sources: retries, bisection and malformed answers. The tests play the function."""

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from local.cloudformation.deployment import DeployedResource, Deployment
from local.embedded_aws import EmbeddedAws
from local.events.event_sources import EventSources
from local.lambda_.deployed_function import DeployedFunction, FunctionFailed

QUEUE_ARN = "arn:aws:sqs:eu-west-1:123456789012:queue"
FAILURES_ARN = "arn:aws:sqs:eu-west-1:123456789012:failures"
DEAD_ARN = "arn:aws:sqs:eu-west-1:123456789012:dead"
FUNCTION = DeployedFunction(
    "f", "F", "arn:aws:lambda:eu-west-1:123456789012:function:F", "functions.f.app.handler", {}, 3, 128
)

Invoke = Callable[[str, Any], Any]


@pytest.fixture
def aws() -> Iterator[EmbeddedAws]:
    aws = EmbeddedAws()
    aws.start()
    try:
        yield aws
    finally:
        aws.stop()


@pytest.fixture
def run(aws: EmbeddedAws) -> Iterator[Callable[[Invoke, dict[str, Any]], EventSources]]:
    """Starts the event sources of a template: a queue, a table, one mapping for `F` with these properties."""
    started: list[EventSources] = []

    def run(invoke: Invoke, source: dict[str, Any]) -> EventSources:
        sqs = aws.client("sqs")
        redrive = {"deadLetterTargetArn": DEAD_ARN, "maxReceiveCount": 3}
        urls = {name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("dead", "failures")}
        policy = {"RedrivePolicy": json.dumps(redrive)}
        urls["queue"] = sqs.create_queue(QueueName="queue", Attributes=policy)["QueueUrl"]
        table = aws.client("dynamodb").create_table(
            TableName="table",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )["TableDescription"]
        resources = [
            *(
                DeployedResource(name, "AWS::SQS::Queue", urls[name], {"VisibilityTimeout": 30}, attributes)
                for name, attributes in (
                    (name, {"Arn": f"arn:aws:sqs:eu-west-1:123456789012:{name}", "QueueName": name}) for name in urls
                )
            ),
            DeployedResource("T", "AWS::DynamoDB::Table", "table", {}, {"StreamArn": table["LatestStreamArn"]}),
            DeployedResource(
                "S",
                "AWS::Lambda::EventSourceMapping",
                "S",
                {"FunctionName": "F", "EventSourceArn": table["LatestStreamArn"], **source},
                {},
            ),
        ]
        deployment = Deployment({}, aws.region, aws.account_id, {r.logical_id: r for r in resources}, {"f": FUNCTION})
        event_sources = EventSources(deployment, aws, invoke)
        started.append(event_sources)
        return event_sources

    yield run
    for event_sources in started:
        event_sources.stop()


def _put(aws: EmbeddedAws, *names: str) -> None:
    for name in names:
        aws.client("dynamodb").put_item(TableName="table", Item={"pk": {"S": name}})


def _names(event: dict[str, Any]) -> list[str]:
    return [record["dynamodb"]["Keys"]["pk"]["S"] for record in event["Records"]]


def test_bisection(aws: EmbeddedAws, run: Any) -> None:
    """A failing batch is halved until the failing record is alone."""
    calls: list[list[str]] = []

    def invoke(_: str, event: Any) -> None:
        calls.append(_names(event))
        if "bad" in calls[-1]:
            raise FunctionFailed("ValueError", "bad")

    destination = {"OnFailure": {"Destination": FAILURES_ARN}}
    event_sources = run(
        invoke, {"BisectBatchOnFunctionError": True, "MaximumRetryAttempts": 2, "DestinationConfig": destination}
    )
    _put(aws, "a", "b", "bad", "c")
    event_sources.start()
    assert event_sources.settle(20)
    assert calls == [["a", "b", "bad", "c"], ["a", "b"], ["bad", "c"], ["bad"], ["bad"], ["bad"], ["c"]]
    (told,) = [json.loads(body) for body in aws.queue_bodies("failures")]
    assert told["DDBStreamBatchInfo"]["batchSize"] == 1
    assert told["requestContext"]["approximateInvokeCount"] == 3


def test_partial_batch_response(aws: EmbeddedAws, run: Any) -> None:
    """After a partial failure the batch continues at the record that the function named."""
    calls: list[list[str]] = []

    def invoke(_: str, event: Any) -> Any:
        calls.append(_names(event))
        if len(calls) > 1:
            return None
        # Of several, the first in the stream counts.
        numbers = [record["dynamodb"]["SequenceNumber"] for record in event["Records"]]
        return {"batchItemFailures": [{"itemIdentifier": numbers[2]}, {"itemIdentifier": numbers[1]}]}

    event_sources = run(invoke, {"FunctionResponseTypes": ["ReportBatchItemFailures"]})
    _put(aws, "a", "b", "c")
    event_sources.start()
    assert event_sources.settle(20)
    assert calls == [["a", "b", "c"], ["b", "c"]]


@pytest.mark.parametrize(
    "answer", ["nonsense", {"batchItemFailures": [{"itemIdentifier": "other"}]}, {"batchItemFailures": [{}]}]
)
def test_malformed_response(aws: EmbeddedAws, run: Any, answer: Any) -> None:
    """A response that Lambda does not accept fails the batch."""
    calls: list[list[str]] = []

    def invoke(_: str, event: Any) -> Any:
        calls.append(_names(event))
        return answer

    event_sources = run(invoke, {"FunctionResponseTypes": ["ReportBatchItemFailures"], "MaximumRetryAttempts": 1})
    _put(aws, "a", "b")
    event_sources.start()
    assert event_sources.settle(20)
    assert calls == [["a", "b"], ["a", "b"]]


@pytest.mark.parametrize(
    "answer", ["nonsense", {"batchItemFailures": [{"itemIdentifier": "other"}]}, FunctionFailed("ValueError", "bad")]
)
def test_dead_letters(aws: EmbeddedAws, run: Any, answer: Any) -> None:
    """A failed batch of messages is retried, and ends in the dead-letter queue."""
    counts: dict[str, list[str]] = {}
    lock = threading.Lock()

    def invoke(_: str, event: Any) -> Any:
        with lock:
            for record in event["Records"]:
                counts.setdefault(record["body"], []).append(record["attributes"]["ApproximateReceiveCount"])
        if isinstance(answer, Exception):
            raise answer
        return answer

    event_sources = run(invoke, {"EventSourceArn": QUEUE_ARN, "FunctionResponseTypes": ["ReportBatchItemFailures"]})
    url = aws.client("sqs").get_queue_url(QueueName="queue")["QueueUrl"]
    for body in ("one", "two"):
        aws.client("sqs").send_message(QueueUrl=url, MessageBody=body)
    event_sources.start()
    assert event_sources.settle(20)
    assert counts == {"one": ["1", "2", "3"], "two": ["1", "2", "3"]}
    assert sorted(aws.queue_bodies("dead")) == ["one", "two"]


def test_responses_off(aws: EmbeddedAws, run: Any) -> None:
    """Without partial batch responses the result of the function is ignored."""
    event_sources = run(lambda *_: {"batchItemFailures": [{"itemIdentifier": "other"}]}, {"EventSourceArn": QUEUE_ARN})
    url = aws.client("sqs").get_queue_url(QueueName="queue")["QueueUrl"]
    aws.client("sqs").send_message(QueueUrl=url, MessageBody="one")
    event_sources.start()
    assert event_sources.settle(20)
    assert aws.queue_bodies("dead") == []


def test_settle(aws: EmbeddedAws, run: Any) -> None:
    """Each record causes the next one, as a case causes an alert, an event and a state."""
    seen: list[str] = []

    def invoke(_: str, event: Any) -> None:
        for name in _names(event):
            seen.append(name)
            if int(name) < 10:
                _put(aws, str(int(name) + 1))

    event_sources = run(invoke, {})
    event_sources.start()
    _put(aws, "0")
    assert event_sources.settle(20)
    assert seen == [str(number) for number in range(11)]


def test_settle_times_out(aws: EmbeddedAws, run: Any) -> None:
    event_sources = run(lambda *_: None, {})
    event_sources.start()
    event_sources.wait_for(lambda: False)
    assert not event_sources.settle(0.1)
