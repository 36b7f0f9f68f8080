"""The items that intake needs for one inbound email, read by key, as many as possible in one call."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.case_rows import CaseRow, ParticipantsRow, bytes_of, emails_of, with_details
from email_channels.aws.rows.codec import snapshot_from_json
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
from email_channels.aws.rows.email_rows import EmailRow, email_of
from email_channels.aws.rows.entry_rows import EntryRow, PointerRow, pointer_of
from email_channels.aws.rows.keys import Key
from email_channels.aws.rows.outbound_rows import SentRow
from email_channels.aws.rows.table import Row, row_of, version_of
from email_channels.aws.rows.tombstone_rows import TombstoneRow
from email_channels.aws.rows.unprocessed_rows import UnprocessedRow
from email_channels.aws.stores.moving.merged_cases import along_merges, read_along_merges
from email_channels.aws.stores.rate_store import RateSlot, has_room, opened
from email_channels.aws.stores.record_store import ReplaceableRecord
from email_channels.aws.stores.threads import received_under
from email_channels.cases.case import CaseStatus, is_full, participant_key
from email_channels.cases.directory import Employee, UserMapping
from email_channels.cases.identity import message_id_key, sent_message_id_key
from email_channels.cases.mailboxes import Mailbox
from email_channels.cases.pointer import Pointer
from email_channels.cases.referenced import ReferencedCase, ReferencedEntry
from email_channels.cases.routing import Routing
from email_channels.values import dataclass


@dataclass(frozen=True, slots=True)
class ExistingRecord:
    """The record that exists under the id of an email. `identity` is `EmailIdentity.key`.

    `case_id` is the id of the case, if the record is a case or a pointer to one. `pointer` is set if the record is a
    pointer, `unprocessed` if it is an unprocessed email. `raw_key` is the original that the record was made from, and
    `replaced_key` that of the unprocessed email that it has replaced. `erased`: the email was erased, so no record
    names an original.
    """

    identity: str | None
    raw_key: str | None
    replaced_key: str | None = None
    case_id: str | None = None
    pointer: Pointer | None = None
    unprocessed: ReplaceableRecord | None = None
    erased: bool = False


class IntakeLookup:
    """The items that were read for one email. Raises PynamoDB's exceptions for AWS's faults.

    `fetch` reads items. The other methods convert items that were read. For an item that was not fetched or does not
    exist, they return None or an empty value. Only `received` and `mailboxes` make calls of their own.
    """

    def __init__(self) -> None:
        self._fetched: set[Key] = set()
        self._rows: dict[Key, Row] = {}

    def fetch(self, wanted: Iterable[Key]) -> None:
        """Reads these items consistently, unless they were read before. One call for each hundred.

        Whole items are read. DynamoDB takes the same for some of their attributes, and to name 30 attributes in each
        call takes more CPU than to read the few that nobody needs.
        """
        new = set(wanted) - self._fetched
        if not new:
            return
        found = Row.batch_get(list(new), consistent_read=True)
        self._rows |= {(row.pk, row.sk): row for row in found}
        self._fetched |= new

    def existing(self, record_id: str) -> ExistingRecord | None:
        """The record with this id."""
        row = self._rows.get(keys.record(record_id))
        match row:
            case PointerRow():
                return ExistingRecord(row.identity, row.raw_key, row.replaced_key, row.case_id, pointer_of(row))
            case CaseRow():
                # Only an erasure takes the original from a case that an email made.
                erased = row.raw_key is None
                return ExistingRecord(row.identity, row.raw_key, row.replaced_key, record_id, erased=erased)
            case UnprocessedRow():
                unprocessed = ReplaceableRecord(version_of(row), row.raw_key, purged=bool(row.purge_id))
                return ExistingRecord(row.identity, row.raw_key, unprocessed=unprocessed)
            case TombstoneRow():
                return ExistingRecord(row.identity, None, erased=True)
        return None

    def follow_merges(self, case_ids: Iterable[str]) -> None:
        """Reads the cases into which these cases were merged, to the last ones. Makes no call if none was merged."""
        merged = {row.merged_into for case_id in case_ids if (row := self._case(case_id)) and row.merged_into}
        read_along_merges(merged, self._fetch_cases)

    def case(self, case_id: str) -> ReferencedCase | None:
        """The case with this id; after `follow_merges`, the last case into which it was merged.

        Its participants are complete after `fetch_participants`.
        """
        row = self._last_target(case_id)
        if row is None:
            return None
        case_id = keys.record_id_of(row.pk)
        employee = snapshot_from_json(row.employee)
        return ReferencedCase(
            case_id=case_id,
            closed=row.status == CaseStatus.CLOSED.value,
            full=is_full(emails_of(row), bytes_of(row)),
            employee_id=employee.user_id if employee else None,
            participants=frozenset(row.participants or ()) | self._other_participants(case_id),
            subject=row.subject,
            moved_out=bool(row.moved_out),
        )

    def _last_target(self, case_id: str) -> CaseRow | None:
        return along_merges(case_id, self._case)

    def _case(self, case_id: str) -> CaseRow | None:
        return row_of(self._rows, keys.record(case_id), CaseRow)

    def _fetch_cases(self, case_ids: Collection[str]) -> dict[str, CaseRow]:
        self.fetch(map(keys.record, case_ids))
        return {case_id: row for case_id in case_ids if (row := self._case(case_id)) is not None}

    def fetch_participants(self, case_ids: Iterable[str], address: str) -> None:
        """Reads the items that show whether this normalised address takes part in these cases.

        Makes no call, unless one of the cases has many participants.
        """
        rows = map(self._last_target, case_ids)
        wanted = participant_key(address)
        self.fetch(
            keys.participants(keys.record_id_of(row.pk), wanted)
            for row in rows
            if row is not None and row.more_participants and wanted not in (row.participants or ())
        )

    def _other_participants(self, case_id: str) -> frozenset[bytes]:
        pk, _ = keys.record(case_id)
        others = (row for row in self._rows.values() if row.pk == pk and isinstance(row, ParticipantsRow))
        return frozenset(participant for row in others for participant in row.participants or ())

    def mailbox(self, address: str) -> Mailbox | None:
        """The mailbox with this address (the one that employees write to)."""
        row = row_of(self._rows, keys.mailbox(address), MailboxRow)
        return mailbox_of(row) if row else None

    def mailboxes(self) -> list[Mailbox]:
        """All mailboxes that were added at run time. Makes a call."""
        return [mailbox_of(row) for row in MailboxRow.query(keys.MAILBOXES)]

    def receiving(self, address: str) -> Mailbox | None:
        """The mailbox that is redirected to this receiving address."""
        row = row_of(self._rows, keys.receiving(address), ReceivingRow)
        return mailbox_of(row) if row else None

    def user_mapping(self, mailbox: str, sender: str) -> UserMapping | None:
        """The user mapping of a mailbox for this sender; otherwise the one for any sender."""
        return self.mapping_from(mailbox, sender) or self.mapping_from(mailbox, None)

    def mapping_from(self, mailbox: str, sender: str | None) -> UserMapping | None:
        """The user mapping of a mailbox for exactly this sender; with None, the one for any sender."""
        row = row_of(self._rows, keys.user_mapping_slot(mailbox, sender), UserMappingSlotRow)
        return user_mapping_of(row) if row is not None else None

    def employee(self, user_id: str) -> Employee | None:
        """The employee with this user id."""
        row = row_of(self._rows, keys.employee(user_id), EmployeeRow)
        return employee_of(row) if row else None

    def employees_at(self, address: str) -> tuple[Employee, ...]:
        """The employees that have this address."""
        row = row_of(self._rows, keys.address(address), AddressRow)
        return employees_at(row) if row else ()

    def routing(self) -> Routing:
        """Topics and service groups."""
        return routing_of(row_of(self._rows, keys.routing(), RoutingRow))

    def sent(self, message_id: str) -> ReferencedEntry | None:
        """The email that we sent under this Message-ID."""
        row = row_of(self._rows, keys.sent(sent_message_id_key(message_id)), SentRow)
        return ReferencedEntry(row.case_id, row.email_id, moved=bool(row.moved), subject=row.subject) if row else None

    def opened(self, slot: RateSlot, record_id: str) -> int:
        """How many cases were opened in this slot, not counting the one with this record id."""
        return opened(self._rows.get(slot.key), record_id)

    def has_room(self, slot: RateSlot, record_id: str) -> bool:
        """Whether `RateStore.count` would count the case with this record id in this slot."""
        return has_room(self._rows.get(slot.key), slot, record_id)

    def received(self, message_ids: Iterable[str]) -> list[ReferencedEntry]:
        """The emails that were received under these Message-IDs, in this order, and in the order of `received_under`.

        Needs one query for each Message-ID (two if there are very many emails under it), and one call that fetches the
        emails' items and the records of their cases, for each hundred. If the first email of a case is in the details
        of the case, one more.
        """
        partitions = [index_keys.thread(message_id_key(message_id)) for message_id in message_ids]
        found = [key for partition in partitions for key in received_under(partition)]
        self.fetch([*found, *(keys.record(keys.record_id_of(pk)) for pk, _ in found)])
        cases = (row_of(self._rows, key, CaseRow) for key in found)
        self.fetch(keys.details(keys.record_id_of(row.pk)) for row in cases if row and row.detailed)
        return [
            ReferencedEntry(
                keys.record_id_of(key[0]),
                self._email_id_at(key),
                moved=self._is_moved(key),
                subject=self._subject_at(key),
            )
            for key in found
        ]

    def _subject_at(self, key: Key) -> str | None:
        """The subject of the email in this item; None if there is none."""
        row = row_of(self._rows, key, EmailRow)
        if isinstance(row, CaseRow):
            row = with_details(row, self._rows.get(keys.details(keys.record_id_of(row.pk))))
        email = email_of(row, None) if row else None
        return email.subject if email else None

    def _is_moved(self, key: Key) -> bool:
        row = row_of(self._rows, key, EntryRow)
        return row is not None and bool(row.moved)

    def _email_id_at(self, key: Key) -> str | None:
        row = row_of(self._rows, key, EmailRow)
        if isinstance(row, CaseRow):
            return row.email_id
        return keys.email_id_of(key[1]) if isinstance(row, EntryRow) else None
