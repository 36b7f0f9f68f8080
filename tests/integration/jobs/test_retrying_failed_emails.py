"""A job decides emails again that could not be processed."""

from __future__ import annotations

from tests.support.in_process.api_client import Api
from tests.support.in_process.aws import Aws
from tests.support.in_process.inbound_emails import MANUAL
from tests.support.in_process.inbox import ZOE, Inbox, add_employees
from tests.support.in_process.jobs import work_all


def test_attachments(api: Api, aws: Aws) -> None:
    """The case gets the files that the failed email could not keep."""
    add_employees(ZOE)
    inbox = Inbox(aws)
    failed = inbox.intake.record_failure(inbox.put(MANUAL), RuntimeError())
    assert failed is not None
    answer = api("admin", "POST", "/unprocessed/retry", {"ids": [failed.record_id]})
    assert answer.status == 202, answer.text
    work_all()
    email = inbox.case(failed.record_id).email
    assert email is not None
    assert [attachment.key for attachment in email.attachments] == inbox.objects("attachments/") != []
