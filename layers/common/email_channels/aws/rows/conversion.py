"""Items <-> the domain's values."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from email_channels.aws.mail_bucket import MailBucket, content_key
from email_channels.aws.rows import keys
from email_channels.aws.rows.codec import (
    MAX_INLINE_CONTENT_BYTES,
    email_from_summary,
    email_to_summary,
    matched_in,
    matched_out,
    pack,
    pack_content,
    recipients_out,
    text_or_none,
    time_or_none,
    unpack,
    unpack_content,
)
from email_channels.aws.rows.table import CaseRow, EmailRow, EntryRow, PointerRow, Row, UnprocessedRow
from email_channels.cases.case import Case, CaseStatus, EmployeeSnapshot
from email_channels.cases.channels import Channel
from email_channels.cases.history import Content, Direction, Entry, StoredEmail
from email_channels.cases.identity import EmailIdentity
from email_channels.cases.outcomes import Outcome
from email_channels.cases.reasons import Reason
from email_channels.cases.record import Pointer, Record
from email_channels.cases.unprocessed import Hold, Unprocessed
from email_channels.times import from_text, to_text

UNPROCESSED_PARTITION = "UNPROCESSED"
TO_NOTIFY_PARTITION = "TO_NOTIFY"
TO_PURGE_PARTITION = "TO_PURGE"
TO_SEND_PARTITION = "TO_SEND"

# DynamoDB knows no empty sets; an attribute that is absent is one.


def cases_partition(service_group: str, status: CaseStatus) -> str:
    """The gsi1 partition of the cases of a group and status."""
    return f"CASES#{service_group}#{status.value}"


def employee_partition(user_id: str) -> str:
    """The gsi2 partition of an employee's cases."""
    return f"EMPLOYEE#{keys.bounded(user_id)}"


def thread_partition(thread_key: str) -> str:
    """The gsi3 partition of the emails received under a Message-ID (`identity.message_id_key`)."""
    return f"THREAD#{thread_key}"


def case_row(case: Case, identity: EmailIdentity | None, mail: MailBucket) -> CaseRow:
    """The item of a case. A long content goes to the bucket first."""
    pk, sk = keys.head(case.case_id)
    row = CaseRow(
        pk=pk,
        sk=sk,
        version=case.version,
        status=case.status.value,
        subject=_text(case.subject),
        topic=case.topic,
        service_group=case.service_group,
        employee=_snapshot_out(case.employee),
        regarding=_snapshot_out(case.regarding),
        show_to_employee=case.show_to_employee,
        flags=set(case.flags) or None,
        siblings=set(case.siblings) or None,
        participants=set(case.participants) or None,
        mailbox=case.mailbox,
        created_at=to_text(case.created_at),
        updated_at=to_text(case.updated_at),
        acknowledge=case.acknowledge or None,
        acknowledged_at=text_or_none(case.acknowledged_at),
        alerted_at=text_or_none(case.alerted_at),
        gsi1pk=cases_partition(case.service_group, case.status),
        gsi1sk=f"{to_text(case.updated_at)}#{case.case_id}",
        gsi2pk=employee_partition(case.employee.user_id) if case.employee else None,
        gsi2sk=f"{to_text(case.created_at)}#{case.case_id}" if case.employee else None,
    )
    if case.email is None:
        row.issue = pack(case.issue)
    else:
        _put_email(row, case.email, identity, case.case_id, mail)
    return row


def case_of(row: CaseRow, mail: MailBucket | None = None) -> Case:
    """The case of an item. `issue` and the email's content need `mail` only where they lie in the bucket; without it
    they are read from the item alone."""
    content = _content_of(row, mail)
    issue = unpack(row.issue) if row.issue else (content.issue or "") if content else ""
    return Case(
        case_id=row.pk.partition("#")[2],
        status=CaseStatus(row.status),
        subject=row.subject,
        issue=issue,
        topic=row.topic,
        service_group=row.service_group,
        employee=_snapshot_in(row.employee),
        regarding=_snapshot_in(row.regarding),
        show_to_employee=row.show_to_employee,
        flags=tuple(sorted(row.flags or ())),
        siblings=tuple(sorted(row.siblings or ())),
        mailbox=row.mailbox,
        created_at=from_text(row.created_at),
        updated_at=from_text(row.updated_at),
        participants=frozenset(row.participants or ()),
        version=int(row.version or 1),
        acknowledge=bool(row.acknowledge),
        acknowledged_at=time_or_none(row.acknowledged_at),
        alerted_at=time_or_none(row.alerted_at),
        email=_email_of(row, content) if row.summary else None,
    )


def unprocessed_row(item: Unprocessed, identity: EmailIdentity, mail: MailBucket) -> UnprocessedRow:
    """The item of an unprocessed email. Until it is notified it stands among the work to notify."""
    pk, sk = keys.head(item.id)
    row = UnprocessedRow(
        pk=pk,
        sk=sk,
        version=item.version,
        channel=item.channel.value,
        mailbox=item.mailbox,
        reason=item.reason.value,
        received_at=to_text(item.received_at),
        envelope_sender=item.envelope_sender,
        automatic=item.automatic,
        notified_at=text_or_none(item.notified_at),
        notification_attempts=item.notification_attempts or None,
        notification_message_id=item.notification_message_id,
        purge_after=text_or_none(item.purge_after),
        held=hold_out(item.held),
        purge_id=item.purge_id,
        gsi1pk=UNPROCESSED_PARTITION,
        gsi1sk=f"{to_text(item.received_at)}#{item.id}",
    )
    row.gsi2pk, row.gsi2sk = due_keys(item)
    _put_email(row, item.email, identity, item.id, mail)
    return row


