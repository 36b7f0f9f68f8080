"""Decides whether an email is normal, an automatic reply or a bounce. The first check that finds evidence wins:

1. Read receipts and feedback reports. They look like bounces, but count as automatic replies.
2. Answers to invitations, recalls, and receipts of certified mail. They count as automatic replies, too.
3. Bounces. They are automatic too, so they are checked before automatic replies.
4. Automatic replies.

All other emails are normal.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from email_channels.mail.caseless import composed
from email_channels.mail.classification.answers_and_recalls import answer_or_recall_evidence
from email_channels.mail.classification.attached_bounces import (
    MAX_DEPTH,
    attached_messages,
    may_wrap_a_bounce,
    wrapped_envelope_sender,
)
from email_channels.mail.classification.automatic_replies import automatic_reply_evidence
from email_channels.mail.classification.bounces import bounce_evidence
from email_channels.mail.classification.certified_mail import (
    certified_mail_failure,
    certified_mail_receipt,
    undelivered_certified_mail,
)
from email_channels.mail.classification.delivery_reports import FailedRecipient, report_parts, reported_recipients
from email_channels.mail.classification.list_refusals import list_refusal_evidence, refused_list
from email_channels.mail.classification.nonstandard_bounces import recipients_without_report
from email_channels.mail.classification.receipts_and_feedback import receipt_or_feedback_evidence
from email_channels.mail.classification.returned_mail import original_message
from email_channels.mail.classification.signals import auto_submitted, has_null_return_path
from email_channels.mail.message import InboundMessage
from email_channels.values import dataclass


class Kind(StrEnum):
    """The kind of an email."""

    NORMAL = "normal"
    AUTOMATIC_REPLY = "automatic_reply"
    BOUNCE = "bounce"


@dataclass(frozen=True, slots=True)
class Classification:
    """The kind of an email, and the evidence for it.

    `recipients` are those that a bounce names; the `action` of each says whether the delivery failed, is delayed or
    succeeded. `original_message_id` is the Message-ID of the returned email. `automatic` means: never answer this email
    automatically, whatever its kind. The emails of a forms server are normal and automatic.
    """

    kind: Kind
    evidence: tuple[str, ...]
    recipients: tuple[FailedRecipient, ...]
    original_message_id: str | None
    automatic: bool


def classify(message: InboundMessage, envelope_sender: str | None = None) -> Classification:
    """The kind of `message`, with evidence.

    `envelope_sender` is the one that SES saw; "" is the null sender. If it is None, the Return-Path header is used
    instead.
    """
    return _classified(message, envelope_sender, MAX_DEPTH)


def _classified(message: InboundMessage, envelope_sender: str | None, depth: int) -> Classification:
    """The kind of `message`. Attached messages are opened to this `depth`."""
    message = _composed(message)
    null_sender = envelope_sender == "" if envelope_sender is not None else has_null_return_path(message)

    evidence = receipt_or_feedback_evidence(message, null_sender=null_sender)
    evidence = evidence or answer_or_recall_evidence(message, null_sender=null_sender)
    evidence = evidence or certified_mail_receipt(message)
    if evidence:
        return Classification(Kind.AUTOMATIC_REPLY, evidence, (), None, automatic=True)
    if evidence := certified_mail_failure(message):
        recipients, original_id = undelivered_certified_mail(message)
        return Classification(Kind.BOUNCE, evidence, recipients, original_id, automatic=True)
    if evidence := bounce_evidence(message, null_sender=null_sender):
        inner = None if report_parts(message) else _attached_bounce(message, depth)
        return replace(inner, evidence=evidence) if inner else _bounce(message, evidence)
    if evidence := list_refusal_evidence(message, null_sender=null_sender):
        original_id, addresses = original_message(message)
        return Classification(Kind.BOUNCE, evidence, refused_list(message, addresses), original_id, automatic=True)
    if may_wrap_a_bounce(message, null_sender=null_sender) and (inner := _attached_bounce(message, depth)):
        return replace(inner, evidence=("attached bounce", *inner.evidence))
    if evidence := automatic_reply_evidence(message, null_sender=null_sender):
        return Classification(Kind.AUTOMATIC_REPLY, evidence, (), None, automatic=True)
    reasons = _reasons_not_to_answer(message, null_sender=null_sender)
    return Classification(Kind.NORMAL, reasons, (), None, automatic=bool(reasons))


def _composed(message: InboundMessage) -> InboundMessage:
    """`message` with composed letters in the texts that are searched: the tables of words are composed, too."""
    sender = message.from_ and replace(message.from_, name=composed(message.from_.name))
    text = message.text and composed(message.text)
    return replace(message, from_=sender, subject=composed(message.subject), text=text)


def _bounce(message: InboundMessage, evidence: tuple[str, ...]) -> Classification:
    original_id, addresses = original_message(message)
    recipients = reported_recipients(report_parts(message), addresses) or recipients_without_report(message, addresses)
    return Classification(Kind.BOUNCE, evidence, recipients, original_id, automatic=True)


def _attached_bounce(message: InboundMessage, depth: int) -> Classification | None:
    """The classification of the first attached message that is a bounce; None if there is none."""
    if depth == 0:
        return None
    found = (
        _classified(attached, wrapped_envelope_sender(message, attached), depth - 1)
        for attached in attached_messages(message)
    )
    return next((inner for inner in found if inner.kind is Kind.BOUNCE), None)


def _reasons_not_to_answer(message: InboundMessage, *, null_sender: bool) -> tuple[str, ...]:
    """Why a normal email must not be answered automatically (RFC 3834, section 2). Empty if it may be answered."""
    reasons: list[str] = []
    if null_sender:
        reasons.append("null envelope sender")
    if value := auto_submitted(message):
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
