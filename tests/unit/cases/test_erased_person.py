"""Which emails are those of a person who is erased."""

from __future__ import annotations

import pytest
from email_channels.cases.history import Direction
from email_channels.cases.jobs.erasure import Person
from email_channels.mail.message import Address

from tests.support.blank_records import blank_email

PERSON = Person("543457", frozenset({"zoe@acme.example", "zoe@home.example"}))
ZOE, HOME, MARCUS = (Address("", name) for name in ("Zoe@ACME.example", "zoe@home.example", "marcus@acme.example"))


@pytest.mark.parametrize("field", ["to", "cc", "bcc"])
def test_sent_to_others_too(field: str) -> None:
    """An agent's email is theirs only if nobody else got it, in whatever field."""
    outbound = {"direction": Direction.OUTBOUND, "from_": MARCUS, "to": (ZOE,)}
    assert PERSON.wrote(blank_email(**outbound))
    assert PERSON.wrote(blank_email(**outbound | {field: (HOME,)}))
    assert not PERSON.wrote(blank_email(**outbound | {field: (HOME, MARCUS)}))
    assert PERSON.wrote(blank_email(**outbound | {"to": (), field: (ZOE,)}))
    assert not PERSON.wrote(blank_email(direction=Direction.OUTBOUND, from_=ZOE))


@pytest.mark.parametrize(
    ("people", "theirs"),
    [
        ({"from_": ZOE}, True),
        ({"from_": MARCUS, "reply_to": (MARCUS, HOME)}, True),
        ({"from_": MARCUS, "to": (ZOE,), "cc": (HOME,)}, False),
        ({}, False),
    ],
)
def test_inbound(people: dict[str, object], theirs: bool) -> None:
    """What others wrote to them stays."""
    assert PERSON.wrote(blank_email(direction=Direction.INBOUND, **people)) is theirs
