"""Processes failed emails and events again, after their cause was corrected: `make redrive STACK=...`.

Messages in the dead-letter queues go back to the inbound queue and to the arrivals queue. Events in the failure queues
(that of domain events is apart) go to the function that failed on them, or to the queue that they did not reach. For
records of the table's stream, a failure queue holds only their positions: the records are read from the stream, which
keeps them for 24 hours.

A message is deleted from its queue after it was processed, never before. Every step can be repeated, so the command can
be stopped and started again at any time. (SQS can move dead letters itself, by StartMessageMoveTask. This command also
counts them, and it works on the local stack, too.)

The exit status is 0 if no message is left, 1 if messages are left (each is printed with the reason), and 2 if the stack
cannot be read.
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

# Longer than any function runs, so that no message is seen twice in one run.
_HIDDEN_SECONDS = 900
# A function of ours runs for 15 minutes at most.
_INVOCATION_SECONDS = 905

# Invokes the function with this ARN with an event. Returns its answer, or raises NotDone if it failed.
Invoke = Callable[[str, Any], Any]


class NotDone(Exception):
    """A message stays in its queue. The text says why."""


@dataclass
class Report:
    """`done` is the number of messages processed, by their target. `left` has a line for each message that is left."""

    done: dict[str, int] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)

    def count(self, where: str) -> None:
        self.done[where] = self.done.get(where, 0) + 1


def redrive_messages(sqs: SQSClient, dead_letters: str, queue: str, function: str, report: Report) -> None:
    """Moves all messages of a dead-letter queue (URL) back to its queue (URL), from which the function gets them."""
    for message in _messages(sqs, dead_letters):
        sqs.send_message(QueueUrl=queue, MessageBody=message["Body"])
        sqs.delete_message(QueueUrl=dead_letters, ReceiptHandle=message["ReceiptHandle"])
        report.count(function)


def redrive_events(sqs: SQSClient, failures: str, streams: Any, invoke: Invoke, report: Report) -> None:
    """Gives the events in the failure queue (URL) to their functions again."""
    for message in _messages(sqs, failures):
        try:
            function = _process_again(message, sqs, streams, invoke)
        except NotDone as reason:
            report.left.append(f"{message['MessageId']}: {reason}")
            continue
        sqs.delete_message(QueueUrl=failures, ReceiptHandle=message["ReceiptHandle"])
        report.count(function)


def note_hidden(sqs: SQSClient, queue: str, report: Report) -> None:
    """Adds to `report` the invisible messages: another run has received them, and has not deleted them yet."""
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessagesNotVisible"])
    hidden = int(attributes["Attributes"]["ApproximateNumberOfMessagesNotVisible"])
    if hidden:
        report.left.append(f"{hidden} received by another run; if that run was stopped, try again in 15 minutes")


def _messages(sqs: SQSClient, queue: str) -> Iterator[MessageTypeDef]:
    """All messages in the queue, each one once."""
    while messages := sqs.receive_message(
        QueueUrl=queue,
        MaxNumberOfMessages=10,
        VisibilityTimeout=_HIDDEN_SECONDS,
        WaitTimeSeconds=1,
        MessageAttributeNames=["All"],
    ).get("Messages"):
        yield from messages


def _process_again(message: MessageTypeDef, sqs: SQSClient, streams: Any, invoke: Invoke) -> str:
    """Invokes the function that failed on the message, and returns its name. Raises NotDone.

    An event that EventBridge could not put into a queue goes there; then the queue's name is returned. The message is a
    failure record of Lambda or of EventBridge:

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
    """
    try:
        record = json.loads(message["Body"])
        if "requestContext" not in record:
            function, event = message["MessageAttributes"]["TARGET_ARN"]["StringValue"], record
        else:
            function = _in_service(record["requestContext"]["functionArn"])
            batch = record.get("DDBStreamBatchInfo")
            event = {"Records": _batch(streams, batch)} if batch else record["requestPayload"]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise NotDone("it is not a failure record of Lambda or EventBridge") from None
    if function.split(":")[2:3] == ["sqs"]:
        url = sqs.get_queue_url(QueueName=_name(function))["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps(event))
        return _name(function)
    answer = invoke(function, event)
    if isinstance(answer, Mapping) and answer.get("batchItemFailures"):
        raise NotDone(f"{_name(function)} failed again on {len(answer['batchItemFailures'])} records")
    return _name(function)


def _batch(streams: Any, info: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The records of the stream that a failure record names. Raises NotDone if they are no longer there."""
    first, last = info["startSequenceNumber"], info["endSequenceNumber"]
    try:
        iterator = streams.get_shard_iterator(
            StreamArn=info["streamArn"],
            ShardId=info["shardId"],
            ShardIteratorType="AT_SEQUENCE_NUMBER",
            SequenceNumber=first,
        ).get("ShardIterator")
        records: list[dict[str, Any]] = []
        while iterator:
            answer = streams.get_records(ShardIterator=iterator)
            found = [dict(record) for record in answer["Records"]]
            records += [record for record in found if int(record["dynamodb"]["SequenceNumber"]) <= int(last)]
            iterator = answer.get("NextShardIterator")
            if len(records) < len(found) or any(record["dynamodb"]["SequenceNumber"] == last for record in found):
                break
    except (streams.exceptions.TrimmedDataAccessException, streams.exceptions.ResourceNotFoundException):
        raise NotDone("its records are older than the 24 hours that the stream keeps them") from None
    if not records:
        raise NotDone("the stream does not have its records")
    return [_as_lambda_record(record, info["streamArn"]) for record in records]


