"""Adds participants to a case: to its own item, or where that has no more room, to items of their own."""

from __future__ import annotations

from collections.abc import Iterable

from pynamodb.expressions.update import Action

from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import MAX_OWN_PARTICIPANTS, CaseRow, ParticipantsRow, participants_rows
from email_channels.aws.rows.table import SCHEMA, read_rows
from email_channels.cases.case import participant_keys


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
    outside = participants_rows(case_id, new - inside)
    for row in outside:
        row.update(
            actions=[
                ParticipantsRow.kind.set(ParticipantsRow),
                ParticipantsRow.schema.set(SCHEMA),
                ParticipantsRow.participants.add(row.participants),
            ]
        )
    if outside and not case.more_participants:
        actions.append(CaseRow.more_participants.set(True))
    return actions


def _others(case_id: str, wanted: Iterable[bytes]) -> frozenset[bytes]:
    """The participants in items of their own, of those items in which the wanted ones would be."""
    rows = read_rows(keys.participants(case_id, participant) for participant in wanted).values()
    found = (row.participants or () for row in rows if isinstance(row, ParticipantsRow))
    return frozenset(participant for participants in found for participant in participants)
