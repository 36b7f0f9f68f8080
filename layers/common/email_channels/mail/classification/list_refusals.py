"""Finds evidence that a mailing list refused an email, because its sender is not a member: a bounce.

The programs of lists (Mailman, Sympa, LISTSERV, mlmmj, ...) write such notices under the original's subject, and often
with an envelope sender. List owners write such sentences, too. So something must also show that a program wrote them.
"""

from __future__ import annotations

import re
from typing import Final

from email_channels.expressions import expression
from email_channels.mail.classification.bounce_senders import is_no_reply
from email_channels.mail.classification.delivery_reports import ADDRESS, STATUS, FailedRecipient
from email_channels.mail.classification.patterns import joined
from email_channels.mail.classification.returned_mail import is_returned_mail
from email_channels.mail.classification.signals import (
    OPENING,
    auto_submitted,
    names_mail_client,
    text_evidence,
    unquoted_text,
)
from email_channels.mail.classification.subject_prefixes import is_reply_or_forward
from email_channels.mail.classification.undelivered_texts import LIST_REFUSAL
from email_channels.mail.message import InboundMessage
from email_channels.mail.replies import visible_reply

_PROGRAMS: Final = ("listserv", "sympa", "majordomo", "mailman", "ezmlm", "mlmmj", "listmaster", "listproc", "lyris")
_PROGRAM: Final = expression(rf"^(?:{joined(_PROGRAMS)})(?:[-+_.][a-z]{{1,20}})?@", re.IGNORECASE)
_ABOUT_LIST: Final = expression(r"[-+](?:owner|bounces?|request|admin|help|noreply)(?=@)", re.IGNORECASE)
"""What the address of a list has before the `@`, if it is the address of the list's owner or program."""


def list_refusal_evidence(message: InboundMessage, *, null_sender: bool) -> tuple[str, ...]:
    """The evidence that `message` is the notice of a list that refused an email; empty if it is not."""
    if not (null_sender or _is_by_program(message)) or is_reply_or_forward(message) or names_mail_client(message):
        return ()
    opening = " ".join(visible_reply(unquoted_text(message)[:OPENING]).visible.split())
    said = LIST_REFUSAL.search(opening)
    return (text_evidence(said[0]),) if said else ()


def refused_list(message: InboundMessage, original: set[str]) -> tuple[FailedRecipient, ...]:
    """The list that refused the email, as the recipient that failed; empty if its address is not found.

    `original` holds the recipients of the returned email, in lower case.
    """
    own = {address.address.lower() for address in (*message.to, *message.cc)}
    found = [address for address in _candidates(message, original) if address.lower() not in own]
    address = next((address for address in found if address.lower() in original), found[0] if found else None)
    status = STATUS.search(unquoted_text(message)[:OPENING])
    return (FailedRecipient(address, "failed", status[1] if status else "", ""),) if address else ()


def _is_by_program(message: InboundMessage) -> bool:
    """Whether a list's program wrote the email, and not a list's owner."""
    sender = message.from_.address if message.from_ else ""
    is_notice = (message.header("precedence") or "").strip().lower() in ("bulk", "junk")
    return (
        bool(auto_submitted(message))
        or bool(message.header("x-list-administrivia"))
        or (is_notice and bool(message.header("list-id") or message.header("x-mailman-version")))
        or (is_notice and _ABOUT_LIST.search(sender) is not None)
        or _PROGRAM.match(sender) is not None
        or is_no_reply(message)
        or any(is_returned_mail(part) for part in message.attachments)
    )


def _candidates(message: InboundMessage, original: set[str]) -> list[str]:
    """Addresses that may be that of the list, the surest first."""
    named = [value for name in ("x-beenthere", "list-post") for value in message.all_headers(name)]
    found = [address for value in (*named, message.subject) for address in ADDRESS.findall(value)]
    sender = message.from_.address if message.from_ else ""
    if _ABOUT_LIST.search(sender):
        found.append(_ABOUT_LIST.sub("", sender))
    found += sorted(original) if len(original) == 1 else []
    return found + [address.rstrip(".") for address in ADDRESS.findall(unquoted_text(message)[:OPENING])]
