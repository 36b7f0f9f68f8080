"""The mailbox of an email is found by its envelope, then by its headers."""

from dataclasses import replace

import pytest
from email_channels.cases.channels import Channel
from email_channels.cases.mailboxes import Mailbox
from email_channels.cases.outcomes import Outcome
from email_channels.cases.reasons import Reason

from tests.support.in_process.inbound_emails import MANUAL
from tests.support.in_process.inbox import Inbox, configure

BENEFITS = Mailbox("benefits@acme.example", "benefits@in.acme-cases.example", default_topic="Benefits")


@pytest.mark.parametrize(
    ("to", "recipient", "mailbox", "others"),
    [
        # The envelope decides, whatever the headers say.
        ("payroll@acme.example", "benefits@in.acme-cases.example", "benefits@acme.example", ["payroll@acme.example"]),
        (
            "Benefits+x@ACME.example",
            "payroll+x@in.acme-cases.example",
            "payroll@acme.example",
            ["benefits@acme.example"],
        ),
        # The receiving address belongs to no mailbox: the headers decide; plus tags are ignored.
        ("benefits+urgent@acme.example", "all@in.acme-cases.example", "benefits@acme.example", []),
        ("bob@elsewhere.example, Payroll@acme.example", "all@in.acme-cases.example", "payroll@acme.example", []),
        # No server between the mailbox and us.
        ("somebody@acme.example", "benefits@acme.example", "benefits@acme.example", []),
    ],
)
def test_mailbox(inbox: Inbox, to: str, recipient: str, mailbox: str, others: list[str]) -> None:
    """The mailbox is found by the envelope recipient, then by the headers."""
    configure(BENEFITS)
    result = inbox.receive(MANUAL.replace("Payroll <payroll@acme.example>", to), recipient=recipient)
    assert inbox.case(result.case_id).mailbox == mailbox
    row = next(row for row in result.trace if row.rule == "mailbox")
    assert row.evidence.get("others", []) == others


@pytest.mark.parametrize("header", ["Cc", "Delivered-To", "X-Original-To"])
def test_mailbox_by_other_headers(inbox: Inbox, header: str) -> None:
    """The mailbox is found by Cc, and by the headers that mail servers add."""
    configure(BENEFITS)
    message = f"{header}: benefits@acme.example\n" + MANUAL.lstrip().replace("payroll@acme.example", "all@acme.example")
    result = inbox.receive(message, recipient="all@in.acme-cases.example")
    assert inbox.case(result.case_id).mailbox == "benefits@acme.example"


def test_no_mailbox(inbox: Inbox) -> None:
    result = inbox.receive(MANUAL.replace("payroll@acme", "sales@acme"), recipient="sales@in.acme-cases.example")
    assert result.reason is Reason.MAILBOX_NOT_FOUND
    assert inbox.unprocessed(result.record_id).mailbox is None


@pytest.mark.parametrize("stored_by", ["case_creation", "ad_hoc"])
def test_domain_and_address(inbox: Inbox, stored_by: str) -> None:
    """One channel receives at a domain, the other at an address in it. SES stores a copy for each, and the address
    decides: both copies have one outcome, whichever comes first."""
    message = MANUAL.replace("payroll@acme", "answers@acme")
    first = inbox.receive(message, stored_by, recipient="Answers+tag@in.acme-cases.example")
    assert (first.reason, inbox.unprocessed(first.record_id).channel) == (Reason.CASE_REFERENCE_MISSING, Channel.AD_HOC)
    other = "ad_hoc" if stored_by == "case_creation" else "case_creation"
    copy = inbox.receive(message, other, recipient="Answers+tag@in.acme-cases.example")
    assert (copy.outcome, copy.record_id) == (Outcome.DUPLICATE, first.record_id)


def test_address_of_a_channel_that_is_off(inbox: Inbox) -> None:
    """It has no role: the domain decides."""
    intake = inbox.with_settings(ad_hoc_enabled="false")
    key = inbox.put(MANUAL, recipient="answers@in.acme-cases.example")
    result = intake.process(key)
    assert result is not None
    assert result.outcome is Outcome.CASE


def test_stored_mailbox(inbox: Inbox) -> None:
    """A stored mailbox replaces the mailbox of the parameters with the same address."""
    configure(Mailbox("payroll@acme.example", "wages@in.acme-cases.example", default_topic="Wages"))
    case = inbox.case(inbox.receive(MANUAL, recipient="wages@in.acme-cases.example").case_id)
    assert (case.mailbox, case.topic, case.acknowledge) == ("payroll@acme.example", "Wages", False)
    # Its old receiving address matches no mailbox any more, but the header does.
    by_header = inbox.case(inbox.receive(MANUAL.replace("<1@", "<2@")).case_id)
    assert by_header.topic == "Wages"


def test_shared_receiving_address(inbox: Inbox) -> None:
    """If two mailboxes share a receiving address, the header decides."""
    configure(replace(BENEFITS, receiving_address="payroll@in.acme-cases.example"))
    assert inbox.case(inbox.receive(MANUAL).case_id).mailbox == "payroll@acme.example"
    to_benefits = MANUAL.replace("payroll@acme.example", "benefits@acme.example").replace("<1@", "<2@")
    assert inbox.case(inbox.receive(to_benefits).case_id).mailbox == "benefits@acme.example"


def test_two_mailboxes(inbox: Inbox) -> None:
    """The same email through two mailboxes is two cases in one thread."""
    configure(BENEFITS)
    one, other = inbox.receive(MANUAL), inbox.receive(MANUAL, recipient="benefits@in.acme-cases.example")
    assert (one.outcome, other.outcome) == (Outcome.CASE, Outcome.CASE)
    assert one.case_id != other.case_id
