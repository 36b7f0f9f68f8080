"""Emails in the history of a case, as intake and `adhoc_send` would have written them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import index_keys
from email_channels.aws.rows.entry_rows import entry_row
from email_channels.aws.rows.outbound_rows import sent_row
from email_channels.aws.rows.table import KeysRow
from email_channels.aws.stores.record_store import RecordStore
from email_channels.cases.case import Case
from email_channels.cases.history import Direction, Entry, StoredEmail
from email_channels.cases.identity import email_id
from email_channels.cases.outcomes import Outcome
from email_channels.cases.pointer import Pointer
from email_channels.cases.recipients import Recipient, RecipientRole, RecipientState
from email_channels.mail.message import Address

from tests.support.in_process.api_client import Api
from tests.support.in_process.stored_emails import as_written, identity_of, stored_email, write_original


def history(api: Api, case_id: str) -> list[str]:
    """The ids of the emails of a case, newest first, as its agents see them."""
    return [str(entry["email_id"]) for entry in api("admin", "GET", f"/cases/{case_id}/emails").items]


def threads(n: int) -> list[str]:
    """The items by which an answer to the n-th email is matched."""
    return [row.pk for row in KeysRow.gsi3.query(index_keys.thread(identity_of(n).thread_key))]


def answer_to(mail: MailBucket, case: Case, n: int, at: datetime, **changes: Any) -> StoredEmail:
    """The n-th email as an entry of the case, with the pointer that intake leaves."""
    identity = identity_of(n)
    record_id = identity.record_id()
    email = replace(stored_email(record_id, write_original(mail, n), n), email_id=email_id(at, record_id), at=at)
    email = as_written(mail, replace(email, **changes))
    store = RecordStore(mail)
    pointer = Pointer(record_id, Outcome.ENTRY, case.case_id, email.email_id, email.raw_key, email.matched_by)
    store.create(pointer, identity)
    store.add_entry(pointer, Entry(case.case_id, email), identity)
    return email


def outbound(mail: MailBucket, case: Case, at: datetime, **changes: Any) -> StoredEmail:
    """An agent's email, as `adhoc_send` stores it."""
    email = replace(
        stored_email("0123456789", "none"),
        email_id=email_id(at, "AAAAAAAAAA"),
        direction=Direction.OUTBOUND,
        at=at,
        raw_key=None,
        bcc=(Address("", "boss@acme.example"),),
        recipients=(
            Recipient("jo@elsewhere.example", "Jo", RecipientRole.TO, RecipientState.DELIVERED, "250 ok", at),
            Recipient("boss@acme.example", "", RecipientRole.BCC, RecipientState.QUEUED),
        ),
        in_reply_to=case.email.email_id if case.email else None,
    )
    email = replace(email, **changes)
    if email.message_id:
        sent_row(email.message_id, case.case_id, email.email_id).save()
    entry_row(Entry(case.case_id, email), None, email.email_id, mail).save()
    return email
