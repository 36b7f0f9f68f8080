"""The thread of an agent's email that names no email to answer: that of the newest email of the same people. Pure.

The people of an email that we sent are those in To and Cc. Those of a received one are its author alone, or everybody
who would get a "reply to all": it is the same conversation either way. Bcc does not count: its recipients are not seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from email_channels.addresses import normalise, without_tag
from email_channels.cases.history import Direction, EntryKind, StoredEmail
from email_channels.mail.message import Address
from email_channels.values import dataclass

MAX_LOOKED_AT = 50
"""The most emails of a case that are looked at, newest first."""

# An address that is not known to be ours needs a look-up.
_MOST_OTHERS = 20
# Nobody reads these, or the people do not have them in their mailboxes.
_NO_CONVERSATION = frozenset({EntryKind.AUTOMATIC_REPLY, EntryKind.DELIVERY_REPORT})


@dataclass(frozen=True, slots=True)
class Candidate:
    """An email of the same people, if `others` are all addresses of this system. They are normalised."""

    email: StoredEmail
    others: frozenset[str]


def candidates(history: Iterable[StoredEmail], recipients: Iterable[Address]) -> list[Candidate]:
    """The emails, newest first, under which an email to these recipients in To and Cc may thread.

    The list ends with the first email that has no `others`, because that is certain.
    """
    people = _addresses(recipients)
    found: list[Candidate] = []
    others_left = _MOST_OTHERS
    for email in history:
        if email.message_id is None or email.kind in _NO_CONVERSATION:
            continue
        others = _others(email, people)
        if others is None or len(others) > others_left:
            continue
        others_left -= len(others)
        found.append(Candidate(email, others))
        if not others:
            break
    return found


def newest(found: Sequence[Candidate], own: frozenset[str]) -> StoredEmail | None:
    """The newest of the candidates whose `others` are among these addresses of this system (normalised)."""
    return next(
        (one.email for one in found if all(other in own or without_tag(other) in own for other in one.others)),
        None,
    )


def _others(email: StoredEmail, people: frozenset[str]) -> frozenset[str] | None:
    """Who else is in the email, if the people are its people apart from these; None if they cannot be."""
    recipients = _addresses((*email.to, *email.cc))
    if email.direction is not Direction.INBOUND:
        return frozenset() if recipients == people else None
    author = _addresses([email.from_] if email.from_ else [])
    answered = _addresses(email.reply_to) or author
    if people in (author, answered):
        return frozenset()
    for writers in (answered, author):
        if writers and writers <= people <= writers | recipients:
            return recipients - people
    return None


def _addresses(addresses: Iterable[Address]) -> frozenset[str]:
    return frozenset(normalise(address.address) for address in addresses)
