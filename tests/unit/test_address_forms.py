from __future__ import annotations

import pytest
from email_channels.address_forms import ascii_domain, domain_of, normalise, tag_of, without_tag


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("Jo.Doe@Acme.Example", "jo.doe@acme.example"),
        (" jo@acme.example. ", "jo@acme.example"),
        ("jo@BÜCHER.example", "jo@xn--bcher-kva.example"),
        ("jo@xn--bcher-kva.example", "jo@xn--bcher-kva.example"),
        ("jo@Faß.example", "jo@xn--fa-hia.example"),
        ("JÖRG@acme.example", "jörg@acme.example"),
        ('"a@b"@acme.example', '"a@b"@acme.example'),
        ("MAILER-DAEMON", "mailer-daemon"),
        ("jo@ä..example", "jo@ä..example"),
        ("", ""),
    ],
)
def test_addresses_compare_in_one_form(written: str, compared: str) -> None:
    assert normalise(written) == compared
    assert normalise(compared) == compared


def test_parts_of_an_address() -> None:
    assert domain_of("jo@Bücher.example") == "xn--bcher-kva.example"
    assert domain_of("nobody") == ""
    assert ascii_domain("ACME.example.") == "acme.example"
    assert without_tag("Answers+7K3F@in.acme.example") == "answers@in.acme.example"
    assert without_tag("+tag@in.acme.example") == "+tag@in.acme.example"
    assert tag_of("Answers+7K3F@in.acme.example") == "7K3F"
    assert tag_of("answers@in.acme.example") is None
    assert tag_of("answers+@in.acme.example") is None
