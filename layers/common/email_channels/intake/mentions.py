"""What an email mentions: addresses, Message-IDs, case references, case numbers and user ids. Pure.

Fact gathering looks all of them up. Each kind has a limit, so that one email cannot cause an unlimited number of reads.
Ordinary emails are sent to one mailbox, answer one email, and name one case.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from email_channels.addresses import without_tag
from email_channels.cases.channels import Channel
from email_channels.cases.matches import MatchMethod
from email_channels.cases.references import (
    BareReference,
    SignedReference,
    bare_references,
    plus_address_reference,
    subject_references,
)
from email_channels.intake.arrival import Arrival
from email_channels.mail.addresses import parse_addresses
from email_channels.values import dataclass

_MAX_ADDRESSES = 12
_MAX_MESSAGE_IDS = 20
_MAX_CLAIMED_REFERENCES = 4
_MAX_PLUS_ADDRESSES = 200
_MAX_NUMBERS = 6
_MAX_SUBJECT_CHARACTERS = 2000


@dataclass(frozen=True, slots=True)
class Mentions:
    """What one email mentions, each kind without repetition.

    - `addresses`: those that it was sent to, normalised and without tags, the envelope recipient first
    - `message_ids`: the emails that it answers or reports on, the likeliest first
    - `claimed_references`: signed references, and where each was found; the signatures are not verified yet
    - `numbers`: text that reads like a case number
    - `user_ids`: the employees on form lines 1 and 4; the rules may still ignore them

    Emails on the ad hoc channel have no `addresses` and `user_ids`: the channel makes no use of them.
    """

    addresses: tuple[str, ...]
    message_ids: tuple[str, ...]
    claimed_references: tuple[tuple[MatchMethod, SignedReference], ...]
    numbers: tuple[BareReference, ...]
    user_ids: tuple[str, ...]

    @property
    def case_ids(self) -> tuple[str, ...]:
        """The cases of references and numbers, whether they exist or not."""
        claimed = (reference.case_id for _, reference in self.claimed_references)
        return tuple(dict.fromkeys([*claimed, *(number.case_id for number in self.numbers)]))


def read_mentions(arrival: Arrival, plus_addressed: frozenset[str]) -> Mentions:
    """What the email mentions. Only these addresses of ours (normalised, without tags) are plus addresses; none if
    PlusAddressing is off."""
    creates = arrival.channel is Channel.CASE_CREATION
    subject = arrival.message.subject[:_MAX_SUBJECT_CHARACTERS]
    form = arrival.form_lines.form
    return Mentions(
        addresses=tuple(islice(_addresses(arrival), _MAX_ADDRESSES)) if creates else (),
        message_ids=_message_ids(arrival),
        claimed_references=tuple(
            islice(_claimed_references(arrival, subject, plus_addressed), _MAX_CLAIMED_REFERENCES)
        ),
        numbers=bare_references(subject)[:_MAX_NUMBERS],
        user_ids=tuple(filter(None, (form.user_id, form.regarding))) if creates else (),
    )


def _addresses(arrival: Arrival) -> Iterator[str]:
    seen = set()
    for address in _addresses_as_written(arrival):
        if "@" in address and (plain := without_tag(address)) not in seen:
            seen.add(plain)
            yield plain


def _addresses_as_written(arrival: Arrival) -> Iterator[str]:
    """Envelope recipient, To, Cc, and the headers in which Postfix and other servers name the mailbox."""
    message = arrival.message
    if arrival.ses_headers.recipient:
        yield arrival.ses_headers.recipient
    for address in (*message.to, *message.cc):
        yield address.address
    for name in ("delivered-to", "x-original-to"):
        for value in message.all_headers(name):
            for address in parse_addresses(value[:1000]):
                yield address.address


def _claimed_references(
    arrival: Arrival, subject: str, plus_addressed: frozenset[str]
) -> Iterator[tuple[MatchMethod, SignedReference]]:
    addresses = islice(_addresses_as_written(arrival), _MAX_PLUS_ADDRESSES) if plus_addressed else ()
    # The tag of somebody else's address is theirs. SES receives only for our addresses.
    received = arrival.ses_headers.recipient
    ours = (address for address in addresses if address == received or without_tag(address) in plus_addressed)
    found = [reference for address in ours if (reference := plus_address_reference(address)) is not None]
    for reference in dict.fromkeys(found):
        yield MatchMethod.PLUS_ADDRESS, reference
    for reference in subject_references(subject):
        yield MatchMethod.CASE_REFERENCE, reference


def _message_ids(arrival: Arrival) -> tuple[str, ...]:
    """The emails that this one answers or reports on, the likeliest first.

    Of a long References header, the first and the last ids are taken, as mail programs shorten it (RFC 5322,
    section 3.6.4).
    """
    message, original = arrival.message, arrival.classification.original_message_id
    references = message.references
    if len(references) >= _MAX_MESSAGE_IDS:
        references = (references[0], *references[1 - _MAX_MESSAGE_IDS :])
    ids = [*([original] if original else []), *message.in_reply_to[:_MAX_MESSAGE_IDS], *reversed(references)]
    return tuple(dict.fromkeys(ids))[: _MAX_MESSAGE_IDS + 1]
