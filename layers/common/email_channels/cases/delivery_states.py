"""The delivery state of each recipient of an outbound email, and how reports change it.

Reports may come twice and in any order. The state with the higher precedence wins, so that the same reports always
lead to the same state.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from email_channels.addresses import normalise
from email_channels.cases.recipients import Recipient, RecipientState
from email_channels.times import to_text

MAX_DETAIL_CHARACTERS = 500

_PRECEDENCE = {
    RecipientState.QUEUED: 0,
    RecipientState.SENT: 1,
    RecipientState.DELAYED: 2,
    # 3 is _DOUBTFUL_BOUNCE.
    RecipientState.DELIVERED: 4,
    # Below a bounce: SES names every recipient at the complaining domain, but one whose email bounced did not complain.
    RecipientState.COMPLAINED: 5,
    # A server may accept an email and return it later, so a bounce is higher than a delivery.
    RecipientState.BOUNCED: 6,
    RecipientState.SUPPRESSED: 7,
    RecipientState.FAILED: 8,
}
_DOUBTFUL_BOUNCE = 3

_UNDELIVERED = {RecipientState.BOUNCED, RecipientState.SUPPRESSED, RecipientState.FAILED}


@dataclass(frozen=True, slots=True)
class StateChange:
    """A report about one recipient, or about all of them (`address` is None). `doubtful`: see `Recipient`."""

    address: str | None
    state: RecipientState
    at: datetime
    detail: str | None = None
    doubtful: bool = False


def merge_states(recipients: tuple[Recipient, ...], changes: Iterable[StateChange]) -> tuple[Recipient, ...]:
    """The recipients after the changes. Each has the highest state that was ever reported, with its latest detail.

    Commutative and idempotent. A change for another address is ignored, unless the email has only one recipient:
    servers that forward an email report the address that they forwarded it to.
    """
    merged = list(recipients)
    addresses = [normalise(row.address) for row in recipients]
    for change in changes:
        concerned: Iterable[int] = range(len(merged))
        if change.address is not None and len(merged) > 1:
            wanted = normalise(change.address)
            concerned = [n for n, address in enumerate(addresses) if address == wanted]
        for n in concerned:
            changed = replace(
                merged[n], state=change.state, detail=_short(change.detail), at=change.at, doubtful=change.doubtful
            )
            merged[n] = max(merged[n], changed, key=_precedence)
    return tuple(merged)


def reached_nobody(recipients: Iterable[Recipient]) -> bool:
    """Whether delivery to every recipient is known to have failed."""
    states = [row.state for row in recipients]
    return bool(states) and all(state in _UNDELIVERED for state in states)


def _precedence(row: Recipient) -> tuple[int, str, str]:
    return _rank(row), to_text(row.at) if row.at else "", row.detail or ""


def _rank(row: Recipient) -> int:
    if row.state is RecipientState.BOUNCED and row.doubtful:
        return _DOUBTFUL_BOUNCE
    return _PRECEDENCE[row.state]


def _short(detail: str | None) -> str | None:
    """What another server said, on one line of at most MAX_DETAIL_CHARACTERS."""
    if detail is None:
        return None
    line = "".join(char for char in " ".join(detail.split()) if char.isprintable())
    return line if len(line) <= MAX_DETAIL_CHARACTERS else line[: MAX_DETAIL_CHARACTERS - 1] + "…"
