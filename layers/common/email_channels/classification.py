"""Bounce, automatic answer or normal mail: what an email is, by what it says of itself and how it looks.

Bounces are told first, since they are automatic too. RFC 3834 (Auto-Submitted), RFC 3464 (delivery reports), RFC 8098
(read receipts), RFC 5965 (feedback reports), and what programs wrote before and beside these.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from email_channels.automatic_subjects import (
    AMBIGUOUS,
    BOUNCE,
    READ_RECEIPT,
    SOMEBODY_IS_AWAY,
    VACATION,
    VACATION_ANYWHERE,
)
from email_channels.machine_marks import (
    ACKNOWLEDGEMENT_TEXT,
    ATTACHED_BOUNCE,
    AUTOMATIC_REPLY_HEADERS,
    AUTOMATIC_TEXT,
    DAEMON_ADDRESS,
    DAEMON_NAME,
    FORWARD_PREFIX,
    GATEWAY_TAG,
    MAILER_DAEMON,
    OFFICE_MATTERS,
    PHRASE_BEGINS,
    PHRASE_ENDS,
    READ_TEXT,
    REPLY_PREFIX,
    REPORT_TEMPLATE,
    REPORT_TEXT,
    SMTP_CODE,
)
from email_channels.message import Attachment, InboundMessage
from email_channels.reports import (
    FailedRecipient,
    described_recipients,
    original_message,
    report_parts,
    reported_recipients,
)

__all__ = ["Classification", "FailedRecipient", "Kind", "classify"]


_ATTACHED_HEADER: Final = 65_536
"""Bytes of an attached mail in which its sender is looked for."""

_OPENING: Final = 200
"""Characters within which a report that nothing else tells from a person's mail has said that it is one."""

_FIRST_WORDS: Final = 1_000
"""Characters of the text in which a program says that it answers, or that something was read."""

_TEXT_SEARCHED: Final = 8_000
"""Characters of the text in which a report's sentences are looked for; the returned mail stands below them."""


class Kind(StrEnum):
    """What an email is."""

    NORMAL = "normal"
    AUTOMATIC_REPLY = "automatic_reply"
    BOUNCE = "bounce"


@dataclass(frozen=True, slots=True)
class Classification:
    """What an email is, and why.

    `recipients` are those that a bounce speaks of: `action` tells failed from delayed and delivered. `automatic` means
    that nobody should be answered automatically, whatever the kind: mail of a forms server is normal, and automatic.
    """

    kind: Kind
    evidence: tuple[str, ...]
    recipients: tuple[FailedRecipient, ...]
    original_message_id: str | None
    automatic: bool


def classify(message: InboundMessage, envelope_sender: str | None = None) -> Classification:
    """What `message` is. `envelope_sender` is what SES saw ("" is the null sender); without it, Return-Path tells."""
    automatic = _do_not_answer(message)
    null_sender = envelope_sender == "" if envelope_sender is not None else _null_return_path(message)
    subject = bare_subject(message.subject)

    if evidence := _machine_report(message):
        return Classification(Kind.AUTOMATIC_REPLY, evidence, (), None, automatic=True)
    if evidence := _bounce(message, subject, null_sender=null_sender):
        identifier, addresses = original_message(message)
        recipients = reported_recipients(report_parts(message), addresses) or described_recipients(message, addresses)
        return Classification(Kind.BOUNCE, evidence, recipients, identifier, automatic=True)
    if evidence := _automatic_reply(message, subject, null_sender=null_sender):
        return Classification(Kind.AUTOMATIC_REPLY, evidence, (), None, automatic=True)
    if null_sender:
        automatic = ("null envelope sender", *automatic)
    return Classification(Kind.NORMAL, automatic, (), None, automatic=bool(automatic))


def bare_subject(subject: str) -> str:
    """A subject in lower case without `Re:`, `AW:` and the marks that gateways put in front."""
    subject = GATEWAY_TAG.sub("", subject)
    return REPLY_PREFIX.sub("", subject).strip().casefold()


def _starts(subject: str, phrases: tuple[str, ...]) -> str | None:
    if not subject.startswith(phrases):
        return None
    return max((phrase for phrase in phrases if subject.startswith(phrase)), key=len)


def _null_return_path(message: InboundMessage) -> bool:
    value = message.header("return-path")
    return value is not None and value.strip() in ("<>", "")


def _auto_submitted(message: InboundMessage) -> str:
    """The value of Auto-Submitted without parameters (RFC 3834, section 5), in lower case; "" where absent or "no"."""
    value = re.split(r"[;\s(]", (message.header("auto-submitted") or "").strip().lower())[0]
    return "" if value == "no" else value


