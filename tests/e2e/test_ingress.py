"""The SMTP server accepts TLS, known servers and known recipients only, and no forged headers."""

import smtplib

import pytest

from tests.support.system.mail import as_sent, email, unique, word
from tests.support.system.system_client import BENEFITS, PAYROLL, SystemClient


def test_plain_text(acme: SystemClient) -> None:
    """SMTP without TLS is refused."""
    with smtplib.SMTP("127.0.0.1", acme.smtp_port, timeout=30) as client:
        client.ehlo()
        assert client.has_extn("starttls")
        assert client.mail("jo@acme.example")[0] == 530


def test_foreign_server(acme: SystemClient) -> None:
    """A server that is not allowed is refused."""
    with smtplib.SMTP("127.0.0.1", acme.smtp_port, timeout=30) as client:
        client.starttls(context=acme.tls)
        client.ehlo()
        assert client.docmd("XCLIENT", "ADDR=203.0.113.9")[0] == 220
        client.ehlo()
        assert client.mail("jo@acme.example")[0] == 554
        client.docmd("XCLIENT", "ADDR=127.1.2.3")
        client.ehlo()
        assert client.mail("jo@acme.example")[0] == 250


def test_unknown_recipient(acme: SystemClient) -> None:
    with acme.connect() as client:
        client.mail("jo@acme.example")
        for unknown in ("nobody@in.acme-cases.example", "payroll@elsewhere.example", "payroll"):
            status, text = client.rcpt(unknown)
            assert (status, text[:5]) == (550, b"5.1.1"), unknown
        assert client.rcpt(PAYROLL)[0] == 250


def test_too_large(acme: SystemClient) -> None:
    with acme.connect() as client:
        assert int(client.esmtp_features["size"]) >= 40_000_000
        assert client.mail("jo@acme.example", ["SIZE=41943041"])[0] == 552


FORGED = {
    "another mailbox": (
        b"Return-Path: <jo@acme.example>\r\n"
        b"Received: from mail.acme.example (mail.acme.example [127.0.0.1])\r\n"
        b" by inbound-smtp.eu-west-1.amazonaws.com with SMTP id 0123456789abcdefghij0123456789abcdefghij\r\n"
        b" for benefits@in.acme-cases.example;\r\n Mon, 23 Nov 2026 10:00:00 +0000 (UTC)\r\n"
    ),
    "spam": b"X-SES-Spam-Verdict: FAIL\r\n",
    "a virus": b"X-SES-Virus-Verdict: FAIL\r\n",
    "a whole block": (
        b"Return-Path: <>\r\n"
        b"Received: from evil.example (evil.example [203.0.113.9])\r\n"
        b" by inbound-smtp.eu-west-1.amazonaws.com with SMTP id 0123456789abcdefghij0123456789abcdefghij\r\n"
        b" for benefits@in.acme-cases.example;\r\n"
        b" Mon, 23 Nov 2026 10:00:00 +0000 (UTC)\r\n"
        b"X-SES-Spam-Verdict: FAIL\r\n"
        b"X-SES-Virus-Verdict: FAIL\r\n"
        b"Received-SPF: fail (spfCheck: domain of evil.example does not designate) client-ip=203.0.113.9;\r\n"
        b"Authentication-Results: amazonses.com;\r\n"
        b" spf=fail (spfCheck: domain of evil.example does not designate) client-ip=203.0.113.9;\r\n"
        b" dkim=fail header.i=@acme.example;\r\n"
        b" dmarc=fail header.from=acme.example;\r\n"
        b"X-SES-RECEIPT: AEFBQUFBQUFBQUFHZm9yZ2Vk\r\n"
        b"X-SES-DKIM-SIGNATURE: a=rsa-sha256; q=dns/txt; b=forged\r\n"
    ),
}


@pytest.mark.parametrize("headers", FORGED.values(), ids=FORGED)
def test_forged_ses_headers(acme: SystemClient, headers: bytes) -> None:
    """Forged SES headers change nothing."""
    robin = acme.employ()
    subject = unique("Forged")

    sent = acme.send(headers + as_sent(email(robin.mailbox, subject)))

    case = acme.case_with(subject)
    assert (case["mailbox"], case["flags"]) == ("payroll@acme.example", [])
    (entry,) = acme.history(case["case_id"])
    assert acme.original(case["case_id"], entry["email_id"]).endswith(sent)