def due_keys(item: Unprocessed) -> tuple[str | None, str | None]:
    """The gsi2 keys of an unprocessed email: to notify until that is done, then to purge unless it is held."""
    if item.notified_at is None or item.purge_after is None:
        return to_notify_keys(item.id, item.received_at)
    if item.held is not None:
        return None, None
    return TO_PURGE_PARTITION, f"{to_text(item.purge_after)}#{item.id}"


def to_notify_keys(record_id: str, due: datetime) -> tuple[str, str]:
    """The gsi2 keys of an unprocessed email whose notification is due at a time."""
    return TO_NOTIFY_PARTITION, f"{to_text(due)}#{record_id}"


def unprocessed_of(row: UnprocessedRow, mail: MailBucket | None = None) -> Unprocessed:
    """The unprocessed email of an item; `mail` as in `case_of`."""
    return Unprocessed(
        id=row.pk.partition("#")[2],
        channel=Channel(row.channel),
        mailbox=row.mailbox,
        reason=Reason(row.reason),
        received_at=from_text(row.received_at),
        envelope_sender=row.envelope_sender,
        automatic=row.automatic,
        email=_email_of(row, _content_of(row, mail)),
        notified_at=time_or_none(row.notified_at),
        notification_attempts=int(row.notification_attempts or 0),
        notification_message_id=row.notification_message_id,
        purge_after=time_or_none(row.purge_after),
        held=_hold_in(row.held),
        purge_id=row.purge_id,
        version=int(row.version or 1),
    )


def pointer_row(pointer: Pointer, identity: EmailIdentity) -> PointerRow:
    """The item of a pointer."""
    pk, sk = keys.head(pointer.id)
    return PointerRow(
        pk=pk,
        sk=sk,
        version=pointer.version,
        identity=identity.key,
        outcome=pointer.outcome.value,
        case_id=pointer.case_id,
        email_id=pointer.email_id,
        raw_key=pointer.raw_key,
        matched_by=matched_out(pointer.matched_by),
    )


def pointer_of(row: PointerRow) -> Pointer:
    """The pointer of an item."""
    return Pointer(
        id=row.pk.partition("#")[2],
        outcome=Outcome(row.outcome),
        case_id=row.case_id,
        email_id=row.email_id,
        raw_key=row.raw_key,
        matched_by=matched_in(row.matched_by),
        version=int(row.version or 1),
    )


def entry_row(entry: Entry, identity: EmailIdentity | None, record_id: str, mail: MailBucket) -> EntryRow:
    """The item of an entry. `record_id` names its long content in the bucket; outbound ones stand among the work to
    send until SES has taken them."""
    pk, sk = keys.entry(entry.case_id, entry.email.email_id)
    row = EntryRow(pk=pk, sk=sk, version=entry.version, direction=entry.email.direction.value)
    _put_email(row, entry.email, identity, record_id, mail)
    if entry.email.direction is Direction.OUTBOUND and entry.email.message_id is None:
        row.gsi2pk, row.gsi2sk = TO_SEND_PARTITION, f"{to_text(entry.email.at)}#{entry.case_id}"
    return row


def entry_of(row: EntryRow, mail: MailBucket | None = None) -> Entry:
    """The entry of an item; `mail` as in `case_of`."""
    return Entry(
        case_id=row.pk.partition("#")[2], email=_email_of(row, _content_of(row, mail)), version=int(row.version or 1)
    )


def record_of(row: Row, mail: MailBucket | None = None) -> Record:
    """The record that a head item holds; raises ValueError for an item of another kind."""
    if isinstance(row, CaseRow):
        return Record(row.identity, case_of(row, mail))
    if isinstance(row, UnprocessedRow):
        return Record(row.identity, unprocessed_of(row, mail))
    if isinstance(row, PointerRow):
        return Record(row.identity, pointer_of(row))
    raise ValueError(f"an item of kind {type(row).__name__} is no record")


def hold_out(hold: Hold | None) -> dict[str, str] | None:
    """A hold, for an item."""
    return {"why": _text(hold.why), "by": hold.by, "at": to_text(hold.at)} if hold else None


def in_thread(row: EmailRow, identity: EmailIdentity) -> None:
    """Sets the keys under which an answer to this email finds it."""
    row.gsi3pk = thread_partition(identity.thread_key)
    row.gsi3sk = row.pk


def _put_email(
    row: EmailRow, email: StoredEmail, identity: EmailIdentity | None, record_id: str, mail: MailBucket
) -> None:
    row.summary = email_to_summary(email)
    row.recipients = recipients_out(email.recipients) or None
    if email.content is not None:
        packed = pack_content(email.content)
        if len(packed) > MAX_INLINE_CONTENT_BYTES:
            row.content_key = content_key(record_id)
            mail.write(row.content_key, packed)
        else:
            row.content = packed
    if identity is not None:
        row.identity = identity.key
        row.content_identity = identity.content
        in_thread(row, identity)


def _content_of(row: EmailRow, mail: MailBucket | None) -> Content | None:
    if row.content:
        return unpack_content(row.content)
    if row.content_key and mail is not None:
        return unpack_content(mail.read(row.content_key))
    return None


def _email_of(row: EmailRow, content: Content | None) -> StoredEmail:
    return email_from_summary(row.summary, row.recipients, content)


def _snapshot_out(snapshot: EmployeeSnapshot | None) -> list[str | None] | None:
    return [snapshot.user_id, snapshot.name, snapshot.email] if snapshot else None


def _snapshot_in(row: Any) -> EmployeeSnapshot | None:
    return EmployeeSnapshot(row[0], row[1], row[2]) if row else None


def _hold_in(row: Any) -> Hold | None:
    return Hold(row["why"], row["by"], from_text(row["at"])) if row else None


def _text(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
