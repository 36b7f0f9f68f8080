"""The deployed stack, as CloudFormation describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    InvalidRegionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
)

from tools.smoke.clients import Clients
from tools.smoke.findings import CannotRun

_BAD_CREDENTIALS = frozenset(
    {
        *("ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "SignatureDoesNotMatch"),
        *("UnrecognizedClientException", "AuthFailure", "InvalidAccessKeyId", "IncompleteSignature"),
    }
)


@dataclass(frozen=True)
class Resource:
    """A resource of the stack."""

    type: str
    physical_id: str


@dataclass(frozen=True)
class DeployedStack:
    """`parameters` and `outputs` are by name, `resources` by logical id. `caller` is the ARN of the operator."""

    name: str
    region: str
    account: str
    caller: str
    status: str
    parameters: Mapping[str, str]
    outputs: Mapping[str, str]
    resources: Mapping[str, Resource]

    def parameter(self, name: str) -> str:
        """The value of a parameter; empty if this version of the template does not have it."""
        return self.parameters.get(name, "")

    def listed(self, name: str) -> list[str]:
        """The values of a parameter that is a list."""
        return [item.strip() for item in self.parameter(name).split(",") if item.strip()]

    def enabled(self, name: str) -> bool:
        """Whether a parameter that is true or false is true."""
        return self.parameter(name) == "true"

    def physical_id(self, logical_id: str) -> str | None:
        """The name, URL or ARN of a resource. None if the stack does not have it."""
        found = self.resources.get(logical_id)
        return found.physical_id if found else None

    def of_type(self, type_: str) -> dict[str, str]:
        """The physical ids of all resources of a type, by logical id."""
        return {name: each.physical_id for name, each in self.resources.items() if each.type == type_}

    @property
    def bucket(self) -> str:
        return self.outputs["BucketName"]


def read_stack(clients: Clients, name: str) -> DeployedStack:
    """Reads the stack. Raises CannotRun for missing credentials, a wrong name or region, and for another stack."""
    try:
        who = clients.sts.get_caller_identity()
        found = clients.cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        pages = clients.cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
        resources = {
            each["LogicalResourceId"]: Resource(each["ResourceType"], each.get("PhysicalResourceId", ""))
            for page in pages
            for each in page["StackResourceSummaries"]
        }
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise CannotRun(
            f"There are no AWS credentials ({error}). Sign in (aws sso login), or set AWS_PROFILE, or "
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        ) from error
    except NoRegionError as error:
        raise CannotRun("No region is given. Give the stack's one: --region eu-west-1, or AWS_REGION.") from error
    except (EndpointConnectionError, InvalidRegionError) as error:
        raise CannotRun(f"AWS cannot be reached: {error} Is {clients.region} the name of a region?") from error
    except ClientError as error:
        raise CannotRun(_refusal(error, name, clients.region)) from error
    except BotoCoreError as error:
        raise CannotRun(f"AWS cannot be asked: {error}") from error
    outputs = {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", [])}
    if not {"BucketName", "ApiUrl", "InboundQueueUrl"} <= outputs.keys():
        raise CannotRun(
            f"The stack {name} in {clients.region} (state {found['StackStatus']}) is not a complete stack of Email "
            "Channels: it has no outputs BucketName, ApiUrl and InboundQueueUrl."
        )
    return DeployedStack(
        name=found["StackName"],
        region=clients.region,
        account=who["Account"],
        caller=who["Arn"],
        status=found["StackStatus"],
        parameters={each["ParameterKey"]: each.get("ParameterValue", "") for each in found.get("Parameters", [])},
        outputs=outputs,
        resources=resources,
    )


def _refusal(error: ClientError, name: str, region: str) -> str:
    code, message = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
    if code in _BAD_CREDENTIALS:
        return f"AWS does not accept the credentials ({code}: {message}). Sign in again, or check AWS_PROFILE."
    if code == "ValidationError" and "does not exist" in message:
        return f"There is no stack {name} in {region}. Check the name and the region (--region, AWS_REGION)."
    return (
        f"AWS refused {error.operation_name} ({code}: {message}). The operator needs the policy in "
        "docs/policies/smoke.json."
    )
