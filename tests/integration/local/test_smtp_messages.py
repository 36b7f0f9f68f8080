"""The local SMTP server stores each message as it was sent, below the headers of SES."""

import smtplib
from dataclasses import replace

import pytest
from email_channels.mail.ses_headers import SesHeaders, Verdict, read_ses_headers

from tests.support.in_process.smtp_ingress import ANSWERS, JANE, MESSAGE, PAYROLL, Ingress

MOST_BYTES = 40 * 1024 * 1024


def test_local_verdicts(ingress: Ingress) -> None:
    """The local verdicts decide the SES headers, and are removed."""
    with ingress.starttls() as client:
        client.sendmail(JANE, [PAYROLL], b"X-Local-Verdicts: spam=FAIL dkim=FAIL\r\n dmarc=FAIL\r\n" + MESSAGE)
        key, content = ingress.only_object()
        assert b"X-SES-Spam-Verdict: FAIL\r\nX-SES-Virus-Verdict: PASS\r\nReceived-SPF: pass " in content
        assert b" dkim=fail header.i=@acme.example;\r\n dmarc=fail header.from=acme.example;\r\n" in content
        assert ingress.sent_below_the_block() == MESSAGE
        with pytest.raises(smtplib.SMTPDataError) as refusal:
            client.sendmail(JANE, [PAYROLL], b"X-Local-Verdicts: spam=perhaps\r\n" + MESSAGE)
        assert (refusal.value.smtp_code, refusal.value.smtp_error) == (
            554,
            b"5.6.0 X-Local-Verdicts has an unknown check or verdict: 'spam=perhaps'",
        )
    assert list(ingress.objects()) == [key]


