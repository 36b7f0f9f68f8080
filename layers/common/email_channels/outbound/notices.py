"""The emails that the system itself writes: error notifications, digests, group alerts, acknowledgements.

Pure: values in, the bytes of a message out. All are marked as automatic (RFC 3834, section 5) and carry our own mark,
by which they are known if they come back.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address as HeaderAddress
from email.message import EmailMessage

from email_channels.cases.case import Case
from email_channels.cases.history import StoredEmail
from email_channels.cases.outgoing import OutgoingKind
from email_channels.cases.reasons import ADVICE, Reason
from email_channels.cases.references import case_number
from email_channels.cases.unprocessed import Unprocessed
from email_channels.mail.message import Address
from email_channels.outbound.header_folding import OUTBOUND, message_id_list
from email_channels.outbound.loop_marks import LOOP_MARK_HEADER, claimed_kind, loop_mark_as_message_id
from email_channels.times import to_text

# SES takes lines of at most 998 characters (RFC 5322, section 2.1.1).
MAX_LINE_BYTES = 998
# Folded headers are bounded for people's sake, not for the format's.
MAX_SUBJECT_CHARACTERS = 200
# How many emails one digest names.
MAX_DIGEST_ROWS = 500


def error_notification(
    item: Unprocessed,
    *,
    from_: Address,
    to: Sequence[str],
    cc: Sequence[str],
    original: bytes | None,
    where: str,
    purge_after: datetime,
    loop_mark: str,
) -> bytes:
    """Tells the admins of an email that made no case.

    `original` is attached as it was sent; None where it must not be (virus) or cannot be (too large, refused by SES).
    `where` is the place to look at the email and its original, `loop_mark` the value of LOOP_MARK_HEADER.
    """
    advice = ADVICE[item.reason]
    email = item.email
    notice = _notice(loop_mark, from_, to, f"No case made ({_plain(item.reason)}): {email.subject or 'no subject'}")
    if cc:
        notice["Cc"] = ", ".join(cc)
    notice["Auto-Submitted"] = "auto-generated"
    lines = [
        "An email did not become a case.",
        "",
        f"Why: {advice.explanation} ({item.reason})",
        f"What to do: {advice.what_to_do}",
        "",
        *_about(item),
        "",
        f"Where to look: {where}",
        _about_the_original(item.reason, attached=original is not None),
        f"It is deleted after {purge_after.date().isoformat()} unless you put it on hold.",
    ]
    notice.set_content("\n".join(lines) + "\n", cte="quoted-printable")
    return _with_original(notice, original) if original is not None else notice.as_bytes()


def digest(
    items: Sequence[Unprocessed],
    *,
    from_: Address,
    to: Sequence[str],
    where: str,
    purge_after: datetime,
    loop_mark: str,
) -> bytes:
    """One notification for many emails (at most MAX_DIGEST_ROWS), naming each."""
    if not 0 < len(items) <= MAX_DIGEST_ROWS:
        raise ValueError(f"a digest names 1 to {MAX_DIGEST_ROWS} emails")
    notice = _notice(loop_mark, from_, to, f"No case made of {len(items)} emails")
    notice["Auto-Submitted"] = "auto-generated"
    lines = [
        f"{len(items)} emails did not become cases. They came too quickly to tell you of each in an email of its own.",
        "",
    ]
    for reason in dict.fromkeys(item.reason for item in items):
        of_reason = [item for item in items if item.reason is reason]
        lines += [
            f"{len(of_reason)} x {_plain(reason)}: {ADVICE[reason].explanation}",
            f"What to do: {ADVICE[reason].what_to_do}",
        ]
        lines += [
            f"  {to_text(item.received_at)}  {item.id}  {_who(item.email)} to {item.mailbox or 'no mailbox'}: "
            f"{_cut(item.email.subject) or '(no subject)'}"
            for item in of_reason
        ]
        lines.append("")
    lines += [
        f"Where to look: {where}",
        f"They are deleted after {purge_after.date().isoformat()} unless you put them on hold.",
    ]
    notice.set_content("\n".join(lines) + "\n", cte="quoted-printable")
    return notice.as_bytes()


def group_alert(case: Case, *, from_: Address, to: str, where: str, loop_mark: str) -> bytes:
    """Tells a service group of a new case. It does not repeat what the employee wrote: that is for the case."""
    notice = _notice(loop_mark, from_, [to], f"New case {case_number(case.case_id)}: {case.subject}")
    notice["Auto-Submitted"] = "auto-generated"
    lines = [
        f"Case {case_number(case.case_id)} is new in your service group ({case.service_group}).",
        "",
        f"Subject: {_cut(case.subject)}",
        f"Topic: {case.topic}",
        f"Employee: {case.employee.name} ({case.employee.user_id})" if case.employee else "Employee: not known",
        f"Received: {to_text(case.created_at)}",
        "",
        f"Where to look: {where}",
    ]
    notice.set_content("\n".join(lines) + "\n", cte="quoted-printable")
    return notice.as_bytes()


def acknowledgement(
    case: Case, *, from_: Address, to: Address, reply_to: str | None, subject: str, loop_mark: str
) -> bytes:
    """Tells the email's sender that there is a case. `subject` holds its tag; raises ValueError without an email."""
    if case.email is None:
        raise ValueError("only the sender of an email is acknowledged")
    notice = _notice(loop_mark, from_, [to.address], subject)
    notice["Auto-Submitted"] = "auto-replied"
    if reply_to:
        notice["Reply-To"] = reply_to
    # RFC 5322, section 3.6.4: so that it threads under the email that it answers.
    if answered := message_id_list([case.email.message_id or ""]):
        notice["In-Reply-To"] = answered
        notice["References"] = f"{message_id_list(case.email.references[-20:])} {answered}".strip()
    answer = "You can answer this email to add to the case." if reply_to else "Please do not answer this email."
    lines = [
        "We have received your email and opened a case for it.",
        "",
        f"Case number: {case_number(case.case_id)}",
        f"Subject: {_cut(case.subject)}",
        "",
        answer,
    ]
    notice.set_content("\n".join(lines) + "\n", cte="quoted-printable")
    return notice.as_bytes()


