"""The clients of AWS, each made on first use."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_ses import SESClient
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sts import STSClient

# Retries are those of the SDK, but for functions: an invocation whose answer was lost may have done its work.
_CONFIG = Config(connect_timeout=5, read_timeout=35, retries={"mode": "standard", "total_max_attempts": 4})
_ONCE = Config(connect_timeout=5, read_timeout=65, retries={"total_max_attempts": 1})


class Clients:
    """The clients of one session, which has the credentials and the region."""

    def __init__(self, session: boto3.Session) -> None:
        self._session = session

    @property
    def region(self) -> str:
        return self._session.region_name or ""

    @cached_property
    def cloudformation(self) -> CloudFormationClient:
        return self._session.client("cloudformation", config=_CONFIG)

    @cached_property
    def cloudwatch(self) -> CloudWatchClient:
        return self._session.client("cloudwatch", config=_CONFIG)

    @cached_property
    def dynamodb(self) -> DynamoDBClient:
        return self._session.client("dynamodb", config=_CONFIG)

    @cached_property
    def functions(self) -> LambdaClient:
        return self._session.client("lambda", config=_ONCE)

    @cached_property
    def s3(self) -> S3Client:
        return self._session.client("s3", config=_CONFIG)

    @cached_property
    def ses(self) -> SESClient:
        return self._session.client("ses", config=_CONFIG)

    @cached_property
    def sesv2(self) -> SESV2Client:
        return self._session.client("sesv2", config=_CONFIG)

    @cached_property
    def sns(self) -> SNSClient:
        return self._session.client("sns", config=_CONFIG)

    @cached_property
    def sqs(self) -> SQSClient:
        return self._session.client("sqs", config=_CONFIG)

    @cached_property
    def sts(self) -> STSClient:
        return self._session.client("sts", config=_CONFIG)

    @property
    def url_suffix(self) -> str:
        """The end of all host names of AWS in this region: amazonaws.com, or another one in China."""
        return "amazonaws.com.cn" if self.region.startswith("cn-") else "amazonaws.com"
