"""The item of a case, which also holds the email that the case was made from."""

from __future__ import annotations

from pynamodb.attributes import BinaryAttribute, BooleanAttribute, JSONAttribute, UnicodeAttribute, UnicodeSetAttribute

from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.codec import clean, snapshot_from_json, snapshot_to_json, time_from_text, time_to_text
from email_channels.aws.rows.compression import pack, unpack
from email_channels.aws.rows.email_rows import EmailRow, content_of, email_of, original_key, set_email
from email_channels.aws.rows.table import version_of
from email_channels.cases.case import Case, CaseStatus
from email_channels.cases.identity import EmailIdentity
from email_channels.times import from_text, to_text


class CaseRow(EmailRow, discriminator="case"):
    """A case. `issue` is set if a person made the case or moved its email away; else it is in the email's content."""

    status = UnicodeAttribute()
    subject = UnicodeAttribute()
    issue = BinaryAttribute(legacy_encoding=False, null=True)
    topic = UnicodeAttribute()
    service_group = UnicodeAttribute()
    employee = JSONAttribute(null=True)
    regarding = JSONAttribute(null=True)
    show_to_employee = BooleanAttribute()
    flags = UnicodeSetAttribute(null=True)
    siblings = UnicodeSetAttribute(null=True)
    participants = UnicodeSetAttribute(null=True)
    mailbox = UnicodeAttribute(null=True)
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    acknowledge = BooleanAttribute(null=True)
    acknowledged_at = UnicodeAttribute(null=True)
    alerted_at = UnicodeAttribute(null=True)


def case_row(case: Case, identity: EmailIdentity | None, mail: MailBucket) -> CaseRow:
    """The item of a case. Long content is written to the bucket first."""
    pk, sk = keys.record(case.case_id)
    created_at, updated_at = to_text(case.created_at), to_text(case.updated_at)
    row = CaseRow(
        pk=pk,
        sk=sk,
        version=case.version,
        status=case.status.value,
        subject=clean(case.subject),
        topic=case.topic,
        service_group=case.service_group,
        employee=snapshot_to_json(case.employee),
        regarding=snapshot_to_json(case.regarding),
        show_to_employee=case.show_to_employee,
        flags=set(case.flags) or None,
        siblings=set(case.siblings) or None,
        participants=set(case.participants) or None,
        mailbox=case.mailbox,
        created_at=created_at,
        updated_at=updated_at,
        acknowledge=case.acknowledge or None,
        acknowledged_at=time_to_text(case.acknowledged_at),
        alerted_at=time_to_text(case.alerted_at),
        gsi1pk=index_keys.cases(case.service_group, case.status),
        gsi1sk=index_keys.at_time(updated_at, case.case_id),
        gsi2pk=index_keys.employee(case.employee.user_id) if case.employee else None,
        gsi2sk=index_keys.at_time(created_at, case.case_id) if case.employee else None,
    )
    if case.email is None:
        row.issue = pack(case.issue)
    else:
        set_email(row, case.email, identity, case.case_id, mail)
        row.gsi4pk = original_key(case.email, identity)
    return row


def case_of(row: CaseRow, mail: MailBucket | None = None) -> Case:
    """The case of an item. If `mail` is None, content in the bucket is not read, and its issue is left out, too."""
    content = content_of(row, mail)
    issue = unpack(row.issue) if row.issue else (content.issue or "") if content else ""
    return Case(
        case_id=keys.record_id_of(row.pk),
        status=CaseStatus(row.status),
        subject=row.subject,
        issue=issue,
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
        version=version_of(row),
        acknowledge=bool(row.acknowledge),
        acknowledged_at=time_from_text(row.acknowledged_at),
        alerted_at=time_from_text(row.alerted_at),
        email=email_of(row, content) if row.summary else None,
    )
