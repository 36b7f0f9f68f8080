"""Cases as agents read and change them, with the emails of each."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pynamodb.exceptions import PutError, UpdateError
from pynamodb.expressions.update import Action

from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.retries import condition_failed
from email_channels.aws.rows import conversion, keys
from email_channels.aws.rows.table import CaseRow, EntryRow, Row
from email_channels.aws.stores.record_store import AlreadyRecorded, read_rows
from email_channels.aws.stores.routing_store import RoutingStore
from email_channels.cases.case import Case, CaseStatus, EmployeeSnapshot
from email_channels.cases.history import StoredEmail
from email_channels.cases.routing import Routing
from email_channels.errors import ConcurrentChange
from email_channels.times import to_milliseconds, to_text

# The content of most emails is a few KB. Lists do not unpack longer ones: what they show of them is the preview.
_LISTED_CONTENT_BYTES = 65_536
_ENTRY = "EMAIL#"
_AFTER_ENTRIES = "EMAIL$"


@dataclass(frozen=True, slots=True)
class CaseChange:
    """What becomes of a case; `None` leaves a field as it is. `regarding` is in it only if `set_regarding`."""

    status: CaseStatus | None = None
    topic: str | None = None
    service_group: str | None = None
    subject: str | None = None
    show_to_employee: bool | None = None
    set_regarding: bool = False
    regarding: EmployeeSnapshot | None = None


class CaseStore:
    """Reads and writes cases. Raises PynamoDB's and botocore's exceptions for AWS's faults."""

    def __init__(self, mail: MailBucket, routing: RoutingStore) -> None:
        self._mail = mail
        self._routing = routing

    def get(self, case_id: str) -> tuple[Case | None, Routing]:
        """The case with its content (None: there is no case under this id), and the routing, which says who may see it:
        one call, and one more where the content lies in the bucket."""
        rows = read_rows([keys.head(case_id), keys.routing()])
        row = rows.get(keys.head(case_id))
        routing = self._routing.noted(rows.get(keys.routing()))
        return (conversion.case_of(row, self._mail) if isinstance(row, CaseRow) else None), routing

    def get_entry(self, case_id: str, email_id: str) -> tuple[Case | None, StoredEmail | None, Routing]:
        """The case, one email of its history with its content, and the routing: as many calls as `get`."""
        entry_key = keys.entry(case_id, email_id)
        rows = read_rows([keys.head(case_id), entry_key, keys.routing()])
        row, entry = rows.get(keys.head(case_id)), rows.get(entry_key)
        routing = self._routing.noted(rows.get(keys.routing()))
        if not isinstance(row, CaseRow):
            return None, None, routing
        if isinstance(entry, EntryRow):
            return conversion.case_of(row), conversion.entry_of(entry, self._mail).email, routing
        first = row.summary is not None and row.summary["id"] == email_id
        case = conversion.case_of(row, self._mail if first else None)
        return case, case.email if first else None, routing

    def history(self, case: Case, limit: int, before: str | None) -> tuple[list[StoredEmail], str | None]:
        """Emails of a case, newest first, without their contents, older than the email id `before`; and the email id to
        go on from, or None. One call."""
        pk, _ = keys.head(case.case_id)
        until = f"{_ENTRY}{before}" if before else _AFTER_ENTRIES
        rows = EntryRow.query(
            pk,
            EntryRow.sk.between(_ENTRY, until),
            scan_index_forward=False,
            limit=limit + 2,  # the one before which they are wanted is among them, and one tells whether there are more
            consistent_read=True,
            attributes_to_get=["pk", "sk", "kind", "direction", "summary", "recipients", "version"],
        )
        emails = [conversion.entry_of(row).email for row in rows if row.sk != until]
        # The first email lies in the case's own item. It is not always the oldest: older ones may have been moved here.
        if case.email is not None and (before is None or case.email.email_id < before):
            emails.append(case.email)
            emails.sort(key=lambda email: email.email_id, reverse=True)
        return emails[:limit], emails[limit - 1].email_id if len(emails) > limit else None

    def read_listed(self, case_ids: Sequence[str]) -> list[Case]:
        """These cases, in this order, as lists show them: without long contents. Those that are gone are left out."""
        rows = read_rows(keys.head(case_id) for case_id in case_ids) if case_ids else {}
        found = (rows.get(keys.head(case_id)) for case_id in case_ids)
        return [_listed(row) for row in found if isinstance(row, CaseRow)]

    def create(self, case: Case) -> None:
        """Writes a case that a person makes; raises AlreadyRecorded if its id is taken."""
        row = conversion.case_row(case, None, self._mail)
        try:
            row.save(condition=Row.pk.does_not_exist())
        except PutError as error:
            if not condition_failed(error):
                raise
            # The answer to our own write may have been lost, and the SDK have written again. Another id then would make
            # a second case.
            if self._stored(case.case_id) != case:
                raise AlreadyRecorded from error

    def change(self, case: Case, change: CaseChange, now: datetime) -> Case:
        """Changes the case if it is still at this version, and returns it as it is then; raises ConcurrentChange
        otherwise. One call."""
        pk, sk = keys.head(case.case_id)
        changed = _changed(case, change, now)
        at = to_text(changed.updated_at)
        # All that an index rests on is written together, or the list would show what the case no longer is.
        actions: list[Action] = [
            CaseRow.version.set(changed.version),
            CaseRow.updated_at.set(at),
            CaseRow.status.set(changed.status.value),
            CaseRow.service_group.set(changed.service_group),
            CaseRow.gsi1pk.set(conversion.cases_partition(changed.service_group, changed.status)),
            CaseRow.gsi1sk.set(f"{at}#{case.case_id}"),
            CaseRow.topic.set(changed.topic),
            CaseRow.subject.set(changed.subject),
            CaseRow.show_to_employee.set(changed.show_to_employee),
        ]
        if change.set_regarding:
            person = change.regarding
            actions.append(
                CaseRow.regarding.set([person.user_id, person.name, person.email])
                if person
                else CaseRow.regarding.remove()
            )
        try:
            CaseRow(pk=pk, sk=sk).update(
                actions=actions, condition=(Row.version == case.version) & CaseRow.status.exists()
            )
        except UpdateError as error:
            if not condition_failed(error):
                raise
            # As in `create`: what stands there may be what we wrote.
            if self._stored(case.case_id) != changed:
                raise ConcurrentChange(f"case {case.case_id} changed in between") from error
        return changed

    def _stored(self, case_id: str) -> Case | None:
        row = read_rows([keys.head(case_id)]).get(keys.head(case_id))
        return conversion.case_of(row, self._mail) if isinstance(row, CaseRow) else None


def _changed(case: Case, change: CaseChange, now: datetime) -> Case:
    return replace(
        case,
        status=change.status or case.status,
        topic=change.topic or case.topic,
        service_group=change.service_group or case.service_group,
        subject=change.subject or case.subject,
        show_to_employee=case.show_to_employee if change.show_to_employee is None else change.show_to_employee,
        regarding=change.regarding if change.set_regarding else case.regarding,
        updated_at=to_milliseconds(max(now, case.updated_at)),
        version=case.version + 1,
    )


def _listed(row: CaseRow) -> Case:
    """The case of an item; `issue` is the preview where the content is long."""
    if row.content and not _is_short(row.content):
        row.content = None
    case = conversion.case_of(row)
    if case.issue or case.email is None or case.email.content is not None:
        return case
    return replace(case, issue=case.email.preview)


def _is_short(packed: bytes) -> bool:
    """Whether a compressed content unpacks to little; looks no further than that."""
    decompressor = zlib.decompressobj()
    try:
        decompressor.decompress(packed, _LISTED_CONTENT_BYTES)
    except zlib.error:
        return False
    return decompressor.eof
