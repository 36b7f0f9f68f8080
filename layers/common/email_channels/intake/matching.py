"""Matches an inbound email to its case.

A table lists the methods in the order in which they are tried. Most are proofs: they show that the sender got an email
of ours. Anybody can make the others, the claims (`PARTICIPANT`), so they count only if the sender already takes part in
the case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import takewhile

from email_channels.cases.case import participant_key
from email_channels.cases.matches import Match, MatchedBy, MatchMethod, MatchStrength, Mismatch
from email_channels.cases.reasons import Reason
from email_channels.cases.referenced import ReferencedCase, ReferencedEntry
from email_channels.intake.facts import Facts


def with_match(facts: Facts) -> Facts:
    """The facts with `match` filled in. It stays None if the ad hoc channel is off: no email then joins a case."""
    return replace(facts, match=match(facts)) if facts.settings.ad_hoc_enabled else facts


def match(facts: Facts) -> Match | Mismatch:
    """The case that the first successful method finds; otherwise the reason why no method finds one.

    Called once for each email: the rules read the result from `Facts.match`.
    """
    # Forms servers reuse Message-IDs and subjects. Their believed values make a case, unless there is a proof.
    return _first_match(facts, PROOFS if facts.form_believed else METHODS) or _mismatch(facts)


def proven_match(facts: Facts) -> Match | None:
    """The case that the first successful proof finds, without regard to the sender; None without a proof."""
    return _first_match(facts, PROOFS)


def takes_part(facts: Facts, case: ReferencedCase) -> bool:
    """Whether the sender takes part in the case: as its employee, or with an address that is in its history.

    A From address that failed authentication takes part in no case.
    """
    return not facts.authentication_failed and is_participant(facts, case)


def is_participant(facts: Facts, case: ReferencedCase) -> bool:
    """Whether the From address, proven or not, is one of the case's employee, or in its history."""
    if not facts.sender:
        return False
    return is_employee(facts, case) or (not facts.system_sender and participant_key(facts.sender) in case.participants)


def is_employee(facts: Facts, case: ReferencedCase) -> bool:
    """Whether the From address is one of the case's employee."""
    return any(employee.user_id == case.employee_id for employee in facts.sender_employees)


def _first_match(facts: Facts, methods: Iterable[_Method]) -> Match | None:
    for method, strength, find in methods:
        for named in find(facts):
            case = facts.cases.get(named.case_id)
            if case is not None and (strength is not MatchStrength.PARTICIPANT or takes_part(facts, case)):
                return Match(case, MatchedBy(method, strength), named.email_id or _answers(facts, case))
    return None


def _plus_addresses(facts: Facts) -> Iterator[ReferencedEntry]:
    return _genuine_references(facts, MatchMethod.PLUS_ADDRESS)


def _genuine_references(facts: Facts, method: MatchMethod) -> Iterator[ReferencedEntry]:
    carried = (reference for reference in facts.references if reference.method is method)
    return (ReferencedEntry(reference.case_id, None) for reference in carried if reference.genuine)


def _moved(facts: Facts) -> Iterator[ReferencedEntry]:
    """The likeliest of our emails that it answers, as far as they were moved. An older one in References is not what it
    answers: later emails of the old case still name that one, too."""
    return takewhile(lambda entry: entry.moved, facts.sent)


def _received_and_moved(facts: Facts) -> Iterator[ReferencedEntry]:
    """The likeliest of the emails that it answers, as far as they were moved."""
    return takewhile(lambda entry: entry.moved, facts.received)


def _sent(facts: Facts) -> Iterator[ReferencedEntry]:
    return iter(facts.sent)


def _case_references(facts: Facts) -> Iterator[ReferencedEntry]:
    return _genuine_references(facts, MatchMethod.CASE_REFERENCE)


def _received(facts: Facts) -> Iterator[ReferencedEntry]:
    return iter(facts.received)


def _numbers(facts: Facts) -> Iterator[ReferencedEntry]:
    return (ReferencedEntry(number.case_id, None) for number in facts.numbers)


_Method = tuple[MatchMethod, MatchStrength, Callable[[Facts], Iterator[ReferencedEntry]]]

METHODS: tuple[_Method, ...] = (
    # An email of ours that a person has moved since: what is signed in it still names the case that it was sent from.
    (MatchMethod.SENT_MESSAGE_ID, MatchStrength.REFERENCE, _moved),
    # A reply to an email that we received, and that a person has moved since. The references in it are older.
    (MatchMethod.RECEIVED_MESSAGE_ID, MatchStrength.PARTICIPANT, _received_and_moved),
    # Only our emails contain this address, which is signed for the case.
    (MatchMethod.PLUS_ADDRESS, MatchStrength.SIGNED, _plus_addresses),
    # SES made this Message-ID for an email of ours. Only people who have seen that email can name it.
    (MatchMethod.SENT_MESSAGE_ID, MatchStrength.REFERENCE, _sent),
    # Signed too, but tried last of the proofs: people forward subjects, and answer old emails about new matters.
    (MatchMethod.CASE_REFERENCE, MatchStrength.SIGNED, _case_references),
    # A reply to another person's email in the case; everybody who got a copy of that email knows its Message-ID.
    (MatchMethod.RECEIVED_MESSAGE_ID, MatchStrength.PARTICIPANT, _received),
    # A case number typed by hand, or a case reference that was damaged on the way.
    (MatchMethod.CASE_NUMBER, MatchStrength.PARTICIPANT, _numbers),
)
PROOFS = tuple(method for method in METHODS if method[1] is not MatchStrength.PARTICIPANT)


def _answers(facts: Facts, case: ReferencedCase) -> str | None:
    """The email_id of the entry that the email answers, however the case was found; None if it is not known."""
    named = (*facts.sent, *facts.received)
    return next((entry.email_id for entry in named if entry.email_id and facts.is_in(entry, case)), None)


def _mismatch(facts: Facts) -> Mismatch:
    named = [
        *(reference.case_id for reference in facts.references),
        *(entry.case_id for entry in (*facts.sent, *facts.received)),
        *(number.case_id for number in facts.numbers),
    ]
    if any(case_id in facts.cases for case_id in named):
        return Mismatch(
            Reason.CASE_REFERENCE_UNVERIFIED,
            "It names a case without proof, and its sender is not known to take part in that case.",
        )
    surely_named = [*facts.references, *facts.sent, *(number for number in facts.numbers if number.explicit)]
    if surely_named:
        return Mismatch(Reason.CASE_NOT_FOUND, "It names a case that does not exist.")
    return Mismatch(
        Reason.CASE_REFERENCE_MISSING,
        "It is not a reply to an email that we sent or received, and its subject names no case.",
    )
