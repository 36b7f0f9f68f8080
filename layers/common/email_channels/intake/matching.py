"""Which case an inbound email belongs to, by what, and how sure that is.

The ways stand in one table in their order. The first ones prove that somebody got an email of ours; the last ones are
claims that anybody can make, and count only from who already takes part in the case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from email_channels.cases.channels import Channel
from email_channels.cases.lookups import Answered, KnownCase
from email_channels.cases.matches import MatchedBy, MatchMethod, MatchStrength
from email_channels.cases.reasons import Reason
from email_channels.intake.facts import Facts
from email_channels.mail.ses_headers import Verdict


@dataclass(frozen=True, slots=True)
class Match:
    """The case, by what it was found, and the email_id of the entry that the email answers, where that is known."""

    case: KnownCase
    matched_by: MatchedBy
    answers: str | None


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Why an email found no case, in words."""

    reason: Reason
    detail: str


def match(facts: Facts) -> Match | Mismatch:
    """The case of an email, by the first way that leads to one; else why none does."""
    for method, strength, find in METHODS:
        if strength is MatchStrength.PARTICIPANT and facts.arrival.channel is not Channel.AD_HOC:
            continue
        for named in find(facts):
            case = facts.cases.get(named.case_id)
            if case is not None and (strength is not MatchStrength.PARTICIPANT or takes_part(facts, case)):
                return Match(case, MatchedBy(method, strength), named.email_id or _answers(facts, case))
    return _mismatch(facts)


def takes_part(facts: Facts, case: KnownCase) -> bool:
    """Whether the From address is the case's employee, or in its history, and not shown to be forged."""
    if authentication_failed(facts) or not facts.sender:
        return False
    is_employee = any(employee.user_id == case.employee_id for employee in facts.sender_employees)
    return is_employee or facts.sender in case.participants


def authentication_failed(facts: Facts) -> bool:
    """Whether SES found the From address unproven, and a check that says so.

    SPF alone says nothing: a redirect breaks it for nearly everyone. Nor does the lack of signature and policy.
    """
    ses_headers = facts.arrival.ses_headers
    return not facts.authenticated and Verdict.FAIL in (ses_headers.dmarc, ses_headers.dkim)


def _plus_addresses(facts: Facts) -> Iterator[Answered]:
    return _genuine_references(facts, MatchMethod.PLUS_ADDRESS)


def _genuine_references(facts: Facts, method: MatchMethod) -> Iterator[Answered]:
    carried = (reference for reference in facts.references if reference.method is method)
    return (Answered(reference.case_id, None) for reference in carried if reference.genuine)


def _sent(facts: Facts) -> Iterator[Answered]:
    return iter(facts.sent)


def _case_references(facts: Facts) -> Iterator[Answered]:
    return _genuine_references(facts, MatchMethod.CASE_REFERENCE)


def _received(facts: Facts) -> Iterator[Answered]:
    return iter(facts.received)


def _numbers(facts: Facts) -> Iterator[Answered]:
    return (Answered(number.case_id, None) for number in facts.numbers)


METHODS: tuple[tuple[MatchMethod, MatchStrength, Callable[[Facts], Iterator[Answered]]], ...] = (
    # The address that only an email of ours gives, signed for this case.
    (MatchMethod.PLUS_ADDRESS, MatchStrength.SIGNED, _plus_addresses),
    # An id that SES made up for an email of ours: whoever names it has seen that email.
    (MatchMethod.SENT_MESSAGE_ID, MatchStrength.REFERENCE, _sent),
    # Signed too, but people forward subjects, and answer old emails about new matters.
    (MatchMethod.CASE_REFERENCE, MatchStrength.SIGNED, _case_references),
    # An answer to somebody else's email in the case, which everybody copied on that has.
    (MatchMethod.RECEIVED_MESSAGE_ID, MatchStrength.PARTICIPANT, _received),
    # Typed by hand, or a case reference that something on the way has damaged.
    (MatchMethod.CASE_NUMBER, MatchStrength.PARTICIPANT, _numbers),
)


def _answers(facts: Facts, case: KnownCase) -> str | None:
    """The entry of that case that the email answers, whatever led to the case."""
    named = (*facts.sent, *facts.received)
    return next((entry.email_id for entry in named if entry.case_id == case.case_id and entry.email_id), None)


def _mismatch(facts: Facts) -> Mismatch:
    named = [
        *(reference.case_id for reference in facts.references),
        *(entry.case_id for entry in (*facts.sent, *facts.received)),
        *(number.case_id for number in facts.numbers),
    ]
    if any(case_id in facts.cases for case_id in named):
        return Mismatch(
            Reason.CASE_REFERENCE_UNVERIFIED,
            "It names a case, but in no way that proves it, and its sender does not surely take part in that case.",
        )
    surely_named = [*facts.references, *facts.sent, *(number for number in facts.numbers if number.explicit)]
    if surely_named:
        return Mismatch(Reason.CASE_NOT_FOUND, "It names a case that does not exist.")
    return Mismatch(
        Reason.CASE_REFERENCE_MISSING, "It answers nothing that we sent or received, and its subject names no case."
    )
