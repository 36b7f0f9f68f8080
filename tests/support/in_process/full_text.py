"""All that is stored anywhere, as one text: to show that somebody was erased."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
from email_channels.aws.rows.compression import unpack_content, unpack_email

from tests.support.in_process.aws import Aws
from tests.support.in_process.inbox import scan


def full_text(aws: Aws) -> str:
    """The text of the table's items, contents unpacked, and of all versions of the bucket's objects, with keys."""
    return "\n".join([*_items(), *_objects(aws)])


def _items() -> Iterator[str]:
    for item in scan():
        yield str(item)
        packed = item.get("email", {}).get("B")
        if packed is not None:
            yield str(unpack_email(packed))


def _objects(aws: Aws) -> Iterator[str]:
    s3 = boto3.client("s3")
    for version in s3.list_object_versions(Bucket=aws.bucket_name).get("Versions", ()):
        id_ = version["VersionId"]
        content = s3.get_object(Bucket=aws.bucket_name, Key=version["Key"], VersionId=id_)["Body"].read()
        packed = version["Key"].startswith("bodies/")
        yield version["Key"]
        yield str(unpack_content(content)) if packed else content.decode("utf-8", "replace")
