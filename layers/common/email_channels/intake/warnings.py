"""The warnings on an inbound email: what a person must see before trusting it."""

from __future__ import annotations

from collections.abc import Iterator

from email_channels.addresses import normalise
from email_channels.cases.matches import MatchedBy, MatchStrength
from email_channels.cases.referenced import ReferencedCase
from email_channels.cases.references import without_references
from email_channels.cases.warnings import EmailWarning
from email_channels.intake.facts import Facts
from email_channels.intake.matching import is_participant
from email_channels.mail.classification import Kind
from email_channels.mail.classification.encryption import is_encrypted
from email_channels.mail.ses_headers import Verdict
from email_channels.mail.subjects import bare_subject

# Only the beginning of the subject of a sent email is stored.
_COMPARED = 100


def warnings_of(
    facts: Facts, case: ReferencedCase | None = None, matched_by: MatchedBy | None = None
) -> tuple[EmailWarning, ...]:
    """The warnings on an email; on an entry, also those that follow from its case and how that was found."""
    found = {*_of_the_email(facts), *(_of_the_entry(facts, case) if case is not None else ())}
    if matched_by is not None and matched_by.strength is MatchStrength.PARTICIPANT and not facts.authenticated:
        found.add(EmailWarning.AUTHENTICATION_FAILED)
    return tuple(warning for warning in EmailWarning if warning in found)


def _of_the_email(facts: Facts) -> Iterator[EmailWarning]:
    message, ses_headers = facts.arrival.message, facts.arrival.ses_headers
    if facts.authentication_failed:
        yield EmailWarning.AUTHENTICATION_FAILED
    if ses_headers.spam is Verdict.FAIL:
        yield EmailWarning.SPAM
    if ses_headers.virus is Verdict.FAIL:
        yield EmailWarning.VIRUS
    if is_encrypted(message):
        yield EmailWarning.ENCRYPTED
    if facts.arrival.classification.kind is not Kind.BOUNCE and _replies_go_elsewhere(facts):
        yield EmailWarning.REPLY_TO_DIFFERS


def _of_the_entry(facts: Facts, case: ReferencedCase) -> Iterator[EmailWarning]:
    if facts.arrival.classification.kind is Kind.BOUNCE:
        return  # a mail server writes bounces, and takes no part in cases
    if facts.sender and not is_participant(facts, case):
        yield EmailWarning.NEW_SENDER
    if facts.sender_employees and case.employee_id not in {one.user_id for one in facts.sender_employees}:
        yield EmailWarning.OTHER_EMPLOYEE
    if _subject_changed(facts, case):
        yield EmailWarning.SUBJECT_CHANGED


def _replies_go_elsewhere(facts: Facts) -> bool:
    others = {normalise(address.address) for address in facts.arrival.message.reply_to} - {"", facts.sender}
    return bool(others)


def _subject_changed(facts: Facts, case: ReferencedCase) -> bool:
    """Whether the subject is neither that of the case, nor that of an email in it that this one answers.

    These differ where a person has changed the subject of the case, where an email with a subject of its own came into
    it, and where its first email had no subject.
    """
    subject = facts.arrival.message.subject
    if facts.arrival.classification.kind is not Kind.NORMAL:
        return False  # automatic replies have subjects of their own
    named = (*facts.sent, *facts.received)
    answered = (entry.subject for entry in named if facts.is_in(entry, case) and entry.subject is not None)
    return _bare(subject) not in {_bare(case.subject), *map(_bare, answered)}


def _bare(subject: str) -> str:
    return bare_subject(without_references(subject))[:_COMPARED]
