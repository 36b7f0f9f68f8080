"""The entry of a sent email in the Email History: its ids, and its content before the email is sent. Pure."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

from email_channels.cases.history import Content, Direction, EntryKind, StoredAttachment, StoredEmail, preview
from email_channels.cases.identity import email_id
from email_channels.cases.people.agent import Agent
from email_channels.cases.recipients import Recipient, RecipientRole, RecipientState
from email_channels.cases.references import ID_LENGTH, encode
from email_channels.outbound.composing import OutgoingEmail, shown_headers
from email_channels.outbound.drafts import Draft

# Objects in the bucket are named by a hash. It is longer than the hash in an email_id, so that no two names collide.
_STORAGE_ID_LENGTH = 26


def entry_ids(at: datetime, case_id: str, user: str, key: str, digest: str) -> tuple[str, str]:
    """Returns (email_id, storage id) for an email that a caller (`user`, a `sub`) sends at the time `at` under the
    Idempotency-Key `key`.

    Both ids depend on user and key, so that a request that is retried after a crash uses the same names. They also
    depend on `digest`, the hash of the request, so that the same key with another body does not overwrite the objects
    of the first request.
    """
    hashed = hashlib.sha256(json.dumps(["send", case_id, digest, user, key]).encode()).digest()
    storage_id = encode(hashed, _STORAGE_ID_LENGTH)
    return email_id(at, storage_id[:ID_LENGTH]), storage_id


def queued_email(
    entry_id: str,
    at: datetime,
    draft: Draft,
    outgoing: OutgoingEmail,
    attachments: tuple[StoredAttachment, ...],
    author: Agent,
) -> StoredEmail:
    """The email of the entry before it is sent. The delivery state of every recipient is queued."""
    return StoredEmail(
        email_id=entry_id,
        direction=Direction.OUTBOUND,
        kind=EntryKind.NORMAL,
        from_=outgoing.from_,
        reply_to=outgoing.answers_to,
        to=outgoing.to,
        cc=outgoing.cc,
        bcc=draft.addresses(RecipientRole.BCC),
        subject=outgoing.subject,
        at=at,
        preview=preview(draft.text),
        attachments=attachments,
        recipients=tuple(
            Recipient(row.address.address, row.address.name, row.role, RecipientState.QUEUED, None, at)
            for row in draft.recipients
        ),
        matched_by=None,
        message_id=None,
        references=outgoing.references,
        in_reply_to=draft.in_reply_to,
        raw_key=None,  # set when the message is written
        author=author,
        content=Content(
            text=draft.text, html=draft.html.shown if draft.html else None, headers=shown_headers(outgoing)
        ),
    )
