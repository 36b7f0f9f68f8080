"""The emails that the system itself writes: error notifications, digests, alerts, acknowledgements, sender's copies.

Pure: values in, the bytes of a message out. Each email declares that a program sent it (RFC 3834, section 5). Those to
admins and service groups also carry a loop mark, by which the system recognises them if they come back. Those to
senders carry none: whoever gets one could copy it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from email_channels.addresses import ascii_address, domain_of
from email_channels.cases.case import Case
from email_channels.cases.history import StoredEmail
from email_channels.cases.reasons import ADVICE, Reason
from email_channels.cases.references import case_number
from email_channels.cases.unprocessed import Unprocessed
from email_channels.mail.message import Address
from email_channels.mail.shown_text import shown_text
from email_channels.outbound.composing import AutoSubmitted, OutgoingEmail, compose
from email_channels.outbound.header_fields import message_ids, thread_references
from email_channels.outbound.loop_marks import loop_mark_as_message_id
from email_channels.outbound.mime_parts import AttachedEmail
from email_channels.times import to_text

# Subjects are cut to this length so that they stay readable. The format of email would allow longer ones.
MAX_SUBJECT_CHARACTERS = 200
NEUTRAL_SUBJECT = "We have received your email"
"""The subject of an acknowledgement to an unproven sender."""
# The most emails that one digest lists.
MAX_DIGEST_ROWS = 500

# A dot-atom and a host name (RFC 5321, section 4.1.2): SES refuses whole emails because of other forms, such as a
# quoted local part with a space. Lengths are those of RFC 5321, section 4.5.3.1, and RFC 1035, section 2.3.4.
_MAX_ADDRESS = 254
_RECEIVES = re.compile(
    r"(?=[^@]{1,64}@)[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?",
    re.IGNORECASE,
)


def can_receive_notices(address: str) -> bool:
    """Whether a notice can be sent to `address`. SES refuses local parts that are quoted or not ASCII."""
    written = ascii_address(address)
    return len(written) <= _MAX_ADDRESS and _RECEIVES.fullmatch(written) is not None


def error_notification(
    item: Unprocessed,
    *,
    from_: Address,
    to: Sequence[str],
    original: bytes | None,
    no_original: str,
    where: str,
    purge_after: datetime,
    loop_mark: str,
) -> bytes:
    """The notification that tells the admins about an email that did not become a case.

    `original` is attached byte for byte. It is None if it must not be attached or cannot be; `no_original` is then the
    text that says why. `where` tells the reader where to find the email and its original.
    """
    advice = ADVICE[item.reason]
    email = item.email
    lines = [
        "An email did not become a case.",
        "",
        f"Why: {advice.explanation} ({item.reason})",
        f"What to do: {advice.what_to_do}",
        "",
        *_about(item),
        "",
        f"Where to look: {where}",
        "The original is attached." if original is not None else no_original,
        f"It will be deleted after {purge_after.date().isoformat()} unless you put it on hold.",
    ]
    subject = f"No case made ({_plain(item.reason)}): {email.subject or 'no subject'}"
    attachments = (AttachedEmail("original.eml", original),) if original is not None else ()
    return compose(replace(_notification(from_, to, subject, lines, loop_mark), attachments=attachments))


def sender_copy(*, from_: Address, to: Address, mailbox: str | None) -> bytes:
    """The email that tells the sender of an email that it did not become a case.

    It is for outsiders: it does not say why, names no admin, and repeats nothing of the email but the mailbox, which is
    one of ours. None stands for an email that reached no mailbox.
    """
    lines = [
        f"We received an email from you to {_cut(mailbox)}." if mailbox else "We received an email from you.",
        "It could not be processed, and no case was opened for it.",
        "",
        "Please do not reply to this email.",
    ]
    notice = _notice(from_, [to.address], "Your email was not processed", lines)
    return compose(replace(notice, auto_submitted=AutoSubmitted.REPLIED))


def digest(
    items: Sequence[Unprocessed],
    *,
    from_: Address,
    to: Sequence[str],
    where: str,
    purge_after: datetime,
    loop_mark: str,
) -> bytes:
    """The notification that lists many emails that did not become cases.

    Raises ValueError if `items` is empty or has more than MAX_DIGEST_ROWS emails.
    """
    if not 0 < len(items) <= MAX_DIGEST_ROWS:
        raise ValueError(f"a digest lists 1 to {MAX_DIGEST_ROWS} emails")
    lines = [
        f"{len(items)} emails did not become cases. There were too many to notify you about each of them separately.",
        "",
    ]
    for reason in dict.fromkeys(item.reason for item in items):
        of_reason = [item for item in items if item.reason is reason]
        lines += [
            f"{len(of_reason)} x {_plain(reason)}: {ADVICE[reason].explanation}",
            f"What to do: {ADVICE[reason].what_to_do}",
        ]
        lines += [
            f"  {to_text(item.received_at)}  {item.id}  {_who(item.email)} to {item.mailbox or '(no mailbox)'}: "
            f"{_cut(item.email.subject) or '(no subject)'}"
            for item in of_reason
        ]
        lines.append("")
    lines += [
        f"Where to look: {where}",
        f"They will be deleted after {purge_after.date().isoformat()} unless you put them on hold.",
    ]
    return compose(_notification(from_, to, f"No case made of {len(items)} emails", lines, loop_mark))


def group_alert(case: Case, *, from_: Address, to: str, where: str, loop_mark: str) -> bytes:
    """The alert that tells a service group about a new case. It does not contain the text of the employee's email."""
    lines = [
        f"Your service group ({case.service_group}) has a new case: {case_number(case.case_id)}.",
        "",
        f"Subject: {_cut(case.subject)}",
        f"Topic: {case.topic}",
        f"Employee: {case.employee.name} ({case.employee.user_id})" if case.employee else "Employee: unknown",
        f"Received: {to_text(case.created_at)}",
        "",
        f"Where to look: {where}",
    ]
    notice = _notice(from_, [to], f"New case {case_number(case.case_id)}: {case.subject}", lines)
    return compose(replace(notice, loop_mark=loop_mark))


