"""Transfer encodings are decoded, even if they are broken."""

from __future__ import annotations

import base64
import random

import pytest
from email_channels.mail.transfer_encodings import decode_text_transfer, decode_transfer, encoding_name

CONTENT = random.Random(3).randbytes(60_000)


@pytest.mark.parametrize("width", [10, 60, 76])
def test_base64_with_blanks(width: int) -> None:
    encoded = base64.b64encode(CONTENT)
    lines = [encoded[at : at + width] for at in range(0, len(encoded), width)]

    assert decode_transfer(b" \r\n".join(lines), "base64")[0] == CONTENT
    assert decode_transfer(b" ".join(lines), "base64")[0] == CONTENT


def test_footer() -> None:
    """Text after base64 is cut from a file, and added to a text."""
    text = "Grüße an alle, und noch einmal: Grüße!".encode()
    footer = b"--\r\nScanned by MailScanner, and believed to be clean.\r\n"

    assert decode_transfer(base64.encodebytes(CONTENT) + b"\r\n" + footer, "base64") == (CONTENT, "text after base64")
    assert decode_text_transfer(base64.encodebytes(text) + b"\r\n" + footer, "base64") == (
        text + b"\n\n" + footer.strip(),
        "text after base64",
    )


def test_url_safe_base64() -> None:
    assert decode_transfer(base64.urlsafe_b64encode(CONTENT), "base64") == (CONTENT, None)


@pytest.mark.parametrize(
    ("wire", "content", "defect"),
    [
        (b"a == b", b"a == b", "broken quoted-printable"),
        (b"a==\r\nb", b"a=b", "broken quoted-printable"),
        (b"====\r\nTitle", b"====\r\nTitle", "broken quoted-printable"),
        (b"price=5 =XY", b"price=5 =XY", "broken quoted-printable"),
        (b"soft=\r\nbreak=3D=e4", b"softbreak=\xe4", None),
        (b"soft= \t\r\nbreak at the end=", b"softbreak at the end", None),
    ],
)
def test_equals_signs(wire: bytes, content: bytes, defect: str | None) -> None:
    assert decode_transfer(wire, "quoted-printable") == (content, defect)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ('"quoted-printable"', "quoted-printable"),
        ("quoted-printeable", "quoted-printable"),
        ("Base-64;", "base64"),
        ("8bit", ""),
        ("x-uue", "uuencode"),
    ],
)
def test_encoding_name(value: str, name: str) -> None:
    assert encoding_name(value) == name
