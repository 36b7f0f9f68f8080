"""Marks as failed the agents' emails that SES has not confirmed, so that agents can send them again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from email_channels.aws.stores.outbound_store import OutboundStore
from email_channels.cases.history import EntryKind, StoredEmail
from email_channels.cases.recipients import RecipientState
from email_channels.errors import Fault
from email_channels.observability import logger
from email_channels.times import to_milliseconds

CONFIRMATION_TIMEOUT = timedelta(minutes=15)
"""Sends that SES has not confirmed after this time are shown as failed."""

NO_CONFIRMATION = (
    "Amazon SES did not confirm this email within 15 minutes. It may or may not have been sent. You can send it again."
)
NO_CONFIRMATION_OF_OURS = (
    "Amazon SES did not confirm this email within 15 minutes. It may or may not have been sent. It is not sent again."
)
"""The same for an acknowledgement."""


def close_stuck_sends(store: OutboundStore, now: datetime) -> int:
    """Marks as failed the emails that SES has not confirmed within CONFIRMATION_TIMEOUT. Returns their number.

    SES events that arrive later still change the states. An email that fails does not stop the others. Raises Fault
    after the last one if any failed.
    """
    closed = failed = 0
    at = to_milliseconds(now)
    for case_id, email_id in store.unconfirmed(now - CONFIRMATION_TIMEOUT):
        try:
            entry = store.change(case_id, email_id, lambda email: _unconfirmed(email, at), now)
        except Exception:  # noqa: BLE001 - whatever it is, the others are not to blame
            logger().exception("send not closed", extra={"record": case_id, "email": email_id})
            failed += 1
            continue
        # The index lags behind: some of the sends have just been confirmed.
        if entry is not None and entry.email.message_id is None:
            closed += 1
            logger().warning("send without confirmation closed", extra={"record": case_id, "email": email_id})
    if failed:
        raise Fault(f"{failed} sends without confirmation not closed")
    return closed


def _unconfirmed(email: StoredEmail, at: datetime) -> StoredEmail:
    is_ours = email.kind is EntryKind.ACKNOWLEDGEMENT
    return failed_email(email, NO_CONFIRMATION_OF_OURS if is_ours else NO_CONFIRMATION, at)


def failed_email(email: StoredEmail, detail: str, at: datetime) -> StoredEmail:
    """A copy of the email. Recipients whose state was still queued have the state failed, with this detail."""
    return replace(
        email,
        recipients=tuple(
            replace(row, state=RecipientState.FAILED, detail=detail, at=at)
            if row.state is RecipientState.QUEUED
            else row
            for row in email.recipients
        ),
    )
