"""Bounce, automatic answer or normal mail: what an email is, by what it says of itself and how it looks.

Bounces are told first, since they are automatic too. RFC 3834 (Auto-Submitted), RFC 3464 (delivery reports), RFC 8098
(read receipts), RFC 5965 (feedback reports), and what programs wrote before and beside these.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from email_channels.automatic_subjects import BOUNCE, READ_RECEIPT, VACATION, VACATION_ANYWHERE
from email_channels.message import InboundMessage
from email_channels.reports import (
    FailedRecipient,
    described_recipients,
    original_message,
    report_parts,
    reported_recipients,
)

__all__ = ["Classification", "FailedRecipient", "Kind", "classify"]


class Kind(StrEnum):
    """What an email is."""

    NORMAL = "normal"
    AUTOMATIC_REPLY = "automatic_reply"
    BOUNCE = "bounce"


@dataclass(frozen=True, slots=True)
class Classification:
    """What an email is, and why.

    `recipients` are those that a bounce speaks of: `action` tells failed from delayed and delivered. `automatic` means
    that nobody should be answered automatically, whatever the kind: mail of a trusted forms server is normal, and automatic.
    """

    kind: Kind
    evidence: tuple[str, ...]
    recipients: tuple[FailedRecipient, ...]
    original_message_id: str | None
    automatic: bool


_REPLY_PREFIX: Final = re.compile(
    r"^\s*(?:\[[^\]]{1,40}\]\s*)?(?:(?:re|aw|sv|vs|antw|rif|r|ref|回复|答复|回覆|答覆|返信)\s?(?:\[\d+\])?\s?[:：]\s*)+",
    re.IGNORECASE,
)
_LIST_TAG: Final = re.compile(r"^\s*\[(?:external|extern|ext|spam\??|caution|sec=[^\]]{1,30})\]\s*", re.IGNORECASE)
_FORWARD_PREFIX: Final = re.compile(
    r"^\s*(?:fwd?|wg|tr|rv|i|enc|doorst|vb|vs|pd|转发|轉寄|転送)\s?[:：]", re.IGNORECASE
)
_DAEMON: Final = re.compile(
    r"^(?:mailer[-_.]?daemon|mail[-_.]?daemon|mailerdaemon|postmaster|mdaemon|maildeliverysystem|mail[-_.]?delivery|mailsystem|mail[-_.]?system|"
    r"microsoftexchange[0-9a-f]{10,40}|bounces?|bounce[-_].*|mmsprocess|root-?mailer|exchange[-_]?system|system[-_.]?administrator)$",
    re.IGNORECASE,
)
_DAEMON_NAME: Final = re.compile(
    r"mail(?:er)?[ -]?(?:delivery )?(?:daemon|subsystem)|mail delivery (?:sub)?system|mail administrator|postmaster|system administrator|microsoft (?:outlook|exchange)|mailsystem|mail system|internet mail delivery|delivery subsystem|systemadministrator|administrateur système|mail transport",
    re.IGNORECASE,
)
# Sentences that servers write into reports and that people hardly ever do.
_REPORT_TEXT: Final = re.compile(
    r"this is the (?:mail|postfix|mail delivery) system at|hi\. this is the qmail-send|this is a permanent error|"
    r"this message was created automatically by (?:the )?mail|the following address(?:es)? (?:had|failed|have|could)|"
    r"your message (?:to .{1,100}? |with .{1,100}? |.{0,60})?(?:could not be|couldn't be|was not|wasn't|has not been|cannot be|can not be|can't be) delivered|"
    r"(?:could not|cannot|couldn't|unable to|can't) (?:be )?deliver(?:ed)?|delivery (?:to|has|of) .{0,200}?fail|did not reach the following recipient|undeliverable (?:mail|message|address)|"
    r"the e-?mail account that you tried to reach|wasn't delivered to|mailbox (?:is )?(?:full|unavailable|not found|does not exist)|"
    r"recipient'?s? (?:address |mailbox )?(?:rejected|unknown|not found|is full)|user unknown|no such (?:user|mailbox|recipient|address)|unknown (?:user|recipient|address|local)|"
    r"permanent fatal errors|transient non-fatal errors|delivery attempts? will (?:continue|be)|message (?:has )?(?:been )?(?:was )?(?:returned|undeliverable|rejected)|"
    r"over quota|quota exceeded|exceeded (?:the |its )?(?:storage|quota)|mail(?:box)? quota|(?:smtp|remote) (?:error|server|host) .{0,80}(?:said|responded|rejected|returned|reported)|"
    r"konnte nicht zugestellt werden|n'a pas pu être (?:remis|distribué|délivré)|no (?:se )?(?:ha )?pudo (?:ser )?(?:se )?entrega|non (?:è stato|può essere|è stata|ha potuto) (?:recapita|consegna)|"
    r"não pôde ser entregue|não foi entregue|не (?:может быть|было|удалось|мож.{1,10}) доставл?|配信(?:でき|不能)|送信でき(?:ません|なか)|配達でき|无法(?:送达|投递)|退信|無法(?:送達|傳遞)",
    re.IGNORECASE,
)
_CODES: Final = re.compile(
    r"(?<![\d.])(?:[45]\d\d[ -]#?[245]\.\d\.\d|[45]\.\d\.\d{1,3}\b|(?:550|551|552|553|554|450|451|452|421)[ -])"
)
_AUTOMATIC_REPLY_HEADERS: Final = (
    ("x-autoreply", None),
    ("x-autorespond", None),
    ("x-autoresponder", None),
    ("x-auto-reply", None),
    ("x-auto-reply-from", None),
    ("x-autoreply-from", None),
    ("x-autoreply-domain", None),
    ("x-autoresponse", None),
    ("x-autoresponse-sender", None),
    ("x-mail-autoreply", None),
    ("x-mailer-autoreply", None),
    ("x-vacation", None),
    ("x-away", None),
    ("x-oof", None),
    ("auto-reply", None),
    ("x-ms-exchange-generated-message-source", re.compile("mailbox rules|oof|autoreply", re.IGNORECASE)),
    ("x-ms-exchange-inbox-rules-loop", re.compile(r"$^")),
    ("x-autogenerated", re.compile(r"reply", re.IGNORECASE)),
    ("x-auto-generated", re.compile(r"reply", re.IGNORECASE)),
    ("x-pn-reply", None),
    ("x-php-autoreply", None),
    ("x-fc-machinegenerated", re.compile("auto|reply", re.IGNORECASE)),
    ("x-post-messageclass", re.compile("autorespond", re.IGNORECASE)),
    ("delivered-to", re.compile(r"^autoresponder$", re.IGNORECASE)),
    ("preference", re.compile(r"auto[-_]?repl", re.IGNORECASE)),
    ("precedence", re.compile(r"auto[-_]?repl|auto[-_]?respond", re.IGNORECASE)),
    ("x-precedence", re.compile(r"auto[-_]?repl|auto[-_]?respond", re.IGNORECASE)),
    ("x-mailer", re.compile(r"auto-?(?:reply|respond)|vacation|out ?of ?office", re.IGNORECASE)),
    ("message-id", re.compile(r"auto-?repl(?:y|ies)|autorespond|vacation", re.IGNORECASE)),
    ("user-agent", re.compile(r"auto-?(?:reply|respond)|vacation", re.IGNORECASE)),
    ("return-path", re.compile(r"auto-?reply|autorespond|vacation", re.IGNORECASE)),
    ("from", re.compile(r"auto-?reply@|autorespon|vacation@", re.IGNORECASE)),
)


def classify(message: InboundMessage, envelope_sender: str | None = None) -> Classification:
    """What `message` is. `envelope_sender` is what SES saw ("" is the null sender); else the message's Return-Path tells."""
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
    subject = _LIST_TAG.sub("", subject)
    return _REPLY_PREFIX.sub("", subject).strip().casefold()


