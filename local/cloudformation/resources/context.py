"""Where resources are created, and what making one gives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.embedded_aws import EmbeddedAws
from local.lambda_.deployed_function import DeployedFunction


@dataclass(frozen=True)
class StackContext:
    """`api_url` is where the gateway will be reached, without a slash at the end."""

    aws: EmbeddedAws
    stack_name: str
    api_url: str

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
        """The name of a resource that the template does not name; the same at each start, so that state kept under
        it is found again."""
        return f"{self.stack_name}-{logical_id}"


@dataclass(frozen=True)
class CreatedResource:
    """`physical_id` is what `Ref` gives, `attributes` what `Fn::GetAtt` gives."""

    physical_id: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    function: DeployedFunction | None = None


CreateHandler = Callable[[StackContext, str, Mapping[str, Any]], CreatedResource]
"""Makes the resource of this logical id with these resolved properties."""


def as_bool(value: object) -> bool:
    """CloudFormation takes booleans as such and as text."""
    return value is True or str(value).lower() == "true"
