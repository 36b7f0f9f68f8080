"""Adds participants to a case: to its own item, or where that has no more room, to items of their own."""

from __future__ import annotations

from collections.abc import Iterable

from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import size
from pynamodb.expressions.update import Action

from email_channels.aws.retries import condition_failed
from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import MAX_OWN_PARTICIPANTS, CaseRow, ParticipantsRow, participants_rows
from email_channels.aws.rows.table import SCHEMA, read_rows
from email_channels.cases.case import participant_keys
from email_channels.observability import logger

# The most participants that one email adds beyond those in the item of the case.
MAX_NEW_PARTICIPANTS = 200
# An item of 400 KB has room for some 40,000.
MAX_PARTICIPANTS_OF_AN_ITEM = 30_000


def participant_actions(case: CaseRow, addresses: Iterable[str]) -> list[Action]:
    """The actions on the item of a case that add participants (normalised addresses); none if all are known.

    Those for whom the item has no room are written at once, to items of their own. A repeat changes nothing.
    """
    own = frozenset(case.participants or ())
    new = participant_keys(addresses) - own
    if not new:
        return []
    case_id = keys.record_id_of(case.pk)
    if case.more_participants:
        new -= _others(case_id, new)
    room = max(0, MAX_OWN_PARTICIPANTS - len(own))
    inside = frozenset(sorted(new)[:room])
    actions: list[Action] = [CaseRow.participants.add(set(inside))] if inside else []
    outside = participants_rows(case_id, frozenset(sorted(new - inside)[:MAX_NEW_PARTICIPANTS]))
    for row in outside:
        _add(row)
    if outside and not case.more_participants:
        actions.append(CaseRow.more_participants.set(True))
    return actions


def _add(row: ParticipantsRow) -> None:
    """Adds participants to an item of their own. A full item takes no more: they then need a signed reference."""
    members = ParticipantsRow.participants
    try:
        row.update(
            actions=[
                ParticipantsRow.kind.set(ParticipantsRow),
                ParticipantsRow.schema.set(SCHEMA),
                members.add(row.participants),
            ],
            condition=members.does_not_exist() | (size(members) < MAX_PARTICIPANTS_OF_AN_ITEM),
        )
    except UpdateError as error:
        if not condition_failed(error):
            raise
        logger().warning("participants not added", extra={"record": keys.record_id_of(row.pk)})


def _others(case_id: str, wanted: Iterable[bytes]) -> frozenset[bytes]:
    """The participants in items of their own, of those items in which the wanted ones would be."""
    rows = read_rows(keys.participants(case_id, participant) for participant in wanted).values()
    found = (row.participants or () for row in rows if isinstance(row, ParticipantsRow))
    return frozenset(participant for participants in found for participant in participants)