def _as_lambda_record(record: dict[str, Any], stream: str) -> dict[str, Any]:
    """The record as a function gets it: the time as a number, and the ARN of the stream."""
    data = record["dynamodb"] | {
        "ApproximateCreationDateTime": record["dynamodb"]["ApproximateCreationDateTime"].timestamp()
    }
    return record | {"dynamodb": data, "eventSourceARN": stream}


def _base64(value: bytes) -> str:
    """A binary attribute, as functions get it."""
    return base64.b64encode(value).decode()


def _in_service(function: str) -> str:
    """The version that is in service. The record names the one that failed, which may be an old one."""
    return ":".join(function.split(":")[:7]) + ":live"


def _name(arn: str) -> str:
    """The name of a function, without a version or an alias, or of a queue."""
    parts = arn.split(":")
    return parts[6] if parts[2:3] == ["lambda"] else parts[-1]


def _invoker() -> Invoke:
    # The SDK must not retry: an invocation that takes long has not failed.
    config = Config(read_timeout=_INVOCATION_SECONDS, retries={"total_max_attempts": 1})
    client = boto3.client("lambda", config=config)

    def invoke(function: str, event: Any) -> Any:
        answer = client.invoke(FunctionName=function, Payload=json.dumps(event, default=_base64).encode())
        payload = answer["Payload"].read()
        if answer.get("FunctionError"):
            raise NotDone(f"{_name(function)} failed again: {json.loads(payload).get('errorType', 'no type')}")
        return json.loads(payload)

    return invoke


def _outputs(stack: str) -> dict[str, str]:
    found = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]["Outputs"]
    return {output["OutputKey"]: output["OutputValue"] for output in found}


def main(arguments: list[str]) -> int:
    """The command. It uses the AWS credentials and the region of the environment."""
    parser = argparse.ArgumentParser(
        prog="make redrive", description="Processes failed emails and events of a deployed stack again."
    )
    parser.add_argument("stack", help="the stack's name")
    options = parser.parse_args(arguments)
    report = Report()
    try:
        outputs = _outputs(options.stack)
        sqs = boto3.client("sqs")
        for queue in ("DeadLetterQueueUrl", "ArrivalsDeadLetterQueueUrl", "JobsDeadLetterQueueUrl", "FailureQueueUrl"):
            note_hidden(sqs, outputs[queue], report)
        redrive_messages(sqs, outputs["DeadLetterQueueUrl"], outputs["InboundQueueUrl"], "inbound", report)
        arrivals = (outputs["ArrivalsDeadLetterQueueUrl"], outputs["ArrivalsQueueUrl"])
        redrive_messages(sqs, *arrivals, "reconcile", report)
        jobs = (outputs["JobsDeadLetterQueueUrl"], outputs["JobsQueueUrl"])
        redrive_messages(sqs, *jobs, "jobs", report)
        streams, invoke = boto3.client("dynamodbstreams"), _invoker()
        redrive_events(sqs, outputs["FailureQueueUrl"], streams, invoke, report)
        if domain_events := outputs.get("EventsFailureQueueUrl"):
            note_hidden(sqs, domain_events, report)
            redrive_events(sqs, domain_events, streams, invoke, report)
    except (BotoCoreError, ClientError, KeyError) as error:
        print(f"redrive: {error}", file=sys.stderr)
        return 2
    finally:
        for where, number in sorted(report.done.items()):
            print(f"{number} sent to {where} again")
        for reason in report.left:
            print(f"left: {reason}")
    if not report.done and not report.left:
        print("All queues are empty.")
    return 1 if report.left else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
