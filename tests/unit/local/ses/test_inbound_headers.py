"""The header block that SES puts on top of an inbound email."""

import base64
import hashlib
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from local.ses.inbound_headers import (
    BadVerdictsError,
    SmtpDetails,
    from_domain,
    header_block,
    new_message_id,
    pop_verdicts,
)
from tests.support.originals import SES_FIELDS

PASS = {"spam": "PASS", "virus": "PASS", "spf": "PASS", "dkim": "PASS", "dmarc": "PASS"}
MESSAGE = b"From: Jane Doe <jane.doe@acme.example>\r\nSubject: Pay\r\n\r\nHello\r\n"


def details(envelope_from: str = "jane.doe@acme.example", helo: str = "mail.acme.example") -> SmtpDetails:
    return SmtpDetails(
        id="o3vrnil0e2ic28trm7dfhrc2v0clambda4nbp0g1",
        region="eu-west-1",
        envelope_from=envelope_from,
        helo=helo,
        client_name="mx1.acme.example",
        client_address="192.0.2.1",
        at=datetime(2026, 11, 23, 18, 57, 16, tzinfo=UTC),
    )


def block(message: bytes = MESSAGE, envelope: SmtpDetails | None = None, verdicts: dict[str, str] = PASS) -> list[str]:
    """The lines of the block, without the random parts."""
    text = header_block(envelope or details(), "payroll@in.example", PASS | verdicts, message).decode()
    assert text.endswith("\r\n")
    return re.sub(r"(X-SES-RECEIPT: AEFBQUFBQUFBQU|; b=)[^;\r]+", r"\1...", text).split("\r\n")[:-1]


def test_passing_message() -> None:
    body_hash = base64.b64encode(hashlib.sha256(b"\r\nHello\r\n").digest()).decode()
    spf = (
        "pass (spfCheck: domain of acme.example designates 192.0.2.1 as permitted sender) client-ip=192.0.2.1; "
        "envelope-from=jane.doe@acme.example; helo=mail.acme.example;"
    )
    signature = (
        "a=rsa-sha256; q=dns/txt; b=...; c=relaxed/simple; s=local; d=amazonses.com; t=1795460236; v=1; "
        f"bh={body_hash}; h=From:To:Cc:Bcc:Subject:Date:Message-ID:MIME-Version:Content-Type:X-SES-RECEIPT;"
    )
    assert block() == [
        "Return-Path: <jane.doe@acme.example>",
        "Received: from mail.acme.example (mx1.acme.example [192.0.2.1])",
        " by inbound-smtp.eu-west-1.amazonaws.com with SMTP id o3vrnil0e2ic28trm7dfhrc2v0clambda4nbp0g1",
        " for payroll@in.example;",
        " Mon, 23 Nov 2026 18:57:16 +0000 (UTC)",
        "X-SES-Spam-Verdict: PASS",
        "X-SES-Virus-Verdict: PASS",
        f"Received-SPF: {spf}",
        "Authentication-Results: amazonses.com;",
        f" spf={spf}",
        " dkim=pass header.i=@acme.example;",
        " dmarc=pass header.from=acme.example;",
        "X-SES-RECEIPT: AEFBQUFBQUFBQU...",
        f"X-SES-DKIM-SIGNATURE: {signature}",
    ]


@pytest.mark.parametrize(
    ("verdicts", "line"),
    [
        ({"spam": "GRAY"}, "X-SES-Spam-Verdict: GRAY"),
        ({"virus": "PROCESSING_FAILED"}, "X-SES-Virus-Verdict: PROCESSING_FAILED"),
        ({"dkim": "FAIL"}, " dkim=fail header.i=@acme.example;"),
        ({"dkim": "PROCESSING_FAILED"}, " dkim=permerror header.i=@acme.example;"),
        ({"dmarc": "FAIL"}, " dmarc=fail header.from=acme.example;"),
        ({"dmarc": "GRAY"}, " dmarc=none header.from=acme.example;"),
        ({"dmarc": "PROCESSING_FAILED"}, " dmarc=temperror header.from=acme.example;"),
    ],
)
def test_verdicts(verdicts: dict[str, str], line: str) -> None:
    """Each verdict has the words of SES."""
    assert line in block(verdicts=verdicts)


