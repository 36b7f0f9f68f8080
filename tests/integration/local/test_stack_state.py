"""The state that `--data` keeps, and errors that stop a start."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from local.errors import UserError
from local.ses.outbox import SentMail
from local.stack import Stack

SMALL = Path(__file__).parent / "small" / "template.yaml"
URL = "http://127.0.0.1:8080"
MAIL = SentMail(
    "1", "a@b.example", ("c@d.example",), (), ("e@f.example",), "Grüße", "2026-01-01T00:00:00Z", b"\x00\xff"
)


def test_kept(tmp_path: Path) -> None:
    """The state outlives the stack."""
    first = Stack(SMALL, {}, URL, tmp_path)
    first.start()
    try:
        _fill(first)
        before = _seen(first)
    finally:
        first.stop()
    second = Stack(SMALL, {}, URL, tmp_path)
    second.start()
    try:
        assert second.event_sources.settle(20)
        assert _seen(second) == before
    finally:
        second.stop()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["state"]


def test_state_without_resource(tmp_path: Path) -> None:
    """A state that does not fit the template stops the start, and is kept."""
    (tmp_path / "state" / "Cellar").mkdir(parents=True)
    (tmp_path / "state" / "format.json").write_text('{"format": 1}')
    with pytest.raises(UserError, match="Cellar, which the template does not have"):
        _start(SMALL, {}, tmp_path)
    assert (tmp_path / "state" / "Cellar").is_dir()


def test_state_with_empty_queue(tmp_path: Path) -> None:
    """A queue that a parameter no longer makes stops the start only if it holds messages."""
    (tmp_path / "state" / "Former").mkdir(parents=True)
    (tmp_path / "state" / "format.json").write_text('{"format": 1}')
    messages = tmp_path / "state" / "Former" / "messages.jsonl"
    messages.write_text('"a message"\n')
    with pytest.raises(UserError, match="Former, which the template does not have"):
        _start(SMALL, {}, tmp_path)
    messages.write_text("")
    _start(SMALL, {}, tmp_path)


@pytest.mark.parametrize("format_", ["", "{}", "[]", '{"format": 99}'])
def test_other_version(tmp_path: Path, format_: str) -> None:
    """A state of another version stops the start."""
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "format.json").write_text(format_)
    with pytest.raises(UserError, match="saved by another version"):
        _start(SMALL, {}, tmp_path)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"Greeting": "Hello"}, "parameter Greeting: 'Hello' does not match"),
        ({"Days": "100"}, "parameter Days: '100' is more than 99"),
        ({"Dais": "1"}, "parameter Dais: the template has no such parameter"),
        ({"Greeting": "oi", "WithPool": "true"}, "Greeting must be polite with a pool"),
        ({"WithPool": "true"}, "Pool: the local stack does not support the resource type AWS::Cognito::UserPool"),
        ({"SetupFails": "the moon is wrong"}, "Made: the moon is wrong"),
        ({"SetupFails": "silently"}, "Made: the function setup did not answer"),
    ],
)
def test_user_errors(parameters: dict[str, str], words: str) -> None:
    """Problems that the user can solve stop the start, with a message."""
    with pytest.raises(UserError, match=words):
        _start(SMALL, parameters, None)


def _start(template: Path, parameters: dict[str, str], data: Path | None) -> None:
    stack = Stack(template, parameters, URL, data)
    try:
        stack.start()
    finally:
        stack.stop()


def _fill(stack: Stack) -> None:
    """Creates state of each kind, an object older than today, and a message that no function receives."""
    bucket = stack.deployment.resources["Bucket"].physical_id
    stack.aws.client("s3").put_object(
        Bucket=bucket,
        Key="in/one ü",
        Body=b"\x00\xff\r\n",
        ContentType="message/rfc822",
        Metadata={"who": "me"},
        Tagging="retention=processed&for=a%2Bb",
    )
    for month, content in ((1, b"older"), (2, b"")):
        stack.aws.client("s3").put_object(Bucket=bucket, Key="out/two", Body=content)
        stack.aws.set_last_modified(bucket, "out/two", datetime(2026, month, 1, tzinfo=UTC))
    stack.aws.client("s3").put_object(Bucket=bucket, Key="out/gone", Body=b"deleted")
    stack.aws.set_last_modified(bucket, "out/gone", datetime(2026, 1, 1, tzinfo=UTC))
    stack.aws.client("s3").delete_object(Bucket=bucket, Key="out/gone")
    table = stack.deployment.resources["Table"].physical_id
    items = [
        {"pk": {"S": f"item {number}"}, "b": {"B": b"\x00\xff"}, "n": {"N": "0.10"}, "m": {"M": {"l": {"L": []}}}}
        for number in range(30)
    ]
    for item in items:
        stack.aws.client("dynamodb").put_item(TableName=table, Item=item)
    queue = stack.deployment.resources["DeadLetters"].physical_id
    stack.aws.client("sqs").send_message(QueueUrl=queue, MessageBody="dead ü")
    stack.aws.client("sqs").receive_message(QueueUrl=queue)
    stack.outbox.add(MAIL)
    assert stack.event_sources.settle(20)


def _seen(stack: Stack) -> dict[str, Any]:
    resources = stack.deployment.resources
    bucket, table = resources["Bucket"].physical_id, resources["Table"].physical_id
    s3 = stack.aws.client("s3")
    objects = {}
    listed = s3.list_object_versions(Bucket=bucket)
    markers = [(entry["Key"], entry["LastModified"]) for entry in listed["DeleteMarkers"]]
    for entry in listed["Versions"]:
        stored = s3.get_object(Bucket=bucket, Key=entry["Key"], VersionId=entry["VersionId"])
        objects[entry["Key"], entry["LastModified"]] = (
            stored["Body"].read(),
            stored["ContentType"],
            stored["Metadata"],
            stored["LastModified"],
            s3.get_object_tagging(Bucket=bucket, Key=entry["Key"], VersionId=entry["VersionId"])["TagSet"],
        )
    items = stack.aws.client("dynamodb").scan(TableName=table)["Items"]
    secret = resources["Secret"].physical_id
    return {
        "objects": objects,
        "delete markers": markers,
        "items": {item["pk"]["S"]: item for item in items},
        "dead letters": stack.aws.queue_bodies(resources["DeadLetters"].attributes["QueueName"]),
        "failures": stack.aws.queue_bodies(resources["Failures"].attributes["QueueName"]),
        "secret": stack.aws.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"],
        "outbox": stack.outbox.dump(),
    }
