"""Emails of the standard mix, generated from a fixed seed.

60 % are short text, 24 % text and HTML of 15 KB, 12 % have 100 KB attached, 4 % have 2 MB attached.
"""

from __future__ import annotations

import base64
import random
from collections.abc import Callable
from typing import Final

_WORDS: Final = ("pay", "slip", "October", "office", "month", "question", "please", "thanks", "hours", "form", "bank")

_HEAD: Final = """\
Return-Path: <kim.lee@acme.example>\r
Received: from mail.acme.example (mail.acme.example [192.0.2.10])\r
 by inbound-smtp.eu-central-1.amazonaws.com with SMTP id 8v6dsqmmgfrv9pd3vdqvf3bzbxcvmvj5ss0ms6o1\r
 for payroll@in.acme-cases.example; Tue, 03 Nov 2026 09:00:01 +0000 (UTC)\r
Received: from AM0PR04MB1.eurprd04.prod.outlook.com ([fe80::1]) by AM0PR04MB1.eurprd04.prod.outlook.com\r
 ([fe80::1%6]) with mapi id 15.20.1; Tue, 3 Nov 2026 09:00:00 +0000\r
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=acme.example; s=selector1;\r
 h=From:Date:Subject:Message-ID:Content-Type:MIME-Version;\r
 bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=abcdefghijklmnopqrstuvwxyz0123456789\r
From: =?utf-8?Q?Kim_L=C3=A9e?= <kim.lee@acme.example>\r
To: Payroll <payroll@acme.example>, "Smith, Bob" <bob@acme.example>\r
Subject: =?utf-8?Q?Gehalt_f=C3=BCr_Oktober?=\r
Date: Tue, 3 Nov 2026 10:00:00 +0100\r
Message-ID: <{number}.AM0PR04MB1@eurprd04.prod.outlook.com>\r
In-Reply-To: <0100018b-{number}@eu-west-1.amazonses.com>\r
References: <0100018b-{number}@eu-west-1.amazonses.com>\r
MIME-Version: 1.0\r
"""


def short_text(chance: random.Random) -> bytes:
    """A mail of one part, 1 to 2 KB with its headers."""
    return _head(chance) + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + _text(chance, 600)


def text_and_html(chance: random.Random) -> bytes:
    """A mail with text and HTML as alternatives, 15 KB."""
    html = "".join(
        f'<p class=3D"MsoNormal" style=3D"margin:0cm">{_text(chance, 90).decode()}</p>\r\n' for _ in range(75)
    )
    return (
        _head(chance)
        + b"Content-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\n"
        + b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
        + _text(chance, 3_000)
        + b"\r\n--a\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        + html.encode()
        + b"\r\n--a--\r\n"
    )


def with_attachment(chance: random.Random, size: int = 100_000) -> bytes:
    """A short text and an attachment of `size` bytes (before base64)."""
    return (
        _head(chance)
        + b"Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        + _text(chance, 600)
        + b'\r\n--m\r\nContent-Type: application/pdf; name="slip.pdf"\r\n'
        + b'Content-Disposition: attachment; filename="slip.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
        + base64.encodebytes(chance.randbytes(size)).replace(b"\n", b"\r\n")
        + b"--m--\r\n"
    )


def with_large_attachment(chance: random.Random) -> bytes:
    """A short text and an attachment of 2 MB."""
    return with_attachment(chance, 2_000_000)


MIX: Final[tuple[tuple[str, float, Callable[[random.Random], bytes], int], ...]] = (
    ("short text", 0.60, short_text, 100),
    ("text and HTML", 0.24, text_and_html, 40),
    ("100 KB attached", 0.12, with_attachment, 10),
    ("2 MB attached", 0.04, with_large_attachment, 2),
)
"""Name, share, generator, and how many emails are measured."""


def _head(chance: random.Random) -> bytes:
    return _HEAD.format(number=chance.randrange(10**9)).encode()


def _text(chance: random.Random, size: int) -> bytes:
    lines: list[str] = []
    length = 0
    while length < size:
        lines.append(" ".join(chance.choices(_WORDS, k=10)))
        length += len(lines[-1]) + 2
    return "\r\n".join(lines).encode()
