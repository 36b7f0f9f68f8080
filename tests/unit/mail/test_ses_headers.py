# ruff: noqa: E501  # the lines of headers are not wrapped
"""The SES headers of an email are read; headers of the sender are not trusted."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from email_channels.mail.ses_headers import SesHeaders, Verdict, read_ses_headers
from hypothesis import given, settings
from hypothesis import strategies as st

BLOCK = """Return-Path: <kim@example.org>
Received: from mail.example.org (mail.example.org [192.0.2.7]) by inbound-smtp.eu-west-1.amazonaws.com with SMTP id abc123 for payroll@in.acme.example; Tue, 03 Nov 2026 10:00:00 +0000 (UTC)
X-SES-Spam-Verdict: PASS
X-SES-Virus-Verdict: GRAY
Received-SPF: pass (spfCheck: domain of example.org designates 192.0.2.7 as permitted sender) client-ip=192.0.2.7; envelope-from=kim@example.org; helo=mail.example.org;
Authentication-Results: amazonses.com; spf=pass (spfCheck: domain of example.org designates 192.0.2.7 as permitted sender) client-ip=192.0.2.7; envelope-from=kim@example.org; helo=mail.example.org; dkim=pass header.i=@example.org; dkim=fail header.i=@other.example; dmarc=fail header.from=example.org;
X-SES-RECEIPT: AEFBQUFBQUFBQUFG
X-SES-DKIM-SIGNATURE: a=rsa-sha256; q=dns/txt; b=abc;
 c=relaxed/simple; s=x; d=amazonses.com
