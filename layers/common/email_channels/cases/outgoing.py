"""What kinds of email the system sends, the tags that each carries through SES, and what no header of them may hold.

The values of the kinds stand in loop marks and in SES's events, for years: they do not change.
"""

from __future__ import annotations

import re
from enum import StrEnum

CONTROL = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\ud800-\\udfff]")
"""What no header field may hold (RFC 5322, section 2.2): control characters, line ends of all kinds, surrogates."""

KIND_TAG = "kind"
RECORD_TAG = "record"
EMAIL_TAG = "email"

DIGEST_RECORD = "digest"
"""The record that a digest is about: a digest is a notification of many unprocessed emails."""


class OutgoingKind(StrEnum):
    """Why the system sent an email."""

    AD_HOC = "ad_hoc"
    """An agent wrote it; its record is the case."""
    NOTIFICATION = "notification"
    """It tells the admins about an unprocessed email (the record), or about many (DIGEST_RECORD)."""
    ALERT = "alert"
    """It tells a service group about a new case (the record)."""
    ACKNOWLEDGEMENT = "acknowledgement"
    """It tells the sender of an email that a case (the record) was opened."""


def ses_tags(kind: OutgoingKind, record: str, email_id: str | None = None) -> dict[str, str]:
    """The tags of an email. SES repeats them in each event about it; `sending_events` reads them back.

    `record` is a case id, the id of an unprocessed email, or DIGEST_RECORD. `email_id` is the entry's, if there is one.
    """
    tags = {KIND_TAG: kind.value, RECORD_TAG: record}
    return tags | {EMAIL_TAG: email_id} if email_id else tags
