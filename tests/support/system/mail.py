"""Emails as people and programs write them."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default

LENIENT = default.clone(max_line_length=None, refold_source="none")

PRIVATE: set[str] = set()
"""Words of subjects, names, addresses and bodies that the tests have made: none of them belongs in a log."""

EmailBytes = EmailMessage | bytes


def word() -> str:
    """A word of ten random letters that identifies an email. No log may contain it."""
    made = "".join(secrets.choice("bcdfghjklmnpqrstvwxz") for _ in range(10))
    PRIVATE.add(made)
    return made


def unique(words: str) -> str:
    """A subject (or any text) that no other test uses."""
    return f"{words} {word()}"


def unique_id() -> str:
    """A user id that no other test uses."""
    return f"{secrets.randbelow(10**9):09}"


def stranger() -> str:
    """The From line of a person who is not in the directory."""
    own = word()
    return f'"Pat {own.capitalize()}" <pat.{own}@elsewhere.example>'


def email(from_: str, subject: str | None, text: str = "Hello.\n", **headers: str | None) -> EmailMessage:
    """A plain text email to the payroll mailbox. Further headers by name, with `_` for `-`; None removes a header."""
    message = EmailMessage(policy=SMTP)
    message["From"] = from_
    message["To"] = "payroll@acme.example"
    if subject is not None:
        message["Subject"] = subject
    message["Date"] = datetime.now(UTC)
    message["Message-ID"] = f"<{secrets.token_hex(16)}@mail.acme.example>"
    for name, value in headers.items():
        del message[name.replace("_", "-")]
        if value is not None:
            message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def html_email(from_: str, subject: str, html: str) -> EmailMessage:
    """An email to the payroll mailbox with an HTML body only."""
    message = email(from_, subject)
    message.set_content(html, subtype="html")
    return message


def as_sent(message: EmailBytes) -> bytes:
    """The bytes that go over SMTP."""
    return message if isinstance(message, bytes) else message.as_bytes(policy=SMTP)


def address_in(raw: bytes) -> str:
    """The address in the From line; the null sender if there is none."""
    from_ = message_from_bytes(raw, policy=default)["From"]
    return str(from_.addresses[0].addr_spec) if from_ is not None and from_.addresses else ""


def message_id(message: EmailMessage) -> str:
    return str(message["Message-ID"]).strip()


def bounce_of(original: EmailMessage, failed: str) -> bytes:
    """A delivery status notification (RFC 3464) as Postfix writes it, with the headers of the returned email."""
    boundary = f"=_{secrets.token_hex(8)}"
    headers = "".join(f"{name}: {value}\r\n" for name, value in original.items())
    return (
        "From: Mail Delivery System <MAILER-DAEMON@mail.elsewhere.example>\r\n"
        "To: answers@acme.example\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\n"
        f"Date: {datetime.now(UTC):%a, %d %b %Y %H:%M:%S +0000}\r\n"
        f"Message-ID: <{secrets.token_hex(16)}@mail.elsewhere.example>\r\n"
        "Auto-Submitted: auto-replied\r\n"
        "MIME-Version: 1.0\r\n"
        f'Content-Type: multipart/report; report-type=delivery-status; boundary="{boundary}"\r\n'
        "\r\n"
        f"--{boundary}\r\n"
        "Content-Type: text/plain; charset=us-ascii\r\n"
        "\r\n"
        "This is the mail system at host mail.elsewhere.example.\r\n\r\n"
        "I'm sorry to have to inform you that your message could not\r\nbe delivered to one or more recipients.\r\n\r\n"
        f"<{failed}>: host mx.elsewhere.example[192.0.2.7] said: 550 5.1.1 User unknown\r\n"
        "\r\n"
        f"--{boundary}\r\n"
        "Content-Type: message/delivery-status\r\n"
        "\r\n"
        "Reporting-MTA: dns; mail.elsewhere.example\r\n"
        "\r\n"
        f"Final-Recipient: rfc822; {failed}\r\n"
        f"Original-Recipient: rfc822;{failed}\r\n"
        "Action: failed\r\n"
        "Status: 5.1.1\r\n"
        "Remote-MTA: dns; mx.elsewhere.example\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 User unknown\r\n"
        "\r\n"
        f"--{boundary}\r\n"
        "Content-Type: text/rfc822-headers\r\n"
        "\r\n"
        f"{headers}"
        "\r\n"
        f"--{boundary}--\r\n"
    ).encode("utf-8", "surrogateescape")
