"""The items of a case, which also hold the email that the case was made from.

The item of the case changes often, and the price of each change depends on its size. So it is kept short. What it has
no room for is in an item of its own (`DetailsRow`) or in the bucket, which are written once.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from pynamodb.attributes import (
    BinaryAttribute,
    BinarySetAttribute,
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)

from email_channels.aws.mail_bucket import MailBucket, content_key
from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.codec import (
    OriginalKeyAttribute,
    agent_from_json,
    agent_to_json,
    clean,
    email_to_json,
    snapshot_from_json,
    snapshot_to_json,
    time_from_text,
    time_to_text,
)
from email_channels.aws.rows.compression import pack_content, pack_email, pack_summary
from email_channels.aws.rows.email_rows import (
    MAX_CHANGING_BYTES,
    MAX_EMAIL_BYTES,
    EmailRow,
    content_of,
    email_of,
    set_email,
)
from email_channels.aws.rows.table import Row, row_bytes, version_of
from email_channels.cases.case import Case, CaseStatus, WaitingOn
from email_channels.cases.history import Content
from email_channels.cases.identity import EmailIdentity
from email_channels.cases.warnings import EmailWarning
from email_channels.times import from_text, to_text

# More participants than this are in items of their own.
MAX_OWN_PARTICIPANTS = 8
# A case whose first email is taken away keeps at most this much of its issue.
MOST_ISSUE_CHARACTERS = 50_000
# The issue is compressed. A longer one is in the details of the case.
MOST_OWN_ISSUE_BYTES = 500


class CaseRow(EmailRow, discriminator="case"):
    """A case. `email_id` is the id of the email that it was made from; None if it has none (any more).

    `email` also holds the issue. If `detailed`, it is in a DetailsRow instead. `participants` are participant keys; if
    `more_participants`, there are others in ParticipantsRows. `last_activity` is the gsi4 sort key of its newest email,
    None while that is its own. `entries` and `entry_bytes` count its entries, up to the email `counted_to`.
    `replaced_key` is the original of the unprocessed email that the case has replaced. `merged_into` is the id of the
    case into which this one was merged. `moved_out`: people have moved emails from it to other cases. Without
    `waiting_on`, the status decides (`waiting_on_of`). `words_due` names a change after which the words under which the
    case is found must be found anew.

    `seen`: an agent has read the first email. `unread_version` counts the changes of what is unread. `reply_alerted_at`
    is when the service group was last alerted of a reply or a failure. `alert_owed`: SES did not take the alert of the
    last reply.

    DynamoDB bills the names of attributes, too, so long ones are short in the item.
    """

    replaced_key = OriginalKeyAttribute(null=True)
    detailed = BooleanAttribute(null=True)
    status = UnicodeAttribute()
    subject = UnicodeAttribute()
    topic = UnicodeAttribute()
    service_group = UnicodeAttribute(attr_name="group")
    employee = JSONAttribute(null=True)
    regarding = JSONAttribute(null=True)
    show_to_employee = BooleanAttribute(attr_name="show")
    flags = UnicodeSetAttribute(null=True)
    siblings = UnicodeSetAttribute(null=True)
    participants = BinarySetAttribute(legacy_encoding=False, null=True, attr_name="people")
    more_participants = BooleanAttribute(null=True, attr_name="more")
    mailbox = UnicodeAttribute(null=True)
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    last_activity = UnicodeAttribute(null=True, attr_name="latest")
    entries = NumberAttribute(null=True)
    entry_bytes = NumberAttribute(null=True, attr_name="bytes")
    counted_to = UnicodeAttribute(null=True, attr_name="counted")
    acknowledge = BooleanAttribute(null=True, attr_name="ack")
    neutral = BooleanAttribute(null=True)
    acknowledged_at = UnicodeAttribute(null=True, attr_name="acked_at")
    alerted_at = UnicodeAttribute(null=True)
    merged_into = UnicodeAttribute(null=True)
    moved_out = BooleanAttribute(null=True)
    assignee = JSONAttribute(null=True)
    unread_from = UnicodeAttribute(null=True, attr_name="unread")
    warnings = UnicodeSetAttribute(null=True)
    waiting_on = UnicodeAttribute(null=True)
    acted_at = UnicodeAttribute(null=True)
    last_inbound_at = UnicodeAttribute(null=True, attr_name="in_at")
    last_outbound_at = UnicodeAttribute(null=True, attr_name="out_at")
    seen = NumberAttribute(null=True)
    unread_version = NumberAttribute(null=True, attr_name="unread_n")
    reply_alerted_at = UnicodeAttribute(null=True, attr_name="reply_at")
    alert_owed = BooleanAttribute(null=True)
    handed_over_at = UnicodeAttribute(null=True)
    words_due = UnicodeAttribute(null=True)


class DetailsRow(Row, discriminator="details"):
    """What the item of a case has no room for: `email`, as in EmailRow."""

    email = BinaryAttribute(legacy_encoding=False)


class ActivityRow(Row, discriminator="activity"):
    """Puts a case into the log of activity (gsi4) at a time at which it got no email."""


class ParticipantsRow(Row, discriminator="participants"):
    """Participant keys for which the item of a case has no room."""

    participants = BinarySetAttribute(legacy_encoding=False, null=True)


def case_rows(case: Case, identity: EmailIdentity | None, mail: MailBucket) -> tuple[list[Row], CaseRow]:
    """The items of a case. The item of the case itself makes the others visible, so it must be written last.

    Long content is written to the bucket first.
    """
    pk, sk = keys.record(case.case_id)
    created_at, updated_at = to_text(case.created_at), to_text(case.updated_at)
    own = sorted(case.participants)[:MAX_OWN_PARTICIPANTS]
    others = case.participants - set(own)
    email = case.email
    row = CaseRow(
        pk=pk,
        sk=sk,
        version=case.version,
        email_id=email.email_id if email else None,
        status=case.status.value,
        subject=clean(case.subject),
        topic=case.topic,
        service_group=case.service_group,
        employee=snapshot_to_json(case.employee),
        regarding=snapshot_to_json(case.regarding),
        show_to_employee=case.show_to_employee,
        flags=set(case.flags) or None,
        siblings=set(case.siblings) or None,
        participants=set(own) or None,
        more_participants=True if others else None,
        mailbox=case.mailbox,
        created_at=created_at,
        updated_at=updated_at,
        acknowledge=case.acknowledge or None,
        neutral=case.neutral or None,
        acknowledged_at=time_to_text(case.acknowledged_at),
        alerted_at=time_to_text(case.alerted_at),
        merged_into=case.merged_into,
        assignee=agent_to_json(case.assignee),
        unread_from=case.unread_from,
        warnings={warning.value for warning in case.warnings} or None,
        # A new case waits on the agent, which needs no room.
        waiting_on=None if case.waiting_on is WaitingOn.AGENT else case.waiting_on.value,
        acted_at=time_to_text(case.acted_at),
        last_inbound_at=time_to_text(case.last_inbound_at),
        last_outbound_at=time_to_text(case.last_outbound_at),
        gsi1pk=index_keys.cases(case.service_group, case.status),
        gsi1sk=index_keys.at_time(updated_at, case.case_id),
        gsi2pk=index_keys.employee(case.employee.user_id) if case.employee else None,
        gsi2sk=index_keys.at_time(created_at, case.case_id) if case.employee else None,
        gsi4pk=index_keys.ACTIVITY,
        gsi4sk=_activity(case),
    )
    if email is not None:
        set_email(row, email, identity)
    details = _place(row, case, mail)
    return [*participants_rows(case.case_id, others), *([details] if details else [])], row


def _activity(case: Case) -> str:
    at = (case.email.stored_at if case.email else None) or case.created_at
    return index_keys.activity(at, case.case_id, case.email.raw_key if case.email else None)


def _place(row: CaseRow, case: Case, mail: MailBucket) -> DetailsRow | None:
    """Puts the email and the issue where there is room; returns the details, if there are any."""
    content = (case.email.content if case.email else None) or Content(text=None, html=None)
    content = replace(content, issue=case.issue)
    summary = email_to_json(case.email) if case.email else None
    packed = pack_email(summary, content)
    if packed is None or len(packed) > MAX_EMAIL_BYTES:
        row.content_key = content_key(case.case_id)
        mail.write(row.content_key, pack_content(content))
        packed = pack_summary(summary)
    row.email = packed
    if packed is None or row_bytes(row) <= MAX_CHANGING_BYTES:
        return None
    row.email, row.detailed = None, True
    return details_row(case.case_id, packed)


def details_row(case_id: str, email: bytes) -> DetailsRow:
    """The item of what the item of a case has no room for."""
    pk, sk = keys.details(case_id)
    return DetailsRow(pk=pk, sk=sk, email=email)


def kept_issue(issue: str, most: int = MOST_ISSUE_CHARACTERS) -> str:
    """What a case whose first email is taken away keeps of its issue."""
    return issue if len(issue) <= most else f"{issue[:most]}\n[...]"


def participants_rows(case_id: str, participants: frozenset[bytes]) -> list[ParticipantsRow]:
    """The items of participants for whom the item of the case has no room."""
    rows: dict[keys.Key, ParticipantsRow] = {}
    for participant in sorted(participants):
        pk, sk = keys.participants(case_id, participant)
        row = rows.setdefault((pk, sk), ParticipantsRow(pk=pk, sk=sk, participants=set()))
        row.participants.add(participant)
    return list(rows.values())


def activity_row(case_id: str, at: datetime) -> ActivityRow:
    """The item that shows that a case had activity at a time."""
    pk, sk = keys.activity(case_id)
    return ActivityRow(pk=pk, sk=sk, gsi4pk=index_keys.ACTIVITY, gsi4sk=index_keys.activity(at, case_id, None))


def with_details(row: CaseRow, details: Row | None) -> CaseRow:
    """The item of a case, with the email that its details hold."""
    if row.detailed and isinstance(details, DetailsRow):
        row.email = details.email
    return row


def case_of(row: CaseRow, mail: MailBucket | None = None) -> Case:
    """The case of an item, which `with_details` has completed. Without its details, the case has no email and no issue.

    If `mail` is None, content in the bucket is not read, and its issue is left out, too.
    """
    email = email_of(row, mail)
    content = email.content if email else content_of(row, mail)
    return Case(
        case_id=keys.record_id_of(row.pk),
        status=CaseStatus(row.status),
        subject=row.subject,
        issue=(content.issue or "") if content else "",
        topic=row.topic,
        service_group=row.service_group,
        employee=snapshot_from_json(row.employee),
        regarding=snapshot_from_json(row.regarding),
        show_to_employee=row.show_to_employee,
        flags=tuple(sorted(row.flags or ())),
        siblings=tuple(sorted(row.siblings or ())),
        mailbox=row.mailbox,
        created_at=from_text(row.created_at),
        updated_at=from_text(row.updated_at),
        participants=frozenset(row.participants or ()),
        more_participants=bool(row.more_participants),
        version=version_of(row),
        acknowledge=bool(row.acknowledge),
        acknowledged_at=time_from_text(row.acknowledged_at),
        alerted_at=time_from_text(row.alerted_at),
        email=email,
        emails=emails_of(row),
        size=bytes_of(row),
        neutral=bool(row.neutral),
        merged_into=row.merged_into,
        assignee=agent_from_json(row.assignee),
        unread_from=row.unread_from,
        warnings=warnings_of(row),
        waiting_on=waiting_on_of(row),
        acted_at=time_from_text(row.acted_at),
        last_inbound_at=time_from_text(row.last_inbound_at),
        last_outbound_at=time_from_text(row.last_outbound_at),
        handed_over_at=time_from_text(row.handed_over_at),
    )


def waiting_on_of(row: CaseRow) -> WaitingOn:
    """On whom a case waits. As long as nothing has changed that, an open case waits on the agent."""
    if row.waiting_on:
        return WaitingOn(row.waiting_on)
    return WaitingOn.AGENT if row.status == CaseStatus.OPEN.value else WaitingOn.NOBODY


def warnings_of(row: CaseRow) -> tuple[EmailWarning, ...]:
    """The warnings of the unread emails of a case."""
    return tuple(warning for warning in EmailWarning if warning.value in (row.warnings or ()))


def words_due(changed: Row) -> str:
    """What `words_due` says after a change of a case, or after this entry was taken from it: another text each time, so
    that the stream's consumer notices each change."""
    return f"{keys.email_id_of(changed.sk) or 'case'} {version_of(changed) + 1}"


def emails_of(row: CaseRow) -> int:
    """How many emails the history of a case has: its entries, and its first email."""
    return int(row.entries or 0) + (1 if row.email_id else 0)


def bytes_of(row: CaseRow) -> int:
    """The size of the emails in the history of a case, in bytes."""
    return int(row.entry_bytes or 0) + int(row.size or 0)


def last_activity_of(row: CaseRow) -> str:
    """The gsi4 sort key of the newest email of a case; of the case itself if it has none."""
    return row.last_activity or row.gsi4sk or ""
