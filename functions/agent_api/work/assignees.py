"""The agent to whom a case is assigned: only somebody who sees the case."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC

from email_channels.api.validation import Body
from email_channels.aws.stores.case_store import CaseChange
from email_channels.cases.case import Case
from email_channels.cases.people.person import Person

from functions.agent_api.api_call import ApiCall

_NOBODY = "no agent who sees the case has this user"


def with_assignee(call: ApiCall, case: Case, changes: CaseChange, body: Body) -> CaseChange:
    """The changes with the assignee that the body asks for. Refuses somebody who does not see the case afterwards.

    A case that moves to a service group that its assignee does not see loses the assignee.
    """
    group = changes.service_group or case.service_group
    if "assignee" in body.fields:
        if (named := body.get("assignee")) is None:
            return replace(changes, set_assignee=True, assignee=None)
        person = _person(call, named)
        if not _sees(call, person, group):
            body.refuse("assignee", _NOBODY)
        return replace(changes, set_assignee=True, assignee=person.agent if person else None)
    if case.assignee is None or group == case.service_group or _sees(call, _person(call, case.assignee.user), group):
        return changes
    return replace(changes, set_assignee=True, assignee=None)


def _person(call: ApiCall, user: str) -> Person | None:
    """The caller, or another person who used the API lately."""
    me = call.me()
    return me if user in {"me", me.user} else call.stores.people.get(user, call.now.astimezone(UTC).date())


def _sees(call: ApiCall, person: Person | None, service_group: str) -> bool:
    # The routing was read with the case.
    return person is not None and person.sees(service_group, call.stores.routing.recent().open_groups())
