"""The entry of an acknowledgement in the Email History: its ids, and its content before it is sent. Pure."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from email_channels.cases.case import Case
from email_channels.cases.history import Content, Direction, EntryKind, StoredEmail, preview
from email_channels.cases.identity import email_id
from email_channels.cases.recipients import Recipient, RecipientRole, RecipientState
from email_channels.cases.references import ID_LENGTH, encode
from email_channels.outbound.composing import OutgoingEmail, shown_headers

# Objects in the bucket are named by a hash. It is longer than the hash in an email_id, so that no two names collide.
_STORAGE_ID_LENGTH = 26
# Email ids sort by milliseconds.
_NEXT_PLACE = timedelta(milliseconds=1)


def acknowledgement_ids(case: Case, made: str) -> tuple[str, str]:
    """Returns (email_id, storage id) for the acknowledgement of the email that made the case with the id `made`. There
    is only one, so a repeat finds it. `case` has the email now.

    In the history, it comes after the email that it acknowledges.
    """
    storage_id = encode(hashlib.sha256(f"acknowledgement\n{made}".encode()).digest(), _STORAGE_ID_LENGTH)
    after = max(case.created_at, case.email.at) if case.email else case.created_at
    return email_id(after + _NEXT_PLACE, storage_id[:ID_LENGTH]), storage_id


def queued_acknowledgement(entry_id: str, at: datetime, outgoing: OutgoingEmail, answers: str | None) -> StoredEmail:
    """The acknowledgement of a case before it is sent. `answers` is the email_id of the email that it acknowledges."""
    return StoredEmail(
        email_id=entry_id,
        direction=Direction.OUTBOUND,
        kind=EntryKind.ACKNOWLEDGEMENT,
        from_=outgoing.from_,
        reply_to=outgoing.answers_to,
        to=outgoing.to,
        cc=(),
        bcc=(),
        subject=outgoing.subject,
        at=at,
        preview=preview(outgoing.text),
        attachments=(),
        recipients=tuple(
            Recipient(one.address, one.name, RecipientRole.TO, RecipientState.QUEUED, None, at) for one in outgoing.to
        ),
        matched_by=None,
        message_id=None,
        references=outgoing.references,
        in_reply_to=answers,
        raw_key=None,  # set when the message is written
        content=Content(text=outgoing.text, html=outgoing.html, headers=shown_headers(outgoing)),
    )
