"""What keeps a topic, a service group or an employee from being deleted. Each check raises Conflict, which names it.

The indexes of cases lag a little behind them. Decision 38 says what becomes of a case that is made between the check
and the deletion.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import islice

from email_channels.aws.stores.case_lists import CaseHead
from email_channels.cases.case import CaseStatus
from email_channels.cases.mailboxes import first_mailbox
from email_channels.cases.references import case_number
from email_channels.cases.routing import Routing, topic_key
from email_channels.errors import Conflict

from functions.agent_api.api_call import ApiCall
from functions.agent_api.configuration.known_routing import known_groups

MOST_OPEN_CASES = 10_000
"""The most open cases that are read to find one with a topic: about a hundred calls, a second or two."""

_PAGE = 1000
_BATCH = 100
# A longer message would not help.
_MOST_NAMED = 20


def refuse_used_topic(call: ApiCall, routing: Routing, name: str) -> None:
    """Raises Conflict if the topic is the default topic of a mailbox, or if an open case has it."""
    wanted = topic_key(name)
    mailboxes = sorted(address for address, topic in _default_topics(call).items() if topic_key(topic) == wanted)
    if mailboxes:
        raise Conflict(f"This topic is the default topic of mailboxes: {_named(mailboxes)}.")
    looked_at = 0
    for head in _heads(call, known_groups(routing, call.settings), (CaseStatus.OPEN,), MOST_OPEN_CASES + 1):
        looked_at += 1
        if head.status is CaseStatus.OPEN and topic_key(head.row.topic) == wanted:
            raise Conflict(f"Open cases have this topic, for example {case_number(head.case_id)}.")
    if looked_at > MOST_OPEN_CASES:
        raise Conflict(
            f"There are more than {MOST_OPEN_CASES:,} open cases. They are too many to find out whether one has this "
            "topic. Keep the topic. You can route it to another service group."
        )


def refuse_used_group(call: ApiCall, routing: Routing, group_id: str) -> None:
    """Raises Conflict if a topic routes to the service group, or if it has a case, open or closed."""
    topics = sorted(
        topic.name
        for topic in routing.topics.values()
        if topic.service_group == group_id or group_id in topic.by_population.values()
    )
    if topics:
        raise Conflict(f"Topics route to this service group: {_named(topics)}.")
    for head in _heads(call, {group_id}, tuple(CaseStatus), _PAGE):
        if head.service_group == group_id:
            raise Conflict(
                f"This service group has cases, for example {case_number(head.case_id)}. Move them to another service "
                "group first."
            )


def refuse_mapped_employee(call: ApiCall, user_id: str) -> None:
    """Raises Conflict if user mappings name the employee: emails that they match would no longer make cases."""
    mappings: list[str] = []
    place: str | None = None
    while True:
        found, place = call.stores.user_mappings.page(_PAGE, place)
        mappings += [mapping.id for mapping, _ in found if mapping.user_id == user_id]
        if place is None:
            break
    if mappings:
        raise Conflict(f"User mappings name this employee: {_named(mappings)}. Change or delete them first.")


def _default_topics(call: ApiCall) -> dict[str, str]:
    """The default topic of each mailbox, by its address."""
    first = first_mailbox(call.settings)
    topics = {first.address: first.default_topic} if first is not None and call.settings.case_creation_enabled else {}
    place: str | None = None
    while True:
        found, more = call.stores.mailboxes.page(_PAGE, place)
        topics |= {mailbox.address: mailbox.default_topic for mailbox in found}
        if not more:
            return topics
        place = found[-1].address


def _heads(call: ApiCall, groups: Collection[str], statuses: tuple[CaseStatus, ...], most: int) -> Iterator[CaseHead]:
    """At most `most` cases of these groups and statuses, newest activity first, as their items are now."""
    page_size = max(_BATCH, _PAGE // max(1, len(groups)))
    listed = islice(call.stores.lists.of_groups(groups, statuses, None, page_size), most)
    while batch := [each.case_id for each in islice(listed, _BATCH)]:
        yield from call.stores.lists.heads(batch).values()


def _named(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
