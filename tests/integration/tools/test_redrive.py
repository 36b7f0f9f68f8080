"""`make redrive` on queues with failed events."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from email_channels.aws import clients
from email_channels.followup.table_stream import new_item_in

from tests.support.in_process.aws import REGION, Aws
from tests.support.in_process.aws_calls import Call, intercept
from tests.support.in_process.inbox import Inbox
from tests.support.in_process.stored_emails import record_case
from tools import redrive
from tools.redrive import NotDone, Report, redrive_events, redrive_messages

FUNCTIONS = f"arn:aws:lambda:{REGION}:123456789012:function"
EVENT = {"detail-type": "Email Bounced", "detail": {"mail": {"messageId": "ü"}}}


@pytest.fixture(autouse=True)
def _moto_knows_no_endpoints_of_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCOUNT_ID_ENDPOINT_MODE", "disabled")


class Functions:
    """Records the functions that it is asked to invoke; those named in `failing` fail."""

    def __init__(self, *failing: str, answer: Any = None) -> None:
        self.invoked: list[tuple[str, Any]] = []
        self._failing = failing
        self._answer = answer

    def __call__(self, function: str, event: Any) -> Any:
        if function.split(":")[6] in self._failing:
            raise NotDone("failed again")
        self.invoked.append((function, event))
        return self._answer


def queue(name: str) -> str:
    return clients.sqs().create_queue(QueueName=name)["QueueUrl"]


def waiting(url: str) -> int:
    attributes = clients.sqs().get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return int(attributes["ApproximateNumberOfMessages"]) + int(attributes["ApproximateNumberOfMessagesNotVisible"])


def put(url: str, body: Any, **attributes: str) -> None:
    values = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    text = body if isinstance(body, str) else json.dumps(body)
    clients.sqs().send_message(QueueUrl=url, MessageBody=text, MessageAttributes=values)  # type: ignore[arg-type]  # a TypedDict


def failed(function: str, **what: Any) -> dict[str, Any]:
    """The record that Lambda writes about a failed event."""
    return {"version": "1.0", "requestContext": {"functionArn": f"{FUNCTIONS}:{function}:$LATEST"}, **what}


def events(url: str, functions: Functions) -> Report:
    report = Report()
    redrive_events(clients.sqs(), url, boto3.client("dynamodbstreams"), functions, report)
    return report


@pytest.mark.usefixtures("aws")
def test_dead_letters() -> None:
    """Dead letters go back unchanged, until none is left."""
    dead, inbound = queue("dead"), queue("inbound")
    bodies = {json.dumps({"Records": [{"s3": {"object": {"key": f"raw/case_creation/{n}"}}}]}) for n in range(23)}
    for body in bodies:
        put(dead, body)
    report = Report()
    redrive_messages(clients.sqs(), dead, inbound, "inbound", report)
    assert (report.done, report.left, waiting(dead), waiting(inbound)) == ({"inbound": 23}, [], 0, 23)
    back = set()
    while messages := clients.sqs().receive_message(QueueUrl=inbound, MaxNumberOfMessages=10).get("Messages"):
        back |= {message["Body"] for message in messages}
    assert back == bodies


@pytest.mark.usefixtures("aws")
def test_hidden_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages that a stopped run has hidden are waited for."""
    dead, inbound, failures = queue("dead"), queue("inbound"), queue("failures")
    outputs = {"DeadLetterQueueUrl": dead, "InboundQueueUrl": inbound, "FailureQueueUrl": failures}
    outputs |= {"ArrivalsDeadLetterQueueUrl": queue("dead-arrivals"), "ArrivalsQueueUrl": queue("arrivals")}
    outputs |= {"JobsDeadLetterQueueUrl": queue("dead-jobs"), "JobsQueueUrl": queue("jobs")}
    monkeypatch.setattr(redrive, "_outputs", lambda _: outputs)
    assert redrive.main(["stack"]) == 0
    for n in range(3):
        put(dead, str(n))
    # The first run was stopped after it had received them.
    assert len(clients.sqs().receive_message(QueueUrl=dead, MaxNumberOfMessages=10)["Messages"]) == 3
    assert redrive.main(["stack"]) == 1


