"""What we learn about an email after SES got it: its Message-ID and its delivery states."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from email_channels.cases.delivery_states import merge_states
from email_channels.cases.history import StoredEmail
from email_channels.cases.recipients import RecipientState
from email_channels.cases.sending_events import SendingEvent


def wire_message_id(ses_id: str, region: str) -> str:
    """The Message-ID (without angle brackets) that recipients see on an email to which SES gave this id."""
    return f"{ses_id}@{'email' if region == 'us-east-1' else region}.amazonses.com"


def confirm_sent(email: StoredEmail, message_id: str, at: datetime) -> StoredEmail:
    """The email, now that SES is known to have accepted it at the time `at`; unchanged if that was known before.

    Recipients in the states `queued` and `failed` become `sent`: until now, `failed` only meant that SES had not
    confirmed the email. `message_id` is what `wire_message_id` gives.
    """
    if email.message_id is not None:
        return email
    unconfirmed = (RecipientState.QUEUED, RecipientState.FAILED)
    return replace(
        email,
        message_id=message_id,
        recipients=tuple(
            replace(row, state=RecipientState.SENT, detail=None, at=at) if row.state in unconfirmed else row
            for row in email.recipients
        ),
    )


def apply_event(email: StoredEmail, event: SendingEvent) -> StoredEmail:
    """The email after an event about it. Every event proves that SES accepted the email."""
    known = confirm_sent(email, wire_message_id(event.message_id, event.region), event.sent_at)
    return replace(known, recipients=merge_states(known.recipients, event.changes))
