"""Brings lost cases and unprocessed emails back from a restored copy of the table: `make restore STACK=... FROM=table`.

A case or an unprocessed email is lost if the copy has it, and the stack's table has nothing in its place. What was
purged or discarded since then is not lost: the proofs of purges name it. Neither is what was erased: a tombstone is in
its place for longer than a copy can reach back. An entry that was moved to another case since then stays there.

Without `--write`, the command only says what is lost. With it, it writes the items that are missing, and never replaces
one. It can be stopped and repeated: the item by which a case is found comes last.

With `--employees FILE`, it writes the employees that the copy has and the table lacks into a file for an import. A
person decides which of them to import: one who was erased must not come back.

The exit status is 0 if nothing is lost any more, 1 if something is, and 2 if the tables cannot be read.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from email_channels.aws.rows import keys
from email_channels.aws.rows.compression import unpack
from email_channels.aws.rows.directory_rows import EmployeeRow, employee_of
from email_channels.cases.directory import Employee
from email_channels.cases.identity import record_id_in

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = dict[str, Any]
"""An item, in DynamoDB's JSON."""

_READ_BATCH = 100


@dataclass
class Lost:
    """What the copy has and the table lacks: ids of records by kind, and the items around them in other partitions."""

    records: dict[str, str] = field(default_factory=dict)
    around: dict[str, list[keys.Key]] = field(default_factory=dict)
    purged: int = 0


