"""Short texts as people are shown them."""

from __future__ import annotations

import pytest
from email_channels.mail.parsing import parse_message
from email_channels.mail.shown_text import shown_text

FLAG = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("  Pay  slip ", "Pay  slip"),
        ("Pay\tslip\r\nMay\n", "Pay slip May"),
        ("Pay\x0bslip\x0cof\x85May\u2028and\u2029June", "Pay slip of May and June"),
        ("Pay\x00\x07\x1b\x7fslip", "Payslip"),
        ("\x80 5 \x96 Kim\x92s \x93slip\x94\x81", "€ 5 – Kim’s “slip”"),
        ("gpj\u202exe.exe\u202c", "gpjxe.exe"),
        ("\u2066a\u2067b\u2068c\u2069\u200e\u200f\u061c", "abc"),
        ("\ufeffUr\u00adlaub\u200b\u2060", "Urlaub"),
        ("Pay\U000e0069\U000e0067\U000e006e", "Pay"),
        (f"{FLAG} Pay", f"{FLAG} Pay"),
        ("\U0001f3f4\U000e0069\U000e0067", "\U0001f3f4"),
        ("a\ud800b\udfff", "ab"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d💻 ❤\ufe0f", "👩\u200d💻 ❤\ufe0f"),
        ("\u200b\u200e \u2060", ""),
        ("Grüße\u3000aus\xa0Köln", "Grüße\u3000aus\xa0Köln"),
    ],
)
def test_shown_text(text: str, shown: str) -> None:
    assert shown_text(text) == shown
    assert shown_text(shown) == shown


def test_header_fields_keep_every_character() -> None:
    """People are shown the subject and the name; the fields of the header are what the sender wrote."""
    message = parse_message(
        "From: Kim\u202e eeL <kim@acme.example>\nSubject: Pay\u200b\u202eslip\n\nPay\u202eslip".encode()
    )
    assert message.subject == "Payslip"
    assert message.from_ is not None
    assert message.from_.name == "Kim eeL"
    assert message.header("Subject") == "Pay\u200b\u202eslip"
    assert message.header("From") == "Kim\u202e eeL <kim@acme.example>"
    assert message.text == "Pay\u202eslip"
