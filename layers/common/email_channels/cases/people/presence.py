"""Presence: who else has a case open at the moment, so that two agents do not answer the same email."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from email_channels.cases.people.agent import Agent
from email_channels.values import dataclass

VALID_FOR = timedelta(seconds=60)
"""A client says what its agent is doing again before this time is over."""


class Doing(StrEnum):
    """What an agent does with a case."""

    VIEWING = "viewing"
    ANSWERING = "answering"


@dataclass(frozen=True, slots=True)
class Presence:
    """An agent who has a case open, and since when they have been doing this."""

    agent: Agent
    doing: Doing
    since: datetime
