"""The embedded AWS with concurrent callers, and on a machine with an AWS configuration."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from local.embedded_aws import EmbeddedAws


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    aws = EmbeddedAws()
    aws.start()
    try:
        dynamodb = aws.client("dynamodb")
        dynamodb.create_table(
            TableName="table",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
        aws.client("s3").create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": aws.region})
        yield aws
    finally:
        aws.stop()


def test_conditional_writes(aws: EmbeddedAws) -> None:
    """Of many conditional writes one wins."""
    dynamodb = aws.client("dynamodb")

    def put(number: int) -> bool:
        item = {"pk": {"S": f"contended {number // 8}"}, "by": {"N": str(number)}}
        try:
            dynamodb.put_item(TableName="table", Item=item, ConditionExpression="attribute_not_exists(pk)")
        except dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(put, range(80))) == 10


def test_transactions(aws: EmbeddedAws) -> None:
    """No transaction is lost."""
    dynamodb = aws.client("dynamodb")

    def count(number: int) -> None:
        update = {
            "TableName": "table",
            "Key": {"pk": {"S": f"counter {number % 2}"}},
            "UpdateExpression": "ADD n :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }
        dynamodb.transact_write_items(TransactItems=[{"Update": update}])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count, range(60)))
    counters = [dynamodb.get_item(TableName="table", Key={"pk": {"S": f"counter {n}"}})["Item"]["n"] for n in (0, 1)]
    assert counters == [{"N": "30"}, {"N": "30"}]


def test_messages(aws: EmbeddedAws) -> None:
    """No message is lost or received twice."""
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName="busy")["QueueUrl"]
    taken: list[str] = []

    def send(number: int) -> None:
        sqs.send_message(QueueUrl=url, MessageBody=str(number))

    def take(_: int) -> None:
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=3).get("Messages", []):
            taken.append(message["Body"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    with ThreadPoolExecutor(8) as pool:
        for number in range(100):
            pool.submit(send, number)
            pool.submit(take, number)
    while aws.queue_length("busy"):
        take(0)
    assert sorted(taken, key=int) == [str(number) for number in range(100)]


def test_long_poll(aws: EmbeddedAws) -> None:
    """A long poll blocks no other call, and ends with the message."""
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName="quiet")["QueueUrl"]
    started = time.monotonic()
    threading.Timer(0.2, lambda: sqs.send_message(QueueUrl=url, MessageBody="late")).start()
    assert [m["Body"] for m in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]] == ["late"]
    assert "Messages" not in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)
    assert 1 < time.monotonic() - started < 15


def test_stream_records(aws: EmbeddedAws) -> None:
    """Records of the stream are read once, and look like those of Lambda."""
    dynamodb = aws.client("dynamodb")
    aws.take_stream_records("table")
    assert aws.stream_is_empty("table")
    item = {"pk": {"S": "streamed"}, "b": {"B": b"\x00\xff"}, "l": {"L": [{"M": {"b": {"B": b"\x01"}}}]}}
    dynamodb.put_item(TableName="table", Item=item)
    dynamodb.put_item(TableName="table", Item=item)  # changes nothing, so there is no record of it
    dynamodb.put_item(TableName="table", Item={**item, "n": {"N": "1"}})
    dynamodb.delete_item(TableName="table", Key={"pk": {"S": "streamed"}})
    records = aws.take_stream_records("table")
    assert aws.take_stream_records("table") == []
    assert [(r["eventName"], sorted(r["dynamodb"].keys() & {"NewImage", "OldImage"})) for r in records] == [
        ("INSERT", ["NewImage"]),
        ("MODIFY", ["NewImage", "OldImage"]),
        ("REMOVE", ["OldImage"]),
    ]
    stream_arn = dynamodb.describe_table(TableName="table")["Table"]["LatestStreamArn"]
    first = records[0]
    assert first == {
        "eventID": first["eventID"],
        "eventName": "INSERT",
        "eventVersion": "1.0",
        "eventSource": "aws:dynamodb",
        "eventSourceARN": stream_arn,
        "awsRegion": aws.region,
        "dynamodb": {
            "Keys": {"pk": {"S": "streamed"}},
            "NewImage": {
                "pk": {"S": "streamed"},
                "b": {"B": "AP8="},
                "l": {"L": [{"M": {"b": {"B": "AQ=="}}}]},
            },
            "StreamViewType": "NEW_AND_OLD_IMAGES",
            "ApproximateCreationDateTime": first["dynamodb"]["ApproximateCreationDateTime"],
            "SequenceNumber": first["dynamodb"]["SequenceNumber"],
            "SizeBytes": first["dynamodb"]["SizeBytes"],
        },
    }
    assert abs(first["dynamodb"]["ApproximateCreationDateTime"] - time.time()) < 60
    numbers = [int(record["dynamodb"]["SequenceNumber"]) for record in records]
    assert numbers == sorted(set(numbers))


def test_objects(aws: EmbeddedAws) -> None:
    """Objects keep their bytes and metadata."""
    s3 = aws.client("s3")
    body = bytes(range(256)) * 20_000
    s3.put_object(Bucket="bucket", Key="a b/ü", Body=body, ContentType="message/rfc822", Metadata={"under_score": "x"})
    stored = s3.get_object(Bucket="bucket", Key="a b/ü")
    assert stored["Body"].read() == body
    assert stored["Metadata"] == {"under_score": "x"}
    head = s3.head_object(Bucket="bucket", Key="a b/ü")
    assert (head["ContentLength"], head["ContentType"]) == (len(body), "message/rfc822")


def test_aws_configuration(aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> None:
    """The AWS configuration of the machine's user changes nothing."""
    monkeypatch.setenv("AWS_PROFILE", "not-there")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-gov-west-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    client = aws.client("ses")
    assert client.meta.region_name == aws.region
    assert client.list_receipt_rule_sets()["RuleSets"] == []
