"""What each use case costs, with everything that follows from it, is what is written down."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import boto3
import pytest

from tests.support.counts.counting import COUNTED, SETTINGS, WRITTEN_DOWN, Setting, count_at, read_expected
from tests.support.counts.meter import counted
from tests.support.reliability.simulation import open_simulation

_SETTINGS = [pytest.param(one, marks=[pytest.mark.slow] if one.cases else (), id=str(one)) for one in SETTINGS]


@pytest.mark.timeout(900)  # some 20 to 70 seconds, and several times as long on a busy machine
@pytest.mark.parametrize("setting", _SETTINGS)
def test_counts(setting: Setting) -> None:
    """If a number changed: make it smaller again, or write down why it grew. `make counts ARGS=--write` writes all
    numbers down, also those that became smaller."""
    expected = {name: numbers.get("all") or numbers.get(str(setting), {}) for name, numbers in read_expected().items()}
    found = {name: counts.to_json() for name, counts in count_at(setting, COUNTED).items()}
    for name, numbers in found.items():
        # What a list reads, and how long items and lines are, depends on the lengths of ids and times, by one per cent.
        for measure in ("read_units", "stored_bytes", "index_bytes", "log_bytes"):
            wanted = expected.get(name, {}).get(measure, 0)
            if abs(numbers[measure] - wanted) <= abs(wanted) / 50:
                numbers[measure] = wanted
    assert found == {name: expected.get(name) for name in found}, f"not as in {WRITTEN_DOWN.name}"
    assert {one.name for one in COUNTED} == set(expected), "a use case is missing, or one is left of earlier"


def test_meter() -> None:
    """Each call is billed by the items before and after it, refused calls included."""
    body = {"S": "a" * 3000}
    key = {"pk": {"S": "1"}, "sk": {"S": "1"}}
    item = {**key, "body": body, "gsi1pk": {"S": "list"}, "gsi1sk": {"S": "1"}}
    with open_simulation() as simulation:
        table, db = simulation.aws.table_name, boto3.client("dynamodb")

        def cost(call: Callable[[], object]) -> tuple[int, float]:
            with counted(simulation) as counts:
                simulation.running = "notify"
                with suppress(db.exceptions.ConditionalCheckFailedException):
                    call()
                simulation.running = None
            return counts.write_units, counts.read_units

        def move_in_index() -> object:
            return db.update_item(
                TableName=table,
                Key=key,
                UpdateExpression="SET gsi1sk = :value",
                ExpressionAttributeValues={":value": {"S": "2"}},
            )

        def query_index() -> object:
            return db.query(
                TableName=table,
                IndexName="gsi1",
                KeyConditionExpression="gsi1pk = :list",
                ExpressionAttributeValues={":list": {"S": "list"}},
            )

        # Three for the item, one for the index.
        assert cost(lambda: db.put_item(TableName=table, Item=item)) == (4, 0)
        # The condition fails: three for the item that is there.
        absent: Any = {"ConditionExpression": "attribute_not_exists(pk)"}
        assert cost(lambda: db.put_item(TableName=table, Item=key, **absent)) == (3, 0)
        # The index deletes an entry and adds one.
        assert cost(move_in_index) == (5, 0)
        assert cost(lambda: db.put_item(TableName=table, Item={**item, "sk": {"S": "2"}})) == (4, 0)
        assert cost(lambda: db.get_item(TableName=table, Key=key)) == (0, 0.5)
        keys = [{"pk": {"S": "1"}, "sk": {"S": str(n)}} for n in range(4)]
        request: Any = {table: {"Keys": keys, "ConsistentRead": True}}
        assert cost(lambda: db.batch_get_item(RequestItems=request)) == (0, 4)
        # The index holds keys only, so its entries are short.
        assert cost(query_index) == (0, 0.5)
        # Of the table, 6 KB are read, also if a filter drops them.
        of_table: Any = {"KeyConditionExpression": "pk = :pk", "ConsistentRead": True, "FilterExpression": "body = :no"}
        values = {":pk": {"S": "1"}, ":no": {"S": "no"}}
        assert cost(lambda: db.query(TableName=table, ExpressionAttributeValues=values, **of_table)) == (0, 2)
        # Three for the item, twice in a transaction, and one for the index.
        gone: Any = [{"Delete": {"TableName": table, "Key": key}}]
        assert cost(lambda: db.transact_write_items(TransactItems=gone)) == (7, 0)
        # What is missing costs one.
        assert cost(lambda: db.delete_item(TableName=table, Key=key)) == (1, 0)
        assert cost(lambda: db.get_item(TableName=table, Key=key, ConsistentRead=True)) == (0, 1)


def test_growth() -> None:
    """What is stored is the item and its entry in the index, with 100 bytes more for each. What expires is not."""
    item = {"pk": {"S": "1"}, "sk": {"S": "1"}, "body": {"S": "a" * 3000}}
    of_item = len("pk1sk1body") + 3000 + 100
    in_index, entry = len("gsi1pkAgsi1sk1"), len("pk1sk1gsi1pkAgsi1sk1") + 100
    with open_simulation() as simulation:
        table, db = simulation.aws.table_name, boto3.client("dynamodb")

        def growth(stored: Any) -> tuple[int, int, int]:
            with counted(simulation) as counts:
                simulation.running = "notify"
                db.put_item(TableName=table, Item=stored)
                simulation.running = None
            numbers = counts.to_json()
            return numbers["stored_items"], numbers["stored_bytes"], numbers["index_bytes"]

        assert growth(item) == (1, of_item, 0)
        assert growth({**item, "gsi1pk": {"S": "A"}, "gsi1sk": {"S": "1"}}) == (0, in_index + entry, entry)
        assert growth({**item, "expires_at": {"N": "1"}}) == (-1, -(of_item + in_index + entry), -entry)


def test_only_functions_are_counted() -> None:
    """What the test itself calls costs nothing."""
    with open_simulation() as simulation, counted(simulation) as counts:
        boto3.client("dynamodb").describe_table(TableName=simulation.aws.table_name)
        simulation.get("/cases")
    assert dict(counts.invocations) == {"agent_api": 1}
    assert "Query" in counts.calls
    assert "DescribeTable" not in counts.calls
