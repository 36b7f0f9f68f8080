# ruff: noqa: E501  # the lines of headers are not wrapped
"""The SES headers of an email are read; headers of the sender are not trusted, and neither is its SMTP envelope."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from email_channels.mail.ses_headers import SesHeaders, Verdict, read_ses_headers
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.generated.envelopes import Envelope, check_envelope, envelopes

BLOCK = """Return-Path: <kim@example.org>
Received: from mail.example.org (mx7.example.org [192.0.2.7])
 by inbound-smtp.eu-west-1.amazonaws.com with SMTP id 2c9c57fhmj03rtht1mcq6gvpg9hijo77ju218ag1
 for payroll@in.acme.example;
 Tue, 03 Nov 2026 10:00:00 +0000 (UTC)
X-SES-Spam-Verdict: PASS
X-SES-Virus-Verdict: GRAY
Received-SPF: pass (spfCheck: domain of example.org designates 192.0.2.7 as permitted sender) client-ip=192.0.2.7; envelope-from=kim@example.org; helo=mail.example.org;
Authentication-Results: amazonses.com;
 spf=pass (spfCheck: domain of example.org designates 192.0.2.7 as permitted sender) client-ip=192.0.2.7; envelope-from=kim@example.org; helo=mail.example.org;
 dkim=pass header.i=@example.org;
 dkim=fail header.i=@other.example;
 dmarc=fail header.from=example.org;
X-SES-RECEIPT: AEFBQUFBQUFBQUFG
X-SES-DKIM-SIGNATURE: a=rsa-sha256; q=dns/txt; b=abc; c=relaxed/simple; s=x; d=amazonses.com; t=1793700000; v=1; bh=x; h=From:To;
"""
MAIL = "From: Kim <kim@example.org>\nSubject: Pay\n\nHi\n"
READ = SesHeaders(
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
"""The values of BLOCK."""
SIGNED = " dkim=pass header.i=@example.org;\n dkim=fail header.i=@other.example;\n"
POLICY = " dmarc=fail header.from=example.org;\n"
SPF = BLOCK.partition(" spf=")[2].partition("\n")[0]


def read(block: str, mail: str = MAIL) -> SesHeaders:
    """The values of a block, whose lines end as SES ends them. The block must end where the mail begins."""
    raw = (block + mail).replace("\n", "\r\n").encode()
    ses_headers, offset = read_ses_headers(raw)
    assert raw[offset:] == mail.replace("\n", "\r\n").encode()
    return ses_headers


def changed(old: str, new: str) -> str:
    """BLOCK with a part of it replaced, everywhere."""
    assert old in BLOCK
    return BLOCK.replace(old, new)


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_block(ends: str) -> None:
    """The block ends where the headers of the sender begin."""
    raw = (BLOCK + MAIL).replace("\n", ends).encode()

    ses_headers, offset = read_ses_headers(raw)

    assert ses_headers == READ
    assert raw[offset:] == MAIL.replace("\n", ends).encode()


def test_without_signature_of_ses() -> None:
    """Without SES's last line, nothing of the sender is cut off."""
    unsigned = BLOCK.partition("X-SES-DKIM-SIGNATURE")[0]

    for mail in (
        MAIL,
        f"DKIM-Signature: v=1;\n d=x\nX-SES-DKIM-SIGNATURE: x\n{MAIL}",
        " folded: line\n" + MAIL,
        "\n" + MAIL,
        "",
    ):
        assert read(unsigned, mail) == READ
        assert read(BLOCK, mail) == READ


def test_folded_signature_of_ses() -> None:
    """All lines of SES's signature are SES's."""
    assert read(changed("; c=relaxed", ";\n c=relaxed")) == READ


