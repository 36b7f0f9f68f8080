"""The delivery state of each recipient of an outbound email, and how reports change it.

Reports may come twice and in any order. The state with the higher precedence wins, so that the same reports always
lead to the same state. No report is lost: one about an address that the email was not sent to, or about no address, is
kept as a recipient with the role `forwarded`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from email_channels.addresses import normalise
from email_channels.cases.recipients import Recipient, RecipientRole, RecipientState
from email_channels.times import to_text
from email_channels.values import dataclass

MAX_DETAIL_CHARACTERS = 500

# Anybody who got the email can write reports about it, so its item must not grow with them.
MAX_FORWARDED = 5
MAX_FORWARDED_ADDRESS_CHARACTERS = 254  # the longest address that SMTP can transport (RFC 5321, errata 1690)
MAX_FORWARDED_DETAIL_CHARACTERS = 150

NO_ADDRESS = "(no address given)"
"""The name of the recipient that stands for reports which name no address."""

FURTHER_ADDRESSES = "(further addresses)"
"""The name of the recipient that stands for reported addresses beyond MAX_FORWARDED."""

_FURTHER_DETAIL = "Reports name more addresses than are listed here."

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
    """A report about one recipient. `doubtful`: see `Recipient`.

    `address` is None if the report is about all whom the email was sent to, and `""` if it does not say about whom.
    """

    address: str | None
    state: RecipientState
    at: datetime
    detail: str | None = None
    doubtful: bool = False


def merge_states(recipients: tuple[Recipient, ...], changes: Iterable[StateChange]) -> tuple[Recipient, ...]:
    """The recipients after the changes. Each has the highest state that was ever reported, with its latest detail.

    Commutative and idempotent. The recipients to whom the email was sent keep their places. After them come:

    1. the other addresses that reports named: of all, the first MAX_FORWARDED in alphabetical order
    2. NO_ADDRESS, for reports that name nobody, if the email was sent to several
    3. FURTHER_ADDRESSES, with the highest state of the addresses beyond MAX_FORWARDED
    """
    sent_to = [row for row in recipients if row.role is not RecipientRole.FORWARDED]
    reported = {(row.address, row.name): row for row in recipients if row.role is RecipientRole.FORWARDED}
    addresses = [normalise(row.address) for row in sent_to]
    for change in changes:
        concerned = _concerned(change, addresses)
        for n in concerned:
            sent_to[n] = max(sent_to[n], _changed(sent_to[n], change, MAX_DETAIL_CHARACTERS), key=_precedence)
        if not concerned and change.address is not None:
            _add(reported, _forwarded(change))
    return (*sent_to, *_bounded(reported))


def reached_nobody(recipients: Iterable[Recipient]) -> bool:
    """Whether delivery to every recipient is known to have failed.

    If the email was sent to one address and an address that it was forwarded to failed, it may have reached nobody.
    """
    rows = list(recipients)
    sent_to = [row for row in rows if row.role is not RecipientRole.FORWARDED]
    others = [row for row in rows if row.role is RecipientRole.FORWARDED]
    if not sent_to or all(row.state in _UNDELIVERED for row in sent_to):
        return bool(sent_to)
    return len(sent_to) == 1 and any(row.state in _UNDELIVERED and not row.doubtful for row in others)


def _concerned(change: StateChange, addresses: Sequence[str]) -> Sequence[int]:
    """The places of the recipients that a report is about, among the addresses that the email was sent to."""
    if change.address is None or (not change.address and len(addresses) == 1):
        return range(len(addresses))
    wanted = normalise(change.address)
    return [n for n, address in enumerate(addresses) if address == wanted]


def _changed(row: Recipient, change: StateChange, most: int) -> Recipient:
    return replace(row, state=change.state, detail=_short(change.detail, most), at=change.at, doubtful=change.doubtful)


def _forwarded(change: StateChange) -> Recipient:
    """The recipient for an address that the email was not sent to, or for no address."""
    address = normalise(_line(change.address or ""))[:MAX_FORWARDED_ADDRESS_CHARACTERS]
    row = Recipient(address, "" if address else NO_ADDRESS, RecipientRole.FORWARDED, change.state)
    return _changed(row, change, MAX_FORWARDED_DETAIL_CHARACTERS)


def _add(reported: dict[tuple[str, str], Recipient], row: Recipient) -> None:
    known = reported.setdefault((row.address, row.name), row)
    reported[row.address, row.name] = max(known, row, key=_precedence)


def _bounded(reported: dict[tuple[str, str], Recipient]) -> list[Recipient]:
    """At most MAX_FORWARDED recipients with an address, and what stands for the others.

    An address that is once beyond the bound stays beyond it, because the addresses before it stay. So the order of the
    reports changes nothing.
    """
    named = sorted((row for row in reported.values() if row.address), key=lambda row: row.address)
    for row in named[MAX_FORWARDED:]:
        _add(reported, replace(row, address="", name=FURTHER_ADDRESSES, detail=_FURTHER_DETAIL))
    others = [reported[key] for name in (NO_ADDRESS, FURTHER_ADDRESSES) if (key := ("", name)) in reported]
    return named[:MAX_FORWARDED] + others


def _precedence(row: Recipient) -> tuple[int, str, str]:
    return _rank(row), to_text(row.at) if row.at else "", row.detail or ""


def _rank(row: Recipient) -> int:
    if row.state is RecipientState.BOUNCED and row.doubtful:
        return _DOUBTFUL_BOUNCE
    return _PRECEDENCE[row.state]


def _short(detail: str | None, most: int) -> str | None:
    """What another server said, on one line of at most `most` characters."""
    if detail is None:
        return None
    line = _line(detail)
    return line if len(line) <= most else line[: most - 1] + "…"


def _line(text: str) -> str:
    return "".join(char for char in " ".join(text.split()) if char.isprintable())
