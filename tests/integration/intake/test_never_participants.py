"""Who takes part in no case, however their address came into it: mailboxes, trusted senders, admins and groups."""

from __future__ import annotations

import pytest
from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import CaseRow
from email_channels.cases.case import participant_keys
from email_channels.cases.mailboxes import Mailbox
from email_channels.cases.outcomes import Outcome
from email_channels.cases.reasons import Reason
from email_channels.cases.references import case_number
from email_channels.cases.routing import Routing, ServiceGroup

from tests.support.in_process.aws_calls import watch
from tests.support.in_process.inbound_emails import QUESTION, answer, receive_answer
from tests.support.in_process.inbox import Inbox, configure

FRIEND = "friend@y.example"
NEVER = {
    "a mailbox": "benefits@acme.example",
    "a mailbox with a tag": "benefits+x@acme.example",
    "a mailbox in quotes": '"benefits"@acme.example',
    "a receiving address": "benefits@in.acme-cases.example",
    "an address at a receiving domain": "any@in.acme.example",
    "a trusted sender of another mailbox": "hr@x.example",
    "a trusted domain of another mailbox": "any@bücher.example",
    "a trusted sender of the first mailbox": "any@first.example",
    "an admin": "ada@acme.example",
    "a service group": "relations@acme.example",
    "the default service group": "group@acme.example",
}


@pytest.fixture
def case_id(inbox: Inbox) -> str:
    """A case whose first email names all of them."""
    benefits = Mailbox(
        "benefits@acme.example", "benefits@in.acme-cases.example", trusted_senders=("hr@x.example", "bücher.example")
    )
    groups = {"relations": ServiceGroup("relations", "Relations", "Relations@acme.example")}
    configure(benefits, routing=Routing(service_groups=groups))
    inbox.intake = inbox.with_settings(
        trusted_senders="first.example",
        default_service_group_address="Group@acme.example",
        case_creation_recipients="payroll@in.acme-cases.example,in.acme.example",
    )
    named = ", ".join((*NEVER.values(), FRIEND))
    question = QUESTION.replace("\n\n", f"\nCc: {named}\nReply-To: {named}\n\n", 1)
    return str(inbox.receive(question).case_id)


def as_participant(inbox: Inbox, case_id: str, sender: str) -> tuple[Outcome, object]:
    """What becomes of an email with the number of the case, which counts only from participants. The address is in the
    item of the case, as an agent's email to it would have put it there."""
    pk, sk = keys.record(case_id)
    CaseRow(pk=pk, sk=sk).update(actions=[CaseRow.participants.add(set(participant_keys([sender])))])
    domain = sender.rpartition("@")[2]
    return receive_answer(inbox, answer(sender=sender, subject=f"More #{case_number(case_id)}"), signer=domain)


def test_person(inbox: Inbox, case_id: str) -> None:
    assert as_participant(inbox, case_id, FRIEND) == (Outcome.ENTRY, case_id)


@pytest.mark.parametrize("sender", NEVER.values(), ids=NEVER)
def test_never(inbox: Inbox, case_id: str, sender: str) -> None:
    assert as_participant(inbox, case_id, sender) == (Outcome.UNPROCESSED, Reason.CASE_REFERENCE_UNVERIFIED)


def test_employee_of_the_case(inbox: Inbox) -> None:
    """An admin who has opened a case is its employee first of all."""
    inbox.intake = inbox.with_settings(admin_email_addresses="zoe.hartmann@acme.example")
    case_id = str(inbox.receive(QUESTION).case_id)
    assert as_participant(inbox, case_id, "zoe.hartmann@acme.example") == (Outcome.ENTRY, case_id)


def test_calls(inbox: Inbox, case_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mailboxes are read only for a claim of somebody who is not the employee."""
    calls = watch(monkeypatch)
    as_participant(inbox, case_id, "zoe.hartmann@acme.example")
    assert "Query" not in calls.names
    calls.begin()
    as_participant(inbox, case_id, FRIEND)
    assert calls.names.count("Query") == 1
