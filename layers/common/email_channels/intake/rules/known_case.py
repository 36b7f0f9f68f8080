"""An email that belongs to a case becomes an entry of the Email History of that case, on both channels."""

from email_channels.cases.history import EntryKind
from email_channels.cases.matches import Match
from email_channels.intake.decision import NewEntry
from email_channels.intake.facts import Facts
from email_channels.intake.rules.closed_case import refuses
from email_channels.intake.rulings import Ruling, becomes_entry, passed
from email_channels.mail.classification import Kind


def rule(facts: Facts) -> Ruling:
    """Stops with an entry."""
    found = facts.match
    if not isinstance(found, Match):
        return passed("It belongs to no case yet.")
    if refuses(facts):
        return passed("Its case is closed.", case=found.case.case_id)
    automatic = facts.arrival.classification.kind is Kind.AUTOMATIC_REPLY
    entry = NewEntry(
        case_id=found.case.case_id,
        kind=EntryKind.AUTOMATIC_REPLY if automatic else EntryKind.NORMAL,
        matched_by=found.matched_by,
        answers=found.answers,
    )
    how, certainty = found.matched_by.method.value, found.matched_by.strength.value
    return becomes_entry(entry, "It belongs to this case.", case=found.case.case_id, how=how, certainty=certainty)
