"""Addresses and domains are compared in one form."""

from __future__ import annotations

import pytest
from email_channels.addresses import address_or_domain, ascii_domain, domain_of, normalise, tag_of, without_tag


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("Jo.Doe@Acme.Example", "jo.doe@acme.example"),
        (" jo@acme.example. ", "jo@acme.example"),
        ("jo@BÜCHER.example", "jo@xn--bcher-kva.example"),
        ("jo@xn--bcher-kva.example", "jo@xn--bcher-kva.example"),
        ("jo@Faß.example", "jo@xn--fa-hia.example"),
        ("JÖRG@acme.example", "jörg@acme.example"),
        # Quotes that are not needed say nothing (RFC 5321, section 4.1.2). Others are part of the address.
        ('"Jo.Doe+x"@acme.example', "jo.doe+x@acme.example"),
        (r'"j\o"@acme.example', "jo@acme.example"),
        ('"jörg"@acme.example', "jörg@acme.example"),
        ('"a@b"@acme.example', '"a@b"@acme.example'),
        (r'"a\"b"@acme.example', r'"a\"b"@acme.example'),
        ('"jo doe"@acme.example', '"jo doe"@acme.example'),
        ('".jo"@acme.example', '".jo"@acme.example'),
        ('"j..o"@acme.example', '"j..o"@acme.example'),
        ('"jo\r"@acme.example', '"jo\r"@acme.example'),
        ('""@acme.example', '""@acme.example'),
        ('"@acme.example', '"@acme.example'),
        ("MAILER-DAEMON", "mailer-daemon"),
        ("jo@ä..example", "jo@ä..example"),
        ("", ""),
    ],
)
def test_normalise(written: str, compared: str) -> None:
    """Equal addresses have one form."""
    assert normalise(written) == compared
    assert normalise(compared) == compared


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("ACME.Example.", "acme.example"),
        (" straße.example ", "xn--strae-oqa.example"),
        ("STRAẞE.example", "xn--strae-oqa.example"),
        ("STRASSE.example", "strasse.example"),
        ("παπας.example", "xn--mxaa7bbl.example"),
        # UTS 46 maps every capital sigma to `σ`; Python's lower() maps a final one to `ς`.
        ("example.ΠΑΠΑΣ", "example.xn--mxaa7bbq"),
        ("क्\u200dष.example", "xn--11b2ezcw70k.example"),
        # IDNA 2008 allows no joiner here. The result must not be the domain without the joiner.
        ("a\u200db.example", "a\u200db.example"),
        ("bücher。example。", "xn--bcher-kva.example"),
        ("XN--BCHER-KVA.example.", "xn--bcher-kva.example"),
        ("ä..example.", "ä..example"),
        ("", ""),
    ],
)
def test_ascii_domain(written: str, name: str) -> None:
    """A domain has one form."""
    assert ascii_domain(written) == name
    assert ascii_domain(name) == name


def test_parts() -> None:
    assert domain_of("jo@Bücher.example") == "xn--bcher-kva.example"
    assert domain_of("nobody") == ""
    assert ascii_domain("ACME.example.") == "acme.example"
    assert without_tag("Answers+7K3F@in.acme.example") == "answers@in.acme.example"
    assert without_tag("+tag@in.acme.example") == "+tag@in.acme.example"
    assert without_tag('"answers+7K3F"@in.acme.example') == "answers@in.acme.example"
    assert tag_of("Answers+7K3F@in.acme.example") == "7K3F"
    assert tag_of("answers@in.acme.example") is None
    assert tag_of("answers+@in.acme.example") is None


def test_address_or_domain() -> None:
    """A domain in a list is compared with the domains of addresses, an address with addresses."""
    assert address_or_domain("Bücher.example") == domain_of("jo@bücher.example")
    assert address_or_domain("Jo@Bücher.example") == normalise("jo@xn--bcher-kva.example")
