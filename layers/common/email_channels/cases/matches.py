"""The match of an inbound email to its case, with its method and its strength; or why the email matched no case."""

from __future__ import annotations

from enum import StrEnum

from email_channels.cases.reasons import Reason
from email_channels.cases.referenced import ReferencedCase
from email_channels.values import dataclass


class MatchMethod(StrEnum):
    """How an inbound email was matched to its case, in the order in which the methods are tried.

    - `PLUS_ADDRESS`: it was sent to a plus address that we signed for the case
    - `SENT_MESSAGE_ID`: it names the Message-ID of an email that we sent
    - `CASE_REFERENCE`: its subject holds a case reference that we signed
    - `RECEIVED_MESSAGE_ID`: it names the Message-ID of an email that we received
    - `CASE_NUMBER`: its subject holds a case number without a valid signature
    - `ASSIGNED`: a person assigned it

    The values are those of the API and of stored items.
    """

    PLUS_ADDRESS = "plus_tag"
    SENT_MESSAGE_ID = "sent_message_id"
    CASE_REFERENCE = "subject_tag"
    RECEIVED_MESSAGE_ID = "received_message_id"
    CASE_NUMBER = "case_number"
    ASSIGNED = "assigned"


class MatchStrength(StrEnum):
    """How strong a match is.

    - `SIGNED`: we signed the reference
    - `REFERENCE`: only recipients of our email know its Message-ID
    - `PARTICIPANT`: anybody can name the case, but the sender takes part in it
    - `PERSON`: a person decided
    """

    SIGNED = "signed"
    REFERENCE = "reference"
    PARTICIPANT = "participant"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class MatchedBy:
    """The method that matched an inbound email to its case, and the strength of the match.

    The API and stored items call them `how` and `certainty`.
    """

    method: MatchMethod
    strength: MatchStrength


@dataclass(frozen=True, slots=True)
class Match:
    """The case, how it was matched, and the email_id of the entry that the email answers (None: not known)."""

    case: ReferencedCase
    matched_by: MatchedBy
    answers: str | None


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Why an email matched no case, as a reason and in words."""

    reason: Reason
    detail: str
