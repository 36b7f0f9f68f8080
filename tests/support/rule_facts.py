"""Makes facts for the tests of rules, from an email and from what the system knows in the test."""

from datetime import UTC, datetime
from typing import Any

from email_channels.cases.case import participant_keys
from email_channels.cases.channels import Channel
from email_channels.cases.directory import Employee
from email_channels.cases.mailboxes import Mailbox
from email_channels.cases.outcomes import Outcome
from email_channels.cases.reasons import Reason
from email_channels.cases.referenced import ReferencedCase
from email_channels.cases.routing import Routing, ServiceGroup, Topic
from email_channels.intake.arrival import read_arrival
from email_channels.intake.decision import Decision
from email_channels.intake.facts import Facts
from email_channels.intake.matching import with_match
from email_channels.settings import IdentifySender

from tests.support.messages import FORM
from tests.support.originals import received
from tests.support.parameters import inbound_settings

CASE_ID = "7K3F92QDX0"
ZOE = Employee("543457", "Zoë Hartmann", ("zoe.hartmann@acme.example",), "Germany")
MARCUS = Employee("874112", "Marcus Webb", ("marcus.webb@acme.example",), "UK")
PAYROLL = Mailbox("payroll@acme.example", "payroll@in.acme-cases.example", acknowledge_sender=True)
FORMS = Mailbox(
    "forms@acme.example",
    "forms@in.acme-cases.example",
    identify_sender=IdentifySender.USER_ID_IN_BODY,
    variable_topic=True,
    variable_show=True,
    trusted_senders=("hr@forms.example", "system.example"),
)
ROUTING = Routing(
    topics={
        "Employee Relations": Topic("Employee Relations", "relations", {"UK": "relations-uk"}),
        "Payroll": Topic("Payroll"),
    },
    service_groups={"relations": ServiceGroup("relations", "Employee Relations")},
)
CASE = ReferencedCase(
    CASE_ID, closed=False, full=False, employee_id="543457", participants=participant_keys({"bob@elsewhere.example"})
)

MANUAL = """
From: Zoe Hartmann <Zoe.Hartmann@ACME.example>
To: payroll@acme.example
Subject: Wrong salary

My salary is wrong.

Zoe
"""
EMPLOYEES = {"543457": ZOE, "874112": MARCUS}


def facts_of(
    message: str,
    *,
    channel: Channel = Channel.CASE_CREATION,
    settings: dict[str, str] | None = None,
    envelope: dict[str, Any] | None = None,
    **known: Any,
) -> Facts:
    """The facts of a message. `envelope` has the arguments of `received`; `known` has fields of `Facts`."""
    defaults: dict[str, Any] = {"mailbox": PAYROLL, "routing": ROUTING, "sender_employees": (ZOE,)}
    folder = f"raw/{channel.value}/1"
    arrival = read_arrival(received(message, **(envelope or {})), folder, channel, datetime.now(UTC))
    return with_match(Facts(arrival=arrival, settings=inbound_settings(**(settings or {})), **(defaults | known)))


def rejected_for(reason: Reason) -> Decision:
    return Decision(Outcome.UNPROCESSED, reason)


def form_from(sender: str) -> str:
    """The same form from another sender."""
    return FORM.replace("hr@forms.example", sender)


def form(message: str = FORM, mailbox: Mailbox = FORMS, **known: Any) -> Facts:
    """A system-generated email, authenticated unless said otherwise."""
    envelope = {"sender": "hr@forms.example", "signer": "forms.example"}
    defaults: dict[str, Any] = {"sender_employees": (), "employees": EMPLOYEES, "envelope": envelope}
    return facts_of(message, mailbox=mailbox, **(defaults | known))