def _do_not_answer(message: InboundMessage) -> tuple[str, ...]:
    """Why this mail should not be answered automatically, whoever wrote it."""
    reasons: list[str] = []
    if value := _auto_submitted(message):
        reasons.append(f"Auto-Submitted: {value}")
    for name in ("Precedence", "X-Precedence"):
        value = (message.header(name) or "").strip().lower()
        if value in ("bulk", "list", "junk") or "auto" in value:
            reasons.append(f"{name}: {value}")
    suppressed = (message.header("X-Auto-Response-Suppress") or "").strip()
    if suppressed and suppressed.lower() != "none":
        reasons.append(f"X-Auto-Response-Suppress: {suppressed[:60]}")
    reasons.extend(
        name
        for name in ("List-Id", "List-Unsubscribe", "List-Post", "List-Help", "Feedback-ID", "X-Autoreply", "X-Loop")
        if (message.header(name) or "").strip().lower() not in ("", "no", "false")
    )
    return tuple(reasons)


def _machine_report(message: InboundMessage) -> tuple[str, ...]:
    """Read receipts (RFC 8098) and feedback reports (RFC 5965): no bounces, and no mail that somebody wrote."""
    content_type = (message.header("content-type") or "").lower()
    kinds = {part.content_type for part in message.attachments}
    if "message/disposition-notification" in kinds or "disposition-notification" in content_type:
        return ("read receipt",)
    if "message/feedback-report" in kinds or "report-type=feedback-report" in content_type.replace('"', ""):
        return ("feedback report",)
    return ()


def _bounce(message: InboundMessage, subject: str, *, null_sender: bool) -> tuple[str, ...]:
    """Why the mail is a bounce; nothing if it is not."""
    content_type = (message.header("content-type") or "").lower().replace('"', "")
    reporting = "multipart/report" in content_type
    parts = report_parts(message)
    sender = message.from_
    local = sender.address.split("@")[0] if sender else ""
    by_daemon = bool(sender and (DAEMON_ADDRESS.match(local) or DAEMON_NAME.search(sender.name))) or (
        sender is None and null_sender
    )
    phrase = _starts(subject, BOUNCE)
    passed_on = _passed_on(message) and not null_sender
    # People keep the report of a bounce and attach it to what they write about it.
    reports = reporting or by_daemon or null_sender or bool(_auto_submitted(message)) or (phrase and not passed_on)
    if reports and any(
        re.search(
            rb"^(?:final-recipient|original-recipient|action|reporting-mta|status):",
            part.content,
            re.IGNORECASE | re.MULTILINE,
        )
        for part in parts
    ):
        return ("delivery status notification",)
    if reporting and "delivery-status" in content_type:
        return ("multipart/report; report-type=delivery-status",)
    if (message.header("x-failed-recipients") or "").strip():
        return ("X-Failed-Recipients",)

    evidence: list[str] = []
    score = 0
    if by_daemon:
        evidence.append("sent by a mail system")
        score += 2
    if null_sender:
        evidence.append("null envelope sender")
        score += 2 if MAILER_DAEMON.match(local) else 1  # nothing else is sent like that, whatever its language
    if phrase:
        evidence.append(f"subject: {phrase}")
        score += 2
    if not evidence and not reporting:
        return ()  # nobody's words alone make a bounce
    text = (message.text or "")[:_TEXT_SEARCHED] if by_daemon or null_sender else _written(message)
    if found := REPORT_TEXT.search(text):
        evidence.append(f"text: {' '.join(found[0].split())[:60].lower()}")
        score += 1
        if SMTP_CODE.search(text):
            score += 1
    elif SMTP_CODE.search(text):
        evidence.append("text: SMTP code")
        score += 1
    returned = any(_returned(part) for part in message.attachments)
    if returned and score >= 2:
        evidence.append("original returned")
        score += 1
    if reporting:
        evidence.append("multipart/report")
        score += 2
    # People answer bounces and forward them: their words, their address, their mail program.
    if FORWARD_PREFIX.match(message.subject) or passed_on:
        score -= 3
    if _auto_submitted(message).startswith("auto-replied") and _starts(subject, VACATION):
        score -= 3
    if _vacation_marks(message) and not phrase:
        score -= 2
    by_machine = len(evidence) > 0 and (
        evidence[0] == "sent by a mail system"
        or null_sender
        or (returned and found is not None)
        or reporting
        or bool(_auto_submitted(message))
        or REPORT_TEMPLATE.search(text[:_OPENING]) is not None
    )
    return tuple(evidence) if by_machine and (score >= 4 or (score >= 3 and phrase is not None)) else ()


