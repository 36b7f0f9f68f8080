"""Queries of the embedded DynamoDB return the same as those of unpatched moto."""

import random
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.dynamodb.models.table import Table

from local.moto_patches import fast_queries
from tests.support.tables import make_table

TABLE = "table"
INDEXES = ("one", "two")


@pytest.fixture
def dynamodb(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        client = boto3.client("dynamodb")
        make_table(TABLE, INDEXES)
        yield client


def change(client: Any, chance: random.Random) -> None:
    """Puts, updates or deletes an item, or fails to do so."""
    key = {"pk": {"S": f"p{chance.randrange(6)}"}, "sk": {"S": f"s{chance.randrange(6)}"}}
    index, value = chance.choice(INDEXES), f"v{chance.randrange(4)}"
    match chance.randrange(6):
        case 0 | 1:
            attributes = {f"{index}pk": {"S": value}, f"{index}sk": {"S": f"{chance.randrange(9)}"}}
            client.put_item(TableName=TABLE, Item=key | attributes)
        case 2:
            client.update_item(
                TableName=TABLE,
                Key=key,
                UpdateExpression=f"SET {index}pk = :p, {index}sk = :s",
                ExpressionAttributeValues={":p": {"S": value}, ":s": {"S": f"{chance.randrange(9)}"}},
            )
        case 3:
            client.update_item(TableName=TABLE, Key=key, UpdateExpression=f"REMOVE {index}pk")
        case 4:
            client.delete_item(TableName=TABLE, Key=key)
        case _:
            wrong = {"TableName": TABLE, "Key": key, "ConditionExpression": "attribute_exists(nothing)"}
            put = {"TableName": TABLE, "Item": key | {f"{index}pk": {"S": value}, f"{index}sk": {"S": "0"}}}
            with pytest.raises(client.exceptions.TransactionCanceledException):
                client.transact_write_items(TransactItems=[{"Put": put}, {"ConditionCheck": other(wrong, key)}])


def other(check: dict[str, Any], key: dict[str, Any]) -> dict[str, Any]:
    """The same check on another item, because a transaction may name each item only once."""
    return check | {"Key": {**key, "sk": {"S": "elsewhere"}}}


def everything(client: Any) -> list[Any]:
    """The answers of all queries."""
    answers = []
    for index, attribute, values in (
        (None, "pk", [f"p{n}" for n in range(7)]),
        *((index, f"{index}pk", [f"v{n}" for n in range(5)]) for index in INDEXES),
    ):
        for value in values:
            for forward in (True, False):
                asked = {"IndexName": index} if index else {}
                pages = client.get_paginator("query").paginate(
                    TableName=TABLE,
                    KeyConditionExpression=f"{attribute} = :v",
                    ExpressionAttributeValues={":v": {"S": value}},
                    ScanIndexForward=forward,
                    PaginationConfig={"PageSize": 3},
                    **asked,
                )
                answers.append([page["Items"] for page in pages])
    return answers


@pytest.mark.parametrize("seed", range(3))
def test_same_as_moto(dynamodb: Any, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(20):
        change(dynamodb, chance)
    slow = Table.query
    undo = fast_queries.install()
    try:
        for _ in range(8):
            for _ in range(12):
                change(dynamodb, chance)
            found = everything(dynamodb)
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(Table, "query", slow)
                assert found == everything(dynamodb)
    finally:
        undo()
    assert Table.query is slow