class Tables:
    """The stack's table, and a restored copy of it."""

    def __init__(self, dynamodb: DynamoDBClient, table: str, copy: str) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._copy = copy

    def lost(self) -> Lost:
        """What is lost. Reads the keys of the whole copy."""
        kinds, around = self._in_copy()
        there = self._there(keys.record(record_id) for record_id in kinds)
        missing = {record_id: kind for record_id, kind in kinds.items() if keys.record(record_id) not in there}
        purged = self._purged() & missing.keys()
        records = {record_id: kind for record_id, kind in missing.items() if record_id not in purged}
        return Lost(records, {record_id: around.get(record_id, []) for record_id in records}, len(purged))

    def lost_employees(self) -> list[Employee]:
        """The employees that the copy has and the table lacks, by user id. Reads the whole copy."""
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=self._copy,
            FilterExpression="kind = :kind",
            ExpressionAttributeValues={":kind": {"S": "employee"}},
        )
        found = [employee_of(EmployeeRow.from_raw_data(dict(item))) for page in pages for item in page["Items"]]
        there = self._there(keys.employee(one.user_id) for one in found)
        missing = [one for one in found if keys.employee(one.user_id) not in there]
        return sorted(missing, key=lambda one: one.user_id)

    def write(self, record_id: str, around: Iterable[keys.Key], now: float) -> int:
        """Writes what is missing of a record. Returns the number of items."""
        around = list(around)
        moved = self._moved(record_id, around)
        found = [item for item in self._partition(record_id) if _email_id(item) not in moved]
        found += [item for key in around for item in self._read(self._copy, key)]
        # The record itself comes last: as long as it is missing, a repeat goes on.
        found.sort(key=lambda item: _key(item) == keys.record(record_id))
        return sum(self._put(item) for item in found if float(item.get("expires_at", {"N": "inf"})["N"]) > now)

    def _in_copy(self) -> tuple[dict[str, str], dict[str, list[keys.Key]]]:
        """The kinds of cases, unprocessed emails and pointers by id, and the keys of what leads to them."""
        kinds: dict[str, str] = {}
        around: dict[str, list[keys.Key]] = {}
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=self._copy, ProjectionExpression="pk, sk, kind, case_id"
        )
        for page in pages:
            for item in page["Items"]:
                kind, key = item.get("kind", {"S": ""})["S"], _key(item)
                if key[0].startswith(keys.CASE_WORDS):
                    around.setdefault(keys.case_word_of(key[1])[1], []).append(key)
                elif kind in {"case", "unprocessed", "pointer"}:
                    kinds[keys.record_id_of(key[0])] = kind
                elif kind == "sent":
                    around.setdefault(item["case_id"]["S"], []).append(key)
        return kinds, around

    def _there(self, wanted: Iterable[keys.Key]) -> dict[keys.Key, Item]:
        """Which of these items the stack's table has: their kind and, of pointers and sent emails, the case."""
        left = list(dict.fromkeys(wanted))
        there: dict[keys.Key, Item] = {}
        while left:
            batch, left = left[:_READ_BATCH], left[_READ_BATCH:]
            request = {
                "Keys": [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in batch],
                "ProjectionExpression": "pk, sk, kind, case_id, email_id",
                "ConsistentRead": True,
            }
            answer = self._dynamodb.batch_get_item(RequestItems={self._table: request})  # type: ignore[dict-item]
            there |= {_key(item): dict(item) for item in answer["Responses"].get(self._table, [])}
            unread = answer.get("UnprocessedKeys", {}).get(self._table, {"Keys": []})["Keys"]
            left += [_key(dict(key)) for key in unread]
        return there

    def _purged(self) -> set[str]:
        """The ids of all emails of which there is a proof of a purge."""
        proofs = self._query(self._table, keys.purge("", "")[0])
        return {row[0] for proof in proofs for row in unpack(proof["purged"]["B"])}

    def _moved(self, case_id: str, around: Iterable[keys.Key]) -> set[str]:
        """The ids of those entries of a case in the copy that are in another place by now.

        The pointer of an inbound email tells, and of an outbound one the item by which replies find it.
        """
        places = {
            email_id: keys.record(record_id_in(email_id))
            for item in self._partition(case_id)
            if (email_id := _email_id(item)) is not None
        }
        there = self._there([*places.values(), *around])
        elsewhere = {key for key, item in there.items() if item.get("case_id", {"S": ""})["S"] != case_id}
        moved = {email_id for email_id, key in places.items() if key in elsewhere}
        return moved | {there[key]["email_id"]["S"] for key in elsewhere if "email_id" in there[key]}

    def _partition(self, record_id: str) -> list[Item]:
        return list(self._query(self._copy, keys.record(record_id)[0]))

    def _query(self, table: str, pk: str) -> Iterator[Item]:
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": pk}},
            ConsistentRead=True,
        )
        for page in pages:
            yield from (dict(item) for item in page["Items"])

    def _read(self, table: str, key: keys.Key) -> list[Item]:
        answer = self._dynamodb.get_item(TableName=table, Key={"pk": {"S": key[0]}, "sk": {"S": key[1]}})
        return [dict(answer["Item"])] if "Item" in answer else []

    def _put(self, item: Mapping[str, Any]) -> bool:
        """Writes an item, unless there is one in its place."""
        try:
            self._dynamodb.put_item(
                TableName=self._table, Item=dict(item), ConditionExpression="attribute_not_exists(pk)"
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True


def _key(item: Mapping[str, Any]) -> keys.Key:
    return item["pk"]["S"], item["sk"]["S"]


def _email_id(item: Mapping[str, Any]) -> str | None:
    """The id of the email of an entry; None for other items."""
    return keys.email_id_of(item["sk"]["S"]) if item["kind"]["S"] == "entry" else None


def write_employees(file: TextIO, employees: Iterable[Employee]) -> None:
    """Writes them as `POST /employees/imports` reads them."""
    rows = csv.writer(file)
    rows.writerow(["user_id", "name", "email", "population", "blocked"])
    for one in employees:
        blocked = "yes" if one.blocked else "no"
        rows.writerow([one.user_id, one.name, ";".join(one.emails), one.population or "", blocked])


def main(arguments: list[str]) -> int:
    """The command. It uses the AWS credentials and the region of the environment."""
    parser = argparse.ArgumentParser(
        prog="make restore",
        description="Brings lost cases and unprocessed emails back from a restored copy of the table.",
    )
    parser.add_argument("stack", help="the stack's name")
    parser.add_argument("copy", help="the table into which DynamoDB has restored an earlier moment")
    parser.add_argument("--write", action="store_true", help="write what is lost; without it, only say what is lost")
    parser.add_argument("--id", action="append", metavar="ID", help="only this case or unprocessed email (repeatable)")
    parser.add_argument(
        "--employees", metavar="FILE", type=Path, help="write employees who are missing into a new file"
    )
    options = parser.parse_args(arguments)
    if options.employees is not None and options.employees.exists():
        parser.error(f"{options.employees} exists already")
    try:
        found = boto3.client("cloudformation").describe_stacks(StackName=options.stack)["Stacks"][0]["Outputs"]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in found}
        tables = Tables(boto3.client("dynamodb"), outputs["TableName"], options.copy)
        if options.employees is not None:
            return _employees(tables, options.employees)
        lost = tables.lost()
        chosen = {
            record_id: kind
            for record_id, kind in sorted(lost.records.items())
            if options.id is None or record_id in {each.replace("-", "") for each in options.id}
        }
        for record_id, kind in chosen.items():
            if options.write:
                items = tables.write(record_id, lost.around[record_id], time.time())
                print(f"{kind} {record_id}: {items} items written")
            else:
                print(f"{kind} {record_id}: lost")
    except (BotoCoreError, ClientError, KeyError) as error:
        print(f"restore: {error}", file=sys.stderr)
        return 2
    if lost.purged:
        print(f"{lost.purged} were purged or discarded since then, and are not restored")
    if not chosen:
        print("Nothing is lost.")
    return 1 if chosen and not options.write else 0


def _employees(tables: Tables, path: Path) -> int:
    employees = tables.lost_employees()
    if not employees:
        print("No employee is missing.")
        return 0
    with path.open("x", encoding="utf-8", newline="") as file:
        write_employees(file, employees)
    print(f"{len(employees)} employees are missing. They are in {path}. Take out those who were deleted or erased")
    print("since then, and import the others (POST /employees/imports).")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
