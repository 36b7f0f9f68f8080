"""What tied an inbound email to its case, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class MatchMethod(StrEnum):
    """By what an inbound email found its case, in the order in which they are tried."""

    PLUS_TAG = "plus_tag"
    SENT_MESSAGE_ID = "sent_message_id"
    SUBJECT_TAG = "subject_tag"
    RECEIVED_MESSAGE_ID = "received_message_id"
    CASE_NUMBER = "case_number"
    ASSIGNED = "assigned"


class MatchStrength(StrEnum):
    """How sure the match is: a signature of ours, an id that only recipients know, a participant's word, a person."""

    SIGNED = "signed"
    REFERENCE = "reference"
    PARTICIPANT = "participant"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class MatchedBy:
    """What tied an inbound email to its case, and how sure that is."""

    how: MatchMethod
    certainty: MatchStrength