@pytest.mark.parametrize(
    ("block", "values"),
    [
        pytest.param(changed("<kim@example.org>", "<>"), {"envelope_sender": ""}, id="null sender"),
        pytest.param(
            changed("<kim@example.org>", "<bounces+7-4=in@x.example>"),
            {"envelope_sender": "bounces+7-4=in@x.example"},
            id="variable envelope return path",
        ),
        pytest.param(changed("(mx7.example.org [192.0.2.7])", "([192.0.2.7])"), {}, id="no reverse DNS"),
        pytest.param(
            changed("(mx7.example.org [192.0.2.7])", "(mail.example.org ([192.0.2.7]))"), {}, id="no reverse DNS either"
        ),
        pytest.param(
            changed("mx7.example.org [192.0.2.7]", "mx7.example.org [IPv6:2001:db8::7]"),
            {"client_ip": "2001:db8::7"},
            id="IPv6",
        ),
        pytest.param(
            changed("X-SES-Spam-Verdict: PASS\nX-SES-Virus-Verdict: GRAY\n", ""),
            {"spam": Verdict.DISABLED, "virus": Verdict.DISABLED},
            id="not scanned",
        ),
        pytest.param(changed(SIGNED, ""), {"dkim": Verdict.GRAY, "dkim_domains": ()}, id="not signed"),
        pytest.param(
            changed(SIGNED, " dkim=pass header.i=@a.example;\n dkim=pass header.i=@b.example;\n"),
            {"dkim_domains": ("a.example", "b.example")},
            id="signed twice",
        ),
        pytest.param(
            changed(SIGNED, " dkim=permerror header.i=@a.example;\n dkim=fail header.i=@b.example;\n"),
            {"dkim": Verdict.FAIL, "dkim_domains": ()},
            id="one cannot be checked, the other fails",
        ),
        pytest.param(
            changed(SIGNED, " dkim=permerror header.i=@a.example;\n"),
            {"dkim": Verdict.PROCESSING_FAILED, "dkim_domains": ()},
            id="signature cannot be checked",
        ),
        pytest.param(
            changed(SIGNED, " dkim=temperror;\n"),
            {"dkim": Verdict.PROCESSING_FAILED, "dkim_domains": ()},
            id="signature without domain",
        ),
        pytest.param(
            changed(POLICY, " dmarc=permerror;\n"),
            {"dmarc": Verdict.PROCESSING_FAILED, "dmarc_domain": None},
            id="From cannot be read",
        ),
        pytest.param(changed("dmarc=fail", "dmarc=none"), {"dmarc": Verdict.GRAY}, id="no policy"),
        pytest.param(changed("dmarc=fail", "dmarc=pass"), {"dmarc": Verdict.PASS}, id="policy passed"),
        pytest.param(
            changed("dmarc=fail", "dmarc=temperror"), {"dmarc": Verdict.PROCESSING_FAILED}, id="policy not found"
        ),
        pytest.param(changed("header.from=", "properties.from="), {}, id="2019"),
        pytest.param(changed(POLICY, ""), {"dmarc": Verdict.DISABLED, "dmarc_domain": None}, id="2017"),
        pytest.param(changed("@example.org;", "@EXAMPLE.org;"), {}, id="capitals"),
    ],
)
def test_variants(block: str, values: dict[str, object]) -> None:
    """The forms of the block that were seen in real emails."""
    assert read(block) == replace(READ, **values)  # type: ignore[arg-type]  # mypy cannot check a dict of changes


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("pass (spfCheck: domain of _spf.example.org designates 192.0.2.7 as permitted sender)", Verdict.PASS),
        ("fail (spfCheck: domain of example.org does not designate 192.0.2.7 as permitted sender)", Verdict.FAIL),
        (
            "softfail (spfCheck: transitioning domain of example.org does not designate 192.0.2.7 as permitted sender)",
            Verdict.GRAY,
        ),
        ("none (spfCheck: 192.0.2.7 is neither permitted nor denied by domain of example.org)", Verdict.GRAY),
        ("neutral (spfCheck: 192.0.2.7 is neither permitted nor denied by domain of example.org)", Verdict.GRAY),
        ("permerror (spfCheck: Error in processing SPF Record)", Verdict.PROCESSING_FAILED),
        ("temperror (spfCheck: Error in retrieving data from DNS)", Verdict.PROCESSING_FAILED),
    ],
)
def test_spf(text: str, verdict: Verdict) -> None:
    """Only `fail` is a failure. The word is the first of its line."""
    passed = "pass (spfCheck: domain of example.org designates 192.0.2.7 as permitted sender)"

    assert read(changed(passed, text)) == replace(READ, spf=verdict)
    without = BLOCK[: BLOCK.index("Authentication-Results")] + BLOCK[BLOCK.index("X-SES-RECEIPT") :]
    assert read(without.replace(passed, text)).spf is verdict
    without = BLOCK.replace(f"Received-SPF: {SPF}\n", "")
    assert read(without.replace(passed, text)) == replace(READ, spf=verdict)


