"""What is read from an object in the bucket."""

from datetime import timedelta

import pytest
from email_channels.cases.channels import Channel
from email_channels.intake.arrival import read_arrival, read_headers
from email_channels.mail.classification import Kind

from tests.support.originals import RECEIVED_AT, received

KEY = "raw/ad_hoc/8v6dsqmmgfrv9pd3vdqvf3bzbxcvmvj5ss0ms6o1"
MESSAGE = """
From: jo@acme.example
Subject: Hello

Hello.
"""


@pytest.mark.parametrize(
    ("looked", "milliseconds"),
    [
        # Read within the second of SES, or a little later: then the last millisecond of that second.
        (timedelta(milliseconds=250), 250),
        (timedelta(milliseconds=999, microseconds=900), 999),
        (timedelta(seconds=3), 999),
        # The clock of SES is ahead of ours.
        (timedelta(seconds=-2), 0),
        # Read again much later, from a queue or by hand: the milliseconds are unknown.
        (timedelta(seconds=10), 0),
        (timedelta(days=3), 0),
    ],
)
def test_received_at(looked: timedelta, milliseconds: int) -> None:
    """SES gives whole seconds; our clock adds the milliseconds if the email was read soon after."""
    for read in (read_arrival, read_headers):
        arrival = read(received(MESSAGE), KEY, Channel.AD_HOC, RECEIVED_AT + looked)

        assert arrival.received_at == RECEIVED_AT + timedelta(milliseconds=milliseconds)


@pytest.mark.parametrize("separator", ["", " \n", "\t\n", "\n"])
def test_only_headers(separator: str) -> None:
    """The headers that are read alone end where those of the whole email end."""
    raw = received(f"From: jo@acme.example\nSubject: Hello\n{separator}Subject of the text\n\nSubject: Other\n")
    whole = read_arrival(raw, KEY, Channel.AD_HOC, RECEIVED_AT)
    headers = read_headers(raw, KEY, Channel.AD_HOC, RECEIVED_AT)

    assert (headers.message.headers, headers.identity) == (whole.message.headers, whole.identity)
    assert headers.message.text is None


def test_without_ses_time() -> None:
    """Without a time of SES, the time at which the email was read counts."""
    raw = MESSAGE.lstrip().encode()

    assert read_arrival(raw, KEY, Channel.AD_HOC, RECEIVED_AT).received_at == RECEIVED_AT


UNDELIVERED = """
From: SMS <sms@carrier.example>
Subject: Note

Your message to 5550100@carrier.example was not delivered.
"""


@pytest.mark.parametrize(
    ("envelope_sender", "kind"), [("", Kind.BOUNCE), ("sms@carrier.example", Kind.NORMAL)], ids=["null", "address"]
)
def test_envelope_sender(envelope_sender: str, kind: Kind) -> None:
    """The kind of an email depends on the envelope sender that SES saw."""
    raw = received(UNDELIVERED, sender=envelope_sender)

    assert read_arrival(raw, KEY, Channel.AD_HOC, RECEIVED_AT).classification.kind is kind
