"""An intake that knows two employees, and a case from which an agent has written."""

import pytest

from tests.support.in_process.aws import Aws
from tests.support.in_process.inbound_emails import QUESTION, record_sent_email
from tests.support.in_process.inbox import MARCUS, ZOE, Inbox, add_employees


@pytest.fixture
def inbox(aws: Aws) -> Inbox:
    add_employees(ZOE, MARCUS)
    return Inbox(aws)


@pytest.fixture
def case_id(inbox: Inbox) -> str:
    """A case of Zoe."""
    return inbox.receive(QUESTION).record_id


@pytest.fixture
def sent_email_id(inbox: Inbox, case_id: str) -> str:
    """The id of an agent's email from that case to Bob and Ann."""
    return record_sent_email(inbox, case_id)
