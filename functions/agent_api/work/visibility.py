"""The case or email that a request names, if the caller may see it."""

from __future__ import annotations

from email_channels.api.validation import Body
from email_channels.aws.stores.moving.merged_cases import case_with_entry
from email_channels.cases.case import Case
from email_channels.cases.history import StoredEmail
from email_channels.cases.references import read_case_id
from email_channels.cases.routing import Routing
from email_channels.errors import CaseMerged, NotFound

from functions.agent_api.api_call import ApiCall, no_such

_EMAIL_ID_LENGTH = 19
_NO_CASE = "no case has this id"


def case_of(call: ApiCall) -> Case:
    """The case in the path. Raises NotFound if it does not exist, or the caller may not see it."""
    case = visible_case(call, call.path["case_id"])
    if case is None:
        raise no_such("case")
    return case


def visible_case_id(call: ApiCall) -> str:
    """The id of the case in the path. Raises NotFound as `case_of` does, but reads only the item of the case."""
    case_id = read_case_id(call.path["case_id"])
    head = call.stores.lists.heads([case_id], with_routing=True).get(case_id) if case_id else None
    if head is None or not call.caller.sees(head.service_group, call.stores.routing.recent().open_groups()):
        raise no_such("case")
    return head.case_id


def visible_case(call: ApiCall, named: str) -> Case | None:
    """The case with the number `named`; None if it does not exist, or the caller may not see it."""
    case_id = read_case_id(named)
    case, routing = call.stores.cases.get(case_id) if case_id else (None, Routing())
    return case if case is not None and call.caller.sees(case.service_group, routing.open_groups()) else None


def target_case(call: ApiCall, body: Body) -> str:
    """The id of the case that the body names; `""`, and an error in the body, if the caller may not see that case.

    Raises CaseMerged if that case was merged into another one.
    """
    if (named := body.get("case_id")) is None:
        return ""
    case = visible_case(call, named)
    if case is None:
        body.refuse("case_id", _NO_CASE)
        return ""
    if case.merged_into is not None:
        raise CaseMerged(case.merged_into)
    return case.case_id


def email_of(call: ApiCall) -> tuple[Case, StoredEmail]:
    """The case and the email in the path. Raises NotFound if `case_of` does, or if the case has no such email."""
    case_id, email_id = read_case_id(call.path["case_id"]), call.path["email_id"].upper()
    if case_id is None:
        raise no_such("case")
    if not _is_email_id(email_id):
        case_of(call)
        raise no_such("email in this case")
    case, email, routing = call.stores.cases.get_entry(case_id, email_id)
    if case is None or not call.caller.sees(case.service_group, routing.open_groups()):
        raise no_such("case")
    if email is None:
        raise no_such("email in this case")
    return case, email


def case_and_email_id(call: ApiCall) -> tuple[Case, str]:
    """The case in the path, and the id of an email that the case need not have. Raises NotFound if `case_of` does, or
    if no email can have this id: it may be too long for a key of DynamoDB."""
    case, email_id = case_of(call), call.path["email_id"].upper()
    if not _is_email_id(email_id):
        raise no_such("email in this case")
    return case, email_id


def email_read(call: ApiCall) -> tuple[Case, StoredEmail]:
    """As `email_of`, to read it. An email of a case that was merged is read in the case that has it now."""
    try:
        return email_of(call)
    except NotFound:
        case, email_id = case_and_email_id(call)
        if case.merged_into is None:
            raise
    now = case_with_entry(case.case_id, email_id)
    target, email, routing = call.stores.cases.get_entry(now, email_id) if now else (None, None, Routing())
    if target is None or email is None or not call.caller.sees(target.service_group, routing.open_groups()):
        raise no_such("email in this case")
    return target, email


def names_email(call: ApiCall, case: Case, email_id: str) -> bool:
    """Whether the case has an email with this id."""
    return _is_email_id(email_id) and call.stores.cases.get_entry(case.case_id, email_id)[1] is not None


def _is_email_id(text: str) -> bool:
    return len(text) == _EMAIL_ID_LENGTH and text.isalnum() and text.isascii()
