"""Emails as values <-> the JSON and the compressed bytes that items hold."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from email_channels.cases.history import Content, Direction, EntryKind, StoredAttachment, StoredEmail
from email_channels.cases.matches import MatchedBy, MatchMethod, MatchStrength
from email_channels.cases.recipients import Recipient, RecipientRole, RecipientState
from email_channels.cases.trace import RuleResult, RuleVerdict
from email_channels.mail.message import Address
from email_channels.times import from_text, to_text

# An item ends at 400 KB; the rest of it needs room, and every write of an item costs by its size.
MAX_INLINE_CONTENT_BYTES = 128 * 1024

# Unpacked content is held by limits on the way in; this keeps a damaged or forged object from filling the memory.
MAX_UNPACKED_CONTENT_BYTES = 128 * 1024 * 1024


def time_or_none(text: str | None) -> datetime | None:
    """The time in a stored text, None for None."""
    return from_text(text) if text else None


def text_or_none(at: datetime | None) -> str | None:
    """The stored text of a time, None for None."""
    return to_text(at) if at else None


def pack_content(content: Content) -> bytes:
    """The long part of an email, compressed."""
    document = {
        "text": content.text,
        "html": content.html,
        "headers": content.headers,
        "trace": [[row.rule, row.verdict.value, row.detail, dict(row.evidence)] for row in content.trace],
        "issue": content.issue,
    }
    return pack({name: value for name, value in document.items() if value})


def unpack_content(packed: bytes) -> Content:
    """The inverse of `pack_content`; raises ValueError for bytes that are no such thing."""
    document = unpack(packed)
    return Content(
        text=document.get("text"),
        html=document.get("html"),
        headers=tuple((name, value) for name, value in document.get("headers", ())),
        trace=tuple(
            RuleResult(rule, RuleVerdict(verdict), detail, evidence)
            for rule, verdict, detail, evidence in document.get("trace", ())
        ),
        issue=document.get("issue"),
    )


def pack(document: object) -> bytes:
    """Any JSON document, compressed. Lone surrogates (from hostile mail) are replaced, as UTF-8 has none."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=str)
    return zlib.compress(text.encode("utf-8", "replace"), 6)


def unpack(packed: bytes) -> Any:
    """The inverse of `pack`; raises ValueError."""
    decompressor = zlib.decompressobj()
    try:
        text = decompressor.decompress(packed, MAX_UNPACKED_CONTENT_BYTES)
    except zlib.error as error:
        raise ValueError("stored content is damaged") from error
    if decompressor.unconsumed_tail or not decompressor.eof:
        raise ValueError("stored content is damaged or too large")
    return json.loads(text)


def email_to_summary(email: StoredEmail) -> dict[str, Any]:
    """Everything short about an email, for its item; what is empty is left out. Recipients' states are kept apart."""
    document = {
        "id": email.email_id,
        "direction": email.direction.value,
        "kind": email.kind.value,
        "from": _address_out(email.from_),
        "to": [_address_out(address) for address in email.to],
        "cc": [_address_out(address) for address in email.cc],
        "bcc": [_address_out(address) for address in email.bcc],
        "subject": email.subject,
        "at": to_text(email.at),
        "preview": email.preview,
        "attachments": [
            [
                attachment.n,
                attachment.filename,
                attachment.content_type,
                attachment.size,
                attachment.sha256,
                attachment.inline,
                attachment.content_id,
                attachment.key,
            ]
            for attachment in email.attachments
        ],
        "matched_by": matched_out(email.matched_by),
        "message_id": email.message_id,
        "references": list(email.references),
        "in_reply_to": email.in_reply_to,
        "raw_key": email.raw_key,
    }
    return {name: _clean(value) for name, value in document.items() if value}


def email_from_summary(
    summary: Mapping[str, Any], recipients: Sequence[Any] | None, content: Content | None
) -> StoredEmail:
    """The inverse of `email_to_summary`."""
    return StoredEmail(
        email_id=summary["id"],
        direction=Direction(summary["direction"]),
        kind=EntryKind(summary["kind"]),
        from_=_address_in(summary.get("from")),
        to=_addresses_in(summary.get("to")),
        cc=_addresses_in(summary.get("cc")),
        bcc=_addresses_in(summary.get("bcc")),
        subject=summary.get("subject", ""),
        at=from_text(summary["at"]),
        preview=summary.get("preview", ""),
        attachments=tuple(StoredAttachment(*row) for row in summary.get("attachments", ())),
        recipients=recipients_in(recipients),
        matched_by=matched_in(summary.get("matched_by")),
        message_id=summary.get("message_id"),
        references=tuple(summary.get("references", ())),
        in_reply_to=summary.get("in_reply_to"),
        raw_key=summary.get("raw_key"),
        content=content,
    )


def recipients_out(recipients: Sequence[Recipient]) -> list[list[str | bool | None]]:
    """Recipients with their states, for an item."""
    return [
        [row.address, row.name, row.role.value, row.state.value, _clean(row.detail), text_or_none(row.at), row.doubtful]
        for row in recipients
    ]


def recipients_in(rows: Sequence[Any] | None) -> tuple[Recipient, ...]:
    """The inverse of `recipients_out`."""
    return tuple(
        Recipient(address, name, RecipientRole(role), RecipientState(state), detail, time_or_none(at), doubtful)
        for address, name, role, state, detail, at, doubtful in rows or ()
    )


def matched_out(matched: MatchedBy | None) -> list[str] | None:
    """How an email found its case, for an item."""
    return [matched.method.value, matched.strength.value] if matched else None


def matched_in(row: Sequence[str] | None) -> MatchedBy | None:
    """The inverse of `matched_out`."""
    return MatchedBy(MatchMethod(row[0]), MatchStrength(row[1])) if row else None


def _address_out(address: Address | None) -> list[str] | None:
    return [address.name, address.address] if address else None


def _address_in(row: Sequence[str] | None) -> Address | None:
    return Address(row[0], row[1]) if row else None


def _addresses_in(rows: Sequence[Sequence[str]] | None) -> tuple[Address, ...]:
    return tuple(Address(row[0], row[1]) for row in rows or ())


def _clean(value: Any) -> Any:
    """The value without lone surrogates: DynamoDB takes valid UTF-8 only."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return value