def _starts(subject: str, phrases: tuple[str, ...]) -> str | None:
    return next((phrase for phrase in phrases if subject.startswith(phrase)), None)


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
        if (message.header(name) or "").strip()
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
    if parts and any(
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
    sender = message.from_
    local = sender.address.split("@")[0] if sender else ""
    if (sender and (_DAEMON.match(local) or _DAEMON_NAME.search(sender.name))) or (sender is None and null_sender):
        evidence.append("sent by a mail system")
        score += 2
    if null_sender:
        evidence.append("null envelope sender")
        score += 1
    if phrase := _starts(subject, BOUNCE):
        evidence.append(f"subject: {phrase}")
        score += 2
    text = (message.text or "")[:8_000]
    if found := _REPORT_TEXT.search(text):
        evidence.append(f"text: {re.sub(chr(92) + 's+', ' ', found[0])[:60].lower()}")
        score += 1
        if _CODES.search(text):
            score += 1
    elif _CODES.search(text):
        evidence.append("text: SMTP code")
        score += 1
    returned = any(part.content_type in ("message/rfc822", "text/rfc822-headers") for part in message.attachments)
    if returned and score >= 2:
        evidence.append("original returned")
        score += 1
    if reporting:
        evidence.append("multipart/report")
        score += 2
    # People answer bounces and forward them: their words, their address, their mail program.
    if _FORWARD_PREFIX.match(message.subject) or (_REPLY_PREFIX.match(message.subject) and not null_sender):
        score -= 3
    if _auto_submitted(message).startswith("auto-replied") and _starts(subject, VACATION):
        score -= 3
    if _vacation_marks(message) and not phrase:
        score -= 2
    return tuple(evidence) if score >= 4 or (score >= 3 and phrase is not None) else ()


def _vacation_marks(message: InboundMessage) -> list[str]:
    """Headers that only automatic answers have."""
    marks: list[str] = []
    for name, pattern in _AUTOMATIC_REPLY_HEADERS:
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
    if phrase := _starts(subject, VACATION) or next(
        (phrase for phrase in VACATION_ANYWHERE if phrase in subject), None
    ):
        # A person may write "vacation request". A reply prefix, or another sign of a machine, makes it an answer.
        certain = phrase in VACATION_ANYWHERE or _strong(phrase, subject)
        if certain or submitted or null_sender or message.header("x-auto-response-suppress") or _bulk(message):
            evidence.append(f"subject: {phrase}")
    if (receipt := _starts(subject, READ_RECEIPT)) and (
        submitted or null_sender or message.header("x-auto-response-suppress")
    ):
        evidence.append(f"subject: {receipt}")
    return tuple(evidence)


def _strong(phrase: str, subject: str) -> bool:
    """Whether the phrase is followed by a colon or nothing, as programs write it."""
    rest = subject[len(phrase) :].lstrip() if subject.startswith(phrase) else ""
    automatic = any(
        word in phrase
        for word in (
            "auto",
            "réponse",
            "respuesta",
            "risposta",
            "resposta",
            "abwesen",
            "自",
            "자동",
            "авто",
            "отговор",
            "αυτόματη",
        )
    )
    return automatic or rest.startswith((":", "：")) or (not rest and subject == phrase)


def _bulk(message: InboundMessage) -> bool:
    return (message.header("precedence") or "").strip().lower() in ("bulk", "junk", "list")
