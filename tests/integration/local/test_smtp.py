"""The local SMTP server with real clients, and with receipt filters and rules in the embedded SES."""

import email
import email.policy
import re
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from email_channels.mail.ses_headers import SesHeaders, Verdict, read_ses_headers

from local.embedded_aws import EmbeddedAws
from local.errors import UserError
from local.ses.emulation import SesEmulation
from local.smtp.certificates import Certificates
from local.smtp.server import SmtpServer
from tests.support.originals import SES_FIELDS

PAYROLL = "payroll@in.acme-cases.example"
ANSWERS = "answers@in.acme-cases.example"
JANE = "jane.doe@acme.example"
MESSAGE = b"From: Jane Doe <jane.doe@acme.example>\r\nTo: payroll@acme.example\r\nSubject: Pay\r\n\r\nHello\r\n"
MOST_BYTES = 40 * 1024 * 1024


def rule(name: str, *recipients: str, **different: Any) -> dict[str, Any]:
    """A receipt rule as the template makes them."""
    store = {"S3Action": {"BucketName": "mails", "ObjectKeyPrefix": f"raw/{name}/"}}
    usual = {"Name": name, "Enabled": True, "ScanEnabled": True, "TlsPolicy": "Require", "Actions": [store]}
    return usual | {"Recipients": list(recipients)} | different


class Ingress:
    """The SMTP server on free ports in front of an embedded AWS with the rules of both channels."""

    def __init__(self, certificates: Certificates) -> None:
        self.aws = EmbeddedAws(wrap=lambda app: SesEmulation(app, lambda _: None))
        self.aws.start()
        self.s3 = self.aws.client("s3")
        self.ses = self.aws.client("ses")
        self.certificates = certificates
        self.make_bucket("mails")
        self.add_filter("block-all", "Block", "0.0.0.0/0")
        self.add_filter("allow-local", "Allow", "127.0.0.0/8")
        self.add_filter("allow-client", "Allow", "198.51.100.0/24")
        self.activate("main", rule("case_creation", PAYROLL), rule("ad_hoc", ANSWERS))
        self.smtp = self.start()

    def start(self, **ports: int) -> SmtpServer:
        ingress = SmtpServer(s3=self.s3, ses=self.ses, region=self.aws.region, certificates=self.certificates, **ports)
        ingress.start()
        return ingress

    def make_bucket(self, name: str) -> None:
        self.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": self.aws.region})

    def add_filter(self, name: str, policy: str, cidr: str) -> None:
        self.ses.create_receipt_filter(Filter={"Name": name, "IpFilter": {"Policy": policy, "Cidr": cidr}})

    def activate(self, name: str, *rules: dict[str, Any]) -> None:
        self.ses.create_receipt_rule_set(RuleSetName=name)
        for each in rules:
            self.ses.create_receipt_rule(RuleSetName=name, Rule=each)
        self.ses.set_active_receipt_rule_set(RuleSetName=name)

    @contextmanager
    def other_rules(self, *rules: dict[str, Any]) -> Iterator[None]:
        """Within the block, another server receives by these rules."""
        self.activate("other", *rules)
        usual, self.smtp = self.smtp, self.start()
        try:
            yield
        finally:
            self.smtp.stop()
            self.smtp = usual
            self.ses.set_active_receipt_rule_set(RuleSetName="main")
            self.ses.delete_receipt_rule_set(RuleSetName="other")

    def plain(self) -> smtplib.SMTP:
        return smtplib.SMTP("localhost", self.smtp.smtp_port, local_hostname="mail.acme.example", timeout=30)

    def starttls(self) -> smtplib.SMTP:
        client = self.plain()
        client.starttls(context=self.trust())
        client.ehlo()
        return client

    def implicit_tls(self) -> smtplib.SMTP_SSL:
        client = smtplib.SMTP_SSL("localhost", self.smtp.smtps_port, context=self.trust(), timeout=30)
        client.ehlo()
        return client

    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.certificates.ca_file))

    def objects(self) -> dict[str, bytes]:
        keys = [row["Key"] for row in self.s3.list_objects_v2(Bucket="mails").get("Contents", [])]
        return {key: self.s3.get_object(Bucket="mails", Key=key)["Body"].read() for key in keys}

    def only_object(self) -> tuple[str, bytes]:
        [(key, content)] = self.objects().items()
        return key, content

    def sent_below_the_block(self) -> bytes:
        """The part of the only object below the header block of SES."""
        content = self.only_object()[1]
        return content[re.search(rb"X-SES-DKIM-SIGNATURE: [^\r\n]+\r\n", content).end() :]  # type: ignore[union-attr] # else it fails, rightly

    def forget_objects(self) -> None:
        for key in self.objects():
            self.s3.delete_object(Bucket="mails", Key=key)

    def stop(self) -> None:
        self.smtp.stop()
        self.aws.stop()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingress]:
    ingress = Ingress(Certificates(tmp_path_factory.mktemp("ca")))
    yield ingress
    ingress.stop()


