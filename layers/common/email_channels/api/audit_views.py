"""Audit records as JSON documents of the API (`openapi.json` has the schema)."""

from __future__ import annotations

from email_channels.api.case_views import Document
from email_channels.cases.audit.records import AuditRecord
from email_channels.times import to_text


def audit_json(record: AuditRecord) -> Document:
    """One record."""
    return {
        "at": to_text(record.at),
        "actor": record.actor,
        "action": record.action,
        "target": record.target,
        "fields": list(record.fields),
        "before": record.before,
        "after": record.after,
    }
