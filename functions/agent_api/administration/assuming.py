"""What an admin assumes when they try an email: a mailbox, a user mapping, an employee, verdicts of SES.

An assumption about something that exists need not repeat what stays as it is. The result is checked like a request that
would configure it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from email_channels.addresses import normalise
from email_channels.api.configuration_views import employee_json, user_mapping_json
from email_channels.api.validation import Body, read_body
from email_channels.cases.directory import Employee, UserMapping
from email_channels.cases.mailboxes import Mailbox
from email_channels.cases.trials.question import Assumptions
from email_channels.errors import FieldError, Invalid
from email_channels.mail.ses_headers import Verdict

from functions.agent_api.api_call import ApiCall
from functions.agent_api.configuration.mailboxes import find_mailbox, mailbox_from, mailbox_views
from functions.agent_api.configuration.user_mappings import mapping_from
from functions.agent_api.directory.employees import employee_from

_NEW_MAPPING = "assumed"


def assumptions_of(call: ApiCall, assume: Mapping[str, Any] | None) -> Assumptions:
    """What the object `assume` of a request says, laid over what is stored. Raises Invalid."""
    given = {name: value for name, value in (assume or {}).items() if value is not None}
    mailbox = _mailbox(call, given["mailbox"]) if "mailbox" in given else None
    verdicts = given.get("verdicts", {})
    return Assumptions(
        mailbox=mailbox,
        user_mapping=_user_mapping(call, given["user_mapping"], mailbox) if "user_mapping" in given else None,
        employee=_employee(call, given["employee"]) if "employee" in given else None,
        verdicts={name: Verdict(value) for name, value in verdicts.items() if value is not None},
    )


def _mailbox(call: ApiCall, given: Mapping[str, Any]) -> Mailbox:
    address = normalise(given["address"])
    present = find_mailbox(call, address)
    (stored,) = mailbox_views(call, [present]) if present else ({},)
    with _fields_of("mailbox"):
        return mailbox_from(call, _merged(stored, given, "NewMailbox"), address)


def _user_mapping(call: ApiCall, given: Mapping[str, Any], mailbox: Mailbox | None) -> UserMapping:
    mapping_id = given.get("id") or _NEW_MAPPING
    present = call.stores.user_mappings.get(mapping_id)
    body = _merged(user_mapping_json(present) if present else {}, given, "NewUserMapping", nullable={"from"})
    named = normalise(body.get("mailbox") or "")
    if named and (mailbox is None or mailbox.address != named) and find_mailbox(call, named) is None:
        body.refuse("mailbox", "no mailbox has this address")
    with _fields_of("user_mapping"):
        return mapping_from(body, mapping_id)


def _employee(call: ApiCall, given: Mapping[str, Any]) -> Employee:
    user_id = given["user_id"]
    present = call.stores.directory.get(user_id)
    stored = employee_json(present) if present else {"name": user_id}
    with _fields_of("employee"):
        return employee_from(_merged(stored, given, "NewEmployee", nullable={"population"}), user_id)


def _merged(
    stored: Mapping[str, Any], given: Mapping[str, Any], schema: str, nullable: frozenset[str] | set[str] = frozenset()
) -> Body:
    """The stored document with the given fields over it. A field that is null is not given, unless it may be null."""
    changes = {name: value for name, value in given.items() if value is not None or name in nullable}
    return read_body(json.dumps({**stored, **changes}).encode(), schema)


@contextmanager
def _fields_of(name: str) -> Iterator[None]:
    """Names wrong fields as the request does."""
    try:
        yield
    except Invalid as invalid:
        errors = (FieldError(f"assume.{name}.{error.field}", error.message) for error in invalid.errors)
        raise Invalid(tuple(errors)) from invalid
