"""What the bucket's answers mean: only 404 says that an object is missing, and refused deletions are retried."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError
from email_channels.aws.mail_bucket import ATTEMPTS, DELETE_BATCH, MailBucket


class S3:
    """In the place of the S3 client. `refusals` has for each call of DeleteObjects the keys that S3 does not delete.

    Each object has the versions that `versions` names, or one.
    """

    def __init__(
        self,
        status: int = 200,
        refusals: tuple[set[str], ...] = (),
        objects: Iterable[str] = "abc",
        versions: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._status = status
        self._refusals = list(refusals)
        self._objects = sorted(objects)
        self._versions = versions or {}
        self.asked: list[list[str]] = []
        self.deleted: list[tuple[str, str]] = []
        self.listed: list[str] = []

    def get_paginator(self, operation: str) -> S3:
        assert operation == "list_object_versions"
        return self

    def paginate(self, **parameters: str) -> list[dict[str, Any]]:
        """Two pages: the versions, then the delete markers."""
        self.listed.append(parameters["Prefix"])
        found = [
            {"Key": key, "VersionId": version}
            for key in self._objects
            for version in self._versions.get(key, ("1",))
            if key.startswith(parameters["Prefix"])
        ]
        marked = [item for item in found if item["VersionId"] == "marker"]
        return [{"Versions": [item for item in found if item not in marked]}, {"DeleteMarkers": marked}]

    def head_object(self, **_: str) -> dict[str, int]:
        if self._status == 200:
            return {"ContentLength": 5}
        answer: Any = {"Error": {"Code": str(self._status)}, "ResponseMetadata": {"HTTPStatusCode": self._status}}
        raise ClientError(answer, "HeadObject")

    def delete_objects(self, **parameters: Any) -> dict[str, Any]:
        keys = [item["Key"] for item in parameters["Delete"]["Objects"]]
        self.asked.append(keys)
        self.deleted += [(item["Key"], item["VersionId"]) for item in parameters["Delete"]["Objects"]]
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
    """A call takes a thousand versions."""
    client = S3(objects=[str(n) for n in range(keys)])
    assert bucket(client).delete(str(n) for n in range(keys)) == frozenset()
    assert [len(asked) for asked in client.asked] == calls


def test_all_versions() -> None:
    """Every version is deleted, and every delete marker, and nothing of an object whose key only begins alike."""
    client = S3(objects=["raw/a", "raw/ab"], versions={"raw/a": ["3", "marker", "1"]})
    assert bucket(client).delete(["raw/a", "raw/gone"]) == frozenset()
    assert sorted(client.deleted) == [("raw/a", "1"), ("raw/a", "3"), ("raw/a", "marker")]


def test_nothing_there() -> None:
    """What does not exist counts as deleted, and needs no call of DeleteObjects."""
    client = S3(objects=[])
    assert bucket(client).delete(["raw/a"]) == frozenset()
    assert client.asked == []


def test_lists() -> None:
    """All attachments of an email need one list."""
    attachments = [f"attachments/R1/{n}" for n in range(1, 501)]
    client = S3(objects=["attachments/R1/1", "attachments/R1/501", "attachments/R2/1", "raw/a"])
    assert bucket(client).delete(["raw/a", "bodies/R1", *attachments]) == frozenset()
    assert sorted(client.listed) == ["attachments/R1/", "bodies/R1", "raw/a"]
    assert sorted(client.deleted) == [("attachments/R1/1", "1"), ("raw/a", "1")]
