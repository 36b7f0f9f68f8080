"""The rules for emails that belong to a case, and for answers without a case."""

from dataclasses import replace
from typing import Any

import pytest
from email_channels.cases.channels import Channel
from email_channels.cases.delivery_states import StateChange
from email_channels.cases.history import EntryKind
from email_channels.cases.matches import MatchedBy, MatchMethod, MatchStrength
from email_channels.cases.outcomes import Outcome
from email_channels.cases.reasons import Reason
from email_channels.cases.recipients import RecipientState
from email_channels.cases.referenced import ReferencedEntry
from email_channels.cases.references import BareReference
from email_channels.intake.decision import Decision, NewEntry
from email_channels.intake.facts import CaseReference
from email_channels.intake.rules import (
    automatic_reply,
    bounce,
    case_reference,
    closed_case,
    full_case,
    known_case,
    mail_loop,
)
from email_channels.intake.rulings import passed

from tests.support import messages
from tests.support.originals import RECEIVED_AT
from tests.support.rule_facts import CASE, CASE_ID, facts_of, rejected_for

ANSWER = """
From: Bob <bob@elsewhere.example>
To: answers@acme.example
Subject: Re: Your question [#7K3F92QDX0-h4q9w2]
In-Reply-To: <0107018f-sent@eu-central-1.amazonses.com>

Here it is.
"""
OUT_OF_OFFICE = """
From: Bob <bob@elsewhere.example>
To: answers@acme.example
Subject: Automatic reply: Your question
Auto-Submitted: auto-replied

I am away until Monday.
"""
BOUNCE = (messages.BOUNCE % "0107018f-sent@eu-central-1.amazonses.com").replace(
    "no such user\n", "no such user\n\nFinal-Recipient: rfc822; ann@elsewhere.example\nAction: delayed\nStatus: 4.4.1\n"
)
CASES = {CASE_ID: CASE}
CLOSED = {CASE_ID: replace(CASE, closed=True, participants=frozenset())}
SENT = (ReferencedEntry(CASE_ID, "ENTRY-1"),)
BY_SENT_ID = MatchedBy(MatchMethod.SENT_MESSAGE_ID, MatchStrength.REFERENCE)


def test_bounce_of_entry() -> None:
    """A bounce reports on the entry whose email it returns."""
    facts = facts_of(BOUNCE, channel=Channel.AD_HOC, envelope={"sender": ""}, sent=SENT, cases=CASES)
    assert facts.arrival.classification.original_message_id == "0107018f-sent@eu-central-1.amazonses.com"
    assert bounce.rule(facts).decision == Decision(
        Outcome.DELIVERY_REPORT,
        entry=NewEntry(
            case_id=CASE_ID,
            kind=EntryKind.DELIVERY_REPORT,
            matched_by=BY_SENT_ID,
            answers="ENTRY-1",
            changes=(
                StateChange("bob@elsewhere.example", RecipientState.BOUNCED, RECEIVED_AT, "5.1.1, 550 no such user"),
                StateChange("ann@elsewhere.example", RecipientState.DELAYED, RECEIVED_AT, "4.4.1"),
            ),
        ),
    )


def test_bounce_of_nobody() -> None:
    """A bounce that names no recipient reports on somebody."""
    message = BOUNCE.replace("Final-Recipient:", "X-Recipient:")
    decision = bounce.rule(facts_of(message, channel=Channel.AD_HOC, envelope={"sender": ""}, sent=SENT, cases=CASES))
    assert decision.decision is not None
    assert decision.decision.entry is not None
    assert decision.decision.entry.changes == (StateChange("", RecipientState.BOUNCED, RECEIVED_AT),)


def test_bounce_of_unknown_email() -> None:
    """A bounce of an email that we did not send is unmatched."""
    facts = facts_of(BOUNCE, channel=Channel.AD_HOC, envelope={"sender": ""}, cases=CASES)
    assert bounce.rule(facts).decision == rejected_for(Reason.BOUNCE_UNMATCHED)


def test_bounce_with_bare_number() -> None:
    """A bounce that only names a case number is unmatched, whoever sends it."""
    facts = facts_of(
        BOUNCE.replace("MAILER-DAEMON@elsewhere.example", "bob@elsewhere.example"),
        channel=Channel.AD_HOC,
        envelope={"sender": "", "signer": "elsewhere.example"},
        numbers=(BareReference(CASE_ID, explicit=True),),
        cases=CASES,
    )
    assert bounce.rule(facts).decision == rejected_for(Reason.BOUNCE_UNMATCHED)


