"""What a message says of itself that tells machines' mail from people's: its sender, subject, and own words."""

from __future__ import annotations

import re
from typing import Final

from email_channels.mail.classification.machine_patterns import (
    FORWARD_PREFIX,
    GATEWAY_TAG,
    PERSONS_PROGRAM,
    REPLY_PREFIX,
)
from email_channels.mail.message import InboundMessage

# Before the value and behind it (RFC 3834, section 5); within itself a comment is rare enough.
_COMMENTS: Final = re.compile(r"^\s{0,20}(?:\([^()]{0,200}\)\s{0,20}){1,5}")
TEXT_SEARCHED: Final = 8_000
"""Characters of the text in which a machine's sentences are looked for; the returned mail stands below them."""


def bare_subject(message: InboundMessage) -> str:
    """The subject in lower case without `Re:`, `AW:` and the marks that gateways put in front."""
    return REPLY_PREFIX.sub("", GATEWAY_TAG.sub("", message.subject)).strip().casefold()


def first_words(subject: str, phrases: tuple[str, ...]) -> str | None:
    """The longest of `phrases` with which `subject` begins."""
    if not subject.startswith(phrases):
        return None
    return max((phrase for phrase in phrases if subject.startswith(phrase)), key=len)


def passed_on(message: InboundMessage) -> bool:
    """Whether the subject says that somebody answers or forwards what it names."""
    subject = GATEWAY_TAG.sub("", message.subject)
    return bool(REPLY_PREFIX.match(subject) or FORWARD_PREFIX.match(subject))


def written(message: InboundMessage) -> str:
    """The text without quoted lines: what a person quotes, a program did not say here."""
    lines = (message.text or "")[:TEXT_SEARCHED].split("\n")
    return "\n".join(line for line in lines if not line.startswith(">"))


def persons_program(message: InboundMessage) -> bool:
    """Whether a program with which people write made the mail, by its own account."""
    made_by = (message.header("user-agent"), message.header("x-mailer"))
    return any(PERSONS_PROGRAM.search(program) for program in made_by if program)


def null_return_path(message: InboundMessage) -> bool:
    """Whether Return-Path names the null sender."""
    value = message.header("return-path")
    return value is not None and value.strip() in ("<>", "")


def auto_submitted(message: InboundMessage) -> str:
    """The value of Auto-Submitted without parameters (RFC 3834, section 5), in lower case; "" where absent or "no"."""
    said = _COMMENTS.sub("", message.header("auto-submitted") or "").strip().lower()
    value = re.split(r"[;\s(]", said)[0]
    return "" if value == "no" else value


def suppresses_all(message: InboundMessage) -> bool:
    """Whether X-Auto-Response-Suppress is "All": Exchange gives people's own mail longer lists of single kinds."""
    return (message.header("x-auto-response-suppress") or "").strip().lower() == "all"


def bulk(message: InboundMessage) -> bool:
    """Bulk, and of no list: newsletters write of vacations too."""
    if any(message.header(name) for name in ("list-id", "list-unsubscribe", "list-post")):
        return False
    return (message.header("precedence") or "").strip().lower() in ("bulk", "junk")
