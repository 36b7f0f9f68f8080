"""Which channel receives at an address."""

from __future__ import annotations

import pytest
from email_channels.cases.channels import Channel
from email_channels.intake.receiving_channel import channel_at, channel_of_copy

from tests.support.parameters import inbound_settings

SETTINGS = inbound_settings()  # payroll@ and the whole domain make cases, answers@ of the same domain is ad hoc


@pytest.mark.parametrize(
    ("address", "channel"),
    [
        ("payroll@in.acme-cases.example", Channel.CASE_CREATION),
        ("Any+x@IN.acme-cases.example", Channel.CASE_CREATION),
        ("Answers+x@in.acme-cases.example", Channel.AD_HOC),
        ("answers@sub.in.acme-cases.example", None),
        ("", None),
        (None, None),
    ],
)
def test_channel_at(address: str | None, channel: Channel | None) -> None:
    """An address comes before a domain."""
    assert channel_at(address, SETTINGS) is channel


def test_copy() -> None:
    """A copy belongs to the channel that names its address; without one, to the channel that stored it."""
    for stored_by in Channel:
        assert channel_of_copy(stored_by, "answers@in.acme-cases.example", SETTINGS) is Channel.AD_HOC
        assert channel_of_copy(stored_by, "payroll@in.acme-cases.example", SETTINGS) is Channel.CASE_CREATION
        assert channel_of_copy(stored_by, "any@in.acme-cases.example", SETTINGS) is stored_by
        assert channel_of_copy(stored_by, None, SETTINGS) is stored_by


def test_channel_that_is_off() -> None:
    off = inbound_settings(ad_hoc_enabled="false")
    assert channel_of_copy(Channel.CASE_CREATION, "answers@in.acme-cases.example", off) is Channel.CASE_CREATION