def test_bounce_without_ad_hoc() -> None:
    """Without the ad hoc channel no bounce matches an entry."""
    facts = facts_of(BOUNCE, envelope={"sender": ""}, settings={"ad_hoc_enabled": "false"}, sent=SENT, cases=CASES)
    assert bounce.rule(facts).decision == rejected_for(Reason.BOUNCE_UNMATCHED)


def test_answer_is_not_a_bounce() -> None:
    assert bounce.rule(facts_of(ANSWER, channel=Channel.AD_HOC)) == passed()


@pytest.mark.parametrize(
    "message",
    [
        "From: Acme Service <Service@ACME-cases.example>\nTo: payroll@acme.example\n\nFrom where agents' emails come.",
        "From: cases@acme-cases.example\nTo: payroll@acme.example\n\nFrom where notifications come.",
        "From: zoe.hartmann@acme.example\nX-Email-Channels: acknowledgement\n\nRedirected by somebody's rule.",
        "From: zoe.hartmann@acme.example\n"
        + "Received: from a by b\n" * (mail_loop.MAX_HOPS + 1)
        + "\nRound and round.",
    ],
)
def test_loop(message: str) -> None:
    """Our own emails, and emails with too many hops, are a loop."""
    assert mail_loop.rule(facts_of(message)).decision == rejected_for(Reason.MAIL_LOOP)


def test_loop_detail() -> None:
    """The detail names the kind of our email that came back."""
    message = "From: zoe.hartmann@acme.example\nX-Email-Channels: acknowledgement 7K3F92QDX0 abcdef\n\nRedirected."
    assert "as an acknowledgement does" in (mail_loop.rule(facts_of(message)).detail or "")
    message = "From: zoe.hartmann@acme.example\nX-Email-Channels: something else\n\nNobody's."
    assert mail_loop.rule(facts_of(message)).decision == rejected_for(Reason.MAIL_LOOP)


def test_loop_mark_in_copy() -> None:
    """A loop mark in a returned or quoted copy is not a loop."""
    copy = "From: service@acme-cases.example\nX-Email-Channels: ad_hoc 7K3F92QDX0 abcdef\nSubject: Your pay\n\nHello"
    returned = (
        "From: MAILER-DAEMON@mx.example.org\nSubject: Undelivered Mail Returned to Sender\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n--b\n\nNot delivered.\n'
        f"--b\nContent-Type: message/rfc822\n\n{copy}\n--b--\n"
    )
    quoted = "> ".join(f"From: zoe.hartmann@acme.example\nSubject: Re: Your pay\n\nNo.\n\n{copy}\n".splitlines(True))
    inline = f"From: MAILER-DAEMON@mx.example.org\nSubject: failure notice\n\nHi. Below is a copy.\n\n{copy}\n"
    for message in (returned, quoted.replace("> ", "", 3), inline):
        assert mail_loop.rule(facts_of(message)) == passed()


def test_answer_is_not_a_loop() -> None:
    """Neither an answer nor the highest allowed number of hops is a loop."""
    assert mail_loop.rule(facts_of(ANSWER)) == passed()
    many = "From: zoe.hartmann@acme.example\n" + "Received: from a by b\n" * mail_loop.MAX_HOPS + "\nA long way."
    assert mail_loop.rule(facts_of(many)) == passed()


def test_answer() -> None:
    """An answer becomes an entry of its case."""
    facts = facts_of(ANSWER, channel=Channel.AD_HOC, sent=SENT, cases=CASES)
    ruling = known_case.rule(facts)
    assert ruling.decision == Decision(
        Outcome.ENTRY, entry=NewEntry(CASE_ID, EntryKind.NORMAL, BY_SENT_ID, answers="ENTRY-1")
    )
    assert ruling.evidence == {"case": CASE_ID, "how": "sent_message_id", "certainty": "reference"}


def test_answer_to_other_channel() -> None:
    """An answer to a mailbox of the other channel becomes an entry, too."""
    facts = facts_of(ANSWER, channel=Channel.CASE_CREATION, sent=SENT, cases=CASES)
    assert known_case.rule(facts).decision is not None
    off = facts_of(ANSWER, settings={"ad_hoc_enabled": "false"}, sent=SENT, cases=CASES)
    assert known_case.rule(off).decision is None


