"""The people who use the API.

Each request comes from somebody, so a request must cost as little as possible here. A process reads the item of a
person once a day. The item is written once a day, and when a token says something new.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from pynamodb.exceptions import UpdateError

from email_channels.aws.retries import condition_failed
from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.people_rows import PersonRow, person_actions, person_of
from email_channels.aws.rows.table import KeysRow, Row, read_row, read_rows
from email_channels.cases.people.person import Person

MAX_KEYS = 1000
"""The most people at which one page of the list looks."""

# A process of the API forgets whom it knows after so many people, so that its memory does not grow.
_MOST_REMEMBERED = 1000


class PersonStore:
    """Reads and writes people. Raises PynamoDB's exceptions for AWS's faults."""

    def __init__(self) -> None:
        self._met: dict[str, tuple[Person, Person]] = {}

    def meet(self, person: Person) -> Person:
        """Notes that this person uses the API today, as their token describes them. Returns what is known of them.

        Makes no call if this process has met the same person with the same token on the same day.
        """
        met = self._met.get(person.user)
        if met is not None and met[0] == person:
            return met[1]
        row = read_row(keys.person(person.user), PersonRow)
        stored = person_of(row) if row else None
        known = replace(person, name=person.name or (stored.name if stored else None))
        # A new login alone is no reason to write: one person may use tokens of two kinds.
        if stored is None or replace(known, login=stored.login) != stored:
            _write(known)
        if len(self._met) >= _MOST_REMEMBERED:
            self._met.clear()
        self._met[person.user] = (person, known)
        return known

    @staticmethod
    def get(user: str, today: date) -> Person | None:
        """The person with this `sub`; None if they have not used the API for KNOWN_FOR."""
        row = read_row(keys.person(user), PersonRow)
        person = person_of(row) if row else None
        return person if person is not None and person.is_known(today) else None

    @staticmethod
    def places(after: str | None) -> Iterator[tuple[str, str]]:
        """The people in the order of the list, each as (place, `sub`), beginning after a place. MAX_KEYS at most."""
        condition = KeysRow.gsi1sk > after if after else None
        found = KeysRow.gsi1.query(index_keys.PEOPLE, condition, limit=MAX_KEYS, page_size=MAX_KEYS)
        return ((row.gsi1sk, keys.user_of(row.pk)) for row in found)

    @staticmethod
    def read(users: Iterable[str]) -> dict[str, Person]:
        """These people by `sub`. One call for each hundred."""
        rows = read_rows(map(keys.person, users))
        people = (person_of(row) for row in rows.values() if isinstance(row, PersonRow))
        return {person.user: person for person in people}


def _write(person: Person) -> None:
    pk, sk = keys.person(person.user)
    try:
        # A request that was delayed over midnight must not make the item older.
        PersonRow(pk=pk, sk=sk).update(
            actions=person_actions(person),
            condition=Row.pk.does_not_exist() | (PersonRow.seen_on <= person.seen_on.isoformat()),
        )
    except UpdateError as error:
        if not condition_failed(error):
            raise
