"""The AWS clients: made on first use, once a process, all of one botocore session. `patience` says how long they wait.

Not through boto3, whose conveniences nothing here uses and every cold start would pay for.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from botocore.config import Config
from botocore.session import Session, get_session

from email_channels.aws import timeouts
from email_channels.aws.timeouts import Patience

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sqs import SQSClient


@lru_cache(maxsize=1)
def dynamodb() -> DynamoDBClient:
    """DynamoDB, for PynamoDB (`rows.bind`), which has checked the parameters itself."""
    return cast("DynamoDBClient", _client("dynamodb", timeouts.DYNAMODB, parameter_validation=False))


@lru_cache(maxsize=1)
def s3() -> S3Client:
    """S3; links are signed with version 4, which KMS-encrypted objects require."""
    return cast("S3Client", _client("s3", timeouts.S3, signature_version="s3v4"))


@lru_cache(maxsize=1)
def ses() -> SESV2Client:
    """SES, which makes one attempt for each call."""
    return cast("SESV2Client", _client("sesv2", timeouts.SES))


@lru_cache(maxsize=1)
def secrets_manager() -> SecretsManagerClient:
    """Secrets Manager."""
    return cast("SecretsManagerClient", _client("secretsmanager", timeouts.SECRETS_MANAGER))


@lru_cache(maxsize=1)
def sqs() -> SQSClient:
    """SQS."""
    return cast("SQSClient", _client("sqs", timeouts.SQS))


@lru_cache(maxsize=1)
def _session() -> Session:
    return get_session()


def _client(service: str, how_patient: Patience, **more: Any) -> Any:
    client = _session().create_client(service, config=how_patient.config().merge(Config(**more)))
    timeouts.watch(client, how_patient)
    return client
