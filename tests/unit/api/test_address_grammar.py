"""Which addresses and recipients the API accepts, and its errors for the others."""

from __future__ import annotations

from typing import Any

import pytest
from email_channels.api.address_grammar import is_address, is_address_or_domain, read_recipient, sendable_address
from email_channels.api.validation import check
from email_channels.errors import Invalid
from email_channels.mail.message import Address

ADDRESSES = {
    "jo@acme.example": True,
    "Jo.Doe+tag@sub.acme-1.example": True,
    "ü@bücher.example": True,
    "o'neill@acme.example": True,
    "a!#$%&'*+/=?^_`{|}~-z@b.example": True,
    "jo@under_score.example": True,
    "x" * 64 + "@b.example": True,
    "x" * 65 + "@b.example": False,
    "": False,
    "jo": False,
    "@b.example": False,
    "jo@": False,
    "jo@localhost": False,
    "jo@b..example": False,
    "jo@.example": False,
    "jo@b.example.": False,
    "jo@-b.example": False,
    "jo@b-.example": False,
    "jo@" + "x" * 64 + ".example": False,
    "jo@" + "x.".join([""] * 140) + "example": False,
    "jo@[192.0.2.1]": False,
    ".jo@b.example": False,
    "jo.@b.example": False,
    "j..o@b.example": False,
    "j o@b.example": False,
    '"j o"@b.example': False,
    "jo@b.example, al@b.example": False,
    "Jo <jo@b.example>": False,
    "jo@b.example\n": False,
    "jo@b.example\r\nBcc: al@b.example": False,
    "jo\x00@b.example": False,
    "a@b@c.example": False,
    "jo@b.example:25": False,
    "jo@b/../c.example": False,
}


@pytest.mark.parametrize(("text", "wanted"), ADDRESSES.items(), ids=lambda value: ascii(value)[:30])
def test_is_address(text: str, wanted: bool) -> None:
    assert is_address(text) is wanted


def test_is_address_or_domain() -> None:
    assert [is_address_or_domain(text) for text in ("b.example", "a@b.example", "bücher.example")] == [True] * 3
    assert not any(is_address_or_domain(text) for text in ("", "example", "@b.example", "*.example", "b.example "))


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("Jo.Doe+x@Elsewhere.Example", "Jo.Doe+x@elsewhere.example"),
        ("jo@straße.example", "jo@xn--strae-oqa.example"),
        ("jo@日本。example", "jo@xn--wgv71a.example"),
        ("jo@elsewhere.example.", "jo@elsewhere.example"),
    ],
)
def test_sendable_address(written: str, sent: str) -> None:
    """An address is changed to the form that SES accepts."""
    assert sendable_address(written) == sent


@pytest.mark.parametrize(
    "address",
    [
        *("", "jo", "@x.example", "jo@", "jo@x", ".jo@x.example", "jo..doe@x.example", '"jo doe"@x.example'),
        *("jo@x_y.example", "jo@-x.example", "jo@x..example", "jo@1.2.3.4", "jo doe@x.example", "jo@x.example, y"),
        *(
            "jö@x.example",
            f"{'x' * 65}@x.example",
            f"jo@{'x' * 64}.example",
            f"jo@{'x.' * 130}example",
            "a@b@c.example",
        ),
    ],
)
def test_unsendable_address(address: str) -> None:
    with pytest.raises(ValueError, match="address"):
        sendable_address(address)


@pytest.mark.parametrize(
    ("item", "recipient"),
    [
        ("jo@b.example", Address("", "jo@b.example")),
        ("Jo Doe <jo@b.example>", Address("Jo Doe", "jo@b.example")),
        ('"Doe, Jo" <jo@Bücher.example>', Address("Doe, Jo", "jo@xn--bcher-kva.example")),
        ({"name": " Jo ", "address": "jo@b.example"}, Address("Jo", "jo@b.example")),
        ({"name": None, "address": "jo@b.example"}, Address("", "jo@b.example")),
    ],
)
def test_recipients(item: Any, recipient: Address) -> None:
    assert read_recipient(item) == recipient


_ONE = "must be one email address, with or without a name"
_ONE_LINE = "must be on one line, without control characters"
_ADDRESS = "must be an email address"
_ASCII = "must have only ASCII characters before the @, because Amazon SES sends to no other addresses"
_LOCAL_PART = "must be an email address: the part before the @ is not valid"
_DOMAIN = "must be an email address: the domain after the @ is not valid"


@pytest.mark.parametrize(
    ("item", "field", "message"),
    [
        ("", "to.0", _ONE),
        ("a@b.example, c@d.example", "to.0", _ONE),
        ("a@b.example c@d.example", "to.0", _ONE),
        ("Jo\r\nBcc: all@b.example <jo@b.example>", "to.0", _ONE_LINE),
        ("Jo", "to.0", _ADDRESS),
        ("jö@b.example", "to.0", _ASCII),
        (".jo@b.example", "to.0", _LOCAL_PART),
        ("jo@b", "to.0", _DOMAIN),
        ({"address": "jö@b.example"}, "to.0.address", _ASCII),
        ({"address": "jo@b"}, "to.0.address", _DOMAIN),
        ({"address": "jo@b.example\r\n"}, "to.0.address", _ADDRESS),
        ({"address": " jo@b.example"}, "to.0.address", _LOCAL_PART),
        ({"address": "jo@b.example", "name": "Jo\nBcc: x"}, "to.0", f"the name {_ONE_LINE}"),
    ],
    ids=str,
)
def test_wrong_recipient(item: object, field: str, message: str) -> None:
    """Each wrong recipient gets exactly one error, which says why."""
    with pytest.raises(Invalid) as invalid:
        check({"to": [item], "text": "t"}, "NewEmail")
    assert [(error.field, error.message) for error in invalid.value.errors] == [(field, message)]