@pytest.mark.parametrize(
    "results",
    [
        "Authentication-Results: amazonses.com; dkim=pass header.i=@example.org; dmarc=pass header.from=example.org;\n",
        "Authentication-Results: amazonses.com; \n dkim=pass header.i=@example.org;\n",
        "Authentication-Results: mx.example.net;\n dkim=pass header.i=@example.org;\n",
        "Authentication-Results: amazonses.com 1;\n dkim=pass header.i=@example.org;\n",
        "Authentication-Results: amazonses.com;\n spf=pass dkim=pass header.i=@example.org;\n",
        "Authentication-Results: amazonses.com;\n spf=fail; dkim=pass header.i=@example.org;\n",
        "Authentication-Results: amazonses.com;\n dkim=pass header.i=@example.org; dmarc=none;\n",
        "Authentication-Results: amazonses.com;\n dkim=pass header.i=@example.org\n",
        "Authentication-Results: amazonses.com;\n  dkim=pass header.i=@example.org;\n",
        "Authentication-Results: amazonses.com;\n dkim=pass header.d=example.org;\n",
        "Authentication-Results: amazonses.com;\n dkim=pass header.i=kim@example.org;\n",
        "Authentication-Results: amazonses.com;\n dkim=pass;\n",
        "Authentication-Results: amazonses.com;\n dkim=PASS header.i=@example.org;\n",
        # SES does not write such lines.
        "Authentication-Results: amazonses.com;\n dkim=pass header.i=@example.org;\n dmarc=pass header.from=example.org;\n arc=pass;\n",
        "Authentication-Results: amazonses.com;\n dmarc=pass header.from=example.org;\n dmarc=pass header.from=example.org;\n",
        # A line break in a part of the email brought these in.
        "Authentication-Results: amazonses.com;\n dmarc=none header.from=evil.example;\n dkim=pass header.i=@example.org;\n",
        "Authentication-Results: amazonses.com;\n dkim=fail header.i=@evil\n dkim=pass header.i=@example.org;\n",
        "Authentication-Results: amazonses.com;\n spf=fail x\n spf=pass x\n dkim=pass header.i=@example.org;\n",
        # These characters end a line for some readers, but not for SES.
        "Authentication-Results: amazonses.com;\n spf=none (\x85 dkim=pass header.i=@example.org;\n",
        "Authentication-Results: amazonses.com;\n spf=none (\u2028 dkim=pass header.i=@example.org;\n",
        "Authentication-Results: amazonses.com;\n spf=none (\x0b dkim=pass header.i=@example.org;\n",
    ],
)
def test_not_whole_lines(results: str) -> None:
    """A result that is not a line of SES proves nothing."""
    ses_headers = read(f"Return-Path: <a@b.example>\n{results}X-SES-RECEIPT: x\n")

    assert not ses_headers.aligned("kim@example.org")
    assert ses_headers.dmarc is not Verdict.PASS


def test_failures_in_other_lines() -> None:
    """Lines that are not as SES writes them do not hide a failure."""
    odd = changed(SIGNED, " dkim=permerror header.i=@a b;\n")

    assert read(odd) == replace(READ, dkim=Verdict.GRAY, dkim_domains=())
    assert read(changed(SIGNED, f"{SIGNED} arc=pass;\n")) == replace(READ, dkim=Verdict.FAIL, dkim_domains=())
    for twice in (f" dmarc=pass header.from=example.org;\n{POLICY}", f"{POLICY} dmarc=pass header.from=example.org;\n"):
        assert read(changed(POLICY, twice)) == replace(READ, dkim=Verdict.FAIL, dkim_domains=())


@pytest.mark.parametrize("count", [10, 980, 1000, 100_000])
def test_very_many_signatures(count: int) -> None:
    """However many signatures a sender writes, no verdict is lost, and what SES found is known."""
    many = " dkim=permerror header.i=@a.b;\n" * count
    few = count < 1000
    for lines, otherwise in ((many + SIGNED, Verdict.PROCESSING_FAILED), (SIGNED + many, Verdict.FAIL)):
        expected = replace(READ, virus=Verdict.FAIL, dkim=Verdict.PASS if few else otherwise)
        assert read(changed(SIGNED, lines).replace("GRAY", "FAIL")) == replace(
            expected, dkim_domains=("example.org",) if few else ()
        )


