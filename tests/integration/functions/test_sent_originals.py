"""The original of an agent's email: what was sent, as a recipient got it."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.stores.outbound_store import OutboundStore
from email_channels.aws.stores.requests import request_keys
from email_channels.errors import Conflict, NotFound
from email_channels.outbound import sending

from tests.support.in_process.ad_hoc_channel import EMAIL, AdHocChannel
from tests.support.in_process.api_client import Api
from tests.support.in_process.aws import Aws
from tests.support.in_process.aws_calls import AwsCalls
from tests.support.system.images import data_url, png

BODY = EMAIL | {
    "bcc": ["secret@acme.example"],
    "html": f'<p>Grüße <img src="{data_url(png())}"></p>',
}


@pytest.fixture
def api(aws: Aws, ad_hoc: AdHocChannel) -> Api:
    assert ad_hoc
    return Api(aws)


def original(api: Api, ad_hoc: AdHocChannel, email_id: str, aws: Aws) -> bytes:
    answer = api("agent", "GET", f"/cases/{ad_hoc.case.case_id}/emails/{email_id}/original")
    assert answer.status == 200, answer.text
    return ad_hoc.mail.read(urlsplit(answer.json["url"]).path.lstrip("/").removeprefix(f"{aws.bucket_name}/"))


def test_original(api: Api, ad_hoc: AdHocChannel, aws: Aws, calls: AwsCalls) -> None:
    """It is the message that SES got, with the Message-ID and Date that SES added, and without Bcc."""
    entry = ad_hoc.post(BODY).body
    [sent] = ad_hoc.sent()
    found = original(api, ad_hoc, entry["email_id"], aws)
    added, _, rest = found.partition(b"From: ")
    assert b"From: " + rest == sent.raw_data.encode()
    message = message_from_bytes(found, policy=default)
    assert message["Message-ID"] == f"<{sent.id}@eu-central-1.amazonses.com>"
    assert message["Date"].datetime.isoformat()[:19] == entry["at"][:19]
    assert len(added.splitlines()) == 2
    assert b"secret@acme.example" not in found
    calls.begin()
    assert original(api, ad_hoc, entry["email_id"], aws) == found
    assert "PutObject" not in calls.names


def test_not_taken_by_ses(api: Api, ad_hoc: AdHocChannel, aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until SES has taken it, the original has neither Message-ID nor Date."""
    from email_channels.aws.ses_client import SesClient
    from email_channels.errors import SendOutcomeUnknown

    def fail(*_: object, **__: object) -> str:
        raise SendOutcomeUnknown("no answer")

    monkeypatch.setattr(SesClient, "send", fail)
    entry = ad_hoc.post(BODY).body
    message = message_from_bytes(original(api, ad_hoc, entry["email_id"], aws), policy=default)
    assert (message["Message-ID"], message["Date"]) == (None, None)
    assert message["Subject"] == entry["subject"]


def test_erased_meanwhile(api: Api, ad_hoc: AdHocChannel, aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """An original that is deleted while it is completed stays deleted."""
    entry = ad_hoc.post(BODY).body
    read = MailBucket.read_with_etag

    def read_and_delete(mail: MailBucket, key: str) -> tuple[bytes, str] | None:
        found = read(mail, key)
        mail.delete([key])
        return found

    monkeypatch.setattr(MailBucket, "read_with_etag", read_and_delete)
    answer = api("agent", "GET", f"/cases/{ad_hoc.case.case_id}/emails/{entry['email_id']}/original")
    assert (answer.status, answer.problem) == (404, "not_found")
    [email] = ad_hoc.history()
    assert email.raw_key is not None
    assert ad_hoc.mail.size(email.raw_key) is None
    assert aws


def test_completed_twice_at_once(api: Api, ad_hoc: AdHocChannel, aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two requests at the same time add the fields once."""
    entry = ad_hoc.post(BODY).body
    read, path = MailBucket.read_with_etag, f"/cases/{ad_hoc.case.case_id}/emails/{entry['email_id']}/original"
    nested: list[int] = []

    def read_and_ask(mail: MailBucket, key: str) -> tuple[bytes, str] | None:
        found = read(mail, key)
        if not nested:
            nested.append(1)
            assert api("agent", "GET", path).status == 200
        return found

    monkeypatch.setattr(MailBucket, "read_with_etag", read_and_ask)
    found = original(api, ad_hoc, entry["email_id"], aws)
    assert found.count(b"Message-ID:") == found.count(b"Date:") == 1


def test_erased_case(api: Api, ad_hoc: AdHocChannel) -> None:
    """The erasure of the case deletes originals and images of what was sent from it."""
    ad_hoc.post(BODY)
    [email] = ad_hoc.history()
    keys = [email.raw_key, *(row.key for row in email.attachments)]
    assert all(ad_hoc.mail.size(key or "") for key in keys)
    path = f"/cases/{ad_hoc.case.case_id}"
    assert api("admin", "DELETE", path, headers={"if-match": "*"}).status == 204
    assert [ad_hoc.mail.size(key or "") for key in keys] == [None, None]


def objects(ad_hoc: AdHocChannel, aws: Aws) -> list[str]:
    """The keys of all objects that an agent's email writes."""
    listed = boto3.client("s3").list_objects_v2(Bucket=aws.bucket_name).get("Contents", [])
    assert ad_hoc
    return [row["Key"] for row in listed if not row["Key"].startswith(("raw/", "uploads/"))]


@pytest.mark.parametrize("refused", [NotFound("There is no such case."), Conflict("The case is full.")])
def test_refused_at_the_last_moment(
    ad_hoc: AdHocChannel, aws: Aws, monkeypatch: pytest.MonkeyPatch, refused: Exception
) -> None:
    """A case that is erased or full when the entry is written keeps no files of the refused email."""

    def fail(*_: object) -> None:
        raise refused

    before = objects(ad_hoc, aws)
    monkeypatch.setattr(OutboundStore, "create", fail)
    assert ad_hoc.post(BODY | {"text": "x" * 20_000}).status in {404, 409}
    assert objects(ad_hoc, aws) == before
    assert ad_hoc.sent() == []


@pytest.mark.parametrize(("text", "status"), [("Dear Jo", 202), ("Dear Kim", 409)])
def test_key_taken_at_the_last_moment(
    ad_hoc: AdHocChannel, aws: Aws, monkeypatch: pytest.MonkeyPatch, text: str, status: int
) -> None:
    """Another request with this key is faster. The files stay if it is the same request."""
    first = ad_hoc.post(BODY | {"text": "Dear Jo"})
    kept = objects(ad_hoc, aws)
    find, asked = request_keys.first_request, []

    def first_request(*given: Any) -> Any:
        asked.append(given)
        return find(*given) if len(asked) > 1 else None

    monkeypatch.setattr(sending, "first_request", first_request)
    answer = ad_hoc.post(BODY | {"text": text})
    assert answer.status == status
    if status == 202:
        assert answer.body["email_id"] == first.body["email_id"]
    assert objects(ad_hoc, aws) == kept
    assert len(ad_hoc.sent()) == 1
