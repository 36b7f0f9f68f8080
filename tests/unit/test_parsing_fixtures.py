"""Every mail in `tests/emails` gives what its manifest says, with the line ends of the wire and of a Unix file.

The manifest names only what a mail is there for: `text_has` is a piece of the text, `text` all of it, `attachments`
are name, type and whether the HTML shows it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from email_channels.classification import classify
from email_channels.message import InboundMessage
from email_channels.parsing import parse_message
from email_channels.replies import visible_reply
from email_channels.variables import read_values

EMAILS = Path(__file__).parent.parent / "emails"
MANIFEST: dict[str, dict[str, Any]] = json.loads((EMAILS / "manifest.json").read_text("utf-8"))


def test_every_mail_is_in_the_manifest() -> None:
    assert {path.stem for path in EMAILS.glob("*.eml")} == set(MANIFEST)


@pytest.mark.parametrize("crlf", [False, True], ids=["lf", "crlf"])
@pytest.mark.parametrize("name", MANIFEST)
def test_mail(name: str, crlf: bool) -> None:
    raw = (EMAILS / f"{name}.eml").read_bytes().replace(b"\r\n", b"\n")
    message = parse_message(raw.replace(b"\n", b"\r\n") if crlf else raw)

    expected = MANIFEST[name]
    assert {key: seen(message, key, expected[key]) for key in expected} == expected


def seen(message: InboundMessage, key: str, expected: Any) -> Any:
    """What the message gives for a key of the manifest."""
    classification = classify(message)
    values = read_values(message)
    found: dict[str, Any] = {
        "from": [message.from_.name, message.from_.address] if message.from_ else None,
        "to": [address.address for address in message.to],
        "cc": [address.address for address in message.cc],
        "subject": message.subject,
        "date": message.date.isoformat() if message.date else None,
        "references": list(message.references),
        "text": (message.text or "").strip(),
        "text_has": expected if key == "text_has" and expected in (message.text or "") else message.text,
        "visible": visible_reply(message.text or "").visible,
        "attachments": [[file.filename, file.content_type, file.inline] for file in message.attachments],
        "kind": classification.kind,
        "automatic": classification.automatic,
        "recipients": [[failed.address, failed.action, failed.status] for failed in classification.recipients],
        "original": classification.original_message_id,
        "values": [line.value for line in values.lines] if values.lines else None,
        "issue": values.issue,
    }
    return found[key]