def test_out_of_office() -> None:
    """An out-of-office note becomes an entry of its case, with a flag."""
    facts = facts_of(OUT_OF_OFFICE, channel=Channel.AD_HOC, sent=SENT, cases=CASES)
    decision = known_case.rule(facts).decision
    assert decision is not None
    assert decision.entry == NewEntry(CASE_ID, EntryKind.AUTOMATIC_REPLY, BY_SENT_ID, answers="ENTRY-1")


def test_out_of_office_without_case() -> None:
    """An out-of-office note without a case is an automatic reply."""
    assert automatic_reply.rule(facts_of(OUT_OF_OFFICE)).decision == rejected_for(Reason.AUTOMATIC_REPLY)
    assert automatic_reply.rule(facts_of(ANSWER)) == passed()


def test_closed_case() -> None:
    """The parameter decides whether a closed case accepts answers."""
    refusing = {"accept_emails_for_closed_cases": "false"}
    refused = facts_of(ANSWER, channel=Channel.AD_HOC, settings=refusing, sent=SENT, cases=CLOSED)
    assert closed_case.rule(refused).decision == rejected_for(Reason.CASE_CLOSED)
    taken = facts_of(ANSWER, channel=Channel.AD_HOC, sent=SENT, cases=CLOSED)
    assert closed_case.rule(taken).decision is None
    still_open = facts_of(ANSWER, channel=Channel.AD_HOC, settings=refusing, sent=SENT, cases=CASES)
    assert closed_case.rule(still_open) == passed()


def test_closed_case_and_automatic_reply() -> None:
    """A closed case accepts automatic replies, whatever the parameter says."""
    refusing = {"accept_emails_for_closed_cases": "false"}
    facts = facts_of(OUT_OF_OFFICE, channel=Channel.AD_HOC, settings=refusing, sent=SENT, cases=CLOSED)
    assert closed_case.rule(facts).decision is None


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        ({}, Reason.CASE_REFERENCE_MISSING),
        ({"numbers": (BareReference("DEPARTMENT", explicit=False),)}, Reason.CASE_REFERENCE_MISSING),
        ({"numbers": (BareReference("7K3F92QDX1", explicit=True),)}, Reason.CASE_NOT_FOUND),
        (
            {"references": (CaseReference(MatchMethod.CASE_REFERENCE, "7K3F92QDX1", genuine=True),)},
            Reason.CASE_NOT_FOUND,
        ),
        (
            {"numbers": (BareReference(CASE_ID, explicit=True),), "cases": CASES},
            Reason.CASE_REFERENCE_UNVERIFIED,
        ),
        (
            {"references": (CaseReference(MatchMethod.PLUS_ADDRESS, CASE_ID, genuine=False),), "cases": CASES},
            Reason.CASE_REFERENCE_UNVERIFIED,
        ),
        ({"received": (ReferencedEntry(CASE_ID, "E1"),), "cases": CASES}, Reason.CASE_REFERENCE_UNVERIFIED),
    ],
)
def test_case_reference(known: dict[str, Any], reason: Reason) -> None:
    """The reason says why an email to the ad hoc channel has no case."""
    stranger = ANSWER.replace("bob@elsewhere.example", "eve@elsewhere.example")
    facts = facts_of(stranger, channel=Channel.AD_HOC, sender_employees=(), **known)
    assert case_reference.rule(facts).decision == rejected_for(reason)


def test_case_reference_in_case_creation() -> None:
    """The case creation channel accepts emails without a case."""
    assert case_reference.rule(facts_of(ANSWER)) == passed()


@pytest.mark.parametrize("channel", Channel)
def test_full_case(channel: Channel) -> None:
    """A full case takes nothing: no answers, no automatic replies, and no bounces."""
    full = {CASE_ID: replace(CASE, full=True)}
    for message, rule in ((ANSWER, full_case.rule), (OUT_OF_OFFICE, full_case.rule), (BOUNCE, bounce.rule)):
        refused = facts_of(message, channel=channel, sent=SENT, cases=full)
        assert rule(refused).decision == rejected_for(Reason.CASE_FULL)
        taken = rule(facts_of(message, channel=channel, sent=SENT, cases=CASES)).decision
        assert taken is None or taken.outcome is Outcome.DELIVERY_REPORT