@pytest.mark.parametrize(
    ("verdict", "text"),
    [
        ("PASS", "pass (spfCheck: domain of acme.example designates 192.0.2.1 as permitted sender)"),
        ("FAIL", "fail (spfCheck: domain of acme.example does not designate 192.0.2.1 as permitted sender)"),
        (
            "GRAY",
            (
                "softfail (spfCheck: transitioning domain of acme.example does not designate 192.0.2.1 as permitted "
                "sender)"
            ),
        ),
        ("DISABLED", "none (spfCheck: 192.0.2.1 is neither permitted nor denied by domain of acme.example)"),
        ("PROCESSING_FAILED", "permerror (spfCheck: Error in processing SPF Record)"),
    ],
)
def test_spf(verdict: str, text: str) -> None:
    """The sentences are those of jSPF; both fields have the same one."""
    lines = block(verdicts={"spf": verdict})
    rest = "client-ip=192.0.2.1; envelope-from=jane.doe@acme.example; helo=mail.acme.example;"
    assert f"Received-SPF: {text} {rest}" in lines
    assert lines[lines.index("Authentication-Results: amazonses.com;") + 1] == f" spf={text} {rest}"


def test_not_scanned() -> None:
    """Where scanning is off, the lines of its verdicts are absent."""
    lines = block(verdicts={"spam": "DISABLED", "virus": "DISABLED"})
    assert lines[5].startswith("Received-SPF: ")


@pytest.mark.parametrize("verdict", ["GRAY", "DISABLED"])
def test_unsigned(verdict: str) -> None:
    """An unsigned email has no dkim line."""
    assert not [line for line in block(verdicts={"dkim": verdict}) if "dkim=" in line]


def test_without_dmarc() -> None:
    """SES once did not check DMARC, and wrote no line for it."""
    lines = block(verdicts={"dmarc": "DISABLED"})
    assert [line for line in lines if "dmarc=" in line] == []


def test_signatures() -> None:
    """Each signature has a line of its own. The From domain has one in any case."""
    signatures = b"".join(
        b"DKIM-Signature: v=1; a=rsa-sha256; q=dns/txt; c=relaxed/relaxed;\r\n\t" + domain + b" s=x; bh=d=y; b=d=z\r\n"
        for domain in (b"d=esp.example;", b"d=ACME.example ;", b"d=esp\r\n .example;", b"d=a b;c;", b"")
    )
    assert block(signatures + MESSAGE)[10:-2] == [
        " dkim=pass header.i=@esp.example;",
        " dkim=pass header.i=@acme.example;",
        " dkim=pass header.i=@esp.example;",
        " dkim=pass header.i=@ab;",
        " dmarc=pass header.from=acme.example;",
    ]
    other = b"DKIM-Signature: d=esp.example\r\n" + MESSAGE + b"DKIM-Signature: d=body.example\r\n"
    assert block(other, verdicts={"dkim": "FAIL"})[10:12] == [
        " dkim=fail header.i=@esp.example;",
        " dkim=fail header.i=@acme.example;",
    ]


def test_null_sender() -> None:
    """With a null sender the return path is empty, and SPF checks the HELO name."""
    lines = block(envelope=details(envelope_from=""))
    assert lines[0] == "Return-Path: <>"
    assert lines[7] == (
        "Received-SPF: pass (spfCheck: domain of mail.acme.example designates 192.0.2.1 as permitted sender) "
        "client-ip=192.0.2.1; envelope-from=postmaster@mail.acme.example; helo=mail.acme.example;"
    )


def test_without_from() -> None:
    """Without a usable From, nothing is signed by its domain, and DMARC cannot be checked."""
    for message in (b"Subject: x\r\n\r\n", b"From: undisclosed\r\n\r\n", b""):
        assert block(message)[10] == " dmarc=permerror;"


def test_without_reverse_dns() -> None:
    """An address without a name stands alone."""
    nameless = replace(details(), client_name=None)
    assert block(envelope=nameless)[1] == "Received: from mail.acme.example ([192.0.2.1])"


def test_as_sent() -> None:
    """HELO and MAIL FROM stand in the block as the client sent them."""
    hostile = details('"x; dkim=pass header.i=@b.example;\udcff"@b.example', "y;dmarc=pass\x85\r for <p@in.example>;")
    text = header_block(hostile, "payroll@in.example", PASS, MESSAGE)
    assert b'Return-Path: <"x; dkim=pass header.i=@b.example;\xff"@b.example>\r\n' in text
    assert b"Received: from y;dmarc=pass\xc2\x85\r for <p@in.example>; (mx1.acme.example [192.0.2.1])\r\n" in text
    assert text.count(b"; helo=y;dmarc=pass\xc2\x85\r for <p@in.example>;;\r\n") == 2


