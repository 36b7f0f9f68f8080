"""Puts many cases into a running system, below SMTP, so that a search has something to look through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import case_rows
from email_channels.aws.rows.search_rows import case_word_row, case_words_row, made_at
from email_channels.cases.case import Case, EmployeeSnapshot, WaitingOn
from email_channels.cases.references import random_id
from email_channels.cases.search.case_words import OF_CASE, CaseWords, words_of_case
from email_channels.times import to_milliseconds, to_text

from tests.support.blank_records import blank_case
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
        yield case_word_row(keys.case_word(word, made, case.case_id)).serialize()


def _write(system: SystemClient, items: Iterable[dict[str, Any]]) -> None:
    dynamodb, waiting = system.client("dynamodb"), list(items)
    for start in range(0, len(waiting), _BATCH):
        requests = [{"PutRequest": {"Item": item}} for item in waiting[start : start + _BATCH]]
        answered = dynamodb.batch_write_item(RequestItems={system.aws["table"]: requests})
        assert not answered["UnprocessedItems"]
