"""What the table knows of whom and what an email names: by key, as many as possible in one call."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from email_channels.aws.rows import conversion, keys
from email_channels.aws.rows.configuration_rows import (
    MailboxRow,
    ReceivingRow,
    RoutingRow,
    UserMappingSlotRow,
    mailbox_of,
    routing_of,
    user_mapping_of,
)
from email_channels.aws.rows.directory_rows import AddressRow, EmployeeRow, employee_of, employees_at
from email_channels.aws.rows.table import CaseRow, EmailRow, KeysRow, PointerRow, Row
from email_channels.aws.rows.work_rows import SentRow
from email_channels.aws.stores.rate_store import RateSlot, opened
from email_channels.cases.case import CaseStatus
from email_channels.cases.directory import Employee, UserMapping
from email_channels.cases.identity import message_id_key, sent_message_id_key
from email_channels.cases.lookups import Answered, KnownCase
from email_channels.cases.mailboxes import Mailbox
from email_channels.cases.record import Pointer
from email_channels.cases.routing import Routing

# What is read of an item: never the contents of emails, which are most of it.
_ATTRIBUTES = [
    *("pk", "sk", "kind", "version", "identity"),
    *("outcome", "case_id", "email_id", "raw_key", "matched_by"),
    *("status", "employee", "participants", "summary"),
    *("mailbox", "mapping", "topics", "service_groups", "employees", "records"),
]
# Entries under one Message-ID: an email that went to several mailboxes, or was moved about.
_MOST_ENTRIES = 10

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ExistingRecord:
    """What stands under the id of an email already. `pointer` is set if it is one, `case_id` if it names a case;
    `raw_key` is that of the object it was made from, if it has one."""

    identity: str | None
    case_id: str | None
    pointer: Pointer | None
    raw_key: str | None


class Lookup:
    """What was looked up for one email. Nothing is read twice. Raises PynamoDB's exceptions for AWS's faults."""

    def __init__(self) -> None:
        self._asked: set[Key] = set()
        self._rows: dict[Key, Row] = {}

    def ask(self, wanted: Iterable[Key]) -> None:
        """Reads these items, as far as that was not done, in one call for each hundred; consistently."""
        new = set(wanted) - self._asked
        if not new:
            return
        found = Row.batch_get(list(new), consistent_read=True, attributes_to_get=_ATTRIBUTES)
        self._rows |= {(row.pk, row.sk): row for row in found}
        self._asked |= new

    def existing(self, record_id: str) -> ExistingRecord | None:
        """The record of that id."""
        row = self._rows.get(keys.head(record_id))
        if isinstance(row, PointerRow):
            return ExistingRecord(row.identity, row.case_id, conversion.pointer_of(row), row.raw_key)
        if isinstance(row, EmailRow):
            case_id = record_id if isinstance(row, CaseRow) else None
            return ExistingRecord(row.identity, case_id, None, (row.summary or {}).get("raw_key"))
        return None

    def case(self, case_id: str) -> KnownCase | None:
        """The case, if that id is one's."""
        row = self._rows.get(keys.head(case_id))
        if not isinstance(row, CaseRow):
            return None
        return KnownCase(
            case_id=case_id,
            closed=row.status == CaseStatus.CLOSED.value,
            employee_id=row.employee[0] if row.employee else None,
            participants=frozenset(row.participants or ()),
        )

    def mailbox(self, address: str) -> Mailbox | None:
        """The mailbox that employees write to under this address."""
        row = self._rows.get(keys.mailbox(address))
        return mailbox_of(row) if isinstance(row, MailboxRow) else None

    def receiving(self, address: str) -> Mailbox | None:
        """The mailbox that is redirected to this address."""
        row = self._rows.get(keys.receiving(address))
        return mailbox_of(row) if isinstance(row, ReceivingRow) else None

    def user_mapping(self, mailbox: str, sender: str) -> UserMapping | None:
        """The most specific user mapping."""
        slots = (keys.user_mapping_slot(mailbox, sender), keys.user_mapping_slot(mailbox, None))
        rows = (self._rows.get(slot) for slot in slots)
        return next((user_mapping_of(row) for row in rows if isinstance(row, UserMappingSlotRow)), None)

    def employee(self, user_id: str) -> Employee | None:
        """The employee of that id."""
        row = self._rows.get(keys.employee(user_id))
        return employee_of(row) if isinstance(row, EmployeeRow) else None

    def employees_at(self, address: str) -> tuple[Employee, ...]:
        """The employees with that address."""
        row = self._rows.get(keys.address(address))
        return employees_at(row) if isinstance(row, AddressRow) else ()

    def routing(self) -> Routing:
        """Topics and service groups."""
        row = self._rows.get(keys.routing())
        return routing_of(row if isinstance(row, RoutingRow) else None)

    def sent(self, message_id: str) -> Answered | None:
        """The email that we sent under that Message-ID."""
        row = self._rows.get(keys.sent(sent_message_id_key(message_id)))
        return Answered(row.case_id, row.email_id) if isinstance(row, SentRow) else None

    def opened(self, slot: RateSlot, record_id: str) -> int:
        """How many other cases were opened in that slot."""
        return opened(self._rows.get(slot.key), record_id)

    def email_id_of(self, key: Key) -> str | None:
        """The email_id of the email that an item holds."""
        row = self._rows.get(key)
        return row.summary["id"] if isinstance(row, EmailRow) and row.summary else None

    @staticmethod
    def received(message_id: str) -> list[Key]:
        """The keys of the emails that we received under that Message-ID; a call of its own."""
        partition = conversion.thread_partition(message_id_key(message_id))
        return [(row.pk, row.sk) for row in KeysRow.gsi3.query(partition, limit=_MOST_ENTRIES)]
