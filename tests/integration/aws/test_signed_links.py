"""Signed links name the bucket's host in its region: the console's policy allows no other."""

import pytest
from email_channels.aws import clients
from email_channels.aws.mail_bucket import MailBucket


@pytest.fixture
def _new_clients() -> object:
    clients._session.cache_clear()
    clients.s3.cache_clear()
    yield
    clients._session.cache_clear()
    clients.s3.cache_clear()


@pytest.mark.parametrize("region", ["eu-west-1", "us-east-1", "eu-central-2"])
@pytest.mark.usefixtures("_new_clients")
def test_host(monkeypatch: pytest.MonkeyPatch, region: str) -> None:
    """No endpoint is set, so these are the addresses of AWS. Signing calls nothing."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    for name, value in (("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b"), ("AWS_DEFAULT_REGION", region)):
        monkeypatch.setenv(name, value)
    bucket = MailBucket(clients.s3(), "email-channels-test")
    for link in (bucket.link("raw/x", "x.eml", "message/rfc822"), bucket.upload_link("uploads/x", "text/plain", 3)):
        assert link.url.startswith(f"https://email-channels-test.s3.{region}.amazonaws.com/")
