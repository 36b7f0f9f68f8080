"""Finds a bounce inside an attached message.

Servers, spam filters and list managers wrap a bounce in an email of their own, and say little outside. People also
attach bounces, in order to ask about them. So the outer email counts as a bounce only if a program wrote it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from email_channels.mail.classification.bounce_senders import has_system_address
from email_channels.mail.classification.signals import auto_submitted, names_mail_client
from email_channels.mail.limits import MAX_REPORT_BYTES
from email_channels.mail.message import Attachment, InboundMessage
from email_channels.mail.parsing import parse_message

MAX_DEPTH: Final = 2
"""Attached messages within attached messages that are opened."""

_MAX_OPENED: Final = 3
"""Attached messages of one message that are opened."""


def may_wrap_a_bounce(message: InboundMessage, *, null_sender: bool) -> bool:
    """Whether a program wrote the email, so that an attached bounce is not what a person asks about."""
    if names_mail_client(message):
        return False
    return (
        null_sender
        or bool(auto_submitted(message))
        or has_system_address(message)
        or message.header("x-mailman-version") is not None
    )


def attached_messages(message: InboundMessage) -> Iterator[InboundMessage]:
    """The first messages that are attached to `message`. Of a long one, only the beginning is read."""
    found = [part for part in message.attachments if _is_message(part)]
    for part in found[:_MAX_OPENED]:
        yield parse_message(part.content[:MAX_REPORT_BYTES].lstrip(b"\r\n"))


def wrapped_envelope_sender(message: InboundMessage, attached: InboundMessage) -> str | None:
    """The envelope sender of an `attached` message: the null sender if Mailman took it for a bounce, and a mail server
    wrote it; None if nothing tells it."""
    by_mailman = message.header("x-mailman-version") is not None or message.header("x-list-administrivia") is not None
    says_bounce = "bounce" in message.subject.lower()
    return "" if by_mailman and says_bounce and has_system_address(attached) else None


def _is_message(part: Attachment) -> bool:
    return part.content_type in ("message/rfc822", "message/global") or part.filename.lower().endswith(".eml")
