"""Which service group gets a case: by topic and population, then by topic alone, then the default group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from email_channels.values import dataclass


def topic_key(name: str) -> str:
    """What all spellings of a topic's name have in common: case and white space do not matter."""
    return " ".join(name.split()).casefold()


@dataclass(frozen=True, slots=True)
class Topic:
    """The broadest category of a case. `by_population` names other service groups for some populations."""

    name: str
    service_group: str | None = None
    by_population: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ServiceGroup:
    """A set of agents. `address` gets an alert for each new case (None: no alerts).

    Only agents of the group see the cases of a `secured` group.
    """

    id: str
    name: str
    address: str | None = None
    secured: bool = True


@dataclass(frozen=True, slots=True)
class Routing:
    """All topics and service groups. There are few of them, so they are read at once."""

    topics: Mapping[str, Topic] = field(default_factory=dict)
    service_groups: Mapping[str, ServiceGroup] = field(default_factory=dict)

    def topic(self, name: str) -> Topic | None:
        """The topic with this name, or None. Case and white space do not matter."""
        wanted = topic_key(name)
        return next((topic for key, topic in self.topics.items() if topic_key(key) == wanted), None)

    def service_group_for(self, topic: str, population: str | None, default: str) -> str:
        """The id of the service group for a case with this topic and population."""
        found = self.topic(topic)
        if found is None:
            return default
        return found.by_population.get(population or "") or found.service_group or default

    def open_groups(self) -> frozenset[str]:
        """The ids of the groups that are not secured: every agent may see their cases."""
        return frozenset([group.id for group in self.service_groups.values() if not group.secured])
