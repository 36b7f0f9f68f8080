"""Each limit that moto does not enforce, with a call exactly at the limit and one beyond it."""

from typing import Any

import pytest

from local.judging.dynamodb_limits import item_size
from local.judging.service_limits import violations

KEY = {"pk": {"S": "a"}, "sk": {"S": "b"}}


def key(n: int) -> dict[str, Any]:
    return {"pk": {"S": "a"}, "sk": {"S": str(n)}}


def put(item: dict[str, Any] | None = None, **parameters: Any) -> dict[str, Any]:
    return {"TableName": "t", "Item": KEY | (item or {}), **parameters}


def update(expression: str, values: dict[str, Any] | None = None, **parameters: Any) -> dict[str, Any]:
    given = {"ExpressionAttributeValues": values} if values is not None else {}
    return {"TableName": "t", "Key": KEY, "UpdateExpression": expression, **given, **parameters}


def batch_get(count: int) -> dict[str, Any]:
    return {"RequestItems": {"t": {"Keys": [key(n) for n in range(count)]}}}


def batch_write(count: int, each: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"RequestItems": {"t": [{"PutRequest": {"Item": key(n) | (each or {})}} for n in range(count)]}}


def transaction(count: int, each: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"TransactItems": [{"Put": {"TableName": "t", "Item": key(n) | (each or {})}} for n in range(count)]}


def of_bytes(size: int) -> dict[str, Any]:
    """An attribute that fills an item up to this size, beside a key of 6 bytes."""
    return {"x": {"S": "x" * (size - 7)}}


