"""Three parsers with one interface, so that they can be compared: ours, Python's and mail-parser's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.headerregistry import AddressHeader
from email.message import EmailMessage
from typing import Any

Fields = dict[str, Callable[[], Any]]
"""What a parser found in an email, by the keys of the manifests. A call returns the value, or raises what it raises."""

Reader = Callable[[bytes], Fields]


def ours(raw: bytes) -> Fields:
    """Reads an email with Email Channels."""
    from email_channels.mail.classification import classify
    from email_channels.mail.parsing import parse_message
    from email_channels.mail.replies import visible_reply

    message = parse_message(raw)
    kind = classify(message)
    return {
        "from": lambda: [message.from_.name, message.from_.address] if message.from_ else None,
        "to": lambda: [one.address for one in message.to],
        "cc": lambda: [one.address for one in message.cc],
        "reply_to": lambda: [one.address for one in message.reply_to],
        "subject": lambda: message.subject,
        "date": lambda: message.date,
        "message_id": lambda: message.message_id,
        "in_reply_to": lambda: list(message.in_reply_to),
        "references": lambda: list(message.references),
        "text": lambda: message.text,
        "text_has": lambda: message.text,
        "html": lambda: message.html,
        "html_has": lambda: message.html,
        "attachments": lambda: [(file.filename,) for file in message.attachments],
        "sizes": lambda: [(file.filename, file.content_type, file.size) for file in message.attachments],
        "kind": lambda: kind.kind,
        "automatic": lambda: kind.automatic,
        "recipients": lambda: [[one.address, one.action, one.status] for one in kind.recipients],
        "original": lambda: kind.original_message_id,
        "visible": lambda: visible_reply(message.text or "").visible,
    }


def standard(raw: bytes) -> Fields:
    """Reads an email with Python's own parser and `email.policy.default`."""
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)

    def addresses(name: str) -> list[Any]:
        return [
            one
            for field in message.get_all(name) or []
            for one in (field.addresses if isinstance(field, AddressHeader) else ())
        ]

    def sender() -> Any:
        found = addresses("from")
        return [found[0].display_name, found[0].addr_spec] if found else None

    def body(kind: str) -> str:
        part = message.get_body((kind,))
        return str(part.get_content()) if part is not None else ""

    def files() -> list[tuple[str | None, str, int]]:
        parts = list(message.iter_attachments()) if message.is_multipart() else []
        found = []
        for part in parts:
            content = part.get_content() if not part.is_multipart() else part.as_bytes()
            if isinstance(content, str):
                content = part.get_payload(decode=True)
            size = len(content) if isinstance(content, bytes) else len(bytes(content))
            found.append((part.get_filename(), part.get_content_type(), size))
        return found

    def identifiers(name: str) -> list[str]:
        return [word.strip("<>") for word in str(message.get(name, "")).split()]

    def date() -> datetime | None:
        moment = message["date"].datetime if message["date"] else None
        return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment

    return {
        "from": sender,
        "to": lambda: [one.addr_spec for one in addresses("to")],
        "cc": lambda: [one.addr_spec for one in addresses("cc")],
        "reply_to": lambda: [one.addr_spec for one in addresses("reply-to")],
        "subject": lambda: str(message.get("subject", "")),
        "date": date,
        "message_id": lambda: str(message["message-id"]).strip().strip("<>"),
        "in_reply_to": lambda: identifiers("in-reply-to"),
        "references": lambda: identifiers("references"),
        "text": lambda: body("plain"),
        "text_has": lambda: body("plain"),
        "html": lambda: body("html"),
        "html_has": lambda: body("html"),
        "attachments": lambda: [(name,) for name, _, _ in files()],
        "sizes": files,
    }


def mail_parser(raw: bytes) -> Fields:
    """Reads an email with mail-parser."""
    from base64 import b64decode

    from mailparser import parse_from_bytes  # type: ignore[import-untyped]  # it has no stubs

    mail = parse_from_bytes(raw)

    def size(file: dict[str, Any]) -> int:
        payload = file["payload"]
        return len(b64decode(payload) if file.get("binary") else payload.encode("utf-8", "surrogateescape"))

    return {
        "from": lambda: list(mail.from_[0]) if mail.from_ else None,
        "to": lambda: [address for _, address in mail.to if address],
        "cc": lambda: [address for _, address in mail.cc if address],
        "reply_to": lambda: [address for _, address in mail.reply_to if address],
        "subject": lambda: mail.subject,
        "date": lambda: mail.date and mail.date.replace(tzinfo=UTC),
        "message_id": lambda: mail.message_id.strip("<>"),
        "in_reply_to": lambda: [word.strip("<>") for word in (mail.in_reply_to or "").split()],
        "references": lambda: [word.strip("<>") for word in (mail.references or "").split()],
        "text": lambda: "\n".join(mail.text_plain),
        "text_has": lambda: "\n".join(mail.text_plain),
        "html": lambda: "\n".join(mail.text_html),
        "html_has": lambda: "\n".join(mail.text_html),
        "attachments": lambda: [(file["filename"],) for file in mail.attachments],
        "sizes": lambda: [(file["filename"], file["mail_content_type"], size(file)) for file in mail.attachments],
    }
