"""The item of an audit record."""

from __future__ import annotations

from datetime import UTC, datetime

from pynamodb.attributes import JSONAttribute, UnicodeAttribute

from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.table import Row, expiry
from email_channels.cases.audit.records import AuditRecord
from email_channels.times import from_text, to_text


class AuditRow(Row, discriminator="audit"):
    """One change by a person. It is never changed; it expires. `before` and `after` hold only values that may be shown
    (`cases/audit/records.py`)."""

    at = UnicodeAttribute()
    actor = UnicodeAttribute()
    action = UnicodeAttribute()
    target = UnicodeAttribute()
    fields = JSONAttribute()
    before = JSONAttribute(null=True)
    after = JSONAttribute(null=True)


def audit_row(record: AuditRecord) -> AuditRow:
    """The item of a record."""
    pk, sk = keys.audit(record.id)
    return AuditRow(
        pk=pk,
        sk=sk,
        at=to_text(record.at),
        actor=record.actor,
        action=record.action,
        target=record.target,
        fields=list(record.fields),
        before=None if record.before is None else dict(record.before),
        after=None if record.after is None else dict(record.after),
        expires_at=expiry(record.kept_until),
        gsi1pk=index_keys.audit_target(record.action, record.target),
        gsi1sk=record.id,
        gsi2pk=index_keys.audit_actor(record.actor),
        gsi2sk=record.id,
    )


def audit_record_of(row: AuditRow) -> AuditRecord:
    """The record of an item."""
    return AuditRecord(
        id=row.sk,
        at=from_text(row.at),
        actor=row.actor,
        action=row.action,
        target=row.target,
        fields=tuple(row.fields),
        before=row.before,
        after=row.after,
        kept_until=datetime.fromtimestamp(int(row.expires_at or 0), UTC),
    )
