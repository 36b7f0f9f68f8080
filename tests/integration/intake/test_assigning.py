"""A person assigns an unprocessed email. All that the email says is kept: values, participants, warnings."""

from __future__ import annotations

from dataclasses import replace

import pytest
from email_channels.aws import clients
from email_channels.aws.rows.unprocessed_rows import unprocessed_objects
from email_channels.aws.signing_keys import SigningKeyStore
from email_channels.cases.case import CaseFlag, participant_keys
from email_channels.cases.matches import MatchMethod
from email_channels.cases.reasons import Reason
from email_channels.cases.warnings import EmailWarning
from email_channels.errors import Conflict
from email_channels.intake.assigning import Assignment, ChosenCase
from email_channels.intake.deciding_again import DecidingAgain

from tests.support.acts import an_act
from tests.support.in_process.aws import Aws
from tests.support.in_process.inbound_emails import FORMS, FROM_FORMS, MANUAL, QUESTION, ROUTING
from tests.support.in_process.inbox import MARCUS, NOW, ZOE, Inbox, add_employees, configure
from tests.support.messages import FORM
from tests.support.parameters import inbound_settings

TO_ZOE = ChosenCase(ZOE, None, ROUTING, None)
STRANGER = MANUAL.replace("Zoe.Hartmann@ACME.example", "eve@elsewhere.example")


@pytest.fixture
def inbox(aws: Aws) -> Inbox:
    add_employees(ZOE, MARCUS)
    configure(FORMS, routing=ROUTING)
    return Inbox(aws)


@pytest.fixture
def assignment(inbox: Inbox) -> Assignment:
    genuine = SigningKeyStore(clients.secrets_manager(), inbox.aws.tag_key_secret).genuine
    return Assignment(DecidingAgain(inbound_settings(), inbox.mail, genuine, lambda *_: None, lambda: NOW, 20))


def test_values(inbox: Inbox, assignment: Assignment) -> None:
    """A form email from an unknown user id keeps topic, show, regarding, and the issue without brackets."""
    result = inbox.receive(FORM.replace("[543457]", "[999]"), **FROM_FORMS)
    assert result.reason is Reason.EMPLOYEE_NOT_FOUND
    assignment.make_case(result.record_id, TO_ZOE, an_act())
    case = inbox.case(result.record_id)
    assert (case.topic, case.service_group, case.show_to_employee) == ("Employee Relations", "relations-de", True)
    assert case.regarding is not None
    assert (case.regarding.user_id, "[" in case.issue, case.flags) == ("874112", False, ())
    assert case.issue == inbox.case(inbox.receive(FORM, **FROM_FORMS).record_id).issue


def test_said_otherwise(inbox: Inbox, assignment: Assignment) -> None:
    """A topic that the person chooses wins over that on the line."""
    result = inbox.receive(FORM.replace("[543457]", "[999]").replace("[874112]", "[888]"), **FROM_FORMS)
    assignment.make_case(result.record_id, replace(TO_ZOE, topic="Forms"), an_act())
    case = inbox.case(result.record_id)
    assert (case.topic, case.service_group, case.show_to_employee) == ("Forms", "default", True)
    assert (case.regarding, case.flags) == (None, (CaseFlag.REGARDING_NOT_FOUND.value,))


def test_not_believed(inbox: Inbox, assignment: Assignment) -> None:
    """The values of a sender who is not trusted are only text, also when a person assigns the email."""
    result = inbox.receive(FORM, **(FROM_FORMS | {"signer": "other.example"}))
    assert result.reason is Reason.SENDER_NOT_TRUSTED
    assignment.make_case(result.record_id, TO_ZOE, an_act())
    case = inbox.case(result.record_id)
    assert (case.topic, case.show_to_employee, case.regarding) == ("Forms", False, None)
    assert "[543457]" in case.issue
    assert CaseFlag.VALUES_NOT_BELIEVED.value in case.flags


def test_participants(inbox: Inbox, assignment: Assignment) -> None:
    """All people in the headers take part in the case; our own addresses do not."""
    result = inbox.receive(STRANGER, sender="eve@elsewhere.example", signer="elsewhere.example")
    assert result.reason is Reason.SENDER_NOT_FOUND
    trace = inbox.unprocessed(result.record_id).email.content
    assignment.make_case(result.record_id, TO_ZOE, an_act())
    case = inbox.case(result.record_id)
    assert case.participants == participant_keys(["eve@elsewhere.example", "bob@elsewhere.example"])
    assert case.email is not None
    assert case.email.content is not None
    assert trace is not None
    assert case.email.content.trace == trace.trace
    assert (case.created_at, case.acknowledge) == (NOW, False)


def test_other_employee(inbox: Inbox, assignment: Assignment) -> None:
    """An email from another employee's address says so, on the case as on an entry."""
    blocked = replace(MARCUS, blocked=True)
    add_employees(blocked)
    result = inbox.receive(MANUAL.replace("Zoe.Hartmann@ACME.example", "marcus.webb@acme.example"))
    assert result.reason is Reason.SENDER_BLOCKED
    assignment.make_case(result.record_id, TO_ZOE, an_act())
    email = inbox.case(result.record_id).email
    assert email is not None
    assert EmailWarning.OTHER_EMPLOYEE in email.warnings


