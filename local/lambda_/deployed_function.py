"""A deployed function, and the error that it fails with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class DeployedFunction:
    """A Lambda function of the template.

    `name` is the folder under functions/. `timeout` is in seconds, `memory` in megabytes. `environment` holds the
    variables that the template sets. `role` holds the resolved properties of the function's role. `bucket_keys` holds
    the ARN of the KMS key of each encrypted bucket, by the bucket's name.
    """

    name: str
    logical_id: str
    arn: str
    handler: str
    environment: Mapping[str, str]
    timeout: int
    memory: int
    role: Mapping[str, Any] | None = None
    bucket_keys: Mapping[str, str] = field(default_factory=dict)


class FunctionFailed(Exception):
    """The handler raised, timed out, died, or could not be imported.

    `error_type` is the class of the exception, or one of Lambda's own names (`Sandbox.Timedout`, `Runtime.ExitError`,
    `Function.ResponseSizeTooLarge`).
    """

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(f"{error_type}: {message}")
        self.error_type = error_type
        self.message = message
