"""Each limit: exactly at the bound is accepted, and one above is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from email_channels.api.paging import MAX_LIMIT, paging_of
from email_channels.cases.case import MAX_CASE_BYTES, MAX_CASE_EMAILS, is_full
from email_channels.cases.history import MAX_ATTACHMENTS, MAX_RECEIVED_BYTES
from email_channels.errors import Invalid
from email_channels.intake.rules import mail_loop, size
from email_channels.intake.rulings import passed
from email_channels.outbound.attachment_checks import _STRUCTURE_BYTES, MAX_SENT_BYTES, attachment_errors
from email_channels.outbound.drafts import MAX_RECIPIENTS, read_draft

from tests.support.rule_facts import facts_of

PLAIN = "From: Zoe Hartmann <zoe.hartmann@acme.example>\nTo: payroll@acme.example\n\nMy salary is wrong.\n"


def received_bytes(count: int) -> bool:
    facts = facts_of(PLAIN)
    return size.rule(replace(facts, arrival=replace(facts.arrival, size=count))) == passed()


def attachments(count: int) -> bool:
    parts = "".join(f"--b\nContent-Disposition: attachment; filename={n}\n\n{n}\n" for n in range(count))
    head = "From: zoe@acme.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nHello\n"
    return size.rule(facts_of(f"{head}{parts}--b--\n")) == passed()


def hops(count: int) -> bool:
    return mail_loop.rule(facts_of("Received: from a by b\n" * count + PLAIN)) == passed()


def page(limit: int) -> bool:
    try:
        return paging_of({"limit": str(limit)}, "/cases").limit == limit
    except Invalid:
        return False


def emails(count: int) -> bool:
    """The last one comes to a case that has all the others."""
    return not is_full(count - 1, 0)


def email_bytes(count: int) -> bool:
    """The last byte comes to a case that has all the others."""
    return not is_full(1, count - 1)


def recipients(count: int) -> bool:
    """In To, Cc and Bcc together."""
    addresses = [f"a{n}@acme.example" for n in range(count)]
    document = {"to": addresses[:1], "cc": addresses[1:20], "bcc": addresses[20:], "subject": "s", "text": "t"}
    return read_draft(document)[1] == ()


def sent_bytes(count: int) -> bool:
    """Each byte of a text may need three."""
    text, rest = divmod(count - _STRUCTURE_BYTES, 3)
    return attachment_errors({}, {}, "x" * (text + (rest > 0)), None) == ()


BOUNDS = {
    "bytes of a received email": (received_bytes, MAX_RECEIVED_BYTES),
    "attachments of a received email": (attachments, MAX_ATTACHMENTS),
    "mail servers on the way": (hops, mail_loop.MAX_HOPS),
    "items of a page": (page, MAX_LIMIT),
    "emails of a case": (emails, MAX_CASE_EMAILS),
    "bytes of a case": (email_bytes, MAX_CASE_BYTES),
    "recipients of an agent's email": (recipients, MAX_RECIPIENTS),
    "bytes of an agent's email": (sent_bytes, MAX_SENT_BYTES),
}


@pytest.mark.parametrize(("accepts", "bound"), BOUNDS.values(), ids=BOUNDS)
def test_bound(accepts: Callable[[int], bool], bound: int) -> None:
    assert accepts(bound)
    assert not accepts(bound + 1)


def test_smallest_page() -> None:
    """A page holds one item at least."""
    assert page(1)
    assert not page(0)