@pytest.fixture
def ingress(shared: Ingress) -> Iterator[Ingress]:
    yield shared
    shared.forget_objects()


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


def test_unknown_recipients(ingress: Ingress) -> None:
    """Unknown recipients are refused; the others get the email."""
    with ingress.starttls() as client:
        refused = client.sendmail(JANE, ["nobody@in.acme-cases.example", PAYROLL, "payroll@acme.example"], MESSAGE)
        unknown = (550, b"5.1.1 Requested action not taken: mailbox unavailable")
        assert refused == {"nobody@in.acme-cases.example": unknown, "payroll@acme.example": unknown}
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            client.sendmail(JANE, ["nobody@in.acme-cases.example"], MESSAGE)
    assert f"for {PAYROLL};".encode() in ingress.only_object()[1]


def test_one_object_per_rule(ingress: Ingress) -> None:
    """Each rule stores one object, however many recipients it covers."""
    with ingress.starttls() as client:
        client.sendmail(JANE, [ANSWERS, "payroll+7k3f92qdx0-h4q9w2@in.acme-cases.example", PAYROLL], MESSAGE)
    objects = ingress.objects()
    first, second = sorted(objects)
    assert (first[:11], second[:18]) == ("raw/ad_hoc/", "raw/case_creation/")
    assert first[11:] == second[18:]
    assert f" for {ANSWERS};\r\n".encode() in objects[first]
    assert b" for payroll+7k3f92qdx0-h4q9w2@in.acme-cases.example;\r\n" in objects[second]


def test_null_sender(ingress: Ingress) -> None:
    with ingress.starttls() as client:
        client.sendmail("", [PAYROLL], MESSAGE)
    assert ingress.only_object()[1].startswith(b"Return-Path: <>\r\n")


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


def test_no_rule_set(ingress: Ingress) -> None:
    """Without an active rule set every recipient is unknown."""
    with ingress.other_rules():
        ingress.ses.set_active_receipt_rule_set()
        with ingress.plain() as client:
            client.ehlo()
            assert client.mail(JANE)[0] == 250
            assert client.rcpt(PAYROLL)[0] == 550


def test_lenient_rules(ingress: Ingress) -> None:
    """A rule may allow plain text, and turn scanning off."""
    store = {"S3Action": {"BucketName": "mails"}}
    lax = rule("lax", Actions=[store], ScanEnabled=False, TlsPolicy="Optional")
    with ingress.other_rules(lax), ingress.plain() as client:
        client.sendmail(JANE, ["anybody@anywhere.example"], MESSAGE)
    key, content = ingress.only_object()
    assert re.fullmatch("[a-z0-9]{40}", key)
    assert b"Verdict" not in content


def test_disabled_rule(ingress: Ingress) -> None:
    """A disabled rule stores nothing."""
    with ingress.other_rules(rule("off", PAYROLL, Enabled=False)), ingress.starttls() as client:
        client.mail(JANE)
        assert client.rcpt(PAYROLL)[0] == 550


def test_missing_bucket(ingress: Ingress) -> None:
    """A missing bucket is a temporary error."""
    ingress.make_bucket("soon-gone")
    store = {"S3Action": {"BucketName": "soon-gone"}}
    with ingress.other_rules(rule("gone", PAYROLL, Actions=[store])), ingress.starttls() as client:
        ingress.s3.delete_bucket(Bucket="soon-gone")
        with pytest.raises(smtplib.SMTPDataError) as refusal:
            client.sendmail(JANE, [PAYROLL], MESSAGE)
        assert refusal.value.smtp_code == 451


def test_unsupported_action(ingress: Ingress) -> None:
    """The error names the action."""
    header = {"AddHeaderAction": {"HeaderName": "a", "HeaderValue": "b"}}
    with ingress.other_rules(rule("odd", PAYROLL, Actions=[header])), ingress.starttls() as client:
        assert client.mail(JANE) == (
            451,
            b"4.3.5 Receipt rule odd has an action that the local stack does not support: AddHeaderAction",
        )


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