def acknowledgement(
    case: Case,
    *,
    from_: Address,
    to: Address,
    reply_to: str | None,
    subject: str,
    reference: str | None,
    neutral: bool,
) -> bytes:
    """The email that tells a sender that a case was opened. Raises ValueError for a case without an email.

    `reply_to` receives replies; None if the sender should not reply. `reference` is the case reference, by which
    replies find the case. It follows the subject, which may be cut. If `neutral`, it repeats nothing that the email
    said, neither the subject nor a Message-ID: a forger could otherwise write to the employee through us.
    """
    if case.email is None:
        raise ValueError("only the sender of an email is acknowledged")
    answer = "To add something to the case, reply to this email." if reply_to else "Please do not reply to this email."
    lines = [
        "We have received your email and opened a case for it.",
        "",
        f"Case number: {case_number(case.case_id)}",
        *([] if neutral else [f"Subject: {_cut(case.subject)}"]),
        "",
        answer,
    ]
    answered = "" if neutral else case.email.message_id or ""
    notice = _notice(from_, [to.address], NEUTRAL_SUBJECT if neutral else subject, lines)
    email = replace(
        notice,
        subject=f"{notice.subject} {reference}" if reference else notice.subject,
        reply_to=ascii_address(reply_to) if reply_to else None,
        in_reply_to=answered,
        # So that mail programs show it in the thread of the email that it answers.
        references=thread_references([*case.email.references, answered]) if message_ids([answered]) else (),
        auto_submitted=AutoSubmitted.REPLIED,
    )
    return compose(email)


def _notification(
    from_: Address, to: Sequence[str], subject: str, lines: Sequence[str], loop_mark: str
) -> OutgoingEmail:
    """A notice to admins. Its loop mark is in References too, because some gateways remove unknown headers."""
    reference = loop_mark_as_message_id(loop_mark, domain_of(from_.address))
    return replace(_notice(from_, to, subject, lines), loop_mark=loop_mark, references=(reference,))


def _notice(from_: Address, to: Sequence[str], subject: str, lines: Sequence[str]) -> OutgoingEmail:
    return OutgoingEmail(
        from_=Address(_one_line(from_.name), ascii_address(from_.address)),
        to=_addresses(to),
        subject=_cut(subject),
        text="\n".join(lines) + "\n",
        auto_submitted=AutoSubmitted.GENERATED,
    )


def _addresses(addresses: Sequence[str]) -> tuple[Address, ...]:
    return tuple(Address("", ascii_address(address)) for address in addresses)


def _about(item: Unprocessed) -> list[str]:
    email = item.email
    return [
        f"From: {_who(email)}",
        f"To: {item.mailbox or ', '.join(address.address for address in email.to) or '(no recipient)'}",
        f"Subject: {_cut(email.subject) or '(no subject)'}",
        f"Received: {to_text(item.received_at)}",
        f"Channel: {item.channel.value.replace('_', ' ')}",
        f"Id: {item.id}",
    ]


def _who(email: StoredEmail) -> str:
    if email.from_ is None:
        return "(no sender)"
    return f"{_cut(email.from_.name)} <{email.from_.address}>" if email.from_.name else email.from_.address


def _plain(reason: Reason) -> str:
    return reason.value.replace("_", " ")


def _cut(text: str) -> str:
    line = _one_line(text)
    return line if len(line) <= MAX_SUBJECT_CHARACTERS else line[: MAX_SUBJECT_CHARACTERS - 1] + "…"


def _one_line(text: str) -> str:
    """The text as people are shown it, which is safe for a header. Runs of spaces become one."""
    return " ".join(shown_text(text).split())
