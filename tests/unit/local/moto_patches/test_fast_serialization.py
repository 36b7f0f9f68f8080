"""Answers of the embedded DynamoDB are the same as those of unpatched moto."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.core.serialize import BaseJSONSerializer

from local.moto_patches import fast_serialization

TABLE = "table"
KEY = {"pk": {"S": "p"}}
SCALARS: dict[str, Any] = {
    "text": {"S": "Löhne \u200b\U0001f550"},
    "no text": {"S": ""},
    "number": {"N": "-12.5"},
    "bytes": {"B": b"\x00\xff"},
    "no bytes": {"B": b""},
    "true": {"BOOL": True},
    "false": {"BOOL": False},
    "null": {"NULL": True},
    "texts": {"SS": ["a", "b"]},
    "numbers": {"NS": ["1", "2"]},
    "many bytes": {"BS": [b"1", b"\xfe"]},
    "no list": {"L": []},
    "no map": {"M": {}},
}
EVERYTHING: dict[str, Any] = SCALARS | {
    "list": {"L": [*SCALARS.values(), {"L": [{"M": {"S": {"S": "S"}}}]}]},
    "map": {"M": SCALARS | {"M": {"M": {"N": {"N": "1"}}}, "L": {"L": [{"N": "1"}, {"S": "1"}]}}},
}


@pytest.fixture
def dynamodb(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        client = boto3.client("dynamodb", region_name="eu-central-1")
        client.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        )
        yield client


def answers(client: Any) -> list[Any]:
    """The answers of all operations that return items, and of one that fails and returns an item."""
    client.put_item(TableName=TABLE, Item=KEY | EVERYTHING)
    asked = {
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": KEY["pk"]},
    }
    change = {"Key": KEY, "UpdateExpression": "SET #t = :t", "ExpressionAttributeNames": {"#t": "true"}}
    found = [
        client.get_item(TableName=TABLE, Key=KEY)["Item"],
        client.get_item(TableName=TABLE, Key={"pk": {"S": "another"}}).get("Item"),
        client.batch_get_item(RequestItems={TABLE: {"Keys": [KEY]}})["Responses"],
        client.query(TableName=TABLE, **asked)["Items"],
        client.scan(TableName=TABLE)["Items"],
        client.update_item(
            TableName=TABLE, ReturnValues="ALL_NEW", ExpressionAttributeValues={":t": {"N": "7"}}, **change
        )["Attributes"],
    ]
    with pytest.raises(client.exceptions.ConditionalCheckFailedException) as refused:
        client.put_item(
            TableName=TABLE,
            Item=KEY,
            ConditionExpression="attribute_not_exists(pk)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    return [*found, refused.value.response.get("Item")]


def test_same_as_moto(dynamodb: Any) -> None:
    write = BaseJSONSerializer._serialize_type_structure
    slow = answers(dynamodb)
    assert slow[0] == KEY | EVERYTHING
    undo = fast_serialization.install()
    try:
        assert answers(dynamodb) == slow
    finally:
        undo()
    assert BaseJSONSerializer._serialize_type_structure is write
