"""The kinds of email that the system sends, their SES tags, and the characters that their headers must not contain.

The values of the kinds must never change, because loop marks in old emails and events of SES contain them.
"""

from __future__ import annotations

from enum import StrEnum

from email_channels.expressions import expression

CONTROL = expression("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\ud800-\\udfff]")
"""No header field may contain these (RFC 5322, section 2.2): control characters, line ends of any kind, surrogates."""

KIND_TAG = "kind"
RECORD_TAG = "record"
EMAIL_TAG = "email"

DIGEST_RECORD = "digest"
"""Stands for the record id in the tags of a digest, which is a notification of many unprocessed emails."""


PROBE_RECORD = "probe"
"""Stands for the record id in the tags of probes, and of notices about them."""


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
    SENDER_COPY = "sender_copy"
    """It tells the sender of an unprocessed email (the record) that no case was opened."""
    PROBE = "probe"
    """It tests the redirect of a mailbox, or tells the admins what such tests show; its record is PROBE_RECORD."""


def ses_tags(kind: OutgoingKind, record: str, email_id: str | None = None) -> dict[str, str]:
    """The tags of an email. SES repeats them in each event about it; `sending_events` reads them back.

    `record` is a case id, the id of an unprocessed email, or DIGEST_RECORD. `email_id` is the entry's, if there is one.
    """
    tags = {KIND_TAG: kind.value, RECORD_TAG: record}
    return tags | {EMAIL_TAG: email_id} if email_id else tags
