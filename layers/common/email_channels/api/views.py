"""The domain's values in the shapes that the API shows (openapi.json has them as schemas)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from email_channels.api.html_sanitising import sanitise
from email_channels.aws.mail_bucket import Link
from email_channels.cases.case import Case, EmployeeSnapshot
from email_channels.cases.directory import Employee, UserMapping
from email_channels.cases.history import Direction, StoredAttachment, StoredEmail
from email_channels.cases.mailboxes import PROPERTIES, Mailbox
from email_channels.cases.purge_proof import PurgeProof
from email_channels.cases.reasons import ADVICE
from email_channels.cases.recipients import Recipient
from email_channels.cases.references import case_number
from email_channels.cases.routing import ServiceGroup, Topic
from email_channels.cases.trace import RuleResult
from email_channels.cases.unprocessed import Unprocessed
from email_channels.mail.message import Address
from email_channels.mail.replies import visible_reply
from email_channels.times import to_text

Document = dict[str, Any]

# Bytes of JSON. Together with the HTML (`sanitising`) an answer has to fit into the 6 MB that Lambda returns.
MAX_TEXT_BYTES = 600_000
MAX_HEADERS_BYTES = 400_000
MAX_TRACE_BYTES = 200_000
CUT = "\n[...]"


def case_json(case: Case) -> Document:
    """A case."""
    return {
        "case_id": case.case_id,
        "number": case_number(case.case_id),
        "status": case.status.value,
        "subject": case.subject,
        "issue": cut(case.issue, MAX_TEXT_BYTES),
        "topic": case.topic,
        "service_group": case.service_group,
        "employee": _person(case.employee),
        "regarding": _person(case.regarding),
        "show_to_employee": case.show_to_employee,
        "flags": list(case.flags),
        "siblings": list(case.siblings),
        "mailbox": case.mailbox,
        "created_at": to_text(case.created_at),
        "updated_at": to_text(case.updated_at),
    }


def entry_json(email: StoredEmail) -> Document:
    """An entry of an Email History, as lists show it."""
    document: Document = {
        "email_id": email.email_id,
        "direction": email.direction.value,
        "kind": email.kind.value,
        "from": _address(email.from_),
        "to": _addresses(email.to),
        "cc": _addresses(email.cc),
        "subject": email.subject,
        "at": to_text(email.at),
        "preview": email.preview,
        "attachments": [attachment_json(attachment) for attachment in email.attachments],
        "matched_by": (
            {"how": email.matched_by.method.value, "certainty": email.matched_by.strength.value}
            if email.matched_by
            else None
        ),
    }
    if email.direction is Direction.OUTBOUND:
        document["bcc"] = _addresses(email.bcc)
        document["recipients"] = [_recipient(recipient) for recipient in email.recipients]
    return document


def whole_entry_json(email: StoredEmail) -> Document:
    """An entry with all that is known of it."""
    return entry_json(email) | _content(email) | {"in_reply_to": email.in_reply_to}


def unprocessed_json(item: Unprocessed) -> Document:
    """An unprocessed email, as lists show it."""
    return {
        "id": item.id,
        "channel": item.channel.value,
        "mailbox": item.mailbox,
        "reason": item.reason.value,
        "explanation": ADVICE[item.reason].explanation,
        "what_to_do": ADVICE[item.reason].what_to_do,
        "from": _address(item.email.from_),
        "to": _addresses(item.email.to),
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
    content = _content(item.email)
    return unprocessed_json(item) | {
        "trace": content["trace"],
        "text": content["text"],
        "html": content["html"],
        "attachments": [attachment_json(attachment) for attachment in item.email.attachments],
        "original": link_json(original) if original else None,
    }


def trace_json(trace: Iterable[RuleResult]) -> list[Document]:
    """A decision trace; what is beyond all measure of it is left out."""
    rows = []
    size = 0
    for row in trace:
        document = {
            "rule": row.rule,
            "verdict": row.verdict.value,
            "detail": row.detail,
            "evidence": dict(row.evidence),
        }
        size += len(json.dumps(document, default=str))
        if size > MAX_TRACE_BYTES:
            break
        rows.append(document)
    return rows


def attachment_json(attachment: StoredAttachment) -> Document:
    """An attachment."""
    return {
        "n": attachment.n,
        "filename": attachment.filename,
        "content_type": attachment.content_type,
        "size": attachment.size,
        "inline": attachment.inline,
        "content_id": attachment.content_id,
    }


def link_json(link: Link) -> Document:
    """A link that downloads something."""
    return {"url": link.url, "expires_at": to_text(link.expires_at)}


def employee_json(employee: Employee) -> Document:
    """An employee of the directory."""
    return {
        "user_id": employee.user_id,
        "name": employee.name,
        "emails": list(employee.emails),
        "population": employee.population,
        "blocked": employee.blocked,
    }


def mailbox_json(mailbox: Mailbox) -> Document:
    """A mailbox and its properties."""
    named = {"address": mailbox.address, "receiving_address": mailbox.receiving_address}
    return named | {name: getattr(mailbox, name) for name in PROPERTIES}


def user_mapping_json(mapping: UserMapping) -> Document:
    """A user mapping."""
    return {"id": mapping.id, "mailbox": mapping.mailbox, "from": mapping.from_, "user_id": mapping.user_id}


def topic_json(topic: Topic) -> Document:
    """A topic and where it routes."""
    return {"name": topic.name, "service_group": topic.service_group, "by_population": dict(topic.by_population)}


def service_group_json(group: ServiceGroup) -> Document:
    """A service group."""
    return {"id": group.id, "name": group.name, "address": group.address, "secured": group.secured}


def purge_json(proof: PurgeProof) -> Document:
    """The proof of a purge."""
    return {
        "purge_id": proof.purge_id,
        "at": to_text(proof.at),
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


def cut(text: str, most: int) -> str:
    """The text, or as much of its beginning as takes `most` bytes of JSON; then it says that it was cut."""
    if len(text) * 6 <= most:  # `\u0000`: a character takes at most six bytes
        return text
    shown = text
    while (size := len(json.dumps(shown, ensure_ascii=False).encode("utf-8", "replace"))) > most:
        shown = shown[: min(len(shown) - 1, len(shown) * most // size)]
    return shown if len(shown) == len(text) else shown + CUT


def _content(email: StoredEmail) -> Document:
    content = email.content
    if content is None:
        return {"text": None, "visible": None, "quoted": None, "html": None, "headers": [], "trace": []}
    text = None if content.text is None else cut(content.text, MAX_TEXT_BYTES)
    reply = None if text is None else visible_reply(text)
    return {
        "text": text,
        "visible": reply.visible if reply else None,
        "quoted": reply.quoted if reply else None,
        "html": None if content.html is None else sanitise(content.html),
        "headers": _headers(content.headers),
        "trace": trace_json(content.trace),
    }


def _headers(headers: Sequence[tuple[str, str]]) -> list[list[str]]:
    shown = []
    size = 0
    for name, value in headers:
        size += len(json.dumps([name, value], ensure_ascii=False).encode("utf-8", "replace"))
        if size > MAX_HEADERS_BYTES:
            break
        shown.append([name, value])
    return shown


def _person(snapshot: EmployeeSnapshot | None) -> Document | None:
    return {"user_id": snapshot.user_id, "name": snapshot.name, "email": snapshot.email} if snapshot else None


def _address(address: Address | None) -> Document | None:
    return {"name": address.name, "address": address.address} if address else None


def _addresses(addresses: Iterable[Address]) -> list[Document]:
    return [{"name": address.name, "address": address.address} for address in addresses]


def _recipient(recipient: Recipient) -> Document:
    return {
        "address": recipient.address,
        "name": recipient.name,
        "role": recipient.role.value,
        "state": recipient.state.value,
        "detail": recipient.detail,
        "at": to_text(recipient.at) if recipient.at else None,
    }