"""
MAIL = "From: Kim <kim@example.org>\nSubject: Pay\n\nHi\n"


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_block(ends: str) -> None:
    """The block ends where the headers of the sender begin."""
    raw = (BLOCK + MAIL).replace("\n", ends).encode()

    ses_headers, offset = read_ses_headers(raw)

    assert ses_headers == SesHeaders(
        envelope_sender="kim@example.org",
        recipient="payroll@in.acme.example",
        received_at=datetime(2026, 11, 3, 10, tzinfo=UTC),
        client_ip="192.0.2.7",
        spam=Verdict.PASS,
        virus=Verdict.GRAY,
        spf=Verdict.PASS,
        dkim=Verdict.PASS,
        dmarc=Verdict.FAIL,
        dkim_domains=("example.org",),
        dmarc_domain="example.org",
    )
    assert raw[offset:] == MAIL.replace("\n", ends).encode()


def test_envelope_sender_with_verdicts() -> None:
    """Verdicts inside the envelope sender are ignored."""
    forged = '"x; dkim=pass header.i=@acme.example; dmarc=pass header.from=acme.example; y"@example.org'
    ses_headers, _ = read_ses_headers(
        (BLOCK + MAIL).replace("envelope-from=kim@example.org", f"envelope-from={forged}").encode()
    )

    assert (ses_headers.dkim_domains, ses_headers.dmarc, ses_headers.dmarc_domain) == (
        ("example.org",),
        Verdict.FAIL,
        "example.org",
    )


def test_null_sender() -> None:
    ses_headers, _ = read_ses_headers((BLOCK.replace("<kim@example.org>\n", "<>\n", 1) + MAIL).encode())

    assert ses_headers.envelope_sender == ""


def test_forged_headers() -> None:
    """Forged headers below the block change nothing."""
    forged = (
        "X-SES-Spam-Verdict: FAIL\nX-SES-Virus-Verdict: FAIL\nReturn-Path: <>\nX-SES-RECEIPT: forged\n"
        "Authentication-Results: amazonses.com; dkim=pass header.i=@bank.example; dmarc=pass\n"
        "Received: from evil by inbound-smtp.eu-west-1.amazonaws.com with SMTP id x for ceo@in.acme.example; Tue, 03 Nov 2026 10:00:00 +0000\n"
    )

    honest, _ = read_ses_headers((BLOCK + MAIL).encode())
    attacked, offset = read_ses_headers((BLOCK + forged + MAIL).encode())

    assert attacked == honest
    assert (BLOCK + forged + MAIL).encode()[offset:] == (forged + MAIL).encode()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        MAIL.encode(),
        b"From: kim@example.org\n" + BLOCK.encode() + MAIL.encode(),
        BLOCK.replace("X-SES-RECEIPT", "X-Other").encode() + MAIL.encode(),
        BLOCK.split("X-SES-RECEIPT")[0].encode() + b"\nX-SES-RECEIPT: in the body\n",
        b"\xff\xfe\x00" * 50,
        b"Return-Path",
    ],
)
def test_no_block(raw: bytes) -> None:
    """Without the block of SES nothing is known."""
    assert read_ses_headers(raw) == (SesHeaders(), 0)


@pytest.mark.parametrize(
    ("results", "from_address", "aligned"),
    [
        ("dmarc=pass header.from=example.org;", "kim@example.org", True),
        ("dkim=pass header.i=@example.org; dmarc=none", "kim@example.org", True),
        ("dkim=pass header.i=@EXAMPLE.org;", "Kim@Example.ORG", True),
        ("dkim=pass header.d=example.org;", "kim@forms.example.org", True),
        ("dkim=pass header.i=forms@example.org;", "kim@example.org", True),
        ("dkim=pass header.i=@mail.example.org;", "kim@example.org", True),
        ("dkim=pass header.i=@mail.example.org;", "kim@news.example.org", True),
        ("dkim=pass header.i=@other.co.uk;", "kim@example.co.uk", False),
        ("dkim=pass header.i=@example.co.uk;", "kim@forms.example.co.uk", True),
        ("dkim=pass header.i=@github.io;", "kim@acme.github.io", False),
        ("dkim=pass header.i=@evil.github.io;", "kim@acme.github.io", False),
        ("dkim=pass header.i=@co.uk;", "kim@co.uk", True),
        ("dkim=pass header.i=@a..org;", "kim@example.org", False),
        ("dkim=pass header.i=@example.com;", "kim@example.org", False),
        ("dkim=pass header.i=@org;", "kim@example.org", False),
        ("dkim=pass header.i=@co.uk;", "kim@example.co.uk", False),
        ("dkim=pass header.i=@xample.org;", "kim@example.org", False),
        ("dkim=fail header.i=@example.org; dkim=pass header.i=@esp.example;", "kim@example.org", False),
        ("spf=pass;", "kim@example.org", False),
        ("dkim=pass (comment; dmarc=pass) header.i=@esp.example;", "kim@example.org", False),
        ("dkim=pass header.i=@xn--exmple-cua.example;", "kim@exämple.example", True),
        ("dkim=pass header.i=@strasse.example;", "kim@straße.example", False),
        ("dkim=pass header.i=@xn--strae-oqa.example;", "kim@straße.example", True),
        ("dkim=pass header.i=@XN--STRAE-OQA.example;", "kim@STRAẞE.example.", True),
        ("dmarc=pass header.from=strasse.example;", "kim@straße.example", False),
        ("dkim=pass header.i=@xn--mxaa7bbq.example;", "kim@παπας.example", False),
        ("dkim=pass header.i=@xn--mxaa7bbl.example;", "kim@παπας.example", True),
        ("dkim=pass header.i=@ab.example;", "kim@a\u200db.example", False),
        ("dmarc=pass header.from=example.org;", "", False),
        ("dmarc=pass header.from=example.org;", "kim", False),
    ],
)
def test_alignment(results: str, from_address: str, aligned: bool) -> None:
    block = f"Return-Path: <a@b.example>\nAuthentication-Results: amazonses.com; {results}\nX-SES-RECEIPT: x\n"

    ses_headers, _ = read_ses_headers((block + MAIL).encode())

    assert ses_headers.aligned(from_address) is aligned


def test_other_server() -> None:
    """Authentication results of another server are ignored."""
    block = "Authentication-Results: mx.example.net; dmarc=pass\nX-SES-RECEIPT: x\n"

    assert read_ses_headers((block + MAIL).encode())[0].dmarc is Verdict.DISABLED


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.integers(min_value=0, max_value=len(BLOCK)))
def test_any_bytes(noise: bytes, position: int) -> None:
    """No bytes raise an exception."""
    raw = BLOCK.encode()
    _, offset = read_ses_headers(raw[:position] + noise + raw[position:])

    assert offset >= 0
