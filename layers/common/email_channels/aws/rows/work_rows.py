"""Items that the system writes for itself: sent ids, rates, idempotency keys."""

from __future__ import annotations

from datetime import datetime, timedelta

from pynamodb.attributes import UnicodeAttribute, UnicodeSetAttribute

from email_channels.aws.rows import keys
from email_channels.aws.rows.table import Row
from email_channels.cases.identity import sent_message_id_key

IDEMPOTENCY_LIFETIME = timedelta(hours=24)


class SentRow(Row, discriminator="sent"):
    """Which case an id that SES gave us belongs to. `email_id` is None for what is no entry (acknowledgements)."""

    case_id = UnicodeAttribute()
    email_id = UnicodeAttribute(null=True)


class RateRow(Row, discriminator="rate"):
    """The record ids of the cases that a sender opened in an hour."""

    records = UnicodeSetAttribute(null=True)


class IdempotencyRow(Row, discriminator="idempotency"):
    """What an agent sent under an Idempotency-Key: the hash of the request, and the entry that it made."""

    request_hash = UnicodeAttribute()
    email_id = UnicodeAttribute()


def sent_row(message_id: str, case_id: str, email_id: str | None) -> SentRow:
    """The item of an id that SES gave us (with or without its domain). It never expires: answers come years later."""
    pk, sk = keys.sent(sent_message_id_key(message_id))
    return SentRow(pk=pk, sk=sk, case_id=case_id, email_id=email_id)


def idempotency_row(case_id: str, key: str, request_hash: str, email_id: str, now: datetime) -> IdempotencyRow:
    """The item of an Idempotency-Key, which DynamoDB deletes after a day."""
    pk, sk = keys.idempotency(case_id, key)
    expires_at = int((now + IDEMPOTENCY_LIFETIME).timestamp())
    return IdempotencyRow(pk=pk, sk=sk, request_hash=request_hash, email_id=email_id, expires_at=expires_at)
