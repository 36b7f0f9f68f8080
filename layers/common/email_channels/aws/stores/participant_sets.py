"""Adds participants to a case: to its own item, or where that has no more room, to items of their own."""

from __future__ import annotations

from collections.abc import Iterable

from pynamodb.expressions.update import Action

from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import MAX_OWN_PARTICIPANTS, CaseRow, ParticipantsRow, participants_rows
from email_channels.aws.rows.keys import Key
from email_channels.aws.rows.table import SCHEMA, read_rows
from email_channels.cases.case import participant_keys
from email_channels.observability import logger
from email_channels.values import dataclass

# The most participants that one email adds beyond those in the item of the case.
MAX_NEW_PARTICIPANTS = 200
# An item of 400 KB has room for some 40,000.
MAX_PARTICIPANTS_OF_AN_ITEM = 30_000


@dataclass(frozen=True, slots=True)
class NewParticipants:
    """What adds participants to a case: `actions` on its item, and `others`: those for whom it has no room, in items of
    their own, to which `adding` adds them. To add them again changes nothing."""

    actions: list[Action]
    others: list[ParticipantsRow]


def new_participants(case: CaseRow, addresses: Iterable[str]) -> NewParticipants:
    """What adds these participants (normalised addresses) to a case; nothing for those who take part already."""
    return new_participant_keys(case, participant_keys(addresses), MAX_NEW_PARTICIPANTS)


def new_participant_keys(case: CaseRow, participants: frozenset[bytes], most: int | None) -> NewParticipants:
    """The same for participant keys. At most `most` come into items of their own; None: all."""
    own = frozenset(case.participants or ())
    new = participants - own
    if not new:
        return NewParticipants([], [])
    case_id = keys.record_id_of(case.pk)
    full: frozenset[Key] = frozenset()
    if case.more_participants:
        known, full = _others(case_id, new)
        new -= known
    room = max(0, MAX_OWN_PARTICIPANTS - len(own))
    inside = frozenset(sorted(new)[:room])
    actions: list[Action] = [CaseRow.participants.add(set(inside))] if inside else []
    outside = participants_rows(case_id, frozenset(sorted(new - inside)[:most]))
    with_room = [row for row in outside if (row.pk, row.sk) not in full]
    if len(with_room) < len(outside):
        # They then need a signed reference.
        logger().warning("participants not added", extra={"record": case_id})
    if with_room and not case.more_participants:
        actions.append(CaseRow.more_participants.set(True))
    return NewParticipants(actions, with_room)


def adding(row: ParticipantsRow) -> list[Action]:
    """The actions that add the participants of `row` to the item with its key."""
    return [
        ParticipantsRow.kind.set(ParticipantsRow),
        ParticipantsRow.schema.set(SCHEMA),
        ParticipantsRow.participants.add(row.participants),
    ]


def _others(case_id: str, wanted: Iterable[bytes]) -> tuple[frozenset[bytes], frozenset[Key]]:
    """The participants in items of their own, of those items in which the wanted ones would be, and the keys of those
    of the items that are full."""
    rows = read_rows(keys.participants(case_id, participant) for participant in wanted)
    members = {key: frozenset(row.participants or ()) for key, row in rows.items() if isinstance(row, ParticipantsRow)}
    full = frozenset(key for key, found in members.items() if len(found) >= MAX_PARTICIPANTS_OF_AN_ITEM)
    return frozenset().union(*members.values()), full