@pytest.mark.usefixtures("aws")
def test_dead_letter_queues(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Each dead letter goes back to its own queue."""
    mail = ("DeadLetterQueueUrl", "InboundQueueUrl", "ArrivalsDeadLetterQueueUrl", "ArrivalsQueueUrl")
    names = (*mail, "JobsDeadLetterQueueUrl", "JobsQueueUrl")
    outputs = {name: queue(name) for name in (*names, "FailureQueueUrl")}
    monkeypatch.setattr(redrive, "_outputs", lambda _: outputs)
    put(outputs["DeadLetterQueueUrl"], "an email")
    put(outputs["ArrivalsDeadLetterQueueUrl"], "an arrival")
    put(outputs["JobsDeadLetterQueueUrl"], "a job")
    assert redrive.main(["stack"]) == 0
    assert [waiting(outputs[name]) for name in names] == [0, 1, 0, 1, 0, 1]
    (arrival,) = clients.sqs().receive_message(QueueUrl=outputs["ArrivalsQueueUrl"])["Messages"]
    assert arrival["Body"] == "an arrival"
    assert capsys.readouterr().out == "1 sent to inbound again\n1 sent to jobs again\n1 sent to reconcile again\n"


@pytest.mark.usefixtures("aws")
def test_event_for_a_queue() -> None:
    """An event that EventBridge could not put into a queue goes there."""
    url, arrivals, functions = queue("failures"), queue("arrivals"), Functions()
    event = {"detail-type": "Object Created", "detail": {"object": {"key": "raw/case_creation/1"}}}
    put(url, event, TARGET_ARN=f"arn:aws:sqs:{REGION}:123456789012:arrivals", ERROR_CODE="THROTTLING")
    assert (events(url, functions).done, functions.invoked) == ({"arrivals": 1}, [])
    (message,) = clients.sqs().receive_message(QueueUrl=arrivals)["Messages"]
    assert json.loads(message["Body"]) == event


@pytest.mark.usefixtures("aws")
def test_failed_events() -> None:
    """Failed events go to their functions again."""
    url, functions = queue("failures"), Functions()
    put(url, failed("delivery", requestPayload=EVENT))
    put(url, failed("purge", requestPayload={"time": "2026-01-05T02:30:00Z"}))
    put(url, EVENT, TARGET_ARN=f"{FUNCTIONS}:delivery:live", ERROR_CODE="NO_PERMISSIONS")
    report = events(url, functions)
    assert (report.done, report.left, waiting(url)) == ({"delivery": 2, "purge": 1}, [], 0)
    assert functions.invoked.count((f"{FUNCTIONS}:delivery:live", EVENT)) == 2
    assert (f"{FUNCTIONS}:purge:live", {"time": "2026-01-05T02:30:00Z"}) in functions.invoked


@pytest.mark.usefixtures("aws")
def test_event_fails_again() -> None:
    """An event that fails again stays, and blocks no other."""
    url = queue("failures")
    put(url, failed("delivery", requestPayload=EVENT))
    put(url, failed("reconcile", requestPayload={}))
    put(url, "not JSON")
    put(url, [1])
    put(url, {"detail": "no target"})
    report = events(url, Functions("delivery"))
    assert report.done == {"reconcile": 1}
    assert sorted(line.partition(": ")[2] for line in report.left) == ["failed again"] + 3 * [
        "it is not a failure record of Lambda or EventBridge"
    ]
    assert waiting(url) == 4


def stream_of(aws: Aws) -> tuple[str, str, list[Mapping[str, Any]]]:
    """ARN and shard of the table's stream, and the records that are in it."""
    streams = boto3.client("dynamodbstreams")
    arn = streams.list_streams(TableName=aws.table_name)["Streams"][0]["StreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    return arn, shard, list(streams.get_records(ShardIterator=iterator["ShardIterator"])["Records"])


def given_up(aws: Aws, first: int, last: int) -> dict[str, Any]:
    arn, shard, records = stream_of(aws)
    numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
    info = {"streamArn": arn, "shardId": shard, "batchSize": last - first + 1}
    return failed(
        "notify", DDBStreamBatchInfo=info | {"startSequenceNumber": numbers[first], "endSequenceNumber": numbers[last]}
    )


def test_stream_batch(aws: Aws) -> None:
    """A failed batch of the stream is read from the stream again."""
    inbox = Inbox(aws)
    cases = [record_case(inbox.mail, n).case_id for n in range(4)]
    url, functions = queue("failures"), Functions(answer={"batchItemFailures": []})
    put(url, given_up(aws, 1, 2))
    assert events(url, functions).done == {"notify": 1}
    assert waiting(url) == 0
    [(function, event)] = functions.invoked
    assert function == f"{FUNCTIONS}:notify:live"
    recorded = [new_item_in(record) for record in event["Records"]]
    assert [(what.kind, what.record_id) for what in recorded if what] == [("case", case) for case in cases[1:3]]
    encoded = json.loads(json.dumps(event, default=redrive._base64))
    images = [record["dynamodb"]["NewImage"] for record in encoded["Records"]]
    for binary in (value["B"] for image in images for value in image.values() if "B" in value):
        base64.b64decode(binary, validate=True)


def test_batch_fails_again(aws: Aws) -> None:
    """A batch that fails again stays."""
    inbox = Inbox(aws)
    record_case(inbox.mail, 1)
    url = queue("failures")
    put(url, given_up(aws, 0, 0))
    report = events(url, Functions(answer={"batchItemFailures": [{"itemIdentifier": "1"}]}))
    assert [line.partition(": ")[2] for line in report.left] == ["notify failed again on 1 records"]
    assert waiting(url) == 1


def test_expired_batch(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch that the stream no longer has stays."""
    record_case(Inbox(aws).mail, 1)
    url = queue("failures")
    put(url, given_up(aws, 0, 0))

    # moto keeps records for ever.
    def forget(client: BaseClient, name: str, _: Any, call: Call) -> Any:
        if name == "GetShardIterator":
            trimmed: Any = client.exceptions.TrimmedDataAccessException
            raise trimmed({"Error": {"Code": "TrimmedDataAccessException"}}, name)
        return call()

    intercept(monkeypatch, forget)
    report = events(url, Functions())
    assert ["older than the 24 hours" in line for line in report.left] == [True]
    assert waiting(url) == 1


@pytest.mark.usefixtures("aws")
def test_missing_stack(capsys: pytest.CaptureFixture[str]) -> None:
    """The error is one line."""
    assert redrive.main(["no-such-stack"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("redrive: ")
    assert "no-such-stack" in said.err


@pytest.mark.usefixtures("aws")
def test_domain_events(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A deployment with an event bus has a second failure queue. What waits there goes to the function events."""
    dead = ("DeadLetterQueueUrl", "ArrivalsDeadLetterQueueUrl", "JobsDeadLetterQueueUrl")
    names = (*dead, "InboundQueueUrl", "ArrivalsQueueUrl", "JobsQueueUrl", "FailureQueueUrl", "EventsFailureQueueUrl")
    outputs, functions = {name: queue(name) for name in names}, Functions()
    monkeypatch.setattr(redrive, "_outputs", lambda _: outputs)
    monkeypatch.setattr(redrive, "_invoker", lambda: functions)
    put(outputs["EventsFailureQueueUrl"], json.dumps(failed("events", requestPayload={"Records": []})))
    assert redrive.main(["stack"]) == 0
    assert functions.invoked == [(f"{FUNCTIONS}:events:live", {"Records": []})]
    assert waiting(outputs["EventsFailureQueueUrl"]) == 0
    assert capsys.readouterr().out == "1 sent to events again\n"
