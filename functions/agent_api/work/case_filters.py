"""The filters of lists of cases, and which cases the caller sees."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from email_channels.addresses import normalise
from email_channels.api.query_parameters import NO_TIME, read_time
from email_channels.aws.stores.case_lists import CaseHead
from email_channels.cases.case import Case, CaseStatus, WaitingOn
from email_channels.cases.references import read_case_id
from email_channels.cases.routing import topic_key
from email_channels.cases.search.case_search import Term, terms_of
from email_channels.errors import FieldError
from email_channels.values import dataclass

from functions.agent_api.api_call import ApiCall
from functions.agent_api.configuration.known_routing import WRONG_GROUP_ID, is_group_id

FILTERS = (
    *("status", "service_group", "employee", "topic", "mailbox", "assignee", "unread", "waiting_on", "updated_since"),
    "q",
)
"""The names of all filters."""

NO_ASSIGNEE = "none"
ME = "me"
_MAX_QUERY = 200


@dataclass(frozen=True, slots=True)
class Search:
    """What a case must match; None and () match every case.

    `assignee` is a user, or NO_ASSIGNEE. `number` is the case id that `q` may name, `terms` are its terms. If `q` has
    none of both, no case matches (`hopeless`).
    """

    status: CaseStatus | None = None
    service_group: str | None = None
    employee: str | None = None
    topic: str | None = None
    mailbox: str | None = None
    assignee: str | None = None
    unread: bool = False
    waiting_on: WaitingOn | None = None
    updated_since: datetime | None = None
    number: str | None = None
    terms: tuple[Term, ...] = ()
    hopeless: bool = False

    @property
    def drops_many(self) -> bool:
        """Whether many cases of the lists that are read may not match."""
        return self.unread or any((self.topic, self.mailbox, self.assignee, self.waiting_on))

    def matches(self, case: CaseHead | Case) -> bool:
        """Whether the case matches all but `employee`, `number` and `terms`.

        This looks at the case itself, because an index lags behind.
        """
        assignee = case.assignee.user if case.assignee else NO_ASSIGNEE
        return (
            self.status in {None, case.status}
            and self.service_group in {None, case.service_group}
            and (self.topic is None or topic_key(self.topic) == topic_key(case.topic))
            and (self.mailbox is None or normalise(self.mailbox) == normalise(case.mailbox or ""))
            and self.assignee in {None, assignee}
            and (case.unread or not self.unread)
            and self.waiting_on in {None, case.waiting_on}
            and (self.updated_since is None or case.updated_at >= self.updated_since)
        )


def search_of(call: ApiCall) -> Search:
    """The search that the filters of a request describe; `wrong_filters` has found nothing wrong with them."""
    values = {name: call.filter(name) for name in FILTERS}
    text, since = (values["q"] or "").strip(), values["updated_since"]
    number, terms = read_case_id(text), terms_of(text)
    employee, assignee = values["employee"], values["assignee"]
    return Search(
        status=CaseStatus(values["status"]) if values["status"] else None,
        service_group=values["service_group"],
        employee=employee.strip() if employee is not None else None,
        topic=values["topic"],
        mailbox=values["mailbox"],
        assignee=call.caller.subject if assignee == ME else assignee,
        unread=values["unread"] is not None,
        waiting_on=WaitingOn(values["waiting_on"]) if values["waiting_on"] else None,
        updated_since=read_time(since) if since is not None else None,
        number=number,
        terms=terms,
        hopeless=bool(text) and number is None and not terms,
    )


def sees(call: ApiCall, search: Search) -> Callable[[CaseHead | Case], bool]:
    """The test for cases that match and that the caller may see. Routing is read only if the token does not decide."""
    caller, routing = call.caller, call.stores.routing

    def is_shown(case: CaseHead | Case) -> bool:
        return search.matches(case) and (
            caller.sees(case.service_group, frozenset())
            or caller.sees(case.service_group, routing.recent().open_groups())
        )

    return is_shown


def wrong_filters(call: ApiCall) -> list[FieldError]:
    """What is wrong with the filters of a request."""
    values = {name: call.filter(name) for name in FILTERS}
    errors = [
        FieldError(name, "must be one of " + ", ".join(known))
        for name, known in (("status", CaseStatus), ("waiting_on", WaitingOn))
        if values[name] is not None and values[name] not in set(known)
    ]
    if (group := values["service_group"]) is not None and not is_group_id(group):
        errors.append(FieldError("service_group", WRONG_GROUP_ID))
    if values["unread"] not in {None, "true"}:
        errors.append(FieldError("unread", "must be true, or be left out"))
    if (since := values["updated_since"]) is not None and read_time(since) is None:
        errors.append(FieldError("updated_since", NO_TIME))
    if len(values["q"] or "") > _MAX_QUERY:
        errors.append(FieldError("q", f"must have at most {_MAX_QUERY} characters"))
    return errors
