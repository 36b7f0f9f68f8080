"""The bucket: originals as SES wrote them, attachments, long texts, uploads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError

from email_channels.aws.retries import pause
from email_channels.cases.ascii_filenames import ascii_filename
from email_channels.errors import NotFound
from email_channels.values import dataclass

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import (
        GetObjectOutputTypeDef,
        HeadObjectOutputTypeDef,
        ObjectIdentifierTypeDef,
        TagTypeDef,
    )

LINK_LIFETIME = timedelta(minutes=10)
# The most versions of objects that one call of DeleteObjects takes.
DELETE_BATCH = 1000
# The most lists of versions that are asked for at the same time. One answers in some 30 ms, and a purge needs hundreds.
LISTS_AT_ONCE = 8
# An object is read in parts of this size (`parts`).
PART_BYTES = 1 << 20
# The most attempts to read an object (the connection may break), and to delete objects (S3 may report errors).
ATTEMPTS = 3
# Links serve these types as application/octet-stream: a browser would show or run them under our bucket's domain. All
# other types are served as the sender declared them.
_SHOWN_TYPES = ("text/html", "application/xhtml+xml", "image/svg+xml", "text/xml", "application/xml")
_ATTACHMENTS = "attachments/"


@dataclass(frozen=True, slots=True)
class Link:
    """A presigned URL, and when it expires."""

    url: str
    expires_at: datetime


class MailBucket:
    """Reads, writes, tags and deletes objects of the bucket. Raises botocore's exceptions for AWS's faults."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def read(self, key: str) -> bytes:
        """The object's bytes. Raises NotFound if there is no such object."""
        return self.read_original(key)[0]

    def read_original(self, key: str) -> tuple[bytes, datetime]:
        """The object's bytes, and when the bucket stored it, as `stored_at`. Raises NotFound if there is no such
        object."""
        for _ in range(ATTEMPTS - 1):
            answer = self._open(key)
            try:
                return answer["Body"].read(), answer["LastModified"]
            except (HTTPClientError, IncompleteReadError):
                pause(1)  # the SDK retries a request, but not a body that breaks off while it is read
        answer = self._open(key)
        return answer["Body"].read(), answer["LastModified"]

    def etag(self, key: str) -> str | None:
        """What identifies the present content of the object; None if there is no such object."""
        answer = self._head(key)
        return answer["ETag"] if answer else None

    def parts(self, key: str, etag: str) -> Iterator[bytes]:
        """The object's bytes, one part after the other, each with a call of its own when it is wanted.

        So the reader may take its time. Raises NotFound if there is no such object with this content any more.
        """
        start = 0
        while True:
            part, size = self._part(key, etag, start)
            start += len(part)
            if part:
                yield part
            if start >= size:
                return

    def _part(self, key: str, etag: str, start: int) -> tuple[bytes, int]:
        """The part that begins at a byte, and the size of the object."""
        wanted = f"bytes={start}-{start + PART_BYTES - 1}"
        for count in range(ATTEMPTS):
            try:
                answer = self._client.get_object(Bucket=self._bucket, Key=key, Range=wanted, IfMatch=etag)
                return answer["Body"].read(), int(answer["ContentRange"].rpartition("/")[2])
            except ClientError as error:
                status = error.response["ResponseMetadata"]["HTTPStatusCode"]
                if status == 416:  # an empty object has no range
                    return b"", 0
                if status in {404, 412}:
                    raise NotFound("The object is not (or no longer) in the bucket.") from error
                raise
            except (HTTPClientError, IncompleteReadError):
                if count == ATTEMPTS - 1:
                    raise
                pause(1)  # the SDK retries a request, but not a body that breaks off while it is read
        raise AssertionError("the last attempt returns or raises")

    def stored_at(self, key: str) -> datetime | None:
        """When the bucket stored the object, in whole seconds; None if there is no such object."""
        answer = self._head(key)
        return answer["LastModified"] if answer else None

    def _open(self, key: str) -> GetObjectOutputTypeDef:
        try:
            return self._client.get_object(Bucket=self._bucket, Key=key)
        except self._client.exceptions.NoSuchKey as error:
            raise NotFound("The object is not (or no longer) in the bucket.") from error

    def write(self, key: str, content: bytes, content_type: str = "application/octet-stream") -> None:
        """Writes an object, or replaces it."""
        self._client.put_object(Bucket=self._bucket, Key=key, Body=content, ContentType=content_type)

    def read_with_etag(self, key: str) -> tuple[bytes, str] | None:
        """The object's bytes and what identifies them; None if there is no such object."""
        etag = self.etag(key)
        if etag is None:
            return None
        try:
            return b"".join(self.parts(key, etag)), etag
        except NotFound:
            return None

    def replace(self, key: str, content: bytes, etag: str, content_type: str) -> bool:
        """Replaces an object if it still has this content. Returns whether it had."""
        try:
            self._client.put_object(Bucket=self._bucket, Key=key, Body=content, ContentType=content_type, IfMatch=etag)
        except ClientError as error:
            # 404: it was deleted. 409: another process is writing it (S3, "conditional writes").
            if error.response["ResponseMetadata"]["HTTPStatusCode"] in {404, 409, 412}:
                return False
            raise
        return True

    def size(self, key: str) -> int | None:
        """The object's size in bytes; None if there is no such object."""
        answer = self._head(key)
        return answer["ContentLength"] if answer else None

    def _head(self, key: str) -> HeadObjectOutputTypeDef | None:
        try:
            return self._client.head_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return None
            raise

    def link(self, key: str, filename: str, content_type: str) -> Link:
        """A link that downloads the object under a file name. It expires after LINK_LIFETIME."""
        shown = content_type.lower().split(";")[0].strip()
        url = self._client.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self._bucket,
                "Key": key,
                # RFC 6266: programs use the encoded `filename*` if they know it, and the plain `filename` otherwise.
                "ResponseContentDisposition": f'attachment; filename="{ascii_filename(filename)}"; '
                f"filename*=UTF-8''{quote(filename.encode('utf-8', 'replace'), safe='')}",
                "ResponseContentType": "application/octet-stream" if shown in _SHOWN_TYPES else shown,
            },
            ExpiresIn=int(LINK_LIFETIME.total_seconds()),
        )
        return Link(url, datetime.now(UTC) + LINK_LIFETIME)

    def upload_link(self, key: str, content_type: str, size: int) -> Link:
        """A link for a PUT with exactly this Content-Type and Content-Length. It expires after LINK_LIFETIME."""
        url = self._client.generate_presigned_url(
            "put_object",
            Params={"Bucket": self._bucket, "Key": key, "ContentType": content_type, "ContentLength": size},
            ExpiresIn=int(LINK_LIFETIME.total_seconds()),
        )
        return Link(url, datetime.now(UTC) + LINK_LIFETIME)

    def delete(self, keys: Iterable[str]) -> frozenset[str]:
        """Deletes objects with all their versions. Returns the keys of which S3 could not delete everything.

        The bucket keeps old versions, so that a mistake can be undone, but what is deleted here must be gone. An object
        that does not exist counts as deleted.
        """
        pending = list(self._versions(keys))
        left: set[str] = set()
        for start in range(0, len(pending), DELETE_BATCH):
            batch = pending[start : start + DELETE_BATCH]
            for count in range(ATTEMPTS):
                answer = self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": batch, "Quiet": True})
                refused = {error["Key"] for error in answer.get("Errors", ())}
                batch = [version for version in batch if version["Key"] in refused]
                if not batch:
                    break
                pause(count)
            left |= {version["Key"] for version in batch}
        return frozenset(left)

    def _versions(self, keys: Iterable[str]) -> Iterator[ObjectIdentifierTypeDef]:
        """All versions of these objects, with delete markers. One list is enough for all attachments of an email."""
        wanted: dict[str, set[str]] = defaultdict(set)
        for key in keys:
            wanted[_listed_with(key)].add(key)
        if len(wanted) < 2:
            for prefix in wanted:
                yield from self._listed(prefix, wanted)
            return
        with ThreadPoolExecutor(min(len(wanted), LISTS_AT_ONCE)) as threads:
            for found in threads.map(lambda prefix: self._listed(prefix, wanted), wanted):
                yield from found

    def _listed(self, prefix: str, wanted: Mapping[str, set[str]]) -> list[ObjectIdentifierTypeDef]:
        pages = self._client.get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=prefix)
        return [
            {"Key": version["Key"], "VersionId": version["VersionId"]}
            for page in pages
            for version in (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))
            if version["Key"] in wanted[prefix]
        ]

    def is_duplicate(self, key: str) -> bool:
        """Whether an original is tagged as a duplicate (`mark_duplicate`). Raises NotFound if it is gone."""
        try:
            tags = self._client.get_object_tagging(Bucket=self._bucket, Key=key)["TagSet"]
        except self._client.exceptions.NoSuchKey as error:
            raise NotFound("The object is not (or no longer) in the bucket.") from error
        return _retention("duplicate") in tags

    def mark_processed(self, key: str) -> None:
        """Tags an original, so that the bucket's lifecycle deletes it after ProcessedRetentionDays."""
        self._tag(key, "processed")

    def mark_duplicate(self, key: str) -> None:
        """Tags a duplicate of an original, so that the bucket's lifecycle deletes it after a day."""
        self._tag(key, "duplicate")

    def _tag(self, key: str, retention: str) -> None:
        self._client.put_object_tagging(Bucket=self._bucket, Key=key, Tagging={"TagSet": [_retention(retention)]})


def _retention(value: str) -> TagTypeDef:
    """The tag by which the bucket's lifecycle deletes originals."""
    return {"Key": "retention", "Value": value}


def _listed_with(key: str) -> str:
    """The prefix under which the versions of an object are listed: its key, or the folder of an email's attachments."""
    return key.rpartition("/")[0] + "/" if key.startswith(_ATTACHMENTS) else key


def attachment_key(record_id: str, n: int) -> str:
    """The key of attachment `n` of an email."""
    return f"{_ATTACHMENTS}{record_id}/{n}"


def content_key(record_id: str) -> str:
    """The key of an email's content, if the content is too long for an item."""
    return f"bodies/{record_id}"


def sent_key(storage_id: str) -> str:
    """The key of the original of an agent's email."""
    return f"sent/{storage_id}"


def upload_key(upload_id: str) -> str:
    """The key of an agent's upload. The bucket keeps it for a day at most."""
    return f"uploads/{upload_id}"
