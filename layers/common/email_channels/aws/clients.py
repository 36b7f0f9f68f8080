"""The AWS clients. Each is created on first use, once in a process, all from one botocore session.

The clients are botocore's, not boto3's: nothing here needs boto3's extras, and importing it would slow down each cold
start. `timeouts` has the time-outs and retries of each service.
"""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from botocore.config import Config
from botocore.session import Session, get_session
from botocore.utils import parse_timestamp

from email_channels.aws import timeouts
from email_channels.aws.timeouts import ServiceTimeouts

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sqs import SQSClient


@lru_cache(maxsize=1)
def dynamodb() -> DynamoDBClient:
    """DynamoDB. Only PynamoDB uses this client (`table.bind`), and PynamoDB checks the parameters itself."""
    return cast("DynamoDBClient", _client("dynamodb", timeouts.DYNAMODB, parameter_validation=False))


@lru_cache(maxsize=1)
def s3() -> S3Client:
    """S3. Presigned links use signature version 4, which KMS-encrypted objects require.

    They name the bucket's host in its region, because the policy of the console does. By default, botocore signs links
    for the global host. That host redirects requests for new buckets, which breaks the signature, and does not know
    regions launched since March 2019.
    """
    regional = {"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"}
    return cast("S3Client", _client("s3", timeouts.S3, signature_version="s3v4", s3=regional))


@lru_cache(maxsize=1)
def ses() -> SESV2Client:
    """SES, without retries."""
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
def events() -> EventBridgeClient:
    """EventBridge."""
    return cast("EventBridgeClient", _client("events", timeouts.EVENTS))


@lru_cache(maxsize=1)
def _session() -> Session:
    made = get_session()
    made.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=read_timestamp)
    return made


def read_timestamp(value: Any) -> datetime:
    """A time in an answer of AWS, with its zone.

    botocore reads all times with dateutil, which tries many formats. For the time of an object, which S3 gives in a
    header, this took longer than to read all else in the answer.
    """
    return parsedate_to_datetime(value) if str(value).endswith(" GMT") else parse_timestamp(value)


def _client(service: str, service_timeouts: ServiceTimeouts, **more: Any) -> Any:
    # Without a user agent of its own, a client puts the same text together for each request.
    more_config = Config(user_agent=_session().user_agent(), **more)
    client = _session().create_client(service, config=service_timeouts.config().merge(more_config))
    timeouts.enforce_deadline(client, service_timeouts)
    return client
