"""Cases and their emails as JSON documents of the API (`openapi.json` has the schemas)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from email_channels.api.html_sanitising import sanitise
from email_channels.aws.mail_bucket import Link
from email_channels.cases.case import Case, EmployeeSnapshot
from email_channels.cases.history import Direction, EntryKind, StoredAttachment, StoredEmail
from email_channels.cases.noticing.failures import shown_warnings
from email_channels.cases.people.agent import Agent
from email_channels.cases.recipients import Recipient
from email_channels.cases.references import case_number
from email_channels.cases.trace import RuleResult
from email_channels.mail.message import Address
from email_channels.mail.replies import Reply, visible_reply
from email_channels.times import to_text

Document = dict[str, Any]

# In bytes of JSON. With the HTML (`html_sanitising.py`), a response must fit into the 6 MB that Lambda returns.
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
        "warnings": [warning.value for warning in case.warnings],
        "siblings": list(case.siblings),
        "merged_into": case.merged_into,
        "mailbox": case.mailbox,
        "assignee": agent_json(case.assignee),
        "unread": case.unread,
        "waiting_on": case.waiting_on.value,
        "last_inbound_at": to_text(case.last_inbound_at) if case.last_inbound_at else None,
        "last_outbound_at": to_text(case.last_outbound_at) if case.last_outbound_at else None,
        "created_at": to_text(case.created_at),
        "updated_at": to_text(case.updated_at),
    }


def entry_json(email: StoredEmail) -> Document:
    """An entry of an Email History without its content, as in lists."""
    document: Document = {
        "email_id": email.email_id,
        "direction": email.direction.value,
        "kind": email.kind.value,
        "from": address_json(email.from_),
        "reply_to": addresses_json(email.reply_to),
        "to": addresses_json(email.to),
        "cc": addresses_json(email.cc),
        "subject": email.subject,
        "at": to_text(email.at),
        "preview": email.preview,
        "attachments": [attachment_json(attachment) for attachment in email.attachments],
        "warnings": [warning.value for warning in shown_warnings(email)],
        "matched_by": (
            {"how": email.matched_by.method.value, "certainty": email.matched_by.strength.value}
            if email.matched_by
            else None
        ),
    }
    if email.direction is not Direction.INBOUND:
        document["author"] = agent_json(email.author)
    if email.direction is Direction.OUTBOUND:
        document["bcc"] = addresses_json(email.bcc)
        document["recipients"] = [_recipient(recipient) for recipient in email.recipients]
    return document


def whole_entry_json(email: StoredEmail) -> Document:
    """An entry with its content."""
    return entry_json(email) | content_json(email) | {"in_reply_to": email.in_reply_to}


def trace_json(trace: Iterable[RuleResult]) -> list[Document]:
    """A decision trace. Rows beyond MAX_TRACE_BYTES are left out."""
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
    """A link to download an original or an attachment."""
    return {"url": link.url, "expires_at": to_text(link.expires_at)}


def cut(text: str, most: int) -> str:
    """The text. If it takes more than `most` bytes of JSON, it is cut, and ends with CUT."""
    if len(text) * 6 <= most:  # in JSON, a character takes at most six bytes (`\u0000`)
        return text
    shown = text
    while (size := len(json.dumps(shown, ensure_ascii=False).encode("utf-8", "replace"))) > most:
        shown = shown[: min(len(shown) - 1, len(shown) * most // size)]
    return shown if len(shown) == len(text) else shown + CUT


def content_json(email: StoredEmail) -> Document:
    """The content of an email: its text, split into new and quoted text; its HTML, headers and trace."""
    content = email.content
    if content is None:
        return {"text": None, "visible": None, "quoted": None, "html": None, "headers": [], "trace": []}
    text = None if content.text is None else cut(content.text, MAX_TEXT_BYTES)
    reply = None if text is None else Reply(text, "") if email.kind is EntryKind.NOTE else visible_reply(text)
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


def agent_json(agent: Agent | None) -> Document | None:
    """An agent."""
    return {"user": agent.user, "name": agent.name} if agent else None


def address_json(address: Address | None) -> Document | None:
    """An address with its name."""
    return {"name": address.name, "address": address.address} if address else None


def addresses_json(addresses: Iterable[Address]) -> list[Document]:
    """Addresses with their names."""
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
