"""Reports that are not bounces: read receipts (RFC 8098) and feedback reports (RFC 5965), such as abuse complaints.

Some mailboxes refuse an email with a report in the form of a read receipt (Dovecot, and Sieve's `reject` in RFC 5429,
section 2.2.1). It is a bounce.
"""

from __future__ import annotations

import re
from typing import Final

from email_channels.expressions import expression
from email_channels.mail.classification.automatic_reply_texts import READ_OR_FEEDBACK_TEXT
from email_channels.mail.classification.bounce_subjects import BOUNCE_SUBJECTS
from email_channels.mail.classification.signals import (
    OPENING,
    auto_submitted,
    content_type,
    leading_phrase,
    unquoted_text,
)
from email_channels.mail.classification.subject_prefixes import is_reply_or_forward, subject_without_prefixes
from email_channels.mail.limits import MAX_REPORT_BYTES
from email_channels.mail.message import Attachment, InboundMessage

_DELETED: Final = expression(
    rb"^disposition[ \t]{0,5}:[ \t]{0,5}automatic-action/[^;\r\n]{1,60};\s{0,5}deleted", re.IGNORECASE | re.MULTILINE
)
READ_RECEIPT: Final = "read receipt"
FEEDBACK_REPORT: Final = "feedback report"


def receipt_or_feedback_evidence(message: InboundMessage, *, null_sender: bool) -> tuple[str, ...]:
    """The evidence that `message` is a read receipt or a feedback report: the name of the kind. Empty if neither."""
    if _refuses(message):
        return ()
    declared = content_type(message)
    if "disposition-notification" in declared:
        return (READ_RECEIPT,)
    if "report-type=feedback-report" in declared or declared.startswith("message/feedback-report"):
        return (FEEDBACK_REPORT,)
    if not _may_wrap_a_report(message, declared, null_sender=null_sender):
        return ()
    parts = {part.content_type for part in message.attachments}
    if "message/disposition-notification" in parts:
        return (READ_RECEIPT,)
    if "message/feedback-report" in parts:
        return (FEEDBACK_REPORT,)
    return ()


def _refuses(message: InboundMessage) -> bool:
    """Whether a receipt says that the email was deleted by itself, and the subject or a header that it was rejected."""
    if not any(_DELETED.search(part.content[:MAX_REPORT_BYTES]) for part in message.attachments if _is_receipt(part)):
        return False
    declared = (message.header("auto-submitted") or "").lower()
    return "reject" in declared or leading_phrase(subject_without_prefixes(message), BOUNCE_SUBJECTS) is not None


def _is_receipt(part: Attachment) -> bool:
    return part.content_type == "message/disposition-notification"


def _may_wrap_a_report(message: InboundMessage, declared: str, *, null_sender: bool) -> bool:
    """Whether the email is about a report among its attachments.

    Gateways wrap such reports in order to add a footer. But people also attach reports in order to ask about them.
    """
    if is_reply_or_forward(message):
        return False
    if null_sender or auto_submitted(message) or "multipart/report" in declared:
        return True
    opening = unquoted_text(message)[:OPENING]
    return not opening.strip() or READ_OR_FEEDBACK_TEXT.search(opening) is not None
