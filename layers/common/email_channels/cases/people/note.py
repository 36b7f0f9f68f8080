"""A note: what an agent writes into the history of a case for other agents. It is never sent."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

from email_channels.cases.history import Content, Direction, EntryKind, StoredEmail, preview
from email_channels.cases.identity import email_id
from email_channels.cases.people.agent import Agent
from email_channels.cases.references import ID_LENGTH, encode

# As for emails that agents send: objects in the bucket are named by a longer hash than that in an email_id.
_STORAGE_ID_LENGTH = 26


def note_ids(at: datetime, case_id: str, user: str, key: str, digest: str) -> tuple[str, str]:
    """Returns (email_id, storage id) for a note that is written at the time `at`.

    Both depend on `user` (the `sub` of the author), on `key` (the Idempotency-Key, or a random text), and on `digest`,
    the hash of the request.
    """
    hashed = hashlib.sha256(json.dumps(["note", case_id, digest, user, key]).encode()).digest()
    storage_id = encode(hashed, _STORAGE_ID_LENGTH)
    return email_id(at, storage_id[:ID_LENGTH]), storage_id


def note(entry_id: str, at: datetime, author: Agent, text: str) -> StoredEmail:
    """The note as the history keeps it: it has a text, a time and an author, and nothing else of an email."""
    return StoredEmail(
        email_id=entry_id,
        direction=Direction.INTERNAL,
        kind=EntryKind.NOTE,
        from_=None,
        to=(),
        cc=(),
        bcc=(),
        subject="",
        at=at,
        preview=preview(text),
        attachments=(),
        recipients=(),
        matched_by=None,
        message_id=None,
        references=(),
        in_reply_to=None,
        raw_key=None,
        content=Content(text=text, html=None),
        size=len(text.encode()),
        author=author,
    )
