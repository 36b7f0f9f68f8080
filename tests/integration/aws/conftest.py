"""Two cases, each made by an email."""

from __future__ import annotations

import pytest
from email_channels.aws.mail_bucket import MailBucket
from email_channels.cases.case import Case

from tests.support.in_process.stored_emails import record_case


@pytest.fixture
def case(mail: MailBucket) -> Case:
    return record_case(mail, 1)


@pytest.fixture
def other(mail: MailBucket) -> Case:
    return record_case(mail, 2)
