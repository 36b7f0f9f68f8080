"""Bounce, automatic answer or normal mail: what an email is, by what it says of itself and how it looks.

Bounces are told first, since they are automatic too; read receipts and feedback reports, which look like them, before.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from email_channels.mail.classification.automatic_replies import automatic_reply, machine_report
from email_channels.mail.classification.bounces import bounce
from email_channels.mail.classification.delivery_reports import (
    FailedRecipient,
    described_recipients,
    original_message,
    report_parts,
    reported_recipients,
)
from email_channels.mail.classification.signals import auto_submitted, null_return_path
from email_channels.mail.message import InboundMessage


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
    null_sender = envelope_sender == "" if envelope_sender is not None else null_return_path(message)

    if evidence := machine_report(message, null_sender=null_sender):
        return Classification(Kind.AUTOMATIC_REPLY, evidence, (), None, automatic=True)
    if evidence := bounce(message, null_sender=null_sender):
        identifier, addresses = original_message(message)
        recipients = reported_recipients(report_parts(message), addresses) or described_recipients(message, addresses)
        return Classification(Kind.BOUNCE, evidence, recipients, identifier, automatic=True)
    if evidence := automatic_reply(message, null_sender=null_sender):
        return Classification(Kind.AUTOMATIC_REPLY, evidence, (), None, automatic=True)
    if null_sender:
        automatic = ("null envelope sender", *automatic)
    return Classification(Kind.NORMAL, automatic, (), None, automatic=bool(automatic))


def _do_not_answer(message: InboundMessage) -> tuple[str, ...]:
    """Why this mail should not be answered automatically, whoever wrote it."""
    reasons: list[str] = []
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
