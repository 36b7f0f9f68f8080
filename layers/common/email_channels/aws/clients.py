"""The AWS clients: made on first use, once a process."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sqs import SQSClient

CONNECT_TIMEOUT_SECONDS = 2
READ_TIMEOUT_SECONDS = 10
# A send takes up to 40 MB to SES; its answer is worth waiting for, as nothing repeats it.
SEND_READ_TIMEOUT_SECONDS = 20

_RETRYING = Config(
    connect_timeout=CONNECT_TIMEOUT_SECONDS,
    read_timeout=READ_TIMEOUT_SECONDS,
    retries={"mode": "standard", "total_max_attempts": 4},
)
# SES has no idempotency token: the SDK must not repeat a send whose fate is unknown.
_ONCE = Config(
    connect_timeout=CONNECT_TIMEOUT_SECONDS,
    read_timeout=SEND_READ_TIMEOUT_SECONDS,
    retries={"mode": "standard", "total_max_attempts": 1},
)


@lru_cache(maxsize=1)
def s3() -> S3Client:
    """S3; links are signed with version 4, which KMS-encrypted objects require."""
    return boto3.client("s3", config=_RETRYING.merge(Config(signature_version="s3v4")))


@lru_cache(maxsize=1)
def ses() -> SESV2Client:
    """SES, which makes one attempt for each call."""
    return boto3.client("sesv2", config=_ONCE)


@lru_cache(maxsize=1)
def secrets_manager() -> SecretsManagerClient:
    """Secrets Manager."""
    return boto3.client("secretsmanager", config=_RETRYING)


@lru_cache(maxsize=1)
def sqs() -> SQSClient:
    """SQS."""
    return boto3.client("sqs", config=_RETRYING)


def forget() -> None:
    """Drops the clients, for tests that start another AWS."""
    for make in (s3, ses, secrets_manager, sqs):
        make.cache_clear()
