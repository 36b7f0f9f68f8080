"""How an email is matched to its case: the methods, their order, and the strength of the match."""

from dataclasses import replace
from typing import Any

import pytest
from email_channels.cases.channels import Channel
from email_channels.cases.matches import Match, MatchedBy, MatchMethod, MatchStrength, Mismatch
from email_channels.cases.reasons import Reason
from email_channels.cases.referenced import ReferencedCase, ReferencedEntry
from email_channels.cases.references import BareReference
from email_channels.intake.facts import CaseReference, Facts
from email_channels.intake.matching import match

from tests.support.rule_facts import CASE, CASE_ID, MANUAL, PAYROLL, ZOE, facts_of

MESSAGE = """
From: {sender}
To: answers@acme.example
Subject: Re: Your question

Here it is.
"""
OTHER = ReferencedCase(
    "0THERCASE1".replace("O", "0"), closed=False, full=False, employee_id="1", participants=frozenset()
)
ZOES = "zoe.hartmann@acme.example"


def email_from(
    sender: str, channel: Channel = Channel.AD_HOC, envelope: dict[str, str] | None = None, **known: Any
) -> Facts:
    defaults: dict[str, Any] = {
        "sender_employees": (ZOE,) if sender == ZOES else (),
        "cases": {CASE_ID: CASE, OTHER.case_id: OTHER},
    }
    signed = {"signer": sender.rpartition("@")[2]}
    return facts_of(
        MESSAGE.format(sender=sender), channel=channel, envelope=signed | (envelope or {}), **(defaults | known)
    )


def found(facts: Facts) -> tuple[str, MatchMethod, MatchStrength] | Reason:
    result = match(facts)
    if isinstance(result, Mismatch):
        return result.reason
    return result.case.case_id, result.matched_by.method, result.matched_by.strength


PLUS = CaseReference(MatchMethod.PLUS_ADDRESS, CASE_ID, genuine=True)
SUBJECT = CaseReference(MatchMethod.CASE_REFERENCE, CASE_ID, genuine=True)
SENT = ReferencedEntry(CASE_ID, "E1")
NUMBER = BareReference(CASE_ID, explicit=True)


@pytest.mark.parametrize(
    ("known", "method", "strength"),
    [
        ({"references": (PLUS,)}, MatchMethod.PLUS_ADDRESS, MatchStrength.SIGNED),
        ({"sent": (SENT,)}, MatchMethod.SENT_MESSAGE_ID, MatchStrength.REFERENCE),
        ({"references": (SUBJECT,)}, MatchMethod.CASE_REFERENCE, MatchStrength.SIGNED),
    ],
)
@pytest.mark.parametrize("channel", list(Channel))
def test_secret_reference(
    channel: Channel, known: dict[str, Any], method: MatchMethod, strength: MatchStrength
) -> None:
    """A reference that only a recipient can know matches for every sender."""
    assert found(email_from("eve@elsewhere.example", channel, **known)) == (CASE_ID, method, strength)


@pytest.mark.parametrize(
    ("known", "method"),
    [
        ({"received": (SENT,)}, MatchMethod.RECEIVED_MESSAGE_ID),
        ({"numbers": (NUMBER,)}, MatchMethod.CASE_NUMBER),
        # A case reference with an altered signature counts as a bare number.
        (
            {"numbers": (NUMBER,), "references": (CaseReference(MatchMethod.CASE_REFERENCE, CASE_ID, genuine=False),)},
            MatchMethod.CASE_NUMBER,
        ),
    ],
)
def test_guessable_reference(known: dict[str, Any], method: MatchMethod) -> None:
    """A reference that anybody can write matches only for participants."""
    for participant in (ZOES, "Bob@Elsewhere.example"):
        assert found(email_from(participant, **known)) == (CASE_ID, method, MatchStrength.PARTICIPANT)
    assert found(email_from("eve@elsewhere.example", **known)) is Reason.CASE_REFERENCE_UNVERIFIED
    # The employee of another case is a stranger to this one.
    marcus = email_from("marcus@acme.example", **known, sender_employees=(ZOE.__class__("874112", "Marcus", ()),))
    assert found(marcus) is Reason.CASE_REFERENCE_UNVERIFIED


def test_forged_participant() -> None:
    """A participant whose From address may be forged is a stranger."""
    forged = email_from(ZOES, envelope={"signer": "evil.example", "dmarc": "fail"}, numbers=(NUMBER,))
    assert found(forged) is Reason.CASE_REFERENCE_UNVERIFIED


@pytest.mark.parametrize("channel", Channel)
def test_number(channel: Channel) -> None:
    """A bare number of a participant counts in every mailbox."""
    number = (CASE_ID, MatchMethod.CASE_NUMBER, MatchStrength.PARTICIPANT)
    assert found(email_from(ZOES, channel, numbers=(NUMBER,))) == number


