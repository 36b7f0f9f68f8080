"""`make restore` on a copy that moto restores, as DynamoDB does."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from email_channels.aws.rows.tombstone_rows import TOMBSTONE_LIFETIME
from email_channels.aws.stores.purge_store import PurgeStore
from email_channels.cases.outcomes import Outcome
from email_channels.cases.purge_proof import LONGEST_DELETION, RECOVERY_PERIOD
from email_channels.cases.references import case_reference
from email_channels.followup.erasing import Erasure
from email_channels.followup.purge import Purge

from tests.support.in_process.aws import Aws
from tests.support.in_process.inbound_emails import MANUAL, answer, record_sent_email
from tests.support.in_process.inbox import KEYS, MARCUS, NOW, ZOE, Inbox, add_employees, scan, snapshot
from tests.support.in_process.notifying_functions import environment_of, follow_stream, sent
from tests.support.in_process.stored_emails import record_unprocessed
from tests.support.stored_items.kinds import kind
from tools import restore

COPY = "restored-copy"


@pytest.fixture
def inbox(aws: Aws) -> Iterator[Inbox]:
    add_employees(ZOE)
    yield Inbox(aws)
    dynamodb = boto3.client("dynamodb")
    if COPY in dynamodb.list_tables()["TableNames"]:
        dynamodb.delete_table(TableName=COPY)


def copy_of(aws: Aws) -> None:
    """What DynamoDB does with `aws dynamodb restore-table-to-point-in-time`."""
    dynamodb = boto3.client("dynamodb")
    recovery = {"PointInTimeRecoveryEnabled": True}
    dynamodb.update_continuous_backups(TableName=aws.table_name, PointInTimeRecoverySpecification=recovery)  # type: ignore[arg-type]  # a TypedDict
    dynamodb.restore_table_to_point_in_time(
        SourceTableName=aws.table_name, TargetTableName=COPY, UseLatestRestorableTime=True
    )


def lose(aws: Aws, *record_ids: str) -> None:
    """Deletes everything of these records, as a mistake would."""
    dynamodb = boto3.client("dynamodb")
    for item in scan():
        named = {item["pk"]["S"].partition("#")[2], item["sk"]["S"].rpartition("#")[2]}
        if named & {*record_ids} or item.get("case_id", {"S": ""})["S"] in record_ids:
            dynamodb.delete_item(TableName=aws.table_name, Key={"pk": item["pk"], "sk": item["sk"]})


def run(monkeypatch: pytest.MonkeyPatch, aws: Aws, *options: str) -> int:
    """The command. The stack's outputs name the table."""

    class CloudFormation:
        def describe_stacks(self, **_: str) -> Any:
            return {"Stacks": [{"Outputs": [{"OutputKey": "TableName", "OutputValue": aws.table_name}]}]}

    real = boto3.client
    with monkeypatch.context() as patched:
        patched.setattr(
            "tools.restore.boto3.client", lambda name: CloudFormation() if name == "cloudformation" else real(name)
        )
        return restore.main(["email-channels", COPY, *options])


def a_case(inbox: Inbox, n: int) -> str:
    """A case with a reply that came to its number."""
    made = inbox.receive(MANUAL.replace("Subject: ", f"Subject: {n} ").replace("Message-ID: <", f"Message-ID: <{n}"))
    assert made.outcome is Outcome.CASE
    return made.record_id


def a_reply(inbox: Inbox, case_id: str) -> str:
    """Bob's answer, which becomes an entry of the case; returns the id of its record."""
    text = answer(subject=f"Re: Your question {case_reference(case_id, KEYS)}")
    result = inbox.receive(text, "ad_hoc", signer="elsewhere.example")
    assert result.outcome is Outcome.ENTRY
    return result.record_id


