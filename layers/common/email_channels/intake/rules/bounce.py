"""A bounce becomes a delivery report of the case whose email it reports on; other bounces are unprocessed.

Most bounces do not come here: they go to SES, which publishes them as events (`cases/sending_events.py`).
"""

from email_channels.cases.delivery_states import StateChange
from email_channels.cases.history import EntryKind
from email_channels.cases.matches import Match, MatchStrength
from email_channels.cases.reasons import Reason
from email_channels.cases.recipients import RecipientState
from email_channels.intake.arrival import Arrival
from email_channels.intake.decision import NewEntry
from email_channels.intake.facts import Facts
from email_channels.intake.rules.full_case import FULL
from email_channels.intake.rulings import Ruling, becomes_entry, passed, rejected
from email_channels.mail.classification import FailedRecipient, Kind

# RFC 3464, section 2.3.3. A report without an action counts as a failure, as most reports are about failures.
_STATES = {
    "failed": RecipientState.BOUNCED,
    "delayed": RecipientState.DELAYED,
    "delivered": RecipientState.DELIVERED,
    "relayed": RecipientState.DELIVERED,
    "expanded": RecipientState.DELIVERED,
    "": RecipientState.BOUNCED,
}
# A bounce that names no recipient is about somebody.
_NOBODY = (FailedRecipient("", "", "", ""),)


def rule(facts: Facts) -> Ruling:
    """Stops with a delivery report, with `bounce_unmatched`, or with `case_full`.

    Anyone who knows the id of one of our emails can send any number of bounces of it. So a full case takes no bounces
    either. What SES itself learns of the delivery still reaches the entry, as an event.
    """
    classification = facts.arrival.classification
    if classification.kind is not Kind.BOUNCE:
        return passed()
    evidence = list(classification.evidence)
    found = facts.match
    # A case number in the subject proves nothing. Anybody can send a bounce, and a bounce changes what agents see.
    if not isinstance(found, Match) or found.matched_by.strength is MatchStrength.PARTICIPANT:
        return rejected(Reason.BOUNCE_UNMATCHED, "It is a bounce, but not of an email that we know.", evidence=evidence)
    if found.case.full:
        return rejected(Reason.CASE_FULL, FULL, case=found.case.case_id)
    entry = NewEntry(
        case_id=found.case.case_id,
        kind=EntryKind.DELIVERY_REPORT,
        matched_by=found.matched_by,
        answers=found.answers,
        changes=reported_changes(facts.arrival),
    )
    detail = "It is a delivery report about an email of this case."
    return becomes_entry(entry, detail, case=found.case.case_id, evidence=evidence)


def reported_changes(arrival: Arrival) -> tuple[StateChange, ...]:
    """What a bounce says about the recipients of the email that it returns."""
    return tuple(_change(arrival, recipient) for recipient in arrival.classification.recipients or _NOBODY)


def _change(arrival: Arrival, recipient: FailedRecipient) -> StateChange:
    return StateChange(
        address=recipient.address,
        state=_STATES.get(recipient.action.lower(), RecipientState.BOUNCED),
        at=arrival.received_at,
        detail=", ".join(filter(None, (recipient.status, recipient.diagnostic))) or None,
    )
