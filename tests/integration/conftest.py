"""A new AWS in this process for each test."""

from collections.abc import Iterator

import pytest
from email_channels.aws import clients
from email_channels.aws.mail_bucket import MailBucket

from tests.support.in_process.aws import Aws, embedded_aws


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """A new, empty AWS, which the package's models and clients use."""
    with embedded_aws(monkeypatch) as made:
        yield made


@pytest.fixture
def mail(aws: Aws) -> MailBucket:
    """The bucket of that AWS."""
    return MailBucket(clients.s3(), aws.bucket_name)
