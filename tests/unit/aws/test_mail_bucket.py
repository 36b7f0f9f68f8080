"""What the bucket's answers mean: only 404 says that an object is missing, and refused deletions are retried."""

from __future__ import annotations

from typing import Any, cast

import pytest
from botocore.exceptions import ClientError
from email_channels.aws.mail_bucket import ATTEMPTS, DELETE_BATCH, MailBucket


class S3:
    """In the place of the S3 client. `refusals` has for each call of DeleteObjects the keys that S3 does not delete."""

    def __init__(self, status: int = 200, refusals: tuple[set[str], ...] = ()) -> None:
        self._status = status
        self._refusals = list(refusals)
        self.asked: list[list[str]] = []

    def head_object(self, **_: str) -> dict[str, int]:
        if self._status == 200:
            return {"ContentLength": 5}
        answer: Any = {"Error": {"Code": str(self._status)}, "ResponseMetadata": {"HTTPStatusCode": self._status}}
        raise ClientError(answer, "HeadObject")

    def delete_objects(self, **parameters: Any) -> dict[str, Any]:
        keys = [item["Key"] for item in parameters["Delete"]["Objects"]]
        self.asked.append(keys)
        refused = self._refusals.pop(0) if self._refusals else set()
        errors = [{"Key": key, "Code": "InternalError"} for key in keys if key in refused]
        return {"Errors": errors} if errors else {}


def bucket(client: S3) -> MailBucket:
    return MailBucket(cast("Any", client), "bucket")


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("email_channels.aws.mail_bucket.pause", lambda _: None)


def test_size() -> None:
    """Only 404 means that there is no such object."""
    assert bucket(S3()).size("uploads/1") == 5
    assert bucket(S3(404)).size("uploads/1") is None


@pytest.mark.parametrize("status", [400, 403, 429, 500, 503])
def test_size_not_known(status: int) -> None:
    """Any other refusal is a fault: an upload that exists must not be called missing."""
    with pytest.raises(ClientError):
        bucket(S3(status)).size("uploads/1")


def test_refused_deletion() -> None:
    """S3 reports errors for single keys in a successful answer. Only these keys are deleted again."""
    client = S3(refusals=({"b", "c"}, {"c"}))
    assert bucket(client).delete(["a", "b", "c"]) == frozenset()
    assert client.asked == [["a", "b", "c"], ["b", "c"], ["c"]]


def test_deletion_refused_for_good() -> None:
    """A key that S3 refuses each time is named."""
    client = S3(refusals=({"b"},) * ATTEMPTS)
    assert bucket(client).delete(["a", "b", "c"]) == {"b"}
    assert len(client.asked) == ATTEMPTS


@pytest.mark.parametrize(
    ("keys", "calls"), [(0, []), (DELETE_BATCH, [DELETE_BATCH]), (DELETE_BATCH + 1, [DELETE_BATCH, 1])]
)
def test_batches(keys: int, calls: list[int]) -> None:
    """A call takes a thousand keys."""
    client = S3()
    assert bucket(client).delete(str(n) for n in range(keys)) == frozenset()
    assert [len(asked) for asked in client.asked] == calls
