"""Transactions of the embedded DynamoDB do the same as those of unpatched moto."""

import random
import time
from typing import Any

import boto3
import pytest
from moto import mock_aws

from local.moto_patches import fast_transactions
from tests.support.tables import make_table

TABLE = "table"


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")


def operation(chance: random.Random) -> Any:
    """A put, update or delete of one of nine items, on a condition that may not hold. Some updates are not valid."""
    key = {"pk": {"S": f"p{chance.randrange(3)}"}, "sk": {"S": f"s{chance.randrange(3)}"}}
    exists = chance.choice(["attribute_exists(pk)", "attribute_not_exists(pk)", None, None, None])
    condition = {"ConditionExpression": exists} if exists else {}
    value = {":v": {"N": f"{chance.randrange(9)}"}}
    match chance.randrange(3):
        case 0:
            return {"Put": {"TableName": TABLE, "Item": key | {"n": value[":v"]}} | condition}
        case 1:
            return {"Delete": {"TableName": TABLE, "Key": key} | condition}
        case _:
            expression = chance.choice(["SET n = :v", "SET n = :v", "SET n = missing + :v"])
            update = {"UpdateExpression": expression, "ExpressionAttributeValues": value}
            return {"Update": {"TableName": TABLE, "Key": key} | update | condition}


def story(seed: int) -> list[Any]:
    """What 60 transactions return, and the items after each."""
    chance = random.Random(seed)
    with mock_aws():
        client = boto3.client("dynamodb")
        make_table(TABLE, ("one",))
        told: list[Any] = []
        for _ in range(60):
            try:
                client.transact_write_items(TransactItems=[operation(chance) for _ in range(chance.randrange(1, 4))])
                told.append("done")
            except client.exceptions.ClientError as error:
                told.append(str(error))
            told.append(sorted(map(str, client.scan(TableName=TABLE)["Items"])))
        return told


@pytest.mark.parametrize("seed", range(4))
def test_same(seed: int) -> None:
    slow = story(seed)
    undo = fast_transactions.install()
    try:
        assert story(seed) == slow
    finally:
        undo()
    assert {"done"} < {one for one in slow if isinstance(one, str)}


def test_speed() -> None:
    """100 items in a table of 1,000."""
    undo = fast_transactions.install()
    try:
        with mock_aws():
            client = boto3.client("dynamodb")
            make_table(TABLE, ("one",))
            begin = time.process_time()
            for start in range(0, 1000, 100):
                keys = [{"pk": {"S": f"{n}"}, "sk": {"S": "x"}} for n in range(start, start + 100)]
                client.transact_write_items(TransactItems=[{"Put": {"TableName": TABLE, "Item": key}} for key in keys])
            assert time.process_time() - begin < 10
    finally:
        undo()
