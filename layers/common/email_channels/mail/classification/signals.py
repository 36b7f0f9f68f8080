"""Signals that show whether a program or a person wrote an email: headers, the subject, and words of the text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from email_channels.expressions import expression
from email_channels.mail.classification.patterns import any_of
from email_channels.mail.message import InboundMessage

TEXT_SEARCHED: Final = 8_000
"""Characters at the top of the text that are searched for sentences of programs. A returned email is below them."""

OPENING: Final = 1_000
"""Characters at the top of a text. There, a program says what its email is, and a person begins to quote."""

QUESTION: Final = expression(r"[？؟]|\?(?=\s|$|[)\"”»])")
"""A question mark that ends a sentence, not one inside a link."""

# Auto-Submitted may have comments before and after its value (RFC 3834, section 5). Comments inside it are rare.
_COMMENTS: Final = expression(r"^\s{0,20}(?:\([^()]{0,200}\)\s{0,20}){1,5}")

# Programs in which people write emails. No mail server uses these names.
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
    """Auto-Submitted without parameters (RFC 3834, section 5), in lower case; "" if the header is missing or "no"."""
    field = _COMMENTS.sub("", message.header("auto-submitted") or "").strip().lower()
    value = re.split(r"[;\s(]", field)[0]
    return "" if value == "no" else value


def has_null_return_path(message: InboundMessage) -> bool:
    """Whether the Return-Path header holds the null sender, `<>`."""
    value = message.header("return-path")
    return value is not None and value.strip() in ("<>", "")


def suppresses_all_responses(message: InboundMessage) -> bool:
    """Whether X-Auto-Response-Suppress is "All".

    Other values do not count: Exchange adds lists of single kinds ("DR, OOF, AutoReply") to emails of people too.
    """
    return (message.header("x-auto-response-suppress") or "").strip().lower() == "all"


def is_bulk(message: InboundMessage) -> bool:
    """Whether Precedence is bulk or junk. Mailing lists do not count, because newsletters write about vacations too."""
    if any(message.header(name) for name in ("list-id", "list-unsubscribe", "list-post")):
        return False
    return (message.header("precedence") or "").strip().lower() in ("bulk", "junk")


def names_mail_client(message: InboundMessage) -> bool:
    """Whether User-Agent or X-Mailer names a program in which people write emails."""
    programs = (message.header("user-agent"), message.header("x-mailer"))
    return any(_MAIL_CLIENTS.search(program) for program in programs if program)


def leading_phrase(subject: str, phrases: Iterable[str]) -> str | None:
    """The longest of `phrases` with which `subject` begins, both caseless; None if there is none."""
    phrases = tuple(phrases)
    if not subject.startswith(phrases):
        return None
    return max((phrase for phrase in phrases if subject.startswith(phrase)), key=len)


def unquoted_text(message: InboundMessage) -> str:
    """The first 8,000 characters of the text, without the lines that begin with `>`: they quote somebody else."""
    lines = (message.text or "")[:TEXT_SEARCHED].split("\n")
    return "\n".join(line for line in lines if not line.startswith(">"))


def text_evidence(words: str) -> str:
    """The `words` of a text as evidence: on one line, in lower case, cut to 60 characters."""
    return f"text: {' '.join(words.split())[:60].lower()}"
