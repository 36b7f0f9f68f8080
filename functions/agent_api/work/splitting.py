"""`/cases/{case_id}/emails/{email_id}/split`: an agent makes a case of an email that came into another case.

The id of the new case is derived from the email, so a repeated request finds the case that the first one made.
"""

from __future__ import annotations

from dataclasses import replace

from email_channels.addresses import normalise
from email_channels.api.requests import Response
from email_channels.aws.stores.noticing.last_emails import note_departure
from email_channels.aws.stores.record_store import AlreadyRecorded
from email_channels.cases.case import Case, CaseFlag, CaseStatus, short_subject, snapshot
from email_channels.cases.directory import Employee
from email_channels.cases.history import Direction, EntryKind, StoredEmail
from email_channels.cases.identity import split_case_id
from email_channels.cases.references import without_case_reference
from email_channels.cases.warnings import EmailWarning
from email_channels.errors import ConcurrentChange, Conflict, NotFound
from email_channels.mail.replies import visible_reply
from email_channels.mail.subjects import subject_or
from email_channels.times import to_milliseconds

from functions.agent_api.api_call import ApiCall, no_such
from functions.agent_api.configuration.known_routing import NO_TOPIC, known_topic
from functions.agent_api.work.cases import case_response
from functions.agent_api.work.visibility import case_and_email_id, email_of

_SALTS = 8
_MOST_ISSUE_CHARACTERS = 100_000
_NOT_INBOUND = "Only an email that was received can become a case."
_FLAGS = {
    EmailWarning.AUTHENTICATION_FAILED: CaseFlag.AUTHENTICATION_FAILED,
    EmailWarning.SPAM: CaseFlag.SPAM,
    EmailWarning.VIRUS: CaseFlag.VIRUS,
}


def split(call: ApiCall) -> Response:
    """Makes a case of an inbound email, in the service group of the topic, even if the caller may not see that group.

    It is a case of the employee with the From address, or else of the employee of the old case.
    """
    body = call.body("NewSplit")
    try:
        case, email = email_of(call)
    except NotFound:
        return _made_before(call)
    if email.direction is not Direction.INBOUND:
        raise Conflict(_NOT_INBOUND)
    routing = call.stores.routing.read()
    topic: str | None = case.topic
    if body.get("topic") is not None and (topic := known_topic(routing, body.get("topic"), call.settings)) is None:
        body.refuse("topic", NO_TOPIC)
    wanted = body.accepted()
    assert topic is not None
    employee = _employee_of(call, case, email)
    population = employee.population if employee else None
    group = routing.service_group_for(topic, population, call.settings.default_service_group)
    new = _new_case(call, case, email, employee)
    new = replace(new, topic=topic, service_group=group, subject=wanted.get("subject") or new.subject)
    act = call.act()
    for salt in range(_SALTS):
        new = replace(new, case_id=split_case_id(case.case_id, email.email_id, salt))
        call.stores.arrivals.follow_up(new.case_id, email.email_id)
        call.stores.arrivals.follow_up(case.case_id, None)
        try:
            call.stores.moves.split(case.case_id, email.email_id, new, act)
        except AlreadyRecorded:
            continue  # the email was split before, and came back
        except NotFound:  # another request was faster
            return _made_before(call)
        note_departure(case.case_id)
        return _answer(new)
    raise ConcurrentChange("no free case id")


def _made_before(call: ApiCall) -> Response:
    """The case that an earlier request made of the email. Raises NotFound if there is none."""
    case, email_id = case_and_email_id(call)
    for salt in range(_SALTS):
        made = split_case_id(case.case_id, email_id, salt)
        if call.stores.moves.has_entry(made, email_id):
            found, _ = call.stores.cases.get(made)
            if found is not None:
                note_departure(case.case_id)
                return _answer(found)
    raise no_such("email in this case")


def _employee_of(call: ApiCall, case: Case, email: StoredEmail) -> Employee | None:
    """The only employee with the From address who is not blocked, else the employee of the case; None if they are in
    the directory no more."""
    ids = call.stores.directory.user_ids_at(email.from_.address) if email.from_ else ()
    user_ids = [*ids, *([case.employee.user_id] if case.employee else [])]
    found = call.stores.directory.read(user_ids)
    writers = [found[user_id] for user_id in ids if user_id in found and not found[user_id].blocked]
    if len(writers) == 1:
        return writers[0]
    return found.get(case.employee.user_id) if case.employee else None


def _new_case(call: ApiCall, case: Case, email: StoredEmail, employee: Employee | None) -> Case:
    """The new case, with what the email says. Id, topic and group are still those of the old case."""
    now = to_milliseconds(call.now)
    text = (email.content.text or "") if email.content else ""
    written = visible_reply(text).visible.strip() or text.strip()
    subject = subject_or(without_case_reference(email.subject).strip(), case.subject)
    sender = normalise(email.from_.address) if email.from_ else ""
    normal = email.kind is EntryKind.NORMAL
    return Case(
        case_id=case.case_id,
        status=CaseStatus.OPEN,
        subject=short_subject(subject),
        issue=written[:_MOST_ISSUE_CHARACTERS] or subject,
        topic=case.topic,
        service_group=case.service_group,
        employee=snapshot(employee, sender) if employee else case.employee,
        regarding=None,
        show_to_employee=case.show_to_employee,
        flags=tuple(flag for warning, flag in _FLAGS.items() if warning in email.warnings),
        siblings=(),
        mailbox=case.mailbox,
        created_at=now,
        updated_at=now,
        alerted_at=now,  # the group knows the email already
        unread_from=email.email_id if normal else None,
        warnings=email.warnings if normal else (),
        last_inbound_at=email.at if normal else None,
    )


def _answer(case: Case) -> Response:
    return case_response(case, 201, {"location": f"/cases/{case.case_id}"})
