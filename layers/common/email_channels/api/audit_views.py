"""Audit records as JSON documents of the API (`openapi.json` has the schema)."""

from __future__ import annotations

from email_channels.api.case_views import Document
from email_channels.cases.audit.records import AuditAction, AuditRecord
from email_channels.cases.purge_proof import restorable_until
from email_channels.times import to_text

_DELETIONS = {AuditAction.CASE_ERASE, AuditAction.EMPLOYEE_ERASE, AuditAction.UNPROCESSED_DISCARD}


def audit_json(record: AuditRecord) -> Document:
    """One record. That of an erasure or a discard is its proof, and says until when a restore could undo it."""
    until = to_text(restorable_until(record.at)) if record.action in _DELETIONS else None
    return {
        "at": to_text(record.at),
        "actor": record.actor,
        "action": record.action,
        "target": record.target,
        "fields": list(record.fields),
        "before": record.before,
        "after": record.after,
        "restorable_until": until,
    }
