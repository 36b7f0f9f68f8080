"""The delivery state of each recipient of an outbound email, and how news changes it.

News comes twice and in any order, so the higher of two states wins: the same news gives the same end state, in
whatever order it comes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from email_channels.addresses import normalise
from email_channels.cases.history import StoredEmail
from email_channels.cases.recipients import Recipient, RecipientState
from email_channels.times import to_text

MAX_DETAIL_CHARACTERS = 500


_PRECEDENCE = {
    RecipientState.QUEUED: 0,
    RecipientState.SENT: 1,
    RecipientState.DELAYED: 2,
    # 3: a doubtful bounce, see _rank.
    RecipientState.DELIVERED: 4,
    # A complaint names everybody at the complaining domain: whoever's mail came back surely did not complain.
    RecipientState.COMPLAINED: 5,
    # A server may take a message and return it later; so this is worse news than a delivery.
    RecipientState.BOUNCED: 6,
    RecipientState.SUPPRESSED: 7,
    RecipientState.FAILED: 8,
}


_DOUBTFUL_BOUNCE = 3


_UNDELIVERED = {RecipientState.BOUNCED, RecipientState.SUPPRESSED, RecipientState.FAILED}


@dataclass(frozen=True, slots=True)
class StateChange:
    """News of one recipient; `address` None: of all. `doubtful` as in `Recipient`."""

    address: str | None
    state: RecipientState
    at: datetime
    detail: str | None = None
    doubtful: bool = False


def taken(email: StoredEmail, message_id: str, at: datetime) -> StoredEmail:
    """The email once it is known that SES took it, at `at`; unchanged if that was known before.

    Until then, `failed` only means that nothing was heard of it. `message_id` as from `wire_message_id`.
    """
    if email.message_id is not None:
        return email
    unconfirmed = (RecipientState.QUEUED, RecipientState.FAILED)
    return replace(
        email,
        message_id=message_id,
        recipients=tuple(
            replace(row, state=RecipientState.SENT, detail=None, at=at) if row.state in unconfirmed else row
            for row in email.recipients
        ),
    )


def merge_states(recipients: tuple[Recipient, ...], changes: Iterable[StateChange]) -> tuple[Recipient, ...]:
    """The recipients after the changes: each has the highest state that it ever had, and the last word on that.

    Commutative and idempotent. An address that is none of the recipients' changes nothing, unless there is only one
    whom it can be: servers that forward report the address that they forwarded to.
    """
    folded = list(recipients)
    addresses = [normalise(row.address) for row in recipients]
    for change in changes:
        concerned: Iterable[int] = range(len(folded))
        if change.address is not None and len(folded) > 1:
            wanted = normalise(change.address)
            concerned = [n for n, address in enumerate(addresses) if address == wanted]
        for n in concerned:
            changed = replace(
                folded[n], state=change.state, detail=_short(change.detail), at=change.at, doubtful=change.doubtful
            )
            folded[n] = max(folded[n], changed, key=_precedence)
    return tuple(folded)


def reached_nobody(recipients: Iterable[Recipient]) -> bool:
    """Whether it is known of every one of the recipients that the email did not get there."""
    states = [row.state for row in recipients]
    return bool(states) and all(state in _UNDELIVERED for state in states)


def _precedence(row: Recipient) -> tuple[int, str, str]:
    return _rank(row), to_text(row.at) if row.at else "", row.detail or ""


def _rank(row: Recipient) -> int:
    if row.state is RecipientState.BOUNCED and row.doubtful:
        return _DOUBTFUL_BOUNCE
    return _PRECEDENCE[row.state]


def _short(detail: str | None) -> str | None:
    """What a foreign server said, on one line and not endless."""
    if detail is None:
        return None
    line = "".join(char for char in " ".join(detail.split()) if char.isprintable())
    return line if len(line) <= MAX_DETAIL_CHARACTERS else line[: MAX_DETAIL_CHARACTERS - 1] + "…"
