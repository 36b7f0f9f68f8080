"""Creates the template's resources in the embedded AWS, each one after the resources that it needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter
from typing import Any

from botocore.exceptions import ClientError

from local.cloudformation.parameters import as_text
from local.cloudformation.resources.context import StackContext
from local.cloudformation.resources.custom_resources import create_custom_resource
from local.cloudformation.resources.resource_types import CREATE_HANDLERS
from local.cloudformation.template import Template
from local.embedded_aws import EmbeddedAws
from local.errors import UserError
from local.lambda_.deployed_function import DeployedFunction
from local.lambda_.worker_pools import WorkerPools


@dataclass(frozen=True)
class DeployedResource:
    """A resource of the stack.

    In `properties`, intrinsic functions are resolved. `Ref` returns `physical_id`, `Fn::GetAtt` one of `attributes`.
    """

    logical_id: str
    type: str
    physical_id: str
    properties: Mapping[str, Any]
    attributes: Mapping[str, str]


@dataclass(frozen=True)
class Deployment:
    """The deployed stack: resources by logical id, functions and outputs by name."""

    parameters: Mapping[str, str]
    region: str
    account_id: str
    resources: Mapping[str, DeployedResource]
    functions: Mapping[str, DeployedFunction]
    outputs: Mapping[str, str] = field(default_factory=dict)

    def of_type(self, type_: str) -> list[DeployedResource]:
        return [resource for resource in self.resources.values() if resource.type == type_]

    def function_of(self, reference: str) -> DeployedFunction:
        """The function with this ARN, physical name or alias. Raises UserError if the template has none."""
        aliases = {alias.physical_id for alias in self.of_type("AWS::Lambda::Alias")}
        wanted = reference.rpartition(":")[0] if reference in aliases else reference
        for function in self.functions.values():
            if wanted in {function.arn, function.arn.rpartition(":")[2]}:
                return function
        raise UserError(f"template: {reference} is not a function of the template")


def deploy(template: Template, aws: EmbeddedAws, workers: WorkerPools, context: StackContext) -> Deployment:
    """Creates every resource of the template, adds its functions to `workers`, and runs its custom resources.

    Raises UserError in four cases: the local stack does not support a resource type, dependencies form a circle, the
    embedded AWS refuses a call, or a custom resource fails (with its reason).
    """
    for logical_id, resource in template.resources.items():
        if resource["Type"] not in CREATE_HANDLERS and not _is_custom(resource["Type"]):
            raise UserError(
                f"template: {logical_id}: the local stack does not support the resource type {resource['Type']}"
            )
    resources: dict[str, DeployedResource] = {}
    functions: dict[str, DeployedFunction] = {}
    for logical_id in _order(template):
        resource = template.resources[logical_id]
        properties = template.resolver.resolve(resource.get("Properties", {}))
        try:
            if _is_custom(resource["Type"]):
                created = create_custom_resource(
                    context, logical_id, resource["Type"], properties, functions.values(), workers
                )
            else:
                created = CREATE_HANDLERS[resource["Type"]](context, logical_id, properties)
        except KeyError as error:
            raise UserError(f"template: {logical_id}: the property {error.args[0]} is missing") from error
        except ClientError as error:
            raise UserError(f"template: {logical_id}: {error.response['Error']['Message']}") from error
        template.resolver.add_resource(logical_id, created.physical_id, created.attributes)
        resources[logical_id] = DeployedResource(
            logical_id, resource["Type"], created.physical_id, properties, created.attributes
        )
        if created.function is not None:
            function = replace(
                created.function, role=_role(properties.get("Role"), resources), bucket_keys=_bucket_keys(resources)
            )
            functions[function.name] = function
            workers.add(function)
    outputs = {name: as_text(template.resolver.resolve(output["Value"])) for name, output in template.outputs.items()}
    return Deployment(template.parameters, aws.region, aws.account_id, resources, functions, outputs)


def _role(arn: str | None, resources: Mapping[str, DeployedResource]) -> Mapping[str, Any] | None:
    """The properties of the role with this ARN. None if it is not a role of the template."""
    roles = [resource for resource in resources.values() if resource.type == "AWS::IAM::Role"]
    return next((role.properties for role in roles if role.attributes["Arn"] == arn), None)


def _bucket_keys(resources: Mapping[str, DeployedResource]) -> dict[str, str]:
    """The ARN of the KMS key of each encrypted bucket, by the bucket's name."""
    keys = {}
    for bucket in resources.values():
        if bucket.type == "AWS::S3::Bucket" and "BucketEncryption" in bucket.properties:
            (rule,) = bucket.properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
            key = rule.get("ServerSideEncryptionByDefault", {}).get("KMSMasterKeyID")
            if key is not None:
                keys[bucket.physical_id] = key
    return keys


def _is_custom(type_: str) -> bool:
    return type_.startswith("Custom::") or type_ == "AWS::CloudFormation::CustomResource"


def _order(template: Template) -> list[str]:
    """Logical ids, each one after those that it refers to or depends on."""
    needs: dict[str, set[str]] = {}
    for logical_id, resource in template.resources.items():
        depends_on = resource.get("DependsOn", [])
        named = {depends_on} if isinstance(depends_on, str) else set(depends_on)
        named |= template.resolver.references(resource.get("Properties", {}))
        named |= template.resolver.references(resource.get("UpdatePolicy", {}))
        needs[logical_id] = named & template.resources.keys()
    try:
        return list(TopologicalSorter(needs).static_order())
    except CycleError as error:
        raise UserError(
            f"template: these resources depend on each other in a circle: {' -> '.join(error.args[1])}"
        ) from error