def _notice(loop_mark: str, from_: Address, to: Sequence[str], subject: str) -> EmailMessage:
    notice = EmailMessage(policy=OUTBOUND)
    notice["From"] = HeaderAddress(_one_line(from_.name), addr_spec=from_.address)
    notice["To"] = ", ".join(to)
    notice["Subject"] = _cut(subject)
    notice[LOOP_MARK_HEADER] = loop_mark
    if claimed_kind(loop_mark) is OutgoingKind.NOTIFICATION:
        notice["References"] = f"<{loop_mark_as_message_id(loop_mark, from_.address.rpartition('@')[2])}>"
    # Exchange and Outlook heed this one (MS-OXCMAIL, section 2.1.3.2.20).
    notice["X-Auto-Response-Suppress"] = "All"
    return notice


def _about(item: Unprocessed) -> list[str]:
    email = item.email
    return [
        f"From: {_who(email)}",
        f"To: {item.mailbox or ', '.join(address.address for address in email.to) or 'nobody named'}",
        f"Subject: {_cut(email.subject) or '(no subject)'}",
        f"Received: {to_text(item.received_at)}",
        f"Channel: {item.channel.value.replace('_', ' ')}",
        f"Id: {item.id}",
    ]


def _about_the_original(reason: Reason, *, attached: bool) -> str:
    if attached:
        return "The original is attached."
    if reason is Reason.VIRUS:
        return "The original holds a virus and is not attached; it can be downloaded from there."
    return "The original is too large, or of a kind that cannot be attached; it can be downloaded from there."


def _with_original(notice: EmailMessage, original: bytes) -> bytes:
    """The notice with the original attached, not a byte of it changed.

    (Bare LFs become CRLF.) The email package would parse and write it anew, so a mark keeps its place and is replaced
    in the result. What 8bit cannot carry (NULs, lines over 998 bytes, bare CR) goes as base64, which RFC 2046,
    section 5.2.1, forbids for message/rfc822.
    """
    original = _with_crlf(original)
    if not _fits_8bit(original):
        notice.add_attachment(original, maintype="application", subtype="octet-stream", filename="original.eml")
        return notice.as_bytes()
    mark = f"original-{uuid.uuid4().hex}"
    notice.make_mixed()
    part = EmailMessage(policy=notice.policy)
    part["Content-Type"] = 'message/rfc822; name="original.eml"'
    part["Content-Disposition"] = 'attachment; filename="original.eml"'
    part["Content-Transfer-Encoding"] = "7bit" if original.isascii() else "8bit"
    part.set_payload(mark)
    notice.attach(part)
    return notice.as_bytes().replace(mark.encode(), original, 1)


def _with_crlf(original: bytes) -> bytes:
    """The original with the line ends that mail has, where some program wrote bare LFs: servers do the same to it."""
    if b"\n" not in original.replace(b"\r\n", b""):
        return original
    return original.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _fits_8bit(original: bytes) -> bool:
    if b"\0" in original:
        return False
    lines = original.split(b"\r\n")
    return all(len(line) <= MAX_LINE_BYTES and b"\r" not in line and b"\n" not in line for line in lines)


def _who(email: StoredEmail) -> str:
    if email.from_ is None:
        return "nobody named"
    return f"{_cut(email.from_.name)} <{email.from_.address}>" if email.from_.name else email.from_.address


def _plain(reason: Reason) -> str:
    return reason.value.replace("_", " ")


def _cut(text: str) -> str:
    line = _one_line(text)
    return line if len(line) <= MAX_SUBJECT_CHARACTERS else line[: MAX_SUBJECT_CHARACTERS - 1] + "…"


def _one_line(text: str) -> str:
    """The text without line breaks, other control characters and lone surrogates: safe in a header."""
    joined = " ".join(text.split())
    return "".join(char for char in joined if char.isprintable()).encode("utf-8", "replace").decode()
