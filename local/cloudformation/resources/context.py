"""What creating a resource needs, and what it returns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.embedded_aws import EmbeddedAws
from local.lambda_.deployed_function import DeployedFunction


@dataclass(frozen=True)
class StackContext:
    """The stack in which resources are created. `api_url` is the URL of the API, without a slash at the end."""

    aws: EmbeddedAws
    stack_name: str
    api_url: str
    configurations: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """What Lambda's API says of each function, by its name."""

    @property
    def pseudo_parameters(self) -> dict[str, str]:
        return {
            "AWS::AccountId": self.aws.account_id,
            "AWS::Partition": "aws",
            "AWS::Region": self.aws.region,
            "AWS::StackId": self.arn("cloudformation", f"stack/{self.stack_name}/local"),
            "AWS::StackName": self.stack_name,
            "AWS::URLSuffix": "amazonaws.com",
        }

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.aws.region}:{self.aws.account_id}:{resource}"

    def name(self, logical_id: str) -> str:
        """The name of a resource without a name in the template. Saved state needs the same one at each start."""
        return f"{self.stack_name}-{logical_id}"


@dataclass(frozen=True)
class CreatedResource:
    """`Ref` returns `physical_id`, `Fn::GetAtt` one of `attributes`."""

    physical_id: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    function: DeployedFunction | None = None


CreateHandler = Callable[[StackContext, str, Mapping[str, Any]], CreatedResource]
"""Creates the resource with this logical id and these resolved properties."""


def as_bool(value: object) -> bool:
    """Whether the value is true. CloudFormation also accepts booleans as text."""
    return value is True or str(value).lower() == "true"