@pytest.mark.parametrize("end", ["", "X-SES-RECEIPT: x\n", "\n\nX-SES-RECEIPT: x\n"])
def test_endless_lines(end: str) -> None:
    """Text that only begins like a block takes no time."""
    raw = b"Return-Path: <a@b.example>\nReceived: x\n" + b" x\n" * 1_000_000 + end.encode()

    assert read_ses_headers(raw)[0] == SesHeaders(
        envelope_sender="a@b.example" if end == "X-SES-RECEIPT: x\n" else None
    )


@pytest.mark.parametrize(
    "helo",
    [
        "x;dmarc=pass",
        "x; dkim=pass header.i=@acme.example; dmarc=pass header.from=acme.example",
        "x for <ceo@in.acme.example>; y",
        "x (mail.acme.example [198.51.100.1]) by inbound-smtp.eu-west-1.amazonaws.com with SMTP id 1 for ceo@in.acme.example; Mon, 02 Nov 2020 10:00:00 +0000",
        "x\r dkim=pass header.i=@acme.example;",
        "x\u2028 dkim=pass header.i=@acme.example;",
        "x\x85X-SES-Spam-Verdict: FAIL",
        "",
        "[192.0.2.99])",
    ],
)
def test_hostile_helo(helo: str) -> None:
    """Nothing in HELO is read."""
    assert (
        read(changed("from mail.example.org", f"from {helo}").replace("helo=mail.example.org", f"helo={helo}")) == READ
    )


@pytest.mark.parametrize(
    "sender",
    [
        '"x; dkim=pass header.i=@acme.example; dmarc=pass header.from=acme.example; y"@evil.example',
        '"; dkim=pass header.i=@acme.example;"@evil.example',
        '"x\r dkim=pass header.i=@acme.example;"@evil.example',
        '"<>"@evil.example',
        '"> <"@evil.example',
        '"\\" ; dmarc=pass \\""@evil.example',
    ],
)
def test_hostile_envelope_sender(sender: str) -> None:
    """Nothing in MAIL FROM is read, but for itself."""
    block = changed("<kim@example.org>", f"<{sender}>").replace("from=kim@example.org", f"from={sender}")

    assert read(block) == replace(READ, envelope_sender=sender)


def test_quoted_recipient() -> None:
    """A recipient is what stands on its line, whatever is in it."""
    quoted = '"x for ceo@in.acme.example; y"@in.acme.example'

    assert read(changed("payroll@in.acme.example", quoted)) == replace(READ, recipient=quoted)
    assert read(changed("payroll@in.acme.example", "payroll")).recipient is None
    twice = " for payroll@in.acme.example;\n for ceo@in.acme.example;"
    assert read(changed(" for payroll@in.acme.example;", twice)).recipient is None


@settings(max_examples=300)
@given(envelopes())
def test_generated_envelopes(envelope: Envelope) -> None:
    """No envelope turns an unproven email into a proven one, or changes the recipient or a verdict."""
    check_envelope(envelope)


