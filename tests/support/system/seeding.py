"""Puts many cases, or many emails of a case, into a running system, below SMTP."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import case_rows
from email_channels.aws.rows.entry_rows import entry_row
from email_channels.aws.rows.search_rows import case_words_row, made_at
from email_channels.cases.case import Case, EmployeeSnapshot, WaitingOn
from email_channels.cases.history import Content, Direction, Entry
from email_channels.cases.identity import email_id
from email_channels.cases.recipients import Recipient, RecipientRole, RecipientState
from email_channels.cases.references import random_id
from email_channels.cases.search.case_words import OF_CASE, CaseWords, words_of_case
from email_channels.mail.message import Address
from email_channels.times import to_milliseconds, to_text

from tests.support.blank_records import blank_case, blank_email
from tests.support.system.system_client import SystemClient

NAMES = ("Jo Doe", "Ada Fox", "Max Lee", "Eva Hart", "Tim Hall")
_BATCH = 25


def seed_cases(system: SystemClient, count: int) -> list[Case]:
    """Open cases of the default service group, a minute apart. All have the word "payslip" in the subject.

    The system must have no event bus: a domain event tells of a change, and these cases change from nothing known.
    """
    now = to_milliseconds(datetime.now(UTC))
    cases = [_case(n, now - timedelta(minutes=count - n)) for n in range(count)]
    # The stream reports new cases. These exist before, as something else, so nobody is alerted of them.
    _write(system, ({**_key(case), "kind": {"S": "seed"}} for case in cases))
    _write(system, (item for case in cases for item in _items(case)))
    return cases


def seed_history(system: SystemClient, case_id: str, count: int) -> None:
    """Emails in the history of a case, a minute apart: every fourth one by an agent, every fifth one with HTML."""
    now = to_milliseconds(datetime.now(UTC))
    rows = [_entry(case_id, n, now - timedelta(minutes=count - n)) for n in range(count)]
    _write(system, ({"pk": row["pk"], "sk": row["sk"], "kind": {"S": "seed"}} for row in rows))
    _write(system, rows)


def _entry(case_id: str, n: int, at: datetime) -> dict[str, Any]:
    jo, ours = Address("Jo Doe", "jo.doe@acme.example"), Address("HR", "answers@acme.example")
    text = f"Email {n}. {'The payslip is still not right, please look again. ' * 4}\n\n> {'Quoted. ' * 20}\n"
    html = f"<p>Email <b>{n}</b></p><ul>{'<li>The payslip is still not right.</li>' * 9}</ul>" if n % 5 == 0 else None
    sent = n % 4 == 3
    email = blank_email(
        email_id=email_id(at, random_id()),
        direction=Direction.OUTBOUND if sent else Direction.INBOUND,
        from_=ours if sent else jo,
        to=(jo if sent else ours,),
        subject=f"Re: Payslip {n}",
        at=at,
        preview=text[:120],
        message_id=f"{n}.{case_id}@seeded.example",
        recipients=(Recipient(jo.address, jo.name, RecipientRole.TO, RecipientState.DELIVERED, "250 ok", at),) * sent,
        content=Content(text, html, (("Subject", f"Re: Payslip {n}"),), (), text[:100]),
    )
    row: dict[str, Any] = entry_row(Entry(case_id, email), None, random_id(), cast("MailBucket", None)).serialize()
    return row


def _case(n: int, at: datetime) -> Case:
    name = NAMES[n % len(NAMES)]
    employee = EmployeeSnapshot(f"{n:06}", name, f"{name.lower().replace(' ', '.')}{n}@acme.example")
    return blank_case(
        case_id=random_id(),
        subject=f"Payslip of month {n}",
        employee=employee,
        mailbox="payroll@acme.example",
        waiting_on=WaitingOn.EMPLOYEE,
        acted_at=at,
        last_outbound_at=at,
        created_at=at,
        updated_at=at,
    )


def _key(case: Case) -> dict[str, Any]:
    pk, sk = keys.record(case.case_id)
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _items(case: Case) -> Iterator[dict[str, Any]]:
    others, row = case_rows(case, None, cast("MailBucket", None))
    assert not others
    yield row.serialize()
    words = words_of_case(case, frozenset())
    made = made_at(to_text(case.created_at))
    yield case_words_row(case.case_id, made, CaseWords({OF_CASE: words}), 0).serialize()
    for word in words:
        pk, sk = keys.case_word(word, made, case.case_id)
        yield {"pk": {"S": pk}, "sk": {"S": sk}}


def _write(system: SystemClient, items: Iterable[dict[str, Any]]) -> None:
    dynamodb, waiting = system.client("dynamodb"), list(items)
    for start in range(0, len(waiting), _BATCH):
        requests = [{"PutRequest": {"Item": item}} for item in waiting[start : start + _BATCH]]
        answered = dynamodb.batch_write_item(RequestItems={system.aws["table"]: requests})
        assert not answered["UnprocessedItems"]
