"""The limits of received emails, and of cases with their participants."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import pytest
from email_channels.aws.rows.case_rows import MAX_OWN_PARTICIPANTS, CaseRow, ParticipantsRow
from email_channels.aws.rows.keys import Key
from email_channels.aws.rows.table import Row
from email_channels.aws.stores import participant_sets
from email_channels.aws.stores.participant_sets import NewParticipants, new_participants
from email_channels.cases.case import is_full, participant_keys, short_subject
from email_channels.intake.rules import mail_loop, size
from email_channels.intake.rulings import passed

from tests.support.rule_facts import facts_of

PLAIN = "From: Zoe Hartmann <zoe.hartmann@acme.example>\nTo: payroll@acme.example\n\nMy salary is wrong.\n"


def received_bytes(count: int) -> bool:
    facts = facts_of(PLAIN)
    return size.rule(replace(facts, arrival=replace(facts.arrival, size=count))) == passed()


def attachments(count: int) -> bool:
    parts = "".join(f"--b\nContent-Disposition: attachment; filename={n}\n\n{n}\n" for n in range(count))
    head = "From: zoe@acme.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nHello\n"
    return size.rule(facts_of(f"{head}{parts}--b--\n")) == passed()


def hops(count: int) -> bool:
    return mail_loop.rule(facts_of("Received: from a by b\n" * count + PLAIN)) == passed()


def emails(count: int) -> bool:
    """The last one comes to a case that has all the others."""
    return not is_full(count - 1, 0)


def email_bytes(count: int) -> bool:
    """The last byte comes to a case that has all the others."""
    return not is_full(1, count - 1)


def case_subject(count: int) -> bool:
    return short_subject("x" * count) == "x" * count


def added(own: int, new: int) -> NewParticipants:
    """What adds `new` people to a case that has `own` participants."""
    members = participant_keys(f"{n}@acme.example" for n in range(own))
    case = CaseRow(pk="CASE#7K3F92QDX0", sk="CASE", participants=set(members) or None)
    return new_participants(case, (f"{n}@elsewhere.example" for n in range(new)))


def own_participants(count: int) -> bool:
    """All are in the item of the case."""
    return added(0, count).others == []


def new_people(count: int) -> bool:
    """One email adds all of them, beyond those in the item of the case."""
    others = added(MAX_OWN_PARTICIPANTS, count).others
    return sum(len(row.participants) for row in others) == count


def participants_of_an_item(count: int) -> bool:
    """The last one comes to an item that has all the others."""
    case = CaseRow(pk="CASE#7K3F92QDX0", sk="CASE", participants=None, more_participants=True)
    members = {n.to_bytes(8, "big") for n in range(count - 1)}

    def read_rows(wanted: Iterable[Key]) -> dict[Key, Row]:
        return {key: ParticipantsRow(pk=key[0], sk=key[1], participants=members) for key in wanted}

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(participant_sets, "read_rows", read_rows)
        patched.setattr(participant_sets, "MAX_OWN_PARTICIPANTS", 0)
        return new_participants(case, ["jo@elsewhere.example"]).others != []


BOUNDS: Sequence[tuple[str, Callable[[int], bool]]] = (
    ("cases.history.MAX_RECEIVED_BYTES", received_bytes),
    ("cases.history.MAX_ATTACHMENTS", attachments),
    ("intake.rules.mail_loop.MAX_HOPS", hops),
    ("cases.case.MAX_CASE_EMAILS", emails),
    ("cases.case.MAX_CASE_BYTES", email_bytes),
    ("cases.case.MAX_SUBJECT_BYTES", case_subject),
    ("aws.rows.case_rows.MAX_OWN_PARTICIPANTS", own_participants),
    ("aws.stores.participant_sets.MAX_NEW_PARTICIPANTS", new_people),
    ("aws.stores.participant_sets.MAX_PARTICIPANTS_OF_AN_ITEM", participants_of_an_item),
)