def test_forged_headers() -> None:
    """Forged headers below the block change nothing."""
    forged = (
        "X-SES-Spam-Verdict: FAIL\nX-SES-Virus-Verdict: FAIL\nReturn-Path: <>\nX-SES-RECEIPT: forged\n"
        "Authentication-Results: amazonses.com;\n dkim=pass header.i=@bank.example;\n dmarc=pass header.from=bank.example;\n"
        "Received: from evil\n by inbound-smtp.eu-west-1.amazonaws.com with SMTP id x\n for ceo@in.acme.example;\n Tue, 03 Nov 2026 10:00:00 +0000\n"
    )

    assert read(BLOCK, forged + MAIL) == READ
    assert read(BLOCK, BLOCK + MAIL) == READ


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        MAIL.encode(),
        b"From: kim@example.org\n" + BLOCK.encode() + MAIL.encode(),
        b"\n" + BLOCK.encode() + MAIL.encode(),
        b" " + BLOCK.encode() + MAIL.encode(),
        BLOCK.replace("X-SES-RECEIPT", "X-Other").encode() + MAIL.encode(),
        BLOCK.split("X-SES-RECEIPT")[0].encode() + b"\nX-SES-RECEIPT: in the body\n",
        # Fields in another order, twice, or with continuation lines that SES does not write.
        b"Return-Path: <a@b.example>\nAuthentication-Results: amazonses.com;\n\tdkim=pass;\nX-SES-RECEIPT: x\n",
        b"X-SES-Spam-Verdict: PASS\nReceived: x\nX-SES-RECEIPT: x\n",
        b"Return-Path: <a@b.example>\nReturn-Path: <>\nX-SES-RECEIPT: x\n",
        b"Return-Path: <a@b.example>\n dkim=pass header.i=@b.example;\nX-SES-RECEIPT: x\n",
        b"Received-SPF: pass x\n pass\nX-SES-RECEIPT: x\n",
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
        (["dkim=pass header.i=@example.org"], "kim@example.org", True),
        (["dkim=pass header.i=@example.org", "dmarc=none header.from=example.org"], "kim@example.org", True),
        (["dkim=pass header.i=@example.org", "dmarc=fail header.from=example.org"], "kim@example.org", True),
        (["dkim=pass header.i=@EXAMPLE.org"], "Kim@Example.ORG", True),
        (["dkim=pass header.i=@example.org"], "kim@forms.example.org", True),
        (["dkim=pass header.i=@mail.example.org"], "kim@example.org", True),
        (["dkim=pass header.i=@mail.example.org"], "kim@news.example.org", True),
        (["dkim=pass header.i=@other.co.uk"], "kim@example.co.uk", False),
        (["dkim=pass header.i=@example.co.uk"], "kim@forms.example.co.uk", True),
        (["dkim=pass header.i=@github.io"], "kim@acme.github.io", False),
        (["dkim=pass header.i=@evil.github.io"], "kim@acme.github.io", False),
        (["dkim=pass header.i=@co.uk"], "kim@co.uk", True),
        (["dkim=pass header.i=@a..org"], "kim@example.org", False),
        (["dkim=pass header.i=@example.com"], "kim@example.org", False),
        (["dkim=pass header.i=@org"], "kim@example.org", False),
        (["dkim=pass header.i=@co.uk"], "kim@example.co.uk", False),
        (["dkim=pass header.i=@xample.org"], "kim@example.org", False),
        (["dkim=fail header.i=@example.org", "dkim=pass header.i=@esp.example"], "kim@example.org", False),
        (["dkim=pass header.i=@xn--exmple-cua.example"], "kim@exämple.example", True),
        (["dkim=pass header.i=@strasse.example"], "kim@straße.example", False),
        (["dkim=pass header.i=@xn--strae-oqa.example"], "kim@straße.example", True),
        (["dkim=pass header.i=@XN--STRAE-OQA.example"], "kim@STRAẞE.example.", True),
        (["dkim=pass header.i=@xn--mxaa7bbq.example"], "kim@παπας.example", False),
        (["dkim=pass header.i=@xn--mxaa7bbl.example"], "kim@παπας.example", True),
        (["dkim=pass header.i=@ab.example"], "kim@a\u200db.example", False),
        (["dkim=pass header.i=@example.org"], "", False),
        (["dkim=pass header.i=@example.org"], "kim", False),
        # A DMARC pass alone rests on SPF, and the client's own server relayed the email.
        (["dmarc=pass header.from=example.org"], "kim@example.org", False),
        (["dkim=fail header.i=@example.org", "dmarc=pass header.from=example.org"], "kim@example.org", False),
        (["dkim=pass header.i=@esp.example", "dmarc=pass header.from=example.org"], "kim@example.org", False),
        # SES read another From than we do, or none.
        (["dkim=pass header.i=@example.org", "dmarc=pass header.from=evil.example"], "kim@example.org", False),
        (["dkim=pass header.i=@example.org", "dmarc=none header.from=mail.example.org"], "kim@example.org", False),
        (["dkim=pass header.i=@example.org", "dmarc=permerror"], "kim@example.org", False),
        (["dkim=pass header.i=@example.org", "dmarc=temperror header.from=example.org"], "kim@example.org", True),
    ],
)
def test_alignment(results: list[str], from_address: str, aligned: bool) -> None:
    """A From address is proven by a DKIM signature that passed and aligns with its domain, and by nothing else."""
    lines = "".join(f" {result};\n" for result in results)
    block = f"Return-Path: <a@b.example>\nAuthentication-Results: amazonses.com;\n spf={SPF}\n{lines}X-SES-RECEIPT: x\n"

    assert read(block).aligned(from_address) is aligned


@settings(max_examples=300)
@given(st.binary(max_size=300), st.integers(min_value=0, max_value=len(BLOCK)))
def test_any_bytes(noise: bytes, position: int) -> None:
    """No bytes raise an exception."""
    raw = BLOCK.encode()
    _, offset = read_ses_headers(raw[:position] + noise + raw[position:])

    assert offset >= 0
