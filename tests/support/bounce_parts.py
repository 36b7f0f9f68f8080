"""Headers and texts that bounces are made of, each alone a weak signal."""

from __future__ import annotations

from email_channels.mail.classification import Classification, classify
from email_channels.mail.parsing import parse_message

KIM = "From: Kim Lee <kim@example.org>"
ADMIN = "From: Mail Administrator <it@example.org>"
POSTMASTER = "From: postmaster@example.org"
DAEMON = "From: MAILER-DAEMON@example.org"
UNDELIVERABLE = "Subject: Undeliverable"
NOTE = "Subject: Note"
GENERATED = "Auto-Submitted: auto-generated"
CLIENT = "User-Agent: Mozilla Thunderbird"
REPORT = "Content-Type: multipart/report; boundary=b"
DSN = "Content-Type: multipart/report; report-type=delivery-status; boundary=b"
MIXED = "Content-Type: multipart/mixed; boundary=b"

CODE = "550 5.1.1 <x@example.net>"
SENTENCE = "The user unknown."
BOTH = "550 5.1.1 user unknown"
TEMPLATE = "permanent fatal errors"
OPENING = "This is the mail system at host mx.example.org."
# Words above a sentence, so that no report begins with it.
WORDS = "We are sorry to say so. " * 10

STATUS = "Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; lee@example.net\nAction: failed\n"
ORIGINAL = "Content-Type: message/rfc822\n\nFrom: pay@acme.example\nSubject: Pay\n\nHello\n"


def read(*head: str, text: str = "", parts: tuple[str, ...] = (), envelope: str = "x@example.org") -> Classification:
    """The kind of an email with these headers, text and parts. `envelope` is its envelope sender."""
    body = f"\n{text}\n"
    head = (*head, MIXED) if parts and not any("boundary" in line for line in head) else head
    if any("boundary" in line for line in head):
        body = f"\n--b\n\n{text}\n" + "".join(f"--b\n{part}\n" for part in parts) + "--b--\n"
    return classify(parse_message("\n".join((*head, body)).encode()), envelope)
