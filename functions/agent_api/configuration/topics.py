"""`/topics`: the broadest categories of cases, and the service group of each."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from email_channels.api.configuration_views import topic_json
from email_channels.api.paging import page_response
from email_channels.api.preconditions import etag_of
from email_channels.api.requests import Response, json_response
from email_channels.api.validation import Body
from email_channels.cases.audit.records import AuditAction, AuditRecord, document_of
from email_channels.cases.routing import Routing, Topic
from email_channels.errors import Conflict

from functions.agent_api.api_call import ApiCall, no_such
from functions.agent_api.configuration.in_use import refuse_used_topic
from functions.agent_api.configuration.known_routing import NO_GROUP, find_topic, known_groups, known_topics
from functions.agent_api.configuration.names import check_name

_MAX_NAME = 100


def list_topics(call: ApiCall) -> Response:
    """All topics by name."""
    paging = call.paging()
    topics = known_topics(call.stores.routing.read(), call.settings)
    names = sorted(name for name in topics if paging.place is None or name > paging.place)
    page = names[: paging.limit]
    more = page[-1] if len(names) > len(page) else None
    return page_response(paging, ((topic_json(topics[name]), name) for name in page), more)


def get_topic(call: ApiCall) -> Response:
    """One topic. Upper and lower case and spaces in its name do not matter."""
    topic = find_topic(call.stores.routing.read(), call.path["name"], call.settings)
    if topic is None:
        raise no_such("topic")
    return _answer(topic)


def put_topic(call: ApiCall) -> Response:
    """Creates or replaces a topic. A topic whose name differs only in case or spaces is replaced, too."""
    name = " ".join(call.path["name"].split())
    body = call.body("NewTopic")
    check_name(body, "name", name, _MAX_NAME)
    _refuse_unknown_groups(body, known_groups(call.stores.routing.read(), call.settings))
    wanted = body.accepted()
    topic = Topic(name, wanted["service_group"], wanted["by_population"])
    act = call.act()
    made = False

    def with_topic(routing: Routing) -> tuple[Routing, AuditRecord]:
        nonlocal made
        # Checked again, because a group may just have been deleted.
        _refuse_unknown_groups(body, known_groups(routing, call.settings))
        body.accepted()
        current = find_topic(routing, name, call.settings)
        call.require_match(current)
        made = current is None
        old = routing.topic(name)
        others = {key: value for key, value in routing.topics.items() if old is None or key != old.name}
        # The name is the target of the record, unless it changes.
        naming = "name" if old is None or old.name == name else ""
        record = act.record(AuditAction.TOPIC_PUT, name, document_of(old, naming), document_of(topic, naming))
        return replace(routing, topics={**others, name: topic}), record

    call.stores.routing.change(with_topic)
    return _answer(topic, 201 if made else 200)


def delete_topic(call: ApiCall) -> Response:
    """Deletes a topic. Raises Conflict if a mailbox or an open case has it.

    Closed cases keep it. New emails that name it get the default topic of their mailbox. Deleting the deployment's
    default topic restores the one that the parameters define.
    """
    act = call.act()

    def without_topic(routing: Routing) -> tuple[Routing, AuditRecord]:
        current = find_topic(routing, call.path["name"], call.settings)
        if current is None:
            raise no_such("topic")
        call.require_match(current)
        old = routing.topic(current.name)
        if old is None:
            raise Conflict("The deployment (DefaultTopic) defines this topic. It cannot be deleted.")
        refuse_used_topic(call, routing, old.name)
        others = {key: value for key, value in routing.topics.items() if key != old.name}
        record = act.record(AuditAction.TOPIC_DELETE, old.name, document_of(old, "name"))
        return replace(routing, topics=others), record

    call.stores.routing.change(without_topic)
    return Response(204)


def _answer(topic: Topic, status: int = 200) -> Response:
    return json_response(topic_json(topic), status, {"etag": etag_of(topic)})


def _refuse_unknown_groups(body: Body, groups: Collection[str]) -> None:
    named = {"service_group": body.get("service_group")} | {
        f"by_population.{population}": group for population, group in (body.get("by_population") or {}).items()
    }
    for field, group in named.items():
        if group is not None and group not in groups:
            body.refuse(field, NO_GROUP)
