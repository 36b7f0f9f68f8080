"""The local SMTP server with real clients: TLS, client addresses, sessions and ports."""

import email
import email.policy
import re
import smtplib
import socket
import threading
import time

import pytest

from local.errors import UserError
from tests.support.in_process.smtp_ingress import JANE, MESSAGE, PAYROLL, Ingress
from tests.support.originals import SES_FIELDS


def test_tls(ingress: Ingress) -> None:
    """STARTTLS and implicit TLS both work."""
    for connect in (ingress.starttls, ingress.implicit_tls):
        with connect() as client:
            assert client.sendmail(JANE, [PAYROLL], MESSAGE) == {}
        key, content = ingress.only_object()
        assert re.fullmatch(r"raw/case_creation/[a-z0-9]{40}", key)
        id_ = key.rpartition("/")[2]
        received = email.message_from_bytes(content, policy=email.policy.default)
        assert received.keys()[:9] == [*SES_FIELDS, "From"]
        assert received["Return-Path"] == f"<{JANE}>"
        assert (
            f"(localhost [127.0.0.1]) by inbound-smtp.eu-west-1.amazonaws.com with SMTP id {id_} for {PAYROLL};"
            in (received["Received"])
        )
        assert (
            "dkim=pass header.i=@acme.example; dmarc=pass header.from=acme.example;"
            in (received["Authentication-Results"])
        )
        assert ingress.sent_below_the_block() == MESSAGE
        ingress.forget_objects()


def test_reply(ingress: Ingress) -> None:
    """The reply names the object."""
    with ingress.starttls() as client:
        client.mail(JANE)
        client.rcpt(PAYROLL)
        code, reply = client.data(MESSAGE)
    assert (code, reply.decode()) == (250, "2.0.0 OK " + ingress.only_object()[0].rpartition("/")[2])


def test_plain_text(ingress: Ingress) -> None:
    """Without TLS, MAIL is refused."""
    with ingress.plain() as client:
        assert client.ehlo()[0] == 250
        assert client.has_extn("STARTTLS")
        assert client.mail(JANE)[0] == 530
        assert client.rcpt(PAYROLL)[0] == 530
        assert client.docmd("DATA")[0] == 530
        with pytest.raises(smtplib.SMTPSenderRefused) as refusal:
            client.sendmail(JANE, [PAYROLL], MESSAGE)
        assert refusal.value.smtp_code == 530
        client.starttls(context=ingress.trust())
        client.sendmail(JANE, [PAYROLL], MESSAGE)
    assert len(ingress.objects()) == 1


def test_foreign_client(ingress: Ingress) -> None:
    """A client that no filter allows is refused, whenever its address is known."""
    for connect in (ingress.plain, ingress.starttls, ingress.implicit_tls):
        with connect() as client:
            assert client.docmd("XCLIENT", "ADDR=203.0.113.9")[0] == 220
            assert client.ehlo()[0] == 250
            assert client.mail(JANE) == (554, b"5.7.1 Client address 203.0.113.9 is blocked by a receipt filter")
            assert client.rcpt(PAYROLL)[0] == 554
            with pytest.raises(smtplib.SMTPSenderRefused) as refusal:
                client.sendmail(JANE, [PAYROLL], MESSAGE)
            assert refusal.value.smtp_code == 554
    assert ingress.objects() == {}