def test_lost_case(inbox: Inbox, aws: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A lost case comes back whole, with what leads to it, and nobody hears of it again. A second run has no work."""
    case_id = inbox.receive(MANUAL).record_id
    record_sent_email(inbox, case_id)
    reply = a_reply(inbox, case_id)
    with environment_of(aws):
        assert follow_stream(aws.table_name) == []
        before, told = snapshot(), len(sent())
        copy_of(aws)
        lose(aws, case_id, reply)
        assert {item["pk"]["S"] for item in scan()} & {f"CASE#{case_id}", f"CASE#{reply}"} == set()

        assert run(monkeypatch, aws) == 1
        assert f"case {case_id}: lost" in capsys.readouterr().out
        assert run(monkeypatch, aws, "--write") == 0
        assert snapshot() == before

        assert follow_stream(aws.table_name) == []
        assert len(sent()) == told, "alerts and acknowledgements are not repeated"
    assert run(monkeypatch, aws) == 0
    assert "Nothing is lost." in capsys.readouterr().out


def test_what_is_gone_on_purpose(inbox: Inbox, aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was purged or erased does not come back."""
    purged = record_unprocessed(inbox.mail, 1, notified_at=NOW, purge_after=NOW)
    erased = inbox.receive(MANUAL).record_id
    copy_of(aws)
    assert Purge(PurgeStore(), inbox.mail, lambda: True).run(NOW).purged == 1
    assert Erasure(inbox.mail, lambda: NOW).erase_case(erased)
    after = snapshot()
    assert purged.id not in str(after)
    assert run(monkeypatch, aws, "--write") == 0
    assert snapshot() == after


def test_moved_entry(inbox: Inbox, aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """An email that was moved to another case since then is not in both cases afterwards."""
    case_id = inbox.receive(MANUAL).record_id
    record_sent_email(inbox, case_id)
    reply = a_reply(inbox, case_id)
    copy_of(aws)
    lose(aws, case_id)
    pointer = boto3.client("dynamodb").get_item(
        TableName=COPY, Key={"pk": {"S": f"CASE#{reply}"}, "sk": {"S": "CASE"}}
    )["Item"]
    boto3.client("dynamodb").put_item(TableName=aws.table_name, Item={**pointer, "case_id": {"S": "OTHERCASE0"}})
    assert run(monkeypatch, aws, "--write") == 0
    assert [item["sk"]["S"] for item in scan() if reply in item["sk"]["S"]] == []
    assert inbox.case(case_id)


def test_chosen(inbox: Inbox, aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--id` restores only what it names, also as people write the number of a case."""
    first, second = a_case(inbox, 1), a_case(inbox, 2)
    copy_of(aws)
    lose(aws, first, second)
    assert run(monkeypatch, aws, "--write", "--id", f"{second[:4]}-{second[4:]}") == 0
    kinds = {item["pk"]["S"] for item in scan() if kind(item) == "case"}
    assert kinds == {f"CASE#{second}"}


def test_employees(
    inbox: Inbox, aws: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Employees who are missing are in a file for an import, which a person looks through: one may have been erased.
    Nothing is written to the table."""
    file = tmp_path / "employees.csv"
    add_employees(replace(MARCUS, name='Webb, "M"', blocked=True))
    copy_of(aws)
    lose(aws, MARCUS.user_id)
    before = snapshot()
    assert run(monkeypatch, aws, "--employees", str(file)) == 1
    assert "1 employees are missing" in capsys.readouterr().out
    assert snapshot() == before
    rows = list(csv.DictReader(file.read_text("utf-8").splitlines()))
    assert rows == [
        {
            "user_id": "874112",
            "name": 'Webb, "M"',
            "email": "marcus.webb@acme.example;marcus@home.example",
            "population": "UK",
            "blocked": "yes",
        }
    ]
    with pytest.raises(SystemExit):
        run(monkeypatch, aws, "--employees", str(file))  # the file is there: it is not overwritten

    add_employees(MARCUS)
    assert run(monkeypatch, aws, "--employees", str(tmp_path / "none.csv")) == 0
    assert not (tmp_path / "none.csv").exists()


def test_tables_cannot_be_read(aws: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without the copy, the command says so."""
    assert run(monkeypatch, aws) == 2
    assert "ResourceNotFound" in capsys.readouterr().err


def test_tombstones() -> None:
    """Tombstones stay for longer than a copy reaches back, so nothing that was erased looks lost."""
    assert TOMBSTONE_LIFETIME > RECOVERY_PERIOD + LONGEST_DELETION
