"""The caller of a request as a person: remembered with each request, and named where the token has no name."""

from __future__ import annotations

from datetime import UTC, datetime

from email_channels.api.access import Caller
from email_channels.aws.stores.people.person_store import PersonStore
from email_channels.cases.people.person import Person, name_of
from email_channels.expressions import expression

_GROUP_ID = expression(r"[A-Za-z0-9_-]{1,64}")


def meet(caller: Caller, people: PersonStore, now: datetime) -> Person:
    """Notes that the caller uses the API, and returns what is known of them. Usually makes no call."""
    return people.meet(
        Person(
            user=caller.subject,
            name=name_of(caller.name),
            login=name_of(caller.user) or caller.subject,
            groups=frozenset(filter(_GROUP_ID.fullmatch, caller.groups)),
            is_admin=caller.is_admin,
            seen_on=now.astimezone(UTC).date(),
        )
    )