def test_xclient_and_starttls(ingress: Ingress) -> None:
    """The address from XCLIENT stays valid after STARTTLS."""
    with ingress.plain() as client:
        client.docmd("XCLIENT", "ADDR=203.0.113.9")
        client.starttls(context=ingress.trust())
        client.ehlo()
        assert client.mail(JANE)[0] == 554
        assert client.docmd("XCLIENT", "ADDR=198.51.100.7 NAME=mx1.acme.example HELO=outbound.acme.example")[0] == 220
        client.sendmail(JANE, [PAYROLL], MESSAGE)
    assert b"Received: from outbound.acme.example (mx1.acme.example [198.51.100.7])\r\n" in ingress.only_object()[1]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("ADDR=127.0.0.1", 220),
        ("addr=127.0.0.1 name=[UNAVAILABLE] PORT=25 PROTO=ESMTP LOGIN=a+20b", 220),
        ("NAME=mx1.acme.example", 220),
        ("ADDR=[UNAVAILABLE]", 220),
        ("ADDR=IPV6:2001:db8::1", 220),
        ("ADDR=nonsense", 501),
        ("ADDR", 501),
        ("WHAT=ever", 501),
        ("HELO=x+0D+0AX-SES-RECEIPT:+20x", 501),
        ("NAME=x+0AX-SES-RECEIPT:+20x", 501),
        ("", 501),
    ],
)
def test_xclient(ingress: Ingress, said: str, code: int) -> None:
    """XCLIENT accepts the attributes that Postfix sends."""
    with ingress.starttls() as client:
        assert client.docmd("XCLIENT", said)[0] == code


def test_late_xclient(ingress: Ingress) -> None:
    """XCLIENT is refused in the middle of a transaction."""
    with ingress.starttls() as client:
        assert client.has_extn("XCLIENT")
        client.mail(JANE)
        assert client.docmd("XCLIENT", "ADDR=203.0.113.9")[0] == 503
        client.rset()
        assert client.docmd("XCLIENT", "ADDR=203.0.113.9")[0] == 220


def test_command_order(ingress: Ingress) -> None:
    """Commands in the wrong order are refused."""
    with ingress.plain() as client:
        client.starttls(context=ingress.trust())
        assert client.mail(JANE)[0] == 503
        client.ehlo()
        assert client.rcpt(PAYROLL)[0] == 503
        assert client.docmd("DATA")[0] == 503
        client.mail(JANE)
        assert client.docmd("DATA")[0] == 503
        client.rcpt(PAYROLL)
        assert client.docmd("DATA", "now")[0] == 501
        assert client.docmd("NONSENSE")[0] == 500


def test_idle(ingress: Ingress) -> None:
    """The server is idle only between messages."""
    with ingress.starttls() as client:
        assert client.sock is not None
        client.mail(JANE)
        client.rcpt(PAYROLL)
        assert ingress.smtp.idle()
        client.docmd("DATA")
        assert not ingress.smtp.idle()
        client.sock.sendall(MESSAGE + b".\r\n")
        client.getreply()
        wait_until_idle(ingress)
        client.mail(JANE)
        client.rcpt(PAYROLL)
        client.docmd("DATA")
        client.sock.sendall(MESSAGE)
        client.close()
    wait_until_idle(ingress)
    assert len(ingress.objects()) == 1


def wait_until_idle(ingress: Ingress) -> None:
    deadline = time.monotonic() + 10
    while not ingress.smtp.idle():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_concurrent_clients(ingress: Ingress) -> None:
    def send(number: int) -> None:
        with ingress.starttls() as client:
            client.sendmail(JANE, [PAYROLL], b"Subject: %d\r\n" % number + MESSAGE)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    subjects = [re.search(rb"\r\nSubject: (\d+)", content) for content in ingress.objects().values()]
    assert sorted(int(subject[1]) for subject in subjects if subject) == list(range(12))


def test_port_in_use(ingress: Ingress) -> None:
    """The error is one line."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for option in ("smtp_port", "smtps_port"):
            name = "--" + option.replace("_", "-")
            with pytest.raises(UserError, match=f"^Port {port} is in use: choose another with {name}, or 0 for any"):
                ingress.start(**{option: port})


def test_stop(ingress: Ingress) -> None:
    """Stopping closes connections and ports."""
    second = ingress.start()
    with smtplib.SMTP("localhost", second.smtp_port, timeout=10) as client:
        client.ehlo()
        second.stop()
        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.noop()
        client.close()
    with pytest.raises(ConnectionRefusedError):
        smtplib.SMTP("127.0.0.1", second.smtp_port, timeout=10)
    second.stop()
