"""Emails as SES puts them into the bucket: the header block of SES, then the message of the sender."""

from datetime import UTC, datetime
from email.utils import format_datetime

RECEIVED_AT = datetime(2026, 11, 23, 18, 43, 36, tzinfo=UTC)

SES_FIELDS = [
    "Return-Path",
    "Received",
    "X-SES-Spam-Verdict",
    "X-SES-Virus-Verdict",
    "Received-SPF",
    "Authentication-Results",
    "X-SES-RECEIPT",
    "X-SES-DKIM-SIGNATURE",
]
"""The header fields that SES puts above a message, in its order."""

_BLOCK = """\
Return-Path: <{sender}>
Received: from mail.acme.example (mail.acme.example [192.0.2.10])
 by inbound-smtp.eu-central-1.amazonaws.com with SMTP id 8v6dsqmmgfrv9pd3vdqvf3bzbxcvmvj5ss0ms6o1
 for {recipient};
 {at} (UTC)
X-SES-Spam-Verdict: {spam}
X-SES-Virus-Verdict: {virus}
Received-SPF: {spf} (spfCheck: domain of {domain}) client-ip=192.0.2.10; envelope-from={sender}; helo=mail.acme.example;
Authentication-Results: amazonses.com;
 spf={spf} (spfCheck: domain of {domain}) client-ip=192.0.2.10; envelope-from={sender}; helo=mail.acme.example;
{dkim} dmarc={dmarc} header.from={from_domain};
X-SES-RECEIPT: AEFBQUFBQUFBQUFGMmZoUlNyZXBlYXRlZA==
X-SES-DKIM-SIGNATURE: a=rsa-sha256; q=dns/txt; b=c2lnbmF0dXJl; c=relaxed/simple; s=224i4yxa5dv7c2xz3womw6peuasteono;\
 d=amazonses.com; t=1795459416; v=1; bh=Ym9keQ==; h=From:To:Subject;
"""


def received(
    message: str | bytes,
    recipient: str = "payroll@in.acme-cases.example",
    sender: str = "zoe.hartmann@acme.example",
    at: datetime = RECEIVED_AT,
    signer: str = "acme.example",
    from_domain: str | None = None,
    **verdicts: str,
) -> bytes:
    """The original of a message that SES received. The line ends of a text become CRLF; bytes stay as they are.

    The verdicts `spam`, `virus`, `spf`, `dkim` and `dmarc` are words of SES; the default is a pass. `dkim` is the
    result of a signature of the domain `signer`; "none" stands for an email without signature. `from_domain` is the
    From domain as SES reads it, usually `signer`.
    """
    sent = message if isinstance(message, bytes) else message.lstrip("\n").replace("\n", "\r\n").encode()
    words = {"spam": "PASS", "virus": "PASS", "spf": "pass", "dkim": "pass", "dmarc": "pass"} | verdicts
    dkim = words.pop("dkim")
    block = _BLOCK.format(
        recipient=recipient,
        sender=sender,
        domain=sender.rpartition("@")[2] or "mail.acme.example",
        dkim="" if dkim == "none" else f" dkim={dkim} header.i=@{signer};\n",
        from_domain=from_domain or signer,
        at=format_datetime(at),
        **words,
    )
    return block.replace("\n", "\r\n").encode() + sent
