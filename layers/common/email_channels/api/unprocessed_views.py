"""Unprocessed emails and their purges as JSON documents of the API (`openapi.json` has the schemas)."""

from __future__ import annotations

from email_channels.api.case_views import (
    Document,
    address_json,
    addresses_json,
    attachment_json,
    content_json,
    link_json,
)
from email_channels.aws.mail_bucket import Link
from email_channels.cases.outcomes import RetryResult
from email_channels.cases.purge_proof import PurgeProof, restorable_until
from email_channels.cases.reasons import ADVICE
from email_channels.cases.unprocessed import Unprocessed
from email_channels.times import to_text


def unprocessed_json(item: Unprocessed) -> Document:
    """An unprocessed email, as in lists."""
    return {
        "id": item.id,
        "channel": item.channel.value,
        "mailbox": item.mailbox,
        "reason": item.reason.value,
        "explanation": item.explanation,
        "what_to_do": ADVICE[item.reason].what_to_do,
        "from": address_json(item.email.from_),
        "to": addresses_json(item.email.to),
        "subject": item.email.subject,
        "received_at": to_text(item.received_at),
        "notified_at": to_text(item.notified_at) if item.notified_at else None,
        "purge_after": to_text(item.purge_after) if item.purge_after else None,
        "held": (
            {"why": item.held.why, "by": item.held.by, "at": to_text(item.held.at)} if item.held is not None else None
        ),
    }


def whole_unprocessed_json(item: Unprocessed, original: Link | None) -> Document:
    """An unprocessed email with its decision trace, and a link to its original."""
    content = content_json(item.email)
    return unprocessed_json(item) | {
        "trace": content["trace"],
        "text": content["text"],
        "html": content["html"],
        "attachments": [attachment_json(attachment) for attachment in item.email.attachments],
        "original": link_json(original) if original else None,
    }


def retried_json(result: RetryResult) -> Document:
    """What an email was before a retry, and what it is now. Only an email that had a case before names one there."""
    before = result.before.to_json()
    if result.before.case_id is None:
        del before["case_id"]
    return {"before": before, "after": result.after.to_json()}


def purge_json(proof: PurgeProof) -> Document:
    """The proof of a purge."""
    return {
        "purge_id": proof.purge_id,
        "at": to_text(proof.at),
        "restorable_until": to_text(restorable_until(proof.at)),
        "count": len(proof.items),
        "items": [
            {
                "id": item.id,
                "reason": item.reason.value,
                "received_at": to_text(item.received_at),
                "notified_at": to_text(item.notified_at),
            }
            for item in proof.items
        ],
    }
