"""A person who uses the API, as their tokens describe them. They are known by the `sub` of the token."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import date, timedelta

from email_channels.cases.people.agent import Agent
from email_channels.mail.shown_text import shown_line
from email_channels.values import dataclass

KNOWN_FOR = timedelta(days=90)
"""A person who has not used the API for this long is forgotten."""

MAX_NAME = 100
"""Longer names are cut. In UTF-8, a name has at most four times as many bytes."""


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of a person, from the last token that they used.

    Not every token holds a name (access tokens of Cognito never do). So `name` is the last one that any token held, or
    None. `login` is what the identity provider calls them: a user name, an address, or only an id. `groups` are ids of
    service groups. `seen_on` is the last day (UTC) on which they used the API.
    """

    user: str
    name: str | None
    login: str
    groups: frozenset[str]
    is_admin: bool
    seen_on: date

    @property
    def agent(self) -> Agent:
        """The person as the API names them."""
        return Agent(self.user, self.name or self.login)

    @property
    def place(self) -> str:
        """Their place in the list of people: sorted by name, without regard to case."""
        return f"{self.agent.name.casefold()}#{hashlib.sha256(self.user.encode()).hexdigest()[:16]}"

    def is_known(self, today: date) -> bool:
        """Whether they have used the API within KNOWN_FOR."""
        return today - self.seen_on <= KNOWN_FOR

    def sees(self, service_group: str, open_groups: Collection[str]) -> bool:
        """Whether they may see cases of this service group. `open_groups` are the groups that are not secured."""
        return self.is_admin or service_group in self.groups or service_group in open_groups


def name_of(claim: str | None) -> str | None:
    """A name as it is kept: one line of at most MAX_NAME characters; None if nothing of it can be seen."""
    return shown_line(claim or "", MAX_NAME) or None
