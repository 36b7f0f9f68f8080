"""Runs intake on the AWS of a test: puts emails into the bucket, processes them, and reads what was stored."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import boto3
from email_channels.aws import clients
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import CaseRow
from email_channels.aws.rows.configuration_rows import (
    mailbox_row,
    receiving_row,
    routing_row,
    user_mapping_row,
    user_mapping_slot_row,
)
from email_channels.aws.rows.directory_rows import address_row, employee_row
from email_channels.aws.rows.entry_rows import EntryRow, entry_of
from email_channels.aws.rows.table import Row, read_rows
from email_channels.aws.signing_keys import SigningKeyStore
from email_channels.cases.case import Case, CaseStatus
from email_channels.cases.directory import Employee, UserMapping
from email_channels.cases.history import Entry
from email_channels.cases.mailboxes import Mailbox
from email_channels.cases.pointer import Pointer
from email_channels.cases.references import SigningKeys
from email_channels.cases.routing import Routing
from email_channels.cases.unprocessed import Unprocessed
from email_channels.intake.outcome_writing import IntakeResult
from email_channels.intake.processing import Intake

from tests.support.in_process.aws import SIGNING_KEYS, Aws
from tests.support.in_process.stored_records import read_record
from tests.support.originals import received
from tests.support.parameters import inbound_settings
from tests.support.stored_items.kinds import kind

NOW = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)
KEYS = SigningKeys(str(SIGNING_KEYS["current"]), tuple(SIGNING_KEYS["previous"]))
ZOE = Employee("543457", "Zoë Hartmann", ("zoe.hartmann@acme.example",), "Germany")
MARCUS = Employee("874112", "Marcus Webb", ("marcus.webb@acme.example", "marcus@home.example"), "UK")


class Inbox:
    """Processes emails that a test gives as text, and reads their outcomes."""

    def __init__(self, aws: Aws, **settings: str) -> None:
        self.aws = aws
        self.mail = MailBucket(clients.s3(), aws.bucket_name)
        self.intake = self.with_settings(**settings)
        self._objects = 0

    def with_settings(self, **settings: str) -> Intake:
        """An intake with other parameters."""
        signing_keys = SigningKeyStore(clients.secrets_manager(), self.aws.tag_key_secret)
        return Intake(inbound_settings(**settings), self.mail, signing_keys.genuine, lambda: NOW)

    def put(self, message: str | bytes, channel: str = "case_creation", **envelope: Any) -> str:
        """Writes an email into the bucket as SES does; returns the key of the object."""
        self._objects += 1
        key = f"raw/{channel}/{self._objects:040d}"
        if channel == "ad_hoc":
            envelope = {"recipient": "answers@in.acme-cases.example"} | envelope
        self.mail.write(key, received(message, **envelope))
        return key

    def receive(self, message: str | bytes, channel: str = "case_creation", **envelope: Any) -> IntakeResult:
        """Processes an email."""
        result = self.intake.process(self.put(message, channel, **envelope))
        assert result is not None
        return result

    def case(self, case_id: str | None) -> Case:
        """The case with this id and its content."""
        assert case_id is not None
        record = read_record(self.mail, case_id)
        assert record is not None
        assert isinstance(record.value, Case)
        return record.value

    def unprocessed(self, record_id: str) -> Unprocessed:
        """The unprocessed email with this id and its content."""
        record = read_record(self.mail, record_id)
        assert record is not None
        assert isinstance(record.value, Unprocessed)
        return record.value

    def pointer(self, record_id: str) -> Pointer:
        """The pointer with this id."""
        record = read_record(self.mail, record_id)
        assert record is not None
        assert isinstance(record.value, Pointer)
        return record.value

    def entries(self, case_id: str) -> list[Entry]:
        """The entries of a case other than its first email, oldest first."""
        found = EntryRow.query(f"CASE#{case_id}", EntryRow.sk.startswith("EMAIL#"))
        return [entry_of(row, self.mail) for row in found]

    def objects(self, prefix: str) -> list[str]:
        """The keys of objects, sorted."""
        listed = clients.s3().list_objects_v2(Bucket=self.aws.bucket_name, Prefix=prefix)
        return [item["Key"] for item in listed.get("Contents", ())]

    def records_by_kind(self) -> dict[str, int]:
        """How many items of each kind there are."""
        counts: dict[str, int] = {}
        for item in scan():
            counts[kind(item)] = counts.get(kind(item), 0) + 1
        return counts


def scan() -> list[dict[str, Any]]:
    """All items of the table, as DynamoDB's JSON."""
    return list(boto3.client("dynamodb").scan(TableName=Row.Meta.table_name)["Items"])


def add_employees(*employees: Employee) -> None:
    """Puts employees into the directory."""
    addresses: dict[str, list[Employee]] = {}
    for employee in employees:
        employee_row(employee).save()
        for email in employee.emails:
            addresses.setdefault(email.lower(), []).append(employee)
    for address, holders in addresses.items():
        address_row(address, holders).save()


def configure(*mailboxes: Mailbox, mappings: Iterable[UserMapping] = (), routing: Routing | None = None) -> None:
    """Stores mailboxes, user mappings, topics and service groups."""
    for mailbox in mailboxes:
        mailbox_row(mailbox).save()
        receiving_row(mailbox_row(mailbox)).save()
    for mapping in mappings:
        user_mapping_slot_row(user_mapping_row(mapping)).save()
    if routing is not None:
        routing_row(routing).save()


def close(case_id: str) -> None:
    """Closes a case."""
    row = read_rows([keys.record(case_id)])[keys.record(case_id)]
    row.update(actions=[CaseRow.status.set(CaseStatus.CLOSED.value)])


Snapshot = list[dict[str, Any]]


def snapshot() -> Snapshot:
    """All items, in the order of their keys."""
    return sorted(scan(), key=lambda item: (item["pk"]["S"], item["sk"]["S"]))


def restore(inbox: Inbox, items: Snapshot) -> None:
    """Puts the table and the bucket back to how they were."""
    client = boto3.client("dynamodb")
    table = inbox.aws.table_name
    for item in scan():
        client.delete_item(TableName=table, Key={"pk": item["pk"], "sk": item["sk"]})
    for item in items:
        client.put_item(TableName=table, Item=item)
    inbox.mail.delete([*inbox.objects("attachments/"), *inbox.objects("bodies/")])
