"""Emails as intake would have stored them, for tests of later steps."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from email_channels.aws.mail_bucket import MailBucket, attachment_key
from email_channels.aws.stores.record_store import RecordStore
from email_channels.cases.case import Case, EmployeeSnapshot, made_from, participant_keys
from email_channels.cases.channels import Channel
from email_channels.cases.history import Content, StoredAttachment, StoredEmail
from email_channels.cases.identity import EmailIdentity, email_id, identify
from email_channels.cases.reasons import Reason
from email_channels.cases.unprocessed import Unprocessed
from email_channels.mail.message import Address

from tests.support.blank_records import blank_case, blank_email

RECEIVED = datetime(2026, 11, 23, 10, tzinfo=UTC)
SENT = (
    b"From: Jo Doe <jo@elsewhere.example>\r\nTo: payroll@acme.example\r\nSubject: Leave\r\n"
    b"Date: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <%d@elsewhere.example>\r\n\r\nHow many days are left?\r\n"
)
SES_BLOCK = (
    b"Return-Path: <jo@elsewhere.example>\r\n"
    b"Received: from mail.elsewhere.example (mail.elsewhere.example [203.0.113.9])\r\n"
    b" by inbound-smtp.eu-central-1.amazonaws.com with SMTP id abc\r\n"
    b" for payroll@in.example;\r\n"
    b" Mon, 23 Nov 2026 10:00:00 +0000 (UTC)\r\n"
    b"X-SES-Spam-Verdict: PASS\r\nX-SES-Virus-Verdict: PASS\r\n"
    b"Authentication-Results: amazonses.com;\r\n"
    b" dkim=pass header.i=@elsewhere.example;\r\n"
    b" dmarc=pass header.from=elsewhere.example;\r\n"
    b"X-SES-RECEIPT: abc\r\nX-SES-DKIM-SIGNATURE: def\r\n"
)


def stored_email(record_id: str, raw_key: str, n: int = 1) -> StoredEmail:
    """A short email with one attachment."""
    return blank_email(
        email_id=email_id(RECEIVED, record_id),
        from_=Address("Jo Doe", "jo@elsewhere.example"),
        to=(Address("", "payroll@acme.example"),),
        subject="Leave",
        at=RECEIVED,
        preview="How many days are left?",
        attachments=(
            StoredAttachment(1, "days.txt", "text/plain", 4, "0" * 64, False, None, attachment_key(record_id, 1)),
        ),
        message_id=f"{n}@elsewhere.example",
        raw_key=raw_key,
        content=Content("How many days are left?\n", None, (("Subject", "Leave"),), (), "How many days are left?\n"),
    )


def identity_of(n: int, recipient: str = "payroll@in.example") -> EmailIdentity:
    """The identity of the n-th email, at a receiving address."""
    return identify(SENT % n, recipient, "raw/case_creation/any")


def original_key(n: int, recipient: str = "payroll@in.example") -> str:
    """The key of the n-th original."""
    return f"raw/case_creation/{n:040d}{recipient[:3]}"


def write_original(mail: MailBucket, n: int, recipient: str = "payroll@in.example") -> str:
    """Writes the n-th email into the bucket as SES does; returns its key."""
    key = original_key(n, recipient)
    mail.write(key, SES_BLOCK.replace(b"payroll@in.example", recipient.encode()) + SENT % n)
    return key


def record_unprocessed(mail: MailBucket, n: int, **changes: object) -> Unprocessed:
    """Stores the n-th email as unprocessed, with its objects in the bucket."""
    identity = identity_of(n)
    record_id = identity.record_id()
    item = Unprocessed(
        id=record_id,
        channel=Channel.CASE_CREATION,
        mailbox="payroll@acme.example",
        reason=Reason.SENDER_NOT_FOUND,
        received_at=RECEIVED,
        envelope_sender="jo@elsewhere.example",
        automatic=False,
        proven=True,
        email=as_written(mail, stored_email(record_id, write_original(mail, n), n)),
    )
    item = replace(item, **changes)  # type: ignore[arg-type]  # mypy cannot check a dict of changes
    mail.write(attachment_key(record_id, 1), b"days")
    RecordStore(mail).create(item, identity)
    return item


def as_written(mail: MailBucket, email: StoredEmail) -> StoredEmail:
    """The email with the time at which the bucket stored its original."""
    return replace(email, stored_at=mail.stored_at(email.raw_key) if email.raw_key else None)


def record_case(
    mail: MailBucket,
    n: int,
    recipient: str = "payroll@in.example",
    sender: Address = Address("Jo Doe", "jo@elsewhere.example"),  # noqa: B008 - it never changes
    **changes: object,
) -> Case:
    """Stores the n-th email as a case of the employee 543457."""
    identity = identity_of(n, recipient)
    record_id = identity.record_id()
    case = blank_case(
        case_id=record_id,
        subject="Leave",
        issue="How many days are left?\n",
        topic="Payroll",
        employee=EmployeeSnapshot("543457", "Jo Doe", "jo@elsewhere.example"),
        show_to_employee=True,
        mailbox="payroll@acme.example",
        created_at=RECEIVED,
        updated_at=RECEIVED,
        participants=participant_keys({"jo@elsewhere.example"}),
        email=replace(as_written(mail, stored_email(record_id, write_original(mail, n, recipient), n)), from_=sender),
    )
    case = replace(case, **changes)  # type: ignore[arg-type]  # mypy cannot check a dict of changes
    case = replace(made_from(case.email, case), emails=1) if case.email else case
    RecordStore(mail).create(case, identity)
    return case
