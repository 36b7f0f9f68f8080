"""An email as SES puts it into the bucket: the header block of SES, then the message of the sender.

The form of the block: layers/common/email_channels/mail/ses_headers.py.
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def new_name() -> str:
    """A name in the form of SES's: objects are named after the id of the message."""
    return "".join(secrets.choice(_LETTERS) for _ in range(40))


def original(
    *, name: str, region: str, sender: str, recipient: str, to: str, subject: str, text: str, allowed: Sequence[str]
) -> bytes:
    """An original with the best verdicts, from the first of the allowed servers, received now."""
    now, domain = datetime.now(UTC), sender.rpartition("@")[2]
    address = _first_address(allowed)
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"], message["Message-ID"] = format_datetime(now), make_msgid(domain=domain)
    message.set_content(text)
    spf = (
        f"pass (spfCheck: domain of {domain} designates {address} as permitted sender) client-ip={address}; "
        f"envelope-from={sender}; helo=smoke.test;"
    )
    lines = [
        f"Return-Path: <{sender}>",
        f"Received: from smoke.test ([{'IPv6:' if ':' in address else ''}{address}])",
        f" by inbound-smtp.{region}.amazonaws.com with SMTP id {name}",
        f" for {recipient};",
        f" {format_datetime(now)} (UTC)",
        "X-SES-Spam-Verdict: PASS",
        "X-SES-Virus-Verdict: PASS",
        f"Received-SPF: {spf}",
        "Authentication-Results: amazonses.com;",
        f" spf={spf}",
        f" dkim=pass header.i=@{domain};",
        f" dmarc=pass header.from={domain};",
        "X-SES-RECEIPT: c21va2UgdGVzdA==",
    ]
    return "".join(f"{line}\r\n" for line in lines).encode() + message.as_bytes().replace(b"\n", b"\r\n")


def _first_address(allowed: Sequence[str]) -> str:
    """A server that may deliver."""
    for each in allowed:
        network = ipaddress.ip_network(each, strict=False)
        return str(network.network_address + (1 if network.num_addresses > 2 else 0))
    return "192.0.2.1"
