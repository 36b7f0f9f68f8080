"""Converts domain values to the attributes that store them (JSON documents, lists and texts), and back.

`x_to_json` returns the value of an attribute, and `x_from_json` is its inverse, which ignores fields and columns that
newer code has added. `compression` converts long contents. DynamoDB has no empty sets and stores only valid UTF-8: None
stands for an empty set, and `clean` replaces lone surrogates, which hostile mail may contain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from pynamodb.attributes import Attribute
from pynamodb.constants import BINARY, STRING

from email_channels.cases.case import EmployeeSnapshot
from email_channels.cases.history import Content, Direction, EntryKind, StoredAttachment, StoredEmail
from email_channels.cases.matches import MatchedBy, MatchMethod, MatchStrength
from email_channels.cases.people.agent import Agent
from email_channels.cases.recipients import Recipient, RecipientRole, RecipientState
from email_channels.cases.unprocessed import Hold
from email_channels.cases.warnings import EmailWarning
from email_channels.mail.message import Address
from email_channels.times import from_text, to_text


class HexAttribute(Attribute[str]):
    """A hexadecimal hash, which takes half as many bytes in the item."""

    attr_type = BINARY

    def serialize(self, value: str) -> bytes:
        """The bytes."""
        return bytes.fromhex(value)

    def deserialize(self, value: bytes) -> str:
        """The hexadecimal digits."""
        return value.hex()


class OriginalKeyAttribute(Attribute[str]):
    """The key of an original, whose folder takes one letter in the item. Any other key stays as it is."""

    attr_type = STRING

    def serialize(self, value: str) -> str:
        """The short form."""
        folder, _, name = value.rpartition("/")
        return f"{_FOLDERS[folder]}:{name}" if folder in _FOLDERS else value

    def deserialize(self, value: str) -> str:
        """The key."""
        letter, _, name = value.partition(":")
        return f"{_FOLDER_OF[letter]}/{name}" if letter in _FOLDER_OF else value


# The columns of an attachment.
_COLUMNS = len(fields(StoredAttachment))
_FOLDERS = {"raw/case_creation": "c", "raw/ad_hoc": "a"}
_FOLDER_OF = {letter: folder for folder, letter in _FOLDERS.items()}


def email_to_json(email: StoredEmail) -> dict[str, Any]:
    """The `summary` of an email: its short fields, without the empty ones.

    The id, the recipients' delivery states and the size are apart: an attribute or a key of the item has them.
    """
    document = {
        "direction": email.direction.value,
        "kind": email.kind.value,
        "from": _address_to_json(email.from_),
        "to": [_address_to_json(address) for address in email.to],
        "cc": [_address_to_json(address) for address in email.cc],
        "bcc": [_address_to_json(address) for address in email.bcc],
        "subject": email.subject,
        "at": to_text(email.at),
        "preview": email.preview,
        "attachments": [_attachment_to_json(attachment) for attachment in email.attachments],
        "matched_by": match_to_json(email.matched_by),
        "message_id": email.message_id,
        "references": list(email.references),
        "in_reply_to": email.in_reply_to,
        "reply_to": [_address_to_json(address) for address in email.reply_to],
        "warnings": [warning.value for warning in email.warnings],
        "raw_key": email.raw_key,
        "author": agent_to_json(email.author),
    }
    return {name: clean(value) for name, value in document.items() if value}


def email_from_json(
    summary: Mapping[str, Any],
    *,
    email_id: str,
    recipients: Sequence[Any] | None,
    raw_key: str | None,
    size: int,
    message_id: str | None,
    matched_by: Sequence[str] | None,
    content: Content | None,
) -> StoredEmail:
    """The inverse of `email_to_json`, with what is stored beside the summary.

    `raw_key`, `message_id` and `matched_by` replace those of the summary, unless they are None.
    """
    return StoredEmail(
        email_id=email_id,
        direction=Direction(summary["direction"]),
        kind=EntryKind(summary["kind"]),
        from_=_address_from_json(summary.get("from")),
        to=_addresses_from_json(summary.get("to")),
        cc=_addresses_from_json(summary.get("cc")),
        bcc=_addresses_from_json(summary.get("bcc")),
        subject=summary.get("subject", ""),
        at=from_text(summary["at"]),
        preview=summary.get("preview", ""),
        attachments=tuple(StoredAttachment(*row[:_COLUMNS]) for row in summary.get("attachments", ())),
        recipients=recipients_from_json(recipients),
        matched_by=match_from_json(matched_by or summary.get("matched_by")),
        message_id=message_id or summary.get("message_id"),
        references=tuple(summary.get("references", ())),
        in_reply_to=summary.get("in_reply_to"),
        raw_key=raw_key or summary.get("raw_key"),
        content=content,
        size=size,
        reply_to=_addresses_from_json(summary.get("reply_to")),
        warnings=tuple(map(EmailWarning, summary.get("warnings", ()))),
        author=agent_from_json(summary.get("author")),
    )


def recipients_to_json(recipients: Sequence[Recipient]) -> list[list[str | bool | None]]:
    """Recipients with their delivery states."""
    return [
        [row.address, row.name, row.role.value, row.state.value, clean(row.detail), time_to_text(row.at), row.doubtful]
        for row in recipients
    ]


def recipients_from_json(rows: Sequence[Any] | None) -> tuple[Recipient, ...]:
    """The inverse of `recipients_to_json`; no recipients for None."""
    return tuple(
        Recipient(address, name, RecipientRole(role), RecipientState(state), detail, time_from_text(at), doubtful)
        for address, name, role, state, detail, at, doubtful, *_ in rows or ()
    )


def match_to_json(matched: MatchedBy | None) -> list[str] | None:
    """The match method and match strength of an email; None for None."""
    return [matched.method.value, matched.strength.value] if matched else None


def match_from_json(row: Sequence[str] | None) -> MatchedBy | None:
    """The inverse of `match_to_json`."""
    return MatchedBy(MatchMethod(row[0]), MatchStrength(row[1])) if row else None


def snapshot_to_json(snapshot: EmployeeSnapshot | None) -> list[str | None] | None:
    """The employee as a case stores them; None for None."""
    return [snapshot.user_id, snapshot.name, snapshot.email] if snapshot else None


def snapshot_from_json(row: Sequence[Any] | None) -> EmployeeSnapshot | None:
    """The inverse of `snapshot_to_json`."""
    return EmployeeSnapshot(row[0], row[1], row[2]) if row else None


def agent_to_json(agent: Agent | None) -> list[str] | None:
    """An agent; None for None."""
    return [agent.user, clean(agent.name)] if agent else None


def agent_from_json(row: Sequence[str] | None) -> Agent | None:
    """The inverse of `agent_to_json`."""
    return Agent(row[0], row[1]) if row else None


def hold_to_json(hold: Hold | None) -> dict[str, str] | None:
    """A hold on an unprocessed email; None for None."""
    return {"why": clean(hold.why), "by": hold.by, "at": to_text(hold.at)} if hold else None


def hold_from_json(document: Mapping[str, str] | None) -> Hold | None:
    """The inverse of `hold_to_json`."""
    return Hold(document["why"], document["by"], from_text(document["at"])) if document else None


def time_to_text(at: datetime | None) -> str | None:
    """The text of a time; None for None."""
    return to_text(at) if at else None


def time_from_text(text: str | None) -> datetime | None:
    """The inverse of `time_to_text`."""
    return from_text(text) if text else None


def known_fields(kind: type[Any], document: Mapping[str, Any]) -> dict[str, Any]:
    """The entries of a document that are fields of this dataclass."""
    return {field.name: document[field.name] for field in fields(kind) if field.name in document}


def clean(value: Any) -> Any:
    """The value with `?` in place of lone surrogates, in a text or in texts of lists. Other values stay the same."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list):
        return [clean(item) for item in value]
    return value


def _attachment_to_json(attachment: StoredAttachment) -> list[Any]:
    return [
        attachment.n,
        attachment.filename,
        attachment.content_type,
        attachment.size,
        attachment.sha256,
        attachment.inline,
        attachment.content_id,
        attachment.key,
    ]


def _address_to_json(address: Address | None) -> list[str] | None:
    return [address.name, address.address] if address else None


def _address_from_json(row: Sequence[str] | None) -> Address | None:
    return Address(row[0], row[1]) if row else None


def _addresses_from_json(rows: Sequence[Sequence[str]] | None) -> tuple[Address, ...]:
    return tuple(Address(row[0], row[1]) for row in rows or ())
