"""An AWS in this process (moto), with the table, the bucket and the signing keys of the template."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import boto3
import pytest
from email_channels.aws.rows import table
from moto import mock_aws

from local.moto_patches import fast_queries, fast_serialization, fast_transactions, fast_values, one_call_at_a_time
from tests.support.new_process import forget_clients, forget_logger, forget_use_cases
from tests.support.tables import make_table

REGION: Final = "eu-central-1"


@dataclass(frozen=True)
class Aws:
    """The names of the resources."""

    table_name: str
    bucket_name: str
    tag_key_secret: str
    region: str = REGION


SIGNING_KEYS = {"current": "a-key-for-tests", "previous": ["an-older-key"]}


@contextmanager
def embedded_aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """A new, empty AWS; the package's models and clients use it."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.setenv(name, REGION)
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        _forget()
        patches = (fast_queries, fast_serialization, fast_transactions, fast_values, one_call_at_a_time)
        undo_patches = [patch.install() for patch in patches]
        try:
            made = Aws("email-channels", "email-channels-test", _make_secret())
            make_table(made.table_name)
            _make_bucket(made.bucket_name)
            table.bind(made.table_name, generation=uuid.uuid4().hex)
            yield made
        finally:
            for undo in undo_patches:
                undo()
            _forget()


def _forget() -> None:
    """Drops clients and use cases, which belong to the AWS and the environment of an earlier test."""
    forget_clients()
    forget_use_cases()
    forget_logger()


def _make_bucket(name: str) -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})


def _make_secret() -> str:
    secrets_manager = boto3.client("secretsmanager")
    return secrets_manager.create_secret(Name="tag-key", SecretString=json.dumps(SIGNING_KEYS))["ARN"]
