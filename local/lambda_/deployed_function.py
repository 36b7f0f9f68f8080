"""A deployed function, and how it fails."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class DeployedFunction:
    """`name` is the folder under functions/, `timeout` is in seconds, `memory` in megabytes; `environment` is what the
    template gives it, `role` its role's resolved properties, `bucket_keys` the ARN of each encrypted bucket's key, by
    the bucket's name."""

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
    """The handler raised, ran out of time, died, or could not be imported.

    `error_type` is the exception's class or one of Lambda's own names (`Sandbox.Timedout`, `Runtime.ExitError`,
    `Function.ResponseSizeTooLarge`).
    """

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(f"{error_type}: {message}")
        self.error_type = error_type
        self.message = message
