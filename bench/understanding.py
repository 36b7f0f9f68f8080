"""What is read right of the example mails: by us, by Python's own parser, by mail-parser. `make compare` prints it.

Each mail in the folders of `tests/emails` counts for what its manifest names. White space is not compared, and neither
is the zone in which a date is given. An attachment that has no name counts as right whatever the other libraries call
it. A dash means that a library does not offer this at all.

A second table shows what is known to go wrong: the mails of `tests/emails/known`, each with the one thing misread.
"""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.headerregistry import AddressHeader
from email.message import EmailMessage
from typing import Any, Final

from tests.support.example_mails import KNOWN, expectations, known_failures, mail

# What is shown as one line: its name, and the keys of the manifest that it stands for.
_ROWS: Final = (
    ("sender", ("from",)),
    ("recipients", ("to", "cc", "reply_to")),
    ("subject", ("subject",)),
    ("date", ("date",)),
    ("ids", ("message_id", "in_reply_to", "references")),
    ("text body", ("text", "text_has")),
    ("HTML body", ("html", "html_has")),
    ("attachments: names", ("attachments",)),
    ("attachments: types and sizes", ("sizes",)),
    ("kind", ("kind", "automatic")),
    ("failed recipients", ("recipients", "original")),
    ("visible reply", ("visible",)),
)
_OFFERED_BY_ALL: Final = tuple(key for row, keys in _ROWS[:9] for key in keys)
Read = Callable[[bytes], dict[str, Callable[[], Any]]]


def main() -> int:
    """The command; `--failures` lists, for each reader, what it reads wrong."""
    warnings.simplefilter("ignore")
    logging.disable()
    manifest = expectations()
    readers: tuple[tuple[str, Read], ...] = (("ours", ours), ("Python", standard), ("mail-parser", mail_parser))
    right: dict[tuple[str, str], int] = {}
    asked: dict[tuple[str, str], int] = {}
    failures: dict[str, list[str]] = {name: [] for name, _ in readers}
    raised: dict[str, int] = {name: 0 for name, _ in readers}
    for name, expected in manifest.items():
        raw = mail(name)
        expected = expected | ({"sizes": expected["attachments"]} if "attachments" in expected else {})
        for reader, read in readers:
            try:
                found = read(raw)
            except Exception:  # noqa: BLE001  # a library that raises has read nothing
                raised[reader] += 1
                found = dict.fromkeys(expected, _raising) if reader != "ours" else {}
            for row, keys in _ROWS:
                named = [key for key in keys if key in expected]
                offered = [key for key in named if key in found]
                if not named or not offered:
                    continue
                asked[reader, row] = asked.get((reader, row), 0) + 1
                if all(is_right(found[key], expected[key], key) for key in offered):
                    right[reader, row] = right.get((reader, row), 0) + 1
                else:
                    failures[reader].append(f"{row}: {name}")
    print("\n".join(_table([name for name, _ in readers], asked, right, raised, len(manifest))))
    print("", *_known_table(readers), sep="\n")
    if "--failures" in sys.argv:
        for name, listed in failures.items():
            print(f"\n{name}", *sorted(listed), sep="\n  ")
    return 0


def _table(
    readers: list[str],
    asked: dict[tuple[str, str], int],
    right: dict[tuple[str, str], int],
    raised: dict[str, int],
    mails: int,
) -> Iterator[str]:
    yield f"| of {mails} mails | asked of | " + " | ".join(readers) + " |"
    yield "|---|--:|" + "--:|" * len(readers)
    for row, _ in _ROWS:
        cells = [
            f"{right.get((reader, row), 0) / asked[reader, row]:.1%}" if (reader, row) in asked else "–"
            for reader in readers
        ]
        yield f"| {row} | {asked.get(('ours', row), 0)} | " + " | ".join(cells) + " |"
    yield f"| mails that make it fail | {mails} | " + " | ".join(str(raised[reader]) for reader in readers) + " |"


def _known_table(readers: tuple[tuple[str, Read], ...]) -> Iterator[str]:
    yield "| known to go wrong | field | " + " | ".join(name for name, _ in readers) + " | because |"
    yield "|---|---|" + "---|" * len(readers) + "---|"
    for name, failure in known_failures().items():
        raw, field = (KNOWN / f"{name}.eml").read_bytes(), failure["field"]
        row = next(row for row, keys in _ROWS if field in keys)
        cells = [_verdict(read, raw, field, failure["expected"]) for _, read in readers]
        yield f"| {name.replace('_', ' ')} | {row} | {' | '.join(cells)} | {failure['because']} |"


def _verdict(read: Read, raw: bytes, field: str, expected: Any) -> str:
    if field not in _OFFERED_BY_ALL and read is not ours:
        return "–"
    try:
        found = read(raw)
    except Exception:  # noqa: BLE001  # a library that raises has read nothing
        return "wrong"
    return "right" if is_right(found[field], expected, field) else "wrong"


def is_right(read: Callable[[], Any], expected: Any, key: str) -> bool:
    """Whether what a reader finds for a key of the manifest is what the manifest says; one that raises is not."""
    try:
        found = read()
    except Exception:  # noqa: BLE001  # a library that raises has read nothing
        return False
    if key in ("text", "html", "subject", "visible", "issue"):
        return _words(found) == _words(expected)
    if key in ("text_has", "html_has"):
        return _words(expected) in _words(found)
    if key == "date":
        return bool(found == (datetime.fromisoformat(expected) if expected else None))
    if key == "from":
        return bool((found and [_words(found[0]), found[1]]) == expected)
    if key == "attachments":
        return len(found) == len(expected) and all(
            name is None or name == wanted[0] or wanted[0].startswith("attachment-")
            for (name, *_), wanted in zip(found, expected, strict=True)
        )
    if key == "sizes":
        return len(found) == len(expected) and all(
            kind == wanted[1] and (len(wanted) < 4 or size == wanted[3])
            for (_, kind, size), wanted in zip(found, expected, strict=True)
        )
    return bool(found == expected)


def _words(text: object) -> str:
    return " ".join(text.split()) if isinstance(text, str) else ""


def _raising() -> Any:
    raise ValueError("the library raised")


def ours(raw: bytes) -> dict[str, Callable[[], Any]]:
    """What Email Channels reads."""
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


def standard(raw: bytes) -> dict[str, Callable[[], Any]]:
    """What Python's own parser reads, with its policy for email of today."""
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


def mail_parser(raw: bytes) -> dict[str, Callable[[], Any]]:
    """What mail-parser reads."""
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


if __name__ == "__main__":
    sys.exit(main())
