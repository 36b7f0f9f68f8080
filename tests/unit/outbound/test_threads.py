"""The thread of an agent's email: which email of the case it follows, and how many message ids it names."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from email_channels.cases.history import Direction, EntryKind, StoredEmail
from email_channels.mail.message import Address
from email_channels.outbound.ad_hoc.threads import candidates, newest
from email_channels.outbound.header_fields import MAX_REFERENCES_CHARACTERS, message_ids, thread_references

from tests.support.in_process.stored_emails import stored_email

JO, ANN, PAYROLL = "jo@elsewhere.example", "ann@acme.example", "payroll@acme.example"
OWN = frozenset({PAYROLL})


def addresses(*named: str) -> tuple[Address, ...]:
    return tuple(Address("", address) for address in named)


def received(*to: str, cc: tuple[str, ...] = (), **changes: Any) -> StoredEmail:
    """An email from Jo."""
    email = replace(stored_email("0123456789", "key"), at=datetime(2026, 11, 23, tzinfo=UTC))
    return replace(
        email,
        from_=Address("Jo", JO),
        to=addresses(*to),
        cc=addresses(*cc),
        message_id="1@elsewhere.example",
        **changes,
    )


def sent(*to: str, **changes: Any) -> StoredEmail:
    return replace(received(*to), direction=Direction.OUTBOUND, from_=Address("", "service@acme.example"), **changes)


def found(history: list[StoredEmail], *recipients: str) -> StoredEmail | None:
    return newest(candidates(history, addresses(*recipients)), OWN)


@pytest.mark.parametrize(
    ("email", "recipients", "same"),
    [
        (received(PAYROLL), [JO], True),
        (received(PAYROLL), ["JO@Elsewhere.example"], True),
        (received("Payroll+x@acme.example"), [JO], True),
        (received(PAYROLL), [ANN], False),
        (received(PAYROLL), [JO, ANN], False),
        (received(PAYROLL, cc=(ANN,)), [JO], True),  # a reply to the author
        (received(PAYROLL, cc=(ANN,)), [ANN, JO], True),  # a reply to all
        (received(PAYROLL, ANN, cc=("bob@acme.example",)), [ANN, JO], False),
        (received(PAYROLL, cc=(ANN,)), [ANN], False),
        (received(PAYROLL, reply_to=addresses(ANN)), [ANN], True),
        (received(PAYROLL, reply_to=addresses(ANN)), [JO], True),
        (replace(received(PAYROLL), from_=None), [JO], False),
        (sent(JO), [JO], True),
        (sent(JO, cc=addresses(ANN)), [ANN, JO], True),
        (sent(JO, cc=addresses(ANN)), [JO], False),
        (sent(JO, bcc=addresses(ANN)), [JO], True),
        (sent(JO, message_id=None), [JO], False),  # SES has not taken it
        (received(PAYROLL, kind=EntryKind.AUTOMATIC_REPLY), [JO], False),
        (received(PAYROLL, kind=EntryKind.DELIVERY_REPORT), [JO], False),
    ],
)
def test_same_people(email: StoredEmail, recipients: list[str], same: bool) -> None:
    assert found([email], *recipients) == (email if same else None)


def test_newest() -> None:
    """The newest email of the same people counts, in whatever direction."""
    history = [sent(ANN), received(PAYROLL, subject="b"), sent(JO, subject="c"), received(PAYROLL)]
    assert found(history, JO) == history[1]
    assert found(history[2:], JO) == history[2]
    assert found([], JO) is None


def test_mailbox_that_must_be_looked_up() -> None:
    """Only emails before the first certain one need a look-up of addresses."""
    history = [received("forms@acme.example", cc=(ANN,)), sent(JO, ANN), received("other@acme.example", cc=(ANN,))]
    listed = candidates(history, addresses(JO, ANN))
    assert [one.others for one in listed] == [{"forms@acme.example"}, frozenset()]
    assert newest(listed, OWN) == history[1]
    assert newest(listed, OWN | {"forms@acme.example"}) == history[0]


def test_many_addresses() -> None:
    """An email to a hundred people does not cause a hundred look-ups."""
    many = received(*(f"a{n}@acme.example" for n in range(100)))
    assert candidates([many], addresses(JO, "a1@acme.example")) == []


@pytest.mark.parametrize(
    ("thread", "kept"),
    [
        ([], []),
        (["a@x"], ["a@x"]),
        (["a@x", "b@x", "a@x", "bad id", "c@x"], ["a@x", "b@x", "c@x"]),
        ([f"{n}@x" for n in range(100)], ["0@x", *(f"{n}@x" for n in range(81, 100))]),
        ([f"{n:03}{'x' * 92}@x" for n in range(30)], [f"{n:03}{'x' * 92}@x" for n in (0, *range(22, 30))]),
        (["a" * 900, "b" * 900, "c"], ["a" * 900, "c"]),
        (["a" * 900, "b" * 900], ["b" * 900]),
        (["a" * 900], ["a" * 900]),
    ],
)
def test_references(thread: list[str], kept: list[str]) -> None:
    """A long thread keeps its first message id and the newest ones."""
    assert list(thread_references(thread)) == kept
    assert len(" ".join(["", *message_ids(kept)])) <= MAX_REFERENCES_CHARACTERS