def test_line_breaks() -> None:
    """A client cannot send a line feed. So it cannot add header fields."""
    hostile = details(envelope_from="a\nX-SES-Virus-Verdict: FAIL@b.example", helo="x\nX-SES-RECEIPT: forged")
    text = header_block(hostile, "p\n@in.example", PASS, b"From: a@b\nc.example\r\n\r\n").decode()
    assert [line.split(":")[0] for line in text.split("\r\n") if not line.startswith(" ")] == [*SES_FIELDS, ""]
    assert "\n" not in text.replace("\r\n", "")


@pytest.mark.parametrize(
    ("message", "stripped", "verdicts"),
    [
        (MESSAGE, MESSAGE, PASS),
        (
            b"Subject: x\r\nX-Local-Verdicts: spam=FAIL virus=PASS spf=FAIL dkim=FAIL dmarc=FAIL\r\nTo: y\r\n\r\n.",
            b"Subject: x\r\nTo: y\r\n\r\n.",
            {"spam": "FAIL", "virus": "PASS", "spf": "FAIL", "dkim": "FAIL", "dmarc": "FAIL"},
        ),
        (b"x-local-verdicts: DKIM=fail,\n\tdmarc=GRAY;\n\nbody", b"\nbody", PASS | {"dkim": "FAIL", "dmarc": "GRAY"}),
        (b"X-Local-Verdicts: spam=FAIL", b"", PASS | {"spam": "FAIL"}),
        (b"X-Local-Verdicts:\r\nX-Local-Verdicts: spf=FAIL\r\n\r\n", b"\r\n", PASS | {"spf": "FAIL"}),
        (b"A: b\r\n\r\nX-Local-Verdicts: spam=FAIL\r\n", b"A: b\r\n\r\nX-Local-Verdicts: spam=FAIL\r\n", PASS),
        (b"\r\nX-Local-Verdicts: spam=FAIL\r\n", b"\r\nX-Local-Verdicts: spam=FAIL\r\n", PASS),
        (b"", b"", PASS),
        (b"\x00\xff\n.\r\n", b"\x00\xff\n.\r\n", PASS),
    ],
)
def test_local_header(message: bytes, stripped: bytes, verdicts: dict[str, str]) -> None:
    """Only the local verdicts header is removed."""
    assert pop_verdicts(message) == (stripped, verdicts)


@pytest.mark.parametrize("said", ["spem=FAIL", "spam=maybe", "spam", "=FAIL"])
def test_wrong_verdict(said: str) -> None:
    """An unknown verdict is refused, not ignored."""
    with pytest.raises(BadVerdictsError, match=f"X-Local-Verdicts has an unknown check or verdict: '{said}'"):
        pop_verdicts(f"X-Local-Verdicts: {said}\r\n\r\n".encode())


@pytest.mark.parametrize(
    ("header", "domain"),
    [
        (b"From: jane.doe@Acme.Example\r\n\r\n", "acme.example"),
        (b"FROM:\r\n Jane <jane.doe@acme.example>\r\n\r\n", "acme.example"),
        (b"From: a@first.example, b@second.example\r\n\r\n", "first.example"),
        (b"From: a@first.example\r\nFrom: b@second.example\r\n\r\n", "first.example"),
        ("From: a@bücher.example\r\n\r\n".encode(), "xn--bcher-kva.example"),
        (b"From: =?utf-8?q?a=40evil.example?= <b@acme.example>\r\n\r\n", "acme.example"),
        (b"From: a@under_score.example.\r\n\r\n", "under_score.example"),
        (b"From: a@ex!ample;dkim=pass\r\n\r\n", None),
        (b"From: " + b"a" * 20_000 + b"@acme.example\r\n\r\n", None),
        (b"Subject: x\r\n\r\nFrom: a@b.example\r\n", None),
    ],
)
def test_signing_domain(header: bytes, domain: str | None) -> None:
    """The domain that DKIM passes for."""
    assert from_domain(header) == domain


def test_object_ids() -> None:
    """Ids look like those of SES."""
    assert re.fullmatch(r"[a-z0-9]{40}", new_message_id())
    assert new_message_id() != new_message_id()
