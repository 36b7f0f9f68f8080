"""Stored emails and cases in which everything is empty, for tests that need only some of their fields."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from email_channels.cases.case import Case, CaseStatus
from email_channels.cases.history import Direction, EntryKind, StoredEmail
from email_channels.mail.message import Address

AT = datetime(2026, 11, 23, 10, tzinfo=UTC)
_BLANK_EMAIL = StoredEmail(
    email_id="0000000000000000000",
    direction=Direction.INBOUND,
    kind=EntryKind.NORMAL,
    from_=None,
    to=(),
    cc=(),
    bcc=(),
    subject="",
    at=AT,
    preview="",
    attachments=(),
    recipients=(),
    matched_by=None,
    message_id=None,
    references=(),
    in_reply_to=None,
    raw_key=None,
    content=None,
)
_BLANK_CASE = Case(
    case_id="0000000000",
    status=CaseStatus.OPEN,
    subject="",
    issue="",
    topic="General",
    service_group="default",
    employee=None,
    regarding=None,
    show_to_employee=False,
    flags=(),
    siblings=(),
    mailbox=None,
    created_at=AT,
    updated_at=AT,
)


def blank_email(**changes: Any) -> StoredEmail:
    """An inbound email of `AT` without addresses and content, with these fields changed."""
    return replace(_BLANK_EMAIL, **changes)


def blank_case(**changes: Any) -> Case:
    """An open case of `AT` without emails and employees, with these fields changed."""
    return replace(_BLANK_CASE, **changes)


def email_of_jo(**changes: Any) -> StoredEmail:
    """An answer of Jo Döe to an earlier email, with a long Message-ID, with these fields changed."""
    return blank_email(
        email_id="06H0KDP467K3F92QDX0",
        from_=Address("Jo Döe", "jo@elsewhere.example"),
        to=(Address("", "payroll@acme.example"),),
        subject="Ürlaub",
        message_id="a" * 90 + "@elsewhere.example",
        references=("first@elsewhere.example",),
        **changes,
    )
