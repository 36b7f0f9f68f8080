"""Which service group gets a case: by (topic, population), then (topic), then the default group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Topic:
    """The broadest category of a case, with the service group for it, by population where that differs."""

    name: str
    service_group: str | None = None
    by_population: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ServiceGroup:
    """A set of agents. `address` is alerted of new cases (None: no alert). Cases of a `secured` group are its own."""

    id: str
    name: str
    address: str | None = None
    secured: bool = True


@dataclass(frozen=True, slots=True)
class Routing:
    """All topics and service groups: few enough to be read at once."""

    topics: Mapping[str, Topic] = field(default_factory=dict)
    service_groups: Mapping[str, ServiceGroup] = field(default_factory=dict)

    def topic(self, name: str) -> Topic | None:
        """The topic of that name, in any case and spacing, or None."""
        wanted = " ".join(name.split()).casefold()
        return next((topic for key, topic in self.topics.items() if key.casefold() == wanted), None)

    def service_group_for(self, topic: str, population: str | None, default: str) -> str:
        """The id of the service group for a case of this topic and the employee's population."""
        found = self.topic(topic)
        if found is None:
            return default
        return found.by_population.get(population or "") or found.service_group or default

    def open_groups(self) -> frozenset[str]:
        """The ids of the groups whose cases every agent may see."""
        return frozenset(group.id for group in self.service_groups.values() if not group.secured)
