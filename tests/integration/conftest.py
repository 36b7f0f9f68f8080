"""A new AWS in this process for each test."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.loaders import JSONFileLoader
from email_channels.aws import clients
from email_channels.aws.mail_bucket import MailBucket

from tests.support.in_process.aws import Aws, embedded_aws


@pytest.fixture(scope="session", autouse=True)
def _botocore_data_read_once() -> Iterator[None]:
    """Keeps botocore's descriptions of AWS between tests: reading them for each test took a third of the time."""
    loader = JSONFileLoader()
    loaded: dict[str, Any] = {}

    def read_once(_: JSONFileLoader, path: str) -> Any:
        if path not in loaded:
            loaded[path] = load_file(loader, path)
        return loaded[path]

    load_file = JSONFileLoader.load_file
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(JSONFileLoader, "load_file", read_once)
        yield


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """A new, empty AWS, which the package's models and clients use."""
    with embedded_aws(monkeypatch) as made:
        yield made


@pytest.fixture
def mail(aws: Aws) -> MailBucket:
    """The bucket of that AWS."""
    return MailBucket(clients.s3(), aws.bucket_name)
