"""Reads the events that SES publishes about emails that we sent, as changes of the recipients' delivery states.

The format of the events is described at
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html (the `detail`) and
https://docs.aws.amazon.com/ses/latest/dg/monitoring-eventbridge.html (around it).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from email.utils import getaddresses, parseaddr
from typing import Any

from email_channels.cases.delivery_states import StateChange
from email_channels.cases.outgoing import EMAIL_TAG, KIND_TAG, RECORD_TAG
from email_channels.cases.recipients import RecipientState
from email_channels.times import from_text, to_milliseconds
from email_channels.values import dataclass

# SES did not try to deliver: the address is on a suppression list of SES or of the account, or has unsubscribed.
_SUPPRESSED = {"Suppressed", "OnAccountSuppressionList", "UnsubscribedRecipient"}
# The recipient said that the email is not spam (RFC 6430).
_NOT_SPAM = "not-spam"
# For events whose list of recipients is empty: they are about somebody, and do not say about whom.
_NOBODY = ("",)
_NAMELESS: tuple[dict[str, str], ...] = ({"emailAddress": ""},)


@dataclass(frozen=True, slots=True)
class SendingEvent:
    """One event of SES about an email that we sent.

    `kind`, `record` and `email_id` (`""` if there is none) are the tags of the email; `message_id` is the id that SES
    gave it, without a domain. `to` holds the addresses of its To header, or all recipients if the event has no To
    header. `changes` is empty for event types that change no state; even these prove that SES accepted the email.
    """

    type: str
    kind: str
    record: str
    email_id: str
    message_id: str
    region: str
    sent_at: datetime
    to: tuple[str, ...]
    changes: tuple[StateChange, ...]


def read_event(event: Mapping[str, Any]) -> SendingEvent | None:
    """The event in a document from EventBridge; None if it has no tags of ours: we did not send the email.

    Raises ValueError if it has our tags but cannot be read.
    """
    try:
        mail = event["detail"]["mail"]
        tags = mail.get("tags") or {}
        kind, record, email_id = (str((tags.get(name) or [""])[0]) for name in (KIND_TAG, RECORD_TAG, EMAIL_TAG))
    except (AttributeError, KeyError, TypeError):
        return None
    if not kind or not record:
        return None
    try:
        detail = event["detail"]
        sent_at = to_milliseconds(from_text(mail["timestamp"]))
        return SendingEvent(
            type=str(detail["eventType"]),
            kind=kind,
            record=record,
            email_id=email_id,
            message_id=str(mail["messageId"]),
            region=str(event["region"]),
            sent_at=sent_at,
            to=_to(mail),
            changes=_changes(detail, sent_at),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"an SES event that cannot be read: {error!r}") from error


def _changes(detail: Mapping[str, Any], sent_at: datetime) -> tuple[StateChange, ...]:
    """What an event says about each recipient. The times are those of SES, so repeated events give the same changes."""
    match detail["eventType"]:
        case "Send":
            return (StateChange(None, RecipientState.SENT, sent_at),)
        case "Reject":
            reason = (detail.get("reject") or {}).get("reason") or "no reason given"
            return (StateChange(None, RecipientState.FAILED, sent_at, f"Amazon SES rejected the email: {reason}"),)
        case "Rendering Failure" | "RenderingFailure":
            message = (detail.get("failure") or {}).get("errorMessage") or "no reason given"
            return (
                StateChange(None, RecipientState.FAILED, sent_at, f"Amazon SES could not build the email: {message}"),
            )
        case "Delivery":
            delivery = detail["delivery"]
            return tuple(
                StateChange(_bare(address), RecipientState.DELIVERED, _at(delivery), delivery.get("smtpResponse"))
                for address in delivery["recipients"] or _NOBODY
            )
        case "DeliveryDelay":
            delay = detail["deliveryDelay"]
            return tuple(
                StateChange(
                    _bare(row["emailAddress"]),
                    RecipientState.DELAYED,
                    _at(delay),
                    _words(delay.get("delayType"), row.get("status"), row.get("diagnosticCode")),
                )
                for row in delay["delayedRecipients"] or _NAMELESS
            )
        case "Bounce":
            return tuple(_bounced(detail["bounce"]))
        case "Complaint":
            return tuple(_complained(detail["complaint"], detail["mail"].get("destination") or ()))
    return ()


def _bounced(bounce: Mapping[str, Any]) -> Iterable[StateChange]:
    subtype = bounce.get("bounceSubType")
    state = RecipientState.SUPPRESSED if subtype in _SUPPRESSED else RecipientState.BOUNCED
    # SES reports automatic replies such as "out of office" as transient bounces with only an address, after the
    # delivery. A bounce has a status or a diagnostic code.
    causeless = bounce.get("bounceType") != "Permanent" and subtype in {"General", "Undetermined"}
    for row in bounce["bouncedRecipients"] or _NAMELESS:
        automatic = causeless and not row.get("status") and not row.get("diagnosticCode")
        detail = _words(
            "" if bounce.get("bounceType") == "Permanent" else bounce.get("bounceType"),
            subtype,
            row.get("status"),
            row.get("diagnosticCode"),
        )
        yield StateChange(_bare(row["emailAddress"]), state, _at(bounce), detail, doubtful=automatic)


def _complained(complaint: Mapping[str, Any], destination: Sequence[str]) -> Iterable[StateChange]:
    """The changes after a complaint. If it names no recipients, it may be of each in `destination`."""
    if str(complaint.get("complaintFeedbackType")).lower() == _NOT_SPAM:
        return
    rows = [row["emailAddress"] for row in complaint.get("complainedRecipients") or ()] or destination or _NOBODY
    if complaint.get("complaintSubType") in _SUPPRESSED:
        state, detail = RecipientState.SUPPRESSED, "On the suppression list since an earlier complaint"
    else:
        state = RecipientState.COMPLAINED
        kind = complaint.get("complaintFeedbackType")
        detail = f"Reported as unwanted{f' ({kind})' if kind else ''}"
        if len(rows) > 1:
            detail = f"Perhaps: {detail.lower()} by one of {len(rows)} recipients"
    for address in rows:
        yield StateChange(_bare(address), state, _at(complaint), detail)


def _to(mail: Mapping[str, Any]) -> tuple[str, ...]:
    shown = (mail.get("commonHeaders") or {}).get("to") or mail.get("destination") or ()
    return tuple(address for _, address in getaddresses([str(value) for value in shown]) if address)


def _at(what: Mapping[str, Any]) -> datetime:
    return to_milliseconds(from_text(what["timestamp"]))


def _bare(address: str) -> str:
    """The address alone. Reports may repeat it with a display name or in brackets, as somebody wrote it."""
    return parseaddr(address)[1] or address


def _words(*parts: str | None) -> str | None:
    return ", ".join(part for part in parts if part) or None