def test_entry(inbox: Inbox, assignment: Assignment) -> None:
    """An entry gets the warnings that need a case."""
    case_id = str(inbox.receive(QUESTION).case_id)
    result = inbox.receive(STRANGER, sender="eve@elsewhere.example", signer="elsewhere.example")
    old = inbox.unprocessed(result.record_id).email
    email = assignment.add_to_case(result.record_id, case_id, an_act())
    (entry,) = inbox.entries(case_id)
    assert entry.email == email
    assert entry.email.warnings == (EmailWarning.NEW_SENDER, EmailWarning.SUBJECT_CHANGED)
    assert entry.email.matched_by is not None
    assert entry.email.matched_by.method is MatchMethod.ASSIGNED
    assert (email.email_id, email.attachments, email.content) == (old.email_id, old.attachments, old.content)
    assert inbox.case(case_id).emails == 2
    with pytest.raises(Conflict, match="already in case"):
        assignment.add_to_case(result.record_id, case_id, an_act())


def test_without_original(inbox: Inbox, assignment: Assignment) -> None:
    """An email whose original has expired is assigned with what its record says."""
    case_id = str(inbox.receive(QUESTION).case_id)
    results = [inbox.receive(STRANGER.replace("<1@", f"<{n}@")) for n in range(2)]
    for result in results:
        inbox.mail.delete([str(inbox.unprocessed(result.record_id).email.raw_key)])
    assignment.make_case(results[0].record_id, TO_ZOE, an_act())
    assert inbox.case(results[0].record_id).issue == "Mein Lohn ist zu niedrig. Grüße, Zoë"
    assignment.add_to_case(results[1].record_id, case_id, an_act())
    assert len(inbox.entries(case_id)) == 1


def test_mailbox_configured_later(aws: Aws) -> None:
    """The case names the mailbox, also if it was configured only after the email arrived."""
    add_employees(ZOE, MARCUS)
    inbox = Inbox(aws)
    genuine = SigningKeyStore(clients.secrets_manager(), aws.tag_key_secret).genuine
    assignment = Assignment(DecidingAgain(inbound_settings(), inbox.mail, genuine, lambda *_: None, lambda: NOW, 20))
    result = inbox.receive(FORM, **FROM_FORMS)
    assert result.reason is Reason.MAILBOX_NOT_FOUND
    configure(FORMS, routing=ROUTING)
    assignment.make_case(result.record_id, TO_ZOE, an_act())
    assert inbox.case(result.record_id).mailbox == FORMS.address


def test_failed_email(inbox: Inbox, assignment: Assignment) -> None:
    """An email that could not be processed gets its text and its attachments."""
    failed = inbox.intake.record_failure(inbox.put(MANUAL), RuntimeError())
    assert failed is not None
    assignment.make_case(failed.record_id, TO_ZOE, an_act())
    case = inbox.case(failed.record_id)
    assert case.email is not None
    assert [attachment.key for attachment in case.email.attachments] == inbox.objects("attachments/")
    assert case.issue == "Mein Lohn ist zu niedrig. Grüße, Zoë"


def test_unreadable_from_a_foreign_server(inbox: Inbox, assignment: Assignment) -> None:
    """It is `server_not_allowed`, of which admins hear once a day. Assigned, it gets its text and its attachments; a
    purge deletes what an attempt that failed may have written.
    """
    foreign = {"MANAGE_RECEIPT_FILTERS": "false", "ALLOWED_IP_RANGES": "203.0.113.0/24"}
    failed = inbox.with_settings(**foreign).record_failure(inbox.put(MANUAL), RuntimeError())
    assert failed is not None
    item = inbox.unprocessed(failed.record_id)
    assert item.reason is Reason.SERVER_NOT_ALLOWED
    assert item.email.content is not None
    assert [row.rule for row in item.email.content.trace] == ["processing", "server"]
    assert item.email.attachments == ()
    assignment.make_case(failed.record_id, TO_ZOE, an_act())
    case = inbox.case(failed.record_id)
    assert case.email is not None
    written = [attachment.key for attachment in case.email.attachments]
    assert written == inbox.objects("attachments/")
    assert {*written} <= {*unprocessed_objects(item)}

    allowed = foreign | {"ALLOWED_IP_RANGES": "192.0.2.0/24"}
    ours = inbox.with_settings(**allowed).record_failure(inbox.put(STRANGER), RuntimeError())
    assert ours is not None
    assert inbox.unprocessed(ours.record_id).reason is Reason.PROCESSING_FAILED


def test_full_case(inbox: Inbox, assignment: Assignment, monkeypatch: pytest.MonkeyPatch) -> None:
    case_id = str(inbox.receive(QUESTION).case_id)
    result = inbox.receive(STRANGER)
    monkeypatch.setattr("email_channels.cases.case.MAX_CASE_EMAILS", 1)
    with pytest.raises(Conflict, match="full"):
        assignment.add_to_case(result.record_id, case_id, an_act())
