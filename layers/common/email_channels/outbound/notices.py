"""The notices for admins about emails that did not become cases: one for each email, or a digest of many.

Pure: values in, the bytes of a message out. They are in English. Each declares that a program sent it (RFC 3834,
section 5), and carries a loop mark, by which the system recognises it if it comes back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from email_channels.addresses import domain_of
from email_channels.cases.history import StoredEmail
from email_channels.cases.reasons import ADVICE, NAMED_ONCE_A_DAY, Reason
from email_channels.cases.unprocessed import Unprocessed
from email_channels.mail.message import Address
from email_channels.outbound.composing import OutgoingEmail, compose
from email_channels.outbound.dates_in_words import date_in_words, time_in_words
from email_channels.outbound.loop_marks import loop_mark_as_message_id
from email_channels.outbound.mime_parts import AttachedEmail
from email_channels.outbound.notice_fields import cut, notice, one_line

# The most emails that one digest lists.
MAX_DIGEST_ROWS = 1_000


def error_notification(
    item: Unprocessed,
    *,
    from_: Address,
    to: Sequence[str],
    original: bytes | None,
    no_original: str,
    link: str | None,
    purge_after: datetime,
    loop_mark: str,
) -> bytes:
    """The notification that tells the admins about an email that did not become a case.

    `original` is attached byte for byte. It is None if it must not be attached or cannot be; `no_original` is then the
    text that says why. `link` leads to the email and its original; without it, the notification names the id only.
    """
    advice = ADVICE[item.reason]
    email = item.email
    lines = [
        "An email did not become a case.",
        "",
        f"Why: {one_line(item.explanation)} ({item.reason})",
        f"What to do: {advice.what_to_do}",
        "",
        *_about(item),
        "",
        f"Where to look: {link or f'unprocessed email {item.id}'}",
        "The original is attached." if original is not None else no_original,
        f"It will be deleted after {date_in_words(purge_after)} unless you put it on hold.",
    ]
    subject = f"No case made ({_plain(item.reason)}): {email.subject or 'no subject'}"
    attachments = (AttachedEmail("original.eml", original),) if original is not None else ()
    return compose(replace(_notification(from_, to, subject, lines, loop_mark), attachments=attachments))


def digest(
    items: Sequence[Unprocessed],
    *,
    from_: Address,
    to: Sequence[str],
    link: Callable[[str], str | None],
    purge_after: datetime,
    loop_mark: str,
) -> bytes:
    """The notification that lists many emails that did not become cases.

    `link` returns the link to the email with an id; if it is None, the digest names the id only. Raises ValueError if
    `items` is empty or has more than MAX_DIGEST_ROWS emails.
    """
    if not 0 < len(items) <= MAX_DIGEST_ROWS:
        raise ValueError(f"a digest lists 1 to {MAX_DIGEST_ROWS} emails")
    several = len(items) > 1
    what = f"{len(items)} emails did not become cases." if several else "1 email did not become a case."
    why = "There were too many to notify you about each of them separately."
    if all(item.reason in NAMED_ONCE_A_DAY for item in items):
        why = "You hear of such emails once a day."
    subject = f"No case made of {len(items)} emails" if several else "No case made of 1 email"
    lines = [f"{what} {why}", ""]
    for reason in dict.fromkeys(item.reason for item in items):
        of_reason = [item for item in items if item.reason is reason]
        lines += [
            f"{len(of_reason)} x {_plain(reason)}: {ADVICE[reason].explanation}",
            f"What to do: {ADVICE[reason].what_to_do}",
        ]
        for item in of_reason:
            people = f"{_who(item.email)} to {one_line(item.mailbox or '') or '(no mailbox)'}"
            lines += [
                f"- {time_in_words(item.received_at)}: {people}: {cut(item.email.subject) or '(no subject)'}",
                f"  {link(item.id) or f'unprocessed email {item.id}'}",
            ]
        lines.append("")
    lines.append(f"They will be deleted after {date_in_words(purge_after)} unless you put them on hold.")
    return compose(
        _notification(
            from_,
            to,
            subject,
            lines,
            loop_mark,
        )
    )


def _notification(
    from_: Address, to: Sequence[str], subject: str, lines: Sequence[str], loop_mark: str
) -> OutgoingEmail:
    """A notice to admins. Its loop mark is in References too, because some gateways remove unknown headers."""
    reference = loop_mark_as_message_id(loop_mark, domain_of(from_.address))
    text = "\n".join(lines) + "\n"
    return replace(notice(from_, to, subject, text), loop_mark=loop_mark, references=(reference,))


def _about(item: Unprocessed) -> list[str]:
    email = item.email
    to = item.mailbox or ", ".join(address.address for address in email.to)
    return [
        f"From: {_who(email)}",
        f"To: {one_line(to) or '(no recipient)'}",
        f"Subject: {cut(email.subject) or '(no subject)'}",
        f"Received: {time_in_words(item.received_at)}",
        f"Channel: {item.channel.value.replace('_', ' ')}",
        f"Id: {item.id}",
    ]


def _who(email: StoredEmail) -> str:
    if email.from_ is None:
        return "(no sender)"
    address = one_line(email.from_.address)  # a quoted local part may hold a line end
    return f"{cut(email.from_.name)} <{address}>" if email.from_.name else address


def _plain(reason: Reason) -> str:
    return reason.value.replace("_", " ")
