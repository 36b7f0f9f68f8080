"""The events that SES publishes to EventBridge about sent emails, in SES's format.

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html (the detail),
https://docs.aws.amazon.com/ses/latest/dg/monitoring-eventbridge.html (the envelope),
https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html#send-email-simulator (the simulator).
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

_DETAIL_TYPES = {
    "Send": "Email Sent",
    "Delivery": "Email Delivered",
    "Bounce": "Email Bounced",
    "Complaint": "Email Complaint Received",
    "Reject": "Email Rejected",
}
_SIMULATOR = "simulator.amazonses.com"


@dataclass(frozen=True)
class SendDetails:
    """What the events about one accepted email contain."""

    message_id: str
    region: str
    account: str
    configuration_set: str
    sent_at: datetime
    source: str  # the From that SES was given, with its name
    recipients: tuple[str, ...]
    headers: tuple[tuple[str, str], ...]
    common_headers: dict[str, Any]
    tags: dict[str, list[str]]
    infected: bool


def events_of(sending: SendDetails, published: frozenset[str]) -> list[dict[str, Any]]:
    """The events of one email, in order: Send (and Reject) for all recipients, then those of each recipient.

    `published` are the event types of the configuration set (`SEND`, `BOUNCE`, ...). Others are left out.
    """
    events = [_event(sending, "Send", {}, 0)]
    if sending.infected:
        events.append(_event(sending, "Reject", {"reason": "Bad content"}, 10))
    else:
        for recipient in sending.recipients:
            events.extend(_delivery_events(sending, recipient))
    return [event for event in events if event["detail"]["eventType"].upper() in published]


def _delivery_events(sending: SendDetails, recipient: str) -> list[dict[str, Any]]:
    local, _, domain = recipient.lower().rpartition("@")
    simulated = local.partition("+")[0] if domain == _SIMULATOR else ""
    if simulated == "bounce":
        return [_bounce(sending, recipient, "General", "5.1.1", "smtp; 550 5.1.1 user unknown")]
    if simulated == "suppressionlist":
        why = (
            "Amazon SES did not send the message to this address because it is on the suppression list for your "
            "account. For more information about removing addresses from the suppression list, see the Amazon SES "
            "Developer Guide at https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html"
        )
        return [_bounce(sending, recipient, "OnAccountSuppressionList", "5.1.1", why)]
    delivery = {
        "timestamp": _time(sending.sent_at, 10),
        "processingTimeMillis": 10,
        "recipients": [recipient],
        "smtpResponse": "250 2.6.0 Message received",
        "reportingMTA": f"a1-1.smtp-out.{sending.region}.amazonses.com",
        "remoteMtaIp": "192.0.2.25",
    }
    events = [_event(sending, "Delivery", delivery, 10)]
    if simulated == "complaint":
        complaint = {
            "complainedRecipients": [{"emailAddress": recipient}],
            "timestamp": _time(sending.sent_at, 20),
            "feedbackId": _feedback_id(sending),
            "complaintSubType": None,
            "userAgent": "Amazon SES Mailbox Simulator",
            "complaintFeedbackType": "abuse",
            "arrivalDate": _time(sending.sent_at, 20),
        }
        events.append(_event(sending, "Complaint", complaint, 20))
    return events


def _bounce(sending: SendDetails, recipient: str, sub_type: str, status: str, diagnostic: str) -> dict[str, Any]:
    bounce = {
        "bounceType": "Permanent",
        "bounceSubType": sub_type,
        "bouncedRecipients": [
            {"emailAddress": recipient, "action": "failed", "status": status, "diagnosticCode": diagnostic}
        ],
        "timestamp": _time(sending.sent_at, 10),
        "feedbackId": _feedback_id(sending),
        "reportingMTA": f"dns; a1-1.smtp-out.{sending.region}.amazonses.com",
    }
    return _event(sending, "Bounce", bounce, 10)


def _event(sending: SendDetails, type_: str, what: dict[str, Any], after_ms: int) -> dict[str, Any]:
    set_arn = f"arn:aws:ses:{sending.region}:{sending.account}:configuration-set/{sending.configuration_set}"
    domain = sending.source.rpartition("@")[2].rstrip("> ")
    tags = {
        "ses:source-tls-version": ["TLSv1.3"],
        "ses:operation": ["SendEmail"],
        "ses:configuration-set": [sending.configuration_set],
        "ses:source-ip": ["127.0.0.1"],
        "ses:from-domain": [domain],
        "ses:caller-identity": ["local"],
    } | sending.tags
    if type_ == "Delivery":
        tags["ses:outgoing-ip"] = ["192.0.2.10"]
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": _DETAIL_TYPES[type_],
        "source": "aws.ses",
        "account": sending.account,
        "time": (sending.sent_at + timedelta(milliseconds=after_ms)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": sending.region,
        "resources": [set_arn],
        "detail": {
            "eventType": type_,
            "mail": {
                "timestamp": _time(sending.sent_at, 0),
                "source": sending.source,
                "sourceArn": f"arn:aws:ses:{sending.region}:{sending.account}:identity/{domain}",
                "sendingAccountId": sending.account,
                "messageId": sending.message_id,
                "destination": list(sending.recipients),
                "headersTruncated": False,
                "headers": [{"name": name, "value": value} for name, value in sending.headers],
                "commonHeaders": sending.common_headers,
                "tags": tags,
            },
            type_.lower(): what,
        },
    }


def _time(at: datetime, after_ms: int) -> str:
    return (at + timedelta(milliseconds=after_ms)).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _feedback_id(sending: SendDetails) -> str:
    return f"{sending.message_id[:16]}-{uuid.uuid4()}-000000"
