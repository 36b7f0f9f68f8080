"""What a message says about itself that tells mail of machines from mail of people: headers, subject, own words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from email_channels.mail.classification.patterns import any_of
from email_channels.mail.message import InboundMessage

TEXT_SEARCHED: Final = 8_000
"""Characters of the text that are searched for a machine's sentences. A returned mail stands below them."""

OPENING: Final = 1_000
"""Characters at the top of a text: here a program says what its mail is, and a person begins to quote."""

# Auto-Submitted may have comments before its value and behind it (RFC 3834, section 5). Inside the value they are rare.
_COMMENTS: Final = re.compile(r"^\s{0,20}(?:\([^()]{0,200}\)\s{0,20}){1,5}")

# Programs that people write with. No mail server calls itself so.
_MAIL_CLIENTS: Final = any_of((
    "outlook",
    "thunderbird",
    "apple mail",
    "iphone",
    "ipad",
    "android",
    "mutt",
    "evolution",
    "mozilla",
    "lotus notes",
    "zimbra",
    "roundcube",
    "eudora",
    r"pine\b",
    "the bat",
    "sylpheed",
    "claws",
    "kmail",
    "windows live",
    "horde",
    "squirrelmail",
    "airmail",
    "spark",
))  # fmt: skip


def content_type(message: InboundMessage) -> str:
    """The Content-Type of the whole message, in lower case and without quotes."""
    return (message.header("content-type") or "").lower().replace('"', "")


def auto_submitted(message: InboundMessage) -> str:
    """The value of Auto-Submitted without parameters (RFC 3834, section 5), in lower case; "" where absent or "no"."""
    field = _COMMENTS.sub("", message.header("auto-submitted") or "").strip().lower()
    value = re.split(r"[;\s(]", field)[0]
    return "" if value == "no" else value


def has_null_return_path(message: InboundMessage) -> bool:
    """Whether Return-Path names the null sender."""
    value = message.header("return-path")
    return value is not None and value.strip() in ("<>", "")


def suppresses_all_responses(message: InboundMessage) -> bool:
    """Whether X-Auto-Response-Suppress is "All".

    Other values do not count: Exchange puts lists of single kinds ("DR, OOF, AutoReply") on mail of people too.
    """
    return (message.header("x-auto-response-suppress") or "").strip().lower() == "all"


def is_bulk(message: InboundMessage) -> bool:
    """Whether Precedence says bulk or junk. Mail of lists does not count: newsletters write about vacations too."""
    if any(message.header(name) for name in ("list-id", "list-unsubscribe", "list-post")):
        return False
    return (message.header("precedence") or "").strip().lower() in ("bulk", "junk")


def names_mail_client(message: InboundMessage) -> bool:
    """Whether User-Agent or X-Mailer names a program that people write with."""
    programs = (message.header("user-agent"), message.header("x-mailer"))
    return any(_MAIL_CLIENTS.search(program) for program in programs if program)


def leading_phrase(subject: str, phrases: Iterable[str]) -> str | None:
    """The longest of `phrases` with which `subject` begins, both caseless; None if it begins with none of them."""
    phrases = tuple(phrases)
    if not subject.startswith(phrases):
        return None
    return max((phrase for phrase in phrases if subject.startswith(phrase)), key=len)


def unquoted_text(message: InboundMessage) -> str:
    """The first 8,000 characters of the text without lines that begin with `>`: those are somebody else's words."""
    lines = (message.text or "")[:TEXT_SEARCHED].split("\n")
    return "\n".join(line for line in lines if not line.startswith(">"))


def text_evidence(words: str) -> str:
    """How evidence shows words found in a text: on one line, in lower case, at most 60 characters."""
    return f"text: {' '.join(words.split())[:60].lower()}"
