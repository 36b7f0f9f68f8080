"""The limits of addresses, names and ids that are kept of an email, and of what reports say about its recipients."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from email_channels.addresses import normalise
from email_channels.cases.delivery_states import StateChange, merge_states
from email_channels.cases.recipients import Recipient, RecipientRole, RecipientState
from email_channels.intake.storage_limits import first_addresses, limit_address, limit_filename, thread_message_ids
from email_channels.mail.message import Address

from tests.support.blank_records import AT

_SENT_TO = Recipient("jo@b.example", "", RecipientRole.TO, RecipientState.SENT)


def _merged(*changes: StateChange) -> tuple[Recipient, ...]:
    return merge_states((_SENT_TO,), changes)


def detail_characters(count: int) -> bool:
    (row,) = _merged(StateChange(_SENT_TO.address, RecipientState.BOUNCED, AT, "x" * count))
    return row.detail == "x" * count


def forwarded(count: int) -> bool:
    """Each address to which the email was forwarded is listed, and no other row."""
    changes = [StateChange(f"{n}@c.example", RecipientState.BOUNCED, AT) for n in range(count)]
    return [row.address for row in _merged(*changes)[1:]] == [normalise(f"{n}@c.example") for n in range(count)]


def forwarded_address(count: int) -> bool:
    address = "x" * (count - len("@c.example")) + "@c.example"
    return _merged(StateChange(address, RecipientState.BOUNCED, AT))[1].address == address


def forwarded_detail(count: int) -> bool:
    return _merged(StateChange("k@c.example", RecipientState.BOUNCED, AT, "x" * count))[1].detail == "x" * count


def address_characters(count: int) -> bool:
    return limit_address(Address("", "x" * count)).address == "x" * count


def name_bytes(count: int) -> bool:
    """Of a display name, as JSON with its quotes."""
    return limit_address(Address("x" * (count - 2), "")).name == "x" * (count - 2)


def addresses_bytes(count: int) -> bool:
    """Each address but the last takes 100 bytes as JSON."""
    empty = len(json.dumps(["", ""]))
    others, rest = divmod(count, 100)
    given = [Address("", "x" * (100 - empty))] * (others - 1) + [Address("", "x" * (100 + rest - empty))]
    return first_addresses(given) == tuple(given)


def message_id_characters(count: int) -> bool:
    return thread_message_ids(["x" * count]) == ("x" * count,)


def references_bytes(count: int) -> bool:
    others, rest = divmod(count, 100)
    given = [f"{n:098d}" for n in range(others - 1)] + ["9" * (98 + rest)]
    return thread_message_ids(given) == tuple(given)


def extension_characters(count: int) -> bool:
    """A longer one is cut with the name."""
    return limit_filename("x" * 100 + "." + "y" * count, 60).endswith("." + "y" * count)


BOUNDS: Sequence[tuple[str, Callable[[int], bool]]] = (
    ("cases.delivery_states.MAX_DETAIL_CHARACTERS", detail_characters),
    ("cases.delivery_states.MAX_FORWARDED", forwarded),
    ("cases.delivery_states.MAX_FORWARDED_ADDRESS_CHARACTERS", forwarded_address),
    ("cases.delivery_states.MAX_FORWARDED_DETAIL_CHARACTERS", forwarded_detail),
    ("intake.storage_limits.MAX_ADDRESS_CHARACTERS", address_characters),
    ("intake.storage_limits._MAX_NAME_BYTES", name_bytes),
    ("intake.storage_limits.MAX_ADDRESSES_BYTES", addresses_bytes),
    ("intake.storage_limits.MAX_MESSAGE_ID_CHARACTERS", message_id_characters),
    ("intake.storage_limits.MAX_REFERENCES_BYTES", references_bytes),
    ("intake.storage_limits._MAX_EXTENSION_CHARACTERS", extension_characters),
)