def nested(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {"S": "x"}
    for _ in range(levels):
        value = {"L": [value]}
    return value


def tagged(*tags: tuple[str, str]) -> dict[str, Any]:
    return {"Bucket": "b", "Key": "k", "Tagging": {"TagSet": [{"Key": name, "Value": value} for name, value in tags]}}


def email(**parameters: Any) -> dict[str, Any]:
    whole = {"Destination": {"ToAddresses": ["a@b.example"]}, "Content": {"Raw": {"Data": b"Subject: a\r\n\r\nb"}}}
    return whole | parameters


def delete(count: int) -> dict[str, Any]:
    return {"Bucket": "b", "Delete": {"Objects": [{"Key": str(n)} for n in range(count)]}}


def put_events(count: int, detail: int = 2) -> dict[str, Any]:
    """Entries of 14 bytes for the time, 4 for source and type, and the detail."""
    entry = {"Source": "ab", "DetailType": "cd", "Detail": "x" * detail, "Time": 0, "EventBusName": "hr"}
    return {"Entries": [entry] * count}


def messages(count: int, size: int = 1, *, same_id: bool = False) -> dict[str, Any]:
    entries = [{"Id": "0" if same_id else str(n), "MessageBody": "x" * size} for n in range(count)]
    return {"QueueUrl": "q", "Entries": entries}


LINK = "ResponseContentDisposition"
BY_INDEX = {
    "IndexName": "gsi1",
    "KeyConditionExpression": "gsi1pk = :p",
    "ExpressionAttributeValues": {":p": {"S": "a"}},
}

SOUND: list[tuple[str, str, dict[str, Any]]] = [
    ("dynamodb", "PutItem", put(of_bytes(400 * 1024))),
    ("dynamodb", "PutItem", put({"pk": {"S": "a" * 2048}, "sk": {"S": "b" * 1024}, "gsi1pk": {"S": "c"}})),
    ("dynamodb", "PutItem", put({"expires_at": {"N": "1"}, "x": {"SS": ["a"]}, "empty": {"S": ""}, "n": nested(31)})),
    ("dynamodb", "PutItem", put({"x": {"N": "0." + "1" * 38}})),
    (
        "dynamodb",
        "PutItem",
        put(
            ConditionExpression="attribute_not_exists(pk) AND #n > :b",
            ExpressionAttributeNames={"#n": "name"},
            ExpressionAttributeValues={":b": {"N": "1"}},
        ),
    ),
    (
        "dynamodb",
        "UpdateItem",
        update("SET gsi1pk = :a, expires_at = :e REMOVE gsi2pk", {":a": {"S": "a"}, ":e": {"N": "1"}}),
    ),
    ("dynamodb", "Query", {"TableName": "t", **BY_INDEX, "Limit": 1}),
    ("dynamodb", "BatchGetItem", batch_get(100)),
    ("dynamodb", "BatchWriteItem", batch_write(25)),
    ("dynamodb", "TransactWriteItems", transaction(100)),
    ("s3", "PutObject", {"Bucket": "b", "Key": "k" * 1024, "Body": b"x", "ContentType": "text/plain"}),
    ("s3", "PutObjectTagging", tagged(*((str(n), "v") for n in range(10)))),
    ("s3", "DeleteObjects", delete(1000)),
    ("sqs", "SendMessage", {"QueueUrl": "q", "MessageBody": "x" * 1024 * 1024}),
    ("sqs", "SendMessageBatch", messages(10)),
    ("events", "PutEvents", put_events(10)),
    ("events", "PutEvents", put_events(1, 256 * 1024 - 18)),
    (
        "email",
        "SendEmail",
        email(Destination={"ToAddresses": ["a@b.example"] * 50}, EmailTags=[{"Name": "kind", "Value": "ad_hoc-1"}]),
    ),
    ("secretsmanager", "GetSecretValue", {"SecretId": "s"}),
]

BAD: list[tuple[str, str, dict[str, Any], str]] = [
    ("dynamodb", "PutItem", put(of_bytes(400 * 1024 + 1)), "409601 bytes"),
    ("dynamodb", "PutItem", put({"pk": {"N": "1"}}), "pk is of the type N"),
    ("dynamodb", "PutItem", put({"gsi2sk": {"N": "1"}}), "gsi2sk is of the type N"),
    ("dynamodb", "PutItem", put({"gsi1pk": {"S": ""}}), "gsi1pk is empty"),
    ("dynamodb", "PutItem", put({"pk": {"S": "ä" * 1025}}), "2050 bytes, the limit is 2048"),
    ("dynamodb", "PutItem", put({"gsi3sk": {"S": "a" * 1025}}), "1025 bytes, the limit is 1024"),
    ("dynamodb", "PutItem", put({"x": {"SS": []}}), "empty set"),
    ("dynamodb", "PutItem", put({"x": {"M": {"y": {"NS": ["1", "1"]}}}}), "twice"),
    ("dynamodb", "PutItem", put({"x": {"N": "1" * 39}}), "more than 38 digits"),
    ("dynamodb", "PutItem", put({"x": nested(32)}), "deeper than 32"),
    ("dynamodb", "PutItem", put({"expires_at": {"S": "tomorrow"}}), "never expire"),
    (
        "dynamodb",
        "PutItem",
        put(ConditionExpression="name = :n", ExpressionAttributeValues={":n": {"S": "a"}}),
        "reserved word name",
    ),
    (
        "dynamodb",
        "PutItem",
        put(ConditionExpression="pk = :n", ExpressionAttributeValues={":n": {"S": "a"}, ":m": {"S": "a"}}),
        ":m, which no expression uses",
    ),
    ("dynamodb", "PutItem", put(ConditionExpression="attribute_exists(" + "p" * 4096 + ")"), "the limit is 4096"),
    ("dynamodb", "PutItem", put(ConditionExpression=""), "is empty"),
    ("dynamodb", "PutItem", put(ConditionExpression=" AND ".join(["pk = sk"] * 151)), "more than 300 operators"),
    ("dynamodb", "GetItem", {"TableName": "t", "Key": {"pk": {"S": "a"}}}, "must be pk and sk"),
    ("dynamodb", "GetItem", {"TableName": "t", "Key": KEY | {"x": {"S": "a"}}}, "must be pk and sk"),
    ("dynamodb", "DeleteItem", {"TableName": "t", "Key": {"pk": {"S": "a"}, "sk": {"S": ""}}}, "sk is empty"),
    ("dynamodb", "UpdateItem", update("SET gsi1sk = :a", {":a": {"N": "1"}}), "gsi1sk is of the type N"),
    (
        "dynamodb",
        "UpdateItem",
        update("SET #e = :a", {":a": {"S": "1"}}, ExpressionAttributeNames={"#e": "expires_at"}),
        "never expire",
    ),
    ("dynamodb", "UpdateItem", update("SET sk = :a", {":a": {"S": "1"}}), "part of the item's key"),
    ("dynamodb", "UpdateItem", update("SET x = :a", {":a": {"SS": []}}), "empty set"),
    ("dynamodb", "UpdateItem", update("REMOVE x", {}), "ExpressionAttributeValues is empty"),
    ("dynamodb", "Query", {"TableName": "t", **BY_INDEX, "ConsistentRead": True}, "consistent read"),
    ("dynamodb", "Query", {"TableName": "t", **BY_INDEX, "Limit": 0}, "Limit is 0"),
    (
        "dynamodb",
        "Query",
        {"TableName": "t", **BY_INDEX, "ExpressionAttributeValues": {":p": {"S": ""}}},
        "gsi1pk is empty",
    ),
    ("dynamodb", "Scan", {"TableName": "t"}, "a scan"),
    ("dynamodb", "BatchGetItem", batch_get(101), "101 keys in a batch"),
    ("dynamodb", "BatchGetItem", {"RequestItems": {"t": {"Keys": [KEY, KEY]}}}, "one item twice"),
    ("dynamodb", "BatchWriteItem", batch_write(26), "26 writes in a batch"),
    (
        "dynamodb",
        "BatchWriteItem",
        {"RequestItems": {"t": [{"DeleteRequest": {"Key": KEY}}, {"PutRequest": {"Item": KEY}}]}},
        "one item twice",
    ),
    ("dynamodb", "TransactWriteItems", transaction(101), "101 items in a transaction"),
    ("dynamodb", "TransactWriteItems", {"TransactItems": []}, "0 items in a transaction"),
    ("dynamodb", "TransactWriteItems", transaction(11, of_bytes(399 * 1024)), "4 MB"),
    (
        "dynamodb",
        "TransactWriteItems",
        {
            "TransactItems": [
                {"Put": put()},
                {"ConditionCheck": {"TableName": "t", "Key": KEY, "ConditionExpression": "attribute_exists(pk)"}},
            ]
        },
        "one item twice",
    ),
    ("s3", "PutObject", {"Bucket": "b", "Key": "ä" * 513}, "1026 bytes"),
    ("s3", "GetObject", {"Bucket": "b", "Key": ""}, "0 bytes"),
    (
        "s3",
        "GetObject",
        {"Bucket": "b", "Key": "k", LINK: "attachment; filename=ä"},
        f"{LINK} is not a valid",
    ),
    ("s3", "PutObject", {"Bucket": "b", "Key": "k", "Metadata": {"a": "x" * 2048}}, "2049 bytes"),
    ("s3", "PutObject", {"Bucket": "b", "Key": "k", "Metadata": {"a": "ä"}}, "not ASCII"),
    ("s3", "PutObject", {"Bucket": "b", "Key": "k", "ContentType": "a\nb"}, "header"),
    ("s3", "PutObject", {"Bucket": "b", "Key": "k", "Tagging": "&".join(f"a{n}=b" for n in range(11))}, "11 tags"),
    ("s3", "PutObjectTagging", tagged(("a" * 129, "b")), "129 and 1"),
    ("s3", "PutObjectTagging", tagged(("a", "b" * 257)), "1 and 257"),
    ("s3", "PutObjectTagging", tagged(("a", "b;c")), "the tag a has characters"),
    ("s3", "PutObjectTagging", tagged(("a", "b"), ("a", "c")), "the same key"),
    ("s3", "PutObjectTagging", tagged(("aws:a", "b")), "reserved for AWS"),
    ("s3", "DeleteObjects", delete(1001), "1001 objects"),
    ("s3", "DeleteObjects", delete(0), "0 objects"),
    ("sqs", "SendMessage", {"QueueUrl": "q", "MessageBody": "x" * (1024 * 1024 + 1)}, "1048577 bytes"),
    ("sqs", "SendMessage", {"QueueUrl": "q", "MessageBody": ""}, "message is empty"),
    ("sqs", "SendMessage", {"QueueUrl": "q", "MessageBody": "a\x00"}, "characters"),
    ("sqs", "SendMessage", {"QueueUrl": "q", "MessageBody": "a", "DelaySeconds": 901}, "15 minutes"),
    ("sqs", "SendMessageBatch", messages(11), "11 entries"),
    ("events", "PutEvents", put_events(11), "11 events"),
    ("events", "PutEvents", put_events(0), "0 events"),
    ("events", "PutEvents", put_events(2, 128 * 1024 - 17), "262146 bytes"),
    ("sqs", "SendMessageBatch", messages(2, same_id=True), "same id"),
    ("sqs", "SendMessageBatch", messages(2, 600_000), "1200000 bytes"),
    ("sqs", "ReceiveMessage", {"QueueUrl": "q", "MaxNumberOfMessages": 11}, "more than 10"),
    (
        "email",
        "SendEmail",
        email(Destination={"ToAddresses": ["a@b.example"] * 26, "BccAddresses": ["a@b.example"] * 25}),
        "51 recipients",
    ),
    ("email", "SendEmail", email(Destination={"ToAddresses": []}), "0 recipients"),
    ("email", "SendEmail", email(FromEmailAddress="ä@b.example"), "not ASCII"),
    ("email", "SendEmail", email(Content={"Raw": {"Data": b"a\r\n" * (10 * 1024 * 1024 + 1)}}), "in Base64"),
    ("email", "SendEmail", email(Content={"Raw": {"Data": b"a" * 999}}), "998 characters"),
    ("email", "SendEmail", email(EmailTags=[{"Name": "a", "Value": "b c"}]), "the tag a of the email has characters"),
    ("email", "SendEmail", email(EmailTags=[{"Name": "a", "Value": ""}]), "the tag a of the email has characters"),
    ("email", "SendEmail", email(EmailTags=[{"Name": "a", "Value": "b"}] * 2), "same name"),
    ("email", "SendEmail", email(EmailTags=[{"Name": str(n), "Value": "b"} for n in range(51)]), "51 tags"),
    ("secretsmanager", "PutSecretValue", {"SecretId": "s", "SecretString": "x" * 65537}, "65537 bytes"),
    ("secretsmanager", "GetSecretValue", {"SecretId": ""}, "0 characters"),
]


@pytest.mark.parametrize(("service", "operation", "parameters"), SOUND)
def test_within_limits(service: str, operation: str, parameters: dict[str, Any]) -> None:
    assert violations(service, operation, parameters) == []


@pytest.mark.parametrize(("service", "operation", "parameters", "words"), BAD, ids=[each[3] for each in BAD])
def test_beyond_limits(service: str, operation: str, parameters: dict[str, Any], words: str) -> None:
    found = violations(service, operation, parameters)
    assert [violation for violation in found if words in violation], found


def test_item_size() -> None:
    """The size of an item is computed as DynamoDB does."""
    item: dict[str, dict[str, Any]] = {
        "text": {"S": "ä"},
        "none": {"NULL": True},
        "list": {"L": [{"BOOL": True}]},
        "map": {"M": {"n": {"N": "1234"}}},
        "set": {"SS": ["a", "bc"]},
        "bytes": {"B": b"123"},
    }
    assert item_size(item) == (4 + 2) + (4 + 1) + (4 + 3 + 1 + 1) + (3 + 3 + 1 + 1 + 4) + (3 + 3) + (5 + 3)
