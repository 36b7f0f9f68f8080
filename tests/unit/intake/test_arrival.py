"""What is read from an object in the bucket."""

from datetime import timedelta

import pytest
from email_channels.cases.channels import Channel
from email_channels.intake.arrival import read_arrival, read_headers

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
        # Within SES's second, and a little later: as late in that second as it can have been.
        (timedelta(milliseconds=250), 250),
        (timedelta(milliseconds=999, microseconds=900), 999),
        (timedelta(seconds=3), 999),
        # SES's clock is ahead of ours.
        (timedelta(seconds=-2), 0),
        # Again, from a queue or by hand: nobody knows.
        (timedelta(seconds=10), 0),
        (timedelta(days=3), 0),
    ],
)
def test_the_time_is_as_fine_as_can_be_known(looked: timedelta, milliseconds: int) -> None:
    for read in (read_arrival, read_headers):
        arrival = read(received(MESSAGE), KEY, Channel.AD_HOC, RECEIVED_AT + looked)

        assert arrival.received_at == RECEIVED_AT + timedelta(milliseconds=milliseconds)


def test_without_a_time_of_ses_it_came_when_we_looked() -> None:
    raw = MESSAGE.lstrip().encode()

    assert read_arrival(raw, KEY, Channel.AD_HOC, RECEIVED_AT).received_at == RECEIVED_AT