def _returned(part: Attachment) -> bool:
    """Whether a part is a returned mail; a bounce that somebody attached to what they write about it is none."""
    if part.content_type not in ("message/rfc822", "text/rfc822-headers"):
        return False
    header = re.split(rb"\r?\n\r?\n", part.content[:_ATTACHED_HEADER].lstrip(b"\r\n"), maxsplit=1)[0]
    return ATTACHED_BOUNCE.search(header) is None


def _vacation_marks(message: InboundMessage) -> list[str]:
    """Headers that only automatic answers have."""
    marks: list[str] = []
    for name, pattern in AUTOMATIC_REPLY_HEADERS:
        value = message.header(name)
        if value is not None and value.strip() and (pattern is None or pattern.search(value)):
            if pattern is None and value.strip().lower() in ("no", "false", "none", "0"):
                continue
            marks.append(name)
    return marks


def _automatic_reply(message: InboundMessage, subject: str, *, null_sender: bool) -> tuple[str, ...]:
    """Why the mail is an automatic answer; nothing if it is not."""
    evidence: list[str] = []
    submitted = _auto_submitted(message)
    if submitted.startswith(("auto-replied", "auto-reply", "auto_reply", "auto-response", "vacation")):
        evidence.append(f"Auto-Submitted: {submitted}")
    evidence.extend(_vacation_marks(message))
    opening = _written(message)[:_FIRST_WORDS]
    if found := _vacation_phrase(subject):
        phrase, certain = found
        # A person may write "vacation request", and answer an automatic answer: there a machine has to show otherwise.
        certain = certain and not (_passed_on(message) or OFFICE_MATTERS.search(subject))
        certain = certain and not (
            phrase == subject and "?" in opening
        )  # "Out of office" may be what somebody asks about
        beside = bool(submitted) or null_sender
        if not _passed_on(message):
            beside = beside or _suppresses_all(message) or _bulk(message) or bool(AUTOMATIC_TEXT.search(opening))
        if certain or (beside and not OFFICE_MATTERS.search(subject)):
            evidence.append(f"subject: {phrase}")
    if null_sender and (message.in_reply_to or REPLY_PREFIX.match(message.subject)):
        # People's programs give an answer an envelope sender; RFC 3834, section 3.3, has automatic ones go without.
        evidence.append("answer with a null envelope sender")
    told = submitted or null_sender or (not _passed_on(message) and READ_TEXT.search(opening))
    if told and (receipt := _starts(subject, READ_RECEIPT)):
        evidence.append(f"subject: {receipt}")
    # Mail of a service desk says "auto-generated" too where people wrote it; its acknowledgements say what they are.
    answers = bool(message.in_reply_to or message.references or REPLY_PREFIX.match(message.subject))
    if answers and (submitted or _suppresses_all(message)) and (said := ACKNOWLEDGEMENT_TEXT.search(opening)):
        evidence.append(f"text: {' '.join(said[0].split())[:60].lower()}")
    return tuple(evidence)


def _passed_on(message: InboundMessage) -> bool:
    """Whether the subject says that somebody answers or forwards what it names."""
    subject = GATEWAY_TAG.sub("", message.subject)
    return bool(REPLY_PREFIX.match(subject) or FORWARD_PREFIX.match(subject))


def _written(message: InboundMessage) -> str:
    """The text without quoted lines: what a person quotes, a program did not say here."""
    lines = (message.text or "")[:_TEXT_SEARCHED].split("\n")
    return "\n".join(line for line in lines if not line.startswith(">"))


def _vacation_phrase(subject: str) -> tuple[str, bool] | None:
    """The phrase of an automatic answer in a subject, and whether it stands there as only programs put it."""
    first = _starts(subject, VACATION)
    if first and first not in AMBIGUOUS and (first[-1] in ":]-" or PHRASE_ENDS.match(subject, len(first))):
        return first, True
    for phrase in (*VACATION_ANYWHERE, *SOMEBODY_IS_AWAY):
        at = subject.find(phrase)
        if at < 0:
            continue
        begins = phrase in SOMEBODY_IS_AWAY or PHRASE_BEGINS.search(subject[:at]) is not None
        if begins and PHRASE_ENDS.match(subject, at + len(phrase)):
            return phrase, True
        first = first or phrase
    return (first, False) if first else None


def _suppresses_all(message: InboundMessage) -> bool:
    """Whether X-Auto-Response-Suppress is "All": Exchange gives people's own mail longer lists of single kinds."""
    return (message.header("x-auto-response-suppress") or "").strip().lower() == "all"


def _bulk(message: InboundMessage) -> bool:
    """Bulk, and of no list: newsletters write of vacations too."""
    if any(message.header(name) for name in ("list-id", "list-unsubscribe", "list-post")):
        return False
    return (message.header("precedence") or "").strip().lower() in ("bulk", "junk")