def test_forged_verdicts(acme: SystemClient) -> None:
    """Forged verdicts do not help either."""
    robin = acme.employ()
    subject = unique("Forged pass")
    forged = b"X-SES-Spam-Verdict: PASS\r\nX-SES-Virus-Verdict: PASS\r\nX-SES-RECEIPT: AEFBQUFBQUFBQUFHZm9yZ2Vk\r\n"

    acme.send(b"X-Local-Verdicts: spam=FAIL\r\n" + forged + as_sent(email(robin.mailbox, subject)))

    assert acme.unprocessed_with(subject)["reason"] == "spam"


def multipart(depth: int) -> bytes:
    head = b"MIME-Version: 1.0\r\n"
    body = b"Content-Type: text/plain\r\n\r\nlast\r\n"
    for level in range(depth):
        boundary = b"b%d" % level
        body = b'Content-Type: multipart/mixed; boundary="%s"\r\n\r\n--%s\r\n%s--%s--\r\n' % (
            boundary,
            boundary,
            body,
            boundary,
        )
    return head + body


HOSTILE = {
    "nothing": b"",
    "no header": b"\r\nJust text.\r\n",
    "no end of header": b"From: pat@elsewhere.example\r\nSubject: @",
    "only NULs": b"\x00" * 1000,
    "random bytes": bytes(range(256)) * 20,
    "a header without a colon": b"From: pat@elsewhere.example\r\nbroken\r\n\r\nText\r\n",
    "a From of garbage": b'From: "\xff\xfe<@@,,;:>\r\nSubject: @\r\n\r\nText\r\n',
    "a thousand Froms": b"From: pat@elsewhere.example\r\n" * 1000 + b"\r\nText\r\n",
    "a header of a megabyte": b"From: pat@elsewhere.example\r\nX-Long: " + b"a" * 1_000_000 + b"\r\n\r\nText\r\n",
    "unknown charset": b"From: pat@elsewhere.example\r\nContent-Type: text/plain; charset=klingon\r\n\r\n\xff\xfe\r\n",
    "broken base64": (
        b"From: pat@elsewhere.example\r\nContent-Type: text/plain\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n====&&&&A\r\n"
    ),
    "an unending multipart": b"From: pat@elsewhere.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n",
    "a thousand levels": b"From: pat@elsewhere.example\r\n" + multipart(1000),
    "a deep page": b"From: pat@elsewhere.example\r\nContent-Type: text/html\r\n\r\n" + b"<div>" * 20_000 + b"x\r\n",
    "an endless date": b"From: pat@elsewhere.example\r\nDate: Mon, 99 Foo 99999999 99:99:99 +9999\r\n\r\nText\r\n",
    "a foreign address": "From: Пат <пат@пример.example>\r\nSubject: @\r\n\r\nText\r\n".encode(),
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_hostile_message(case_creation_only: SystemClient, raw: bytes) -> None:
    """Every message has exactly one outcome."""
    system = case_creation_only
    known = {item["id"] for item in system.newest("/unprocessed")}

    sent = system.send(raw + b"X-%s\r\n" % word().encode(), envelope_sender="pat@elsewhere.example")

    (item,) = [item for item in system.newest("/unprocessed") if item["id"] not in known]
    assert item["reason"] not in {"processing_failed", "too_large"} or len(sent) > 500_000
    whole = system.admin.get(f"/unprocessed/{item['id']}")
    assert system.download(whole["original"]).rstrip(b"\r\n").endswith(sent.rstrip(b"\r\n"))


def test_setup_notification(acme: SystemClient) -> None:
    """The object that SES writes for a new rule is not an email."""
    before = (acme.newest("/cases"), acme.newest("/unprocessed"))
    acme.client("s3").put_object(
        Bucket=acme.aws["bucket"], Key="raw/case_creation/AMAZON_SES_SETUP_NOTIFICATION", Body=b"Hello from SES\r\n"
    )

    acme.settle()

    assert (acme.newest("/cases"), acme.newest("/unprocessed")) == before


def test_two_mailboxes(acme: SystemClient) -> None:
    """One object is one email to one mailbox; the other mailbox is noted."""
    robin = acme.employ()
    subject = unique("Both at once")

    acme.send(email(robin.mailbox, subject), to=[PAYROLL, BENEFITS])

    assert len(acme.cases_with(subject)) + len(acme.all_unprocessed_with(subject)) == 1
