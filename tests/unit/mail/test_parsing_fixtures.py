"""Each example email is read as its manifest says, with the line ends of SMTP and of a Unix file.

A manifest names only what an email is an example of. `text_has` is a part of the text, `text` is the whole text.
`attachments` have name, type and whether the HTML shows them; also size and SHA-256 if the content does not depend on
the kind of line end.
"""

from __future__ import annotations

from typing import Any

import pytest
from email_channels.mail.classification import classify
from email_channels.mail.form_lines import read_form_lines
from email_channels.mail.message import InboundMessage
from email_channels.mail.parsing import parse_message
from email_channels.mail.replies import visible_reply

from tests.support.example_mails import KNOWN, expectations, mail, manifests
from tests.support.paths import EMAILS

MANIFEST = expectations()


def test_every_mail_is_listed() -> None:
    """Every email is in the manifest of its folder only; otherwise no test would read it."""
    assert {folder for folder in EMAILS.iterdir() if folder.is_dir()} == {*manifests(), KNOWN}
    for folder, manifest in manifests().items():
        assert {path.stem for path in folder.glob("*.eml")} == set(manifest)
    assert len(MANIFEST) == sum(len(manifest) for manifest in manifests().values())
    assert list(EMAILS.glob("*.eml")) == []


@pytest.mark.parametrize("crlf", [False, True], ids=["lf", "crlf"])
@pytest.mark.parametrize("name", MANIFEST)
def test_mail(name: str, crlf: bool) -> None:
    raw = mail(name).replace(b"\r\n", b"\n")
    message = parse_message(raw.replace(b"\n", b"\r\n") if crlf else raw)

    expected = MANIFEST[name]
    assert {key: seen(message, key, expected[key]) for key in expected} == expected


def seen(message: InboundMessage, key: str, expected: Any) -> Any:
    """The value that the message has for a key of the manifest."""
    classification = classify(message)
    form_lines = read_form_lines(message)
    found: dict[str, Any] = {
        "from": [message.from_.name, message.from_.address] if message.from_ else None,
        "to": [address.address for address in message.to],
        "cc": [address.address for address in message.cc],
        "reply_to": [address.address for address in message.reply_to],
        "subject": message.subject,
        "date": message.date.isoformat() if message.date else None,
        "message_id": message.message_id,
        "in_reply_to": list(message.in_reply_to),
        "references": list(message.references),
        "text": (message.text or "").strip(),
        "text_has": expected if key == "text_has" and expected in (message.text or "") else message.text,
        "html": (message.html or "").strip(),
        "html_has": expected if key == "html_has" and expected in (message.html or "") else message.html,
        "visible": visible_reply(message.text or "").visible.strip(),
        "banner": visible_reply(message.text or "").banner.strip(),
        "attachments": described(message, expected if key == "attachments" else None),
        "defects_have": expected if expected in message.defects else message.defects,
        "kind": classification.kind,
        "automatic": classification.automatic,
        "recipients": [[failed.address, failed.action, failed.status] for failed in classification.recipients],
        "original": classification.original_message_id,
        "values": [line.value for line in form_lines.lines] if form_lines.lines else None,
        "issue": form_lines.issue,
        "below_banner": form_lines.below_banner,
        "elsewhere": list(form_lines.elsewhere),
    }
    return found[key]


def described(message: InboundMessage, expected: Any) -> list[list[Any]]:
    """The attachments, each with as many values as the manifest has for it."""
    wanted = [len(one) for one in expected or ()]
    return [
        [file.filename, file.content_type, file.inline, file.size, file.sha256][: wanted[at] if at < len(wanted) else 3]
        for at, file in enumerate(message.attachments)
    ]