HOSTILE = [
    "x;dmarc=pass",
    "x; dkim=pass header.i=@acme.example; dmarc=pass header.from=acme.example",
    f"x for <{ANSWERS}>; y",
    f"x (mail.acme.example [198.51.100.9]) by inbound-smtp.eu-west-1.amazonaws.com with SMTP id 1 for {ANSWERS};",
    "x\r dkim=pass header.i=@acme.example;",
    "x\x85 dkim=pass header.i=@acme.example;",
    "x\u2028 dkim=pass header.i=@acme.example;",
    "x\udcff\udcfe; dkim=pass header.i=@acme.example;",
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_envelope(ingress: Ingress, hostile: str) -> None:
    """What a client says in HELO and MAIL FROM stands in the block as it was said, and proves nothing."""
    said = hostile.encode("utf-8", "surrogateescape")
    sender = b'"' + said.replace(b"\r", b" ") + b'"@evil.example'
    unproven = b"X-Local-Verdicts: spf=FAIL dkim=GRAY dmarc=GRAY\r\n" + MESSAGE
    with ingress.starttls() as client:
        assert client.docmd("XCLIENT", "ADDR=198.51.100.7")[0] == 220
        # smtplib sends ASCII only.
        for command in (b"EHLO " + said, b"MAIL FROM:<" + sender + b"> SMTPUTF8", b"RCPT TO:<%b>" % PAYROLL.encode()):
            client.send(command + b"\r\n")
            assert client.getreply()[0] == 250
        assert client.data(unproven)[0] == 250
    content = ingress.only_object()[1]
    read, offset = read_ses_headers(content)
    assert b"Received: from " + said + b" ([198.51.100.7])\r\n" in content
    assert b"\r\n spf=fail (spfCheck: domain of evil.example does not designate 198.51.100.7 as" in content
    assert (content[offset:], read.received_at is not None) == (MESSAGE, True)
    assert replace(read, received_at=None) == SesHeaders(
        envelope_sender=sender.decode("utf-8", "replace"),
        recipient=PAYROLL,
        client_ip="198.51.100.7",
        spam=Verdict.PASS,
        virus=Verdict.PASS,
        spf=Verdict.FAIL,
        dkim=Verdict.GRAY,
        dmarc=Verdict.GRAY,
        dmarc_domain="acme.example",
    )


def test_forged_headers(ingress: Ingress) -> None:
    """Forged headers stay below the SES headers."""
    forged = b"X-SES-Spam-Verdict: FAIL\r\nX-SES-RECEIPT: forged\r\n" + MESSAGE
    with ingress.starttls() as client:
        client.sendmail(JANE, [PAYROLL], forged)
    assert ingress.sent_below_the_block() == forged


@pytest.mark.parametrize(
    "message",
    [
        b"\r\n",
        b".\r\n",
        b"..\r\n.\r\n...\r\n",
        b"\r\n.\r\n",
        b"Subject: \xe4\xf6\xfc\r\n\r\n\x00\x01\xff\r\r\n",
        b"From: a@b.example\n\nbare line feeds\n.\n..\n.x\n\r\n",
        b"\r\n" + b"<p>" + b"x" * 300_000 + b"</p>\r\n",
        b"A: b\r\n\r\n" + b"." * 600_000 + b"\r\n",
        b"A: b\r\n\r\n" + b"x.\r\n" * 100_000,
        b"A: b\r\n\r\n" + b".\r\n" * 100_000,
    ],
    ids=[
        "blank",
        "dot",
        "dots",
        "end-like",
        "binary",
        "bare-lf",
        "long-line",
        "dot-line",
        "line-end-dots",
        "lone-dots",
    ],
)
def test_bytes(ingress: Ingress, message: bytes) -> None:
    """Every byte of the message is kept."""
    with ingress.starttls() as client:
        client.sendmail(JANE, [PAYROLL], message)
        assert client.noop()[0] == 250
    assert ingress.sent_below_the_block() == message


def test_empty_message(ingress: Ingress) -> None:
    with ingress.starttls() as client:
        assert client.sock is not None
        client.mail(JANE)
        client.rcpt(PAYROLL)
        client.docmd("DATA")
        client.sock.sendall(b".\r\n")
        assert client.getreply()[0] == 250
    assert ingress.sent_below_the_block() == b""


def test_international_addresses(ingress: Ingress) -> None:
    """8-bit messages and international addresses work."""
    with ingress.starttls() as client:
        assert client.ehlo()[0] == 250
        assert client.has_extn("SMTPUTF8")
        assert client.has_extn("8BITMIME")
        client.sendmail("jörg@bücher.example", [PAYROLL], MESSAGE, ["SMTPUTF8", "BODY=8BITMIME"])
    assert ingress.only_object()[1].startswith("Return-Path: <jörg@bücher.example>\r\n".encode())


def test_pipelining(ingress: Ingress) -> None:
    """RFC 2920: a client need not wait for replies; the next transaction may follow the lone dot at once."""
    with ingress.starttls() as client:
        assert client.sock is not None
        client.ehlo()
        envelope = f"MAIL FROM:<{JANE}>\r\nRCPT TO:<{PAYROLL}>\r\n".encode()
        client.sock.sendall(envelope + b"RCPT TO:<nobody@acme.example>\r\nDATA\r\n")
        assert [client.getreply()[0] for _ in range(4)] == [250, 250, 550, 354]
        client.sock.sendall(MESSAGE + b".\r\n" + envelope + b"RSET\r\nNOOP\r\n")
        assert [client.getreply()[0] for _ in range(5)] == [250, 250, 250, 250, 250]
    assert ingress.sent_below_the_block() == MESSAGE


def test_bare_line_feeds(ingress: Ingress) -> None:
    """Otherwise a message could smuggle in a second one."""
    with ingress.starttls() as client:
        assert client.sock is not None
        client.mail(JANE)
        client.rcpt(PAYROLL)
        client.docmd("DATA")
        smuggled = b"A: b\r\n\r\nx\n.\nMAIL FROM:<x@y.example>\r\ny\n.\r\nz\r\n"
        client.sock.sendall(smuggled + b".\r\n")
        assert client.getreply()[0] == 250
        assert client.noop()[0] == 250
    assert ingress.sent_below_the_block() == smuggled


def test_largest_message(ingress: Ingress) -> None:
    """A message of 40 MB is accepted."""
    head = b"A: b\r\n\r\n" + b"x" * 76 + b"\r\n"
    largest = head + b"y" * (MOST_BYTES - len(head) - 2) + b"\r\n"
    with ingress.implicit_tls() as client:
        assert client.esmtp_features["size"] == str(MOST_BYTES)
        assert client.mail(JANE, [f"SIZE={MOST_BYTES + 1}"])[0] == 552
        client.sendmail(JANE, [PAYROLL], largest)
    assert ingress.sent_below_the_block() == largest


def test_too_large(ingress: Ingress, monkeypatch: pytest.MonkeyPatch) -> None:
    """One byte more is refused, and the session continues."""
    monkeypatch.setattr("local.smtp.session.MOST_BYTES", 1_000_000)
    largest = b"." * 999_998 + b"\r\n"
    with ingress.starttls() as client:
        for content, code in ((b"x" + largest, 552), (3 * largest, 552), (largest, 250)):
            client.mail(JANE)
            client.rcpt(PAYROLL)
            assert client.data(content)[0] == code
    assert ingress.sent_below_the_block() == largest
