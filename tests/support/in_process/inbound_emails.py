"""Inbound emails from people and forms, and the agent's email that some of them answer."""

from datetime import timedelta

from email_channels.aws.rows.entry_rows import entry_row
from email_channels.aws.rows.outbound_rows import sent_row
from email_channels.cases.directory import Employee
from email_channels.cases.history import Content, Direction, Entry
from email_channels.cases.identity import email_id
from email_channels.cases.mailboxes import Mailbox
from email_channels.cases.outcomes import Outcome
from email_channels.cases.recipients import Recipient, RecipientRole, RecipientState
from email_channels.cases.references import case_reference
from email_channels.cases.routing import Routing, ServiceGroup, Topic
from email_channels.cases.sent_emails import wire_message_id
from email_channels.mail.message import Address
from email_channels.settings import IdentifySender

from tests.support.blank_records import blank_email
from tests.support.in_process.inbox import KEYS, Inbox
from tests.support.originals import RECEIVED_AT

MANUAL = """
From: Zoe Hartmann <Zoe.Hartmann@ACME.example>
To: Payroll <payroll@acme.example>
Cc: Bob <Bob@Elsewhere.example>
Subject: =?utf-8?q?L=C3=B6hne?=
Message-ID: <1@acme.example>
Date: Mon, 23 Nov 2026 19:43:00 +0100
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Mein Lohn ist zu niedrig. Grüße, Zoë
--b
Content-Type: text/csv; name="hours.csv"
Content-Disposition: attachment; filename="hours.csv"

day,hours
--b--
"""
STRANGER = """
From: Eve <eve@elsewhere.example>
To: payroll@acme.example
Subject: Hello
Message-ID: <1@elsewhere.example>
Date: Mon, 23 Nov 2026 19:43:00 +0100

Is anybody there?
"""
"""An email of Eve, whom the directory does not have until a test adds her."""
EVE = Employee("1", "Eve", ("eve@elsewhere.example",), "UK")
FORMS = Mailbox(
    "forms@acme.example",
    "forms@in.acme-cases.example",
    default_topic="Forms",
    identify_sender=IdentifySender.USER_ID_IN_BODY,
    variable_topic=True,
    variable_show=True,
    trusted_senders=("forms.example",),
)
ROUTING = Routing(
    topics={"Employee Relations": Topic("Employee Relations", "relations", {"Germany": "relations-de"})},
    service_groups={"relations-de": ServiceGroup("relations-de", "Employee Relations, Germany")},
)
FROM_FORMS = {"recipient": "forms@in.acme-cases.example", "sender": "hr@forms.example", "signer": "forms.example"}
QUESTION = """
From: Zoe Hartmann <zoe.hartmann@acme.example>
To: payroll@acme.example
Subject: Wrong salary
Message-ID: <question@acme.example>

My salary is wrong.
"""
ANSWER = """
From: {sender}
To: {to}
Subject: {subject}
Message-ID: <answer@elsewhere.example>
{references}Content-Type: text/plain; charset=utf-8

It was in May.

> When was that?
"""
SENT_ID = wire_message_id("0107018f-000000", "eu-central-1")


def answer(
    sender: str = "Bob <bob@elsewhere.example>",
    to: str = "answers@acme.example",
    subject: str = "Re: Your question",
    references: str = "",
) -> str:
    """An answer to the agent's email, with these header values."""
    return ANSWER.format(sender=sender, to=to, subject=subject, references=references)


def by_references(message_id: str = SENT_ID) -> str:
    return f"In-Reply-To: <{message_id}>\nReferences: <other@acme.example>\n <{message_id}>\n"


def record_sent_email(inbox: Inbox, case_id: str) -> str:
    """Stores an agent's email to Bob and Ann as sent; returns its id."""
    made = email_id(RECEIVED_AT + timedelta(hours=1), "SENT000000")
    to = (Address("Bob", "bob@elsewhere.example"), Address("Ann", "ann@elsewhere.example"))
    email = blank_email(
        email_id=made,
        direction=Direction.OUTBOUND,
        from_=Address("Acme", "service@acme-cases.example"),
        to=to,
        subject=f"Your question {case_reference(case_id, KEYS)}",
        at=RECEIVED_AT + timedelta(hours=1),
        preview="When was that?",
        recipients=tuple(
            Recipient(address.address, address.name, RecipientRole.TO, RecipientState.SENT) for address in to
        ),
        message_id=SENT_ID,
        content=Content("When was that?", None),
    )
    entry_row(Entry(case_id, email), None, made, inbox.mail).save()
    sent_row(SENT_ID, case_id, made, "Your question").save()
    return made


ANSWERED_AT = RECEIVED_AT + timedelta(hours=2)


def receive_answer(inbox: Inbox, message: str, channel: str = "ad_hoc", **envelope: str) -> tuple[Outcome, str | None]:
    """Processes an answer, signed by its sender's server; returns its outcome, and the reason or the case."""
    result = inbox.receive(message, channel, at=ANSWERED_AT, **({"signer": "elsewhere.example"} | envelope))
    return result.outcome, result.reason or result.case_id