def test_moved() -> None:
    """An id that we sent leads to where its email was moved, whatever is signed in the email; but not if the email
    answers a later one, which was not moved."""
    moved = ReferencedEntry(OTHER.case_id, "ENTRY-2", moved=True)
    signed = CaseReference(MatchMethod.PLUS_ADDRESS, CASE_ID, genuine=True)
    case = (OTHER.case_id, MatchMethod.SENT_MESSAGE_ID, MatchStrength.REFERENCE)
    assert found(email_from(ZOES, sent=(moved, SENT), references=(signed,))) == case
    later = (CASE_ID, MatchMethod.PLUS_ADDRESS, MatchStrength.SIGNED)
    assert found(email_from(ZOES, sent=(SENT, moved), references=(signed,))) == later
    later = (CASE_ID, MatchMethod.SENT_MESSAGE_ID, MatchStrength.REFERENCE)
    assert found(email_from(ZOES, sent=(SENT, moved))) == later


def test_received_and_moved() -> None:
    """So does the id of an email that we received, if the sender takes part there, and answers no other email."""
    moved = ReferencedEntry(OTHER.case_id, "ENTRY-2", moved=True)
    case = (OTHER.case_id, MatchMethod.RECEIVED_MESSAGE_ID, MatchStrength.PARTICIPANT)
    signed: dict[str, Any] = {"references": (PLUS, SUBJECT), "sent": (SENT,)}
    marcus = (ZOE.__class__("1", "Marcus", ()),)
    assert found(email_from("m@acme.example", received=(moved,), sender_employees=marcus, **signed)) == case
    plus = (CASE_ID, MatchMethod.PLUS_ADDRESS, MatchStrength.SIGNED)
    assert found(email_from("eve@elsewhere.example", received=(moved,), **signed)) == plus
    assert found(email_from("m@acme.example", received=(SENT, moved), sender_employees=marcus, **signed)) == plus


def test_merged() -> None:
    """A case that was merged stands for the case that got its emails."""
    merged = {CASE_ID: OTHER, OTHER.case_id: OTHER}
    answered = match(email_from("eve@elsewhere.example", references=(PLUS,), sent=(SENT,), cases=merged))
    assert answered == Match(OTHER, MatchedBy(MatchMethod.PLUS_ADDRESS, MatchStrength.SIGNED), "E1")


def test_stronger_method_wins() -> None:
    other_case = CaseReference(MatchMethod.PLUS_ADDRESS, OTHER.case_id, genuine=True)
    everything: dict[str, Any] = {"sent": (SENT,), "received": (SENT,), "numbers": (NUMBER,)}
    plus_first = email_from(ZOES, references=(SUBJECT, other_case), **everything)
    assert found(plus_first) == (OTHER.case_id, MatchMethod.PLUS_ADDRESS, MatchStrength.SIGNED)
    sent_before_subject = email_from(
        ZOES, references=(CaseReference(MatchMethod.CASE_REFERENCE, OTHER.case_id, genuine=True),), **everything
    )
    assert found(sent_before_subject) == (CASE_ID, MatchMethod.SENT_MESSAGE_ID, MatchStrength.REFERENCE)
    received_before_number = email_from(ZOES, received=(SENT,), numbers=(BareReference(OTHER.case_id, explicit=True),))
    assert found(received_before_number) == (CASE_ID, MatchMethod.RECEIVED_MESSAGE_ID, MatchStrength.PARTICIPANT)


def test_next_method() -> None:
    """If one method finds no case, the next is tried."""
    gone = CaseReference(MatchMethod.PLUS_ADDRESS, "7K3F92QDX1", genuine=True)
    assert found(email_from(ZOES, references=(gone,), sent=(SENT,))) == (
        CASE_ID,
        MatchMethod.SENT_MESSAGE_ID,
        MatchStrength.REFERENCE,
    )


def test_answered_entry() -> None:
    """The answered entry is found by its Message-ID, whatever method found the case."""
    by_plus_address = match(email_from(ZOES, references=(PLUS,), sent=(ReferencedEntry(OTHER.case_id, "E9"), SENT)))
    assert by_plus_address == Match(CASE, MatchedBy(MatchMethod.PLUS_ADDRESS, MatchStrength.SIGNED), "E1")
    acknowledged = match(email_from(ZOES, sent=(ReferencedEntry(CASE_ID, None),)))
    assert acknowledged == Match(CASE, MatchedBy(MatchMethod.SENT_MESSAGE_ID, MatchStrength.REFERENCE), None)


@pytest.mark.parametrize("trusted", [True, False])
def test_believed_form(trusted: bool) -> None:
    """Believed values make a case, although the sender takes part in the case whose number the subject names."""
    mailbox = replace(PAYROLL, trusted_senders=("zoe.hartmann@acme.example",) if trusted else ())
    message = MANUAL.replace("\n\n", "\n\n[]\n[Payroll]\n[Yes]\n[]\n", 1)
    known: dict[str, Any] = {"numbers": (NUMBER,), "cases": {CASE_ID: CASE}}
    facts = facts_of(message, mailbox=mailbox, envelope={"signer": "acme.example"}, **known)
    assert facts.form_believed is trusted
    assert isinstance(facts.match, Mismatch if trusted else Match)
