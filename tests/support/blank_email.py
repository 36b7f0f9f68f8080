"""A stored email in which everything is empty, for tests that need only some of its fields."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from email_channels.cases.history import Direction, EntryKind, StoredEmail

AT = datetime(2026, 11, 23, 10, tzinfo=UTC)
_BLANK = StoredEmail(
    email_id="0000000000000000000",
    direction=Direction.INBOUND,
    kind=EntryKind.NORMAL,
    from_=None,
    to=(),
    cc=(),
    bcc=(),
    subject="",
    at=AT,
    preview="",
    attachments=(),
    recipients=(),
    matched_by=None,
    message_id=None,
    references=(),
    in_reply_to=None,
    raw_key=None,
    content=None,
)


def blank_email(**changes: Any) -> StoredEmail:
    """An inbound email of `AT` without addresses and content, with these fields changed."""
    return replace(_BLANK, **changes)
