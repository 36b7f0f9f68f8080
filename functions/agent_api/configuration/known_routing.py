"""The service groups and topics that exist: those that admins configured, and the default ones of the deployment."""

from __future__ import annotations

from collections.abc import Mapping

from email_channels.cases.routing import Routing, ServiceGroup, Topic, topic_key
from email_channels.expressions import expression
from email_channels.settings import ApiSettings

NO_TOPIC = "no topic has this name"
NO_GROUP = "no service group has this id"
WRONG_GROUP_ID = "must be 1 to 64 letters, digits, underscores and hyphens"

_GROUP_ID = expression(r"[A-Za-z0-9_-]{1,64}")


def is_group_id(text: str) -> bool:
    """Whether the text can be the id of a service group; if not, WRONG_GROUP_ID says why."""
    return _GROUP_ID.fullmatch(text) is not None


def known_groups(routing: Routing, settings: ApiSettings) -> Mapping[str, ServiceGroup]:
    """All service groups by id. The deployment's parameters define the default one until an admin replaces it."""
    default = settings.default_service_group
    deployed = ServiceGroup(default, default, settings.default_service_group_address)
    return {default: deployed} | dict(routing.service_groups)


def known_topics(routing: Routing, settings: ApiSettings) -> Mapping[str, Topic]:
    """All topics by name. The deployment's parameters define the default one until an admin replaces it."""
    default = settings.default_topic
    deployed = {} if routing.topic(default) else {default: Topic(default)}
    return deployed | {topic.name: topic for topic in routing.topics.values()}


def find_topic(routing: Routing, name: str, settings: ApiSettings) -> Topic | None:
    """The topic with this name; None if there is none. Case and spaces in `name` do not matter.

    The deployment's default topic always exists.
    """
    if (found := routing.topic(name)) is not None:
        return found
    default = settings.default_topic
    return Topic(default) if topic_key(name) == topic_key(default) else None


def known_topic(routing: Routing, name: str, settings: ApiSettings) -> str | None:
    """The name of a topic as it is configured; None if there is no such topic."""
    found = find_topic(routing, name, settings)
    return found.name if found is not None else None
