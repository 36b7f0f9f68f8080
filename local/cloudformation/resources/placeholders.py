"""Resources that have no effect on one machine. Other resources can refer to their names."""

from collections.abc import Mapping
from typing import Any

from local.cloudformation.resources.context import CreatedResource, StackContext


def create_placeholder(context: StackContext, logical_id: str, properties: Mapping[str, Any]) -> CreatedResource:  # noqa: ARG001  (a CreateHandler)
    """A resource whose name is needed, and nothing else."""
    return CreatedResource(context.name(logical_id))


def create_role(context: StackContext, logical_id: str, properties: Mapping[str, Any]) -> CreatedResource:  # noqa: ARG001  (a CreateHandler)
    """Its policies are checked where the calls are made (`local/judging`). ARNs of IAM have no region."""
    name = context.name(logical_id)
    return CreatedResource(name, {"Arn": f"arn:aws:iam::{context.aws.account_id}:role/{name}", "RoleId": name})


def create_key(context: StackContext, logical_id: str, properties: Mapping[str, Any]) -> CreatedResource:  # noqa: ARG001  (a CreateHandler)
    """There is no encryption at rest: all data is in memory."""
    name = context.name(logical_id)
    return CreatedResource(name, {"Arn": context.arn("kms", f"key/{name}"), "KeyId": name})


def create_log_group(context: StackContext, logical_id: str, properties: Mapping[str, Any]) -> CreatedResource:
    """Functions log to standard error."""
    name = properties.get("LogGroupName", context.name(logical_id))
    return CreatedResource(name, {"Arn": context.arn("logs", f"log-group:{name}:*")})


def create_layer(context: StackContext, logical_id: str, properties: Mapping[str, Any]) -> CreatedResource:  # noqa: ARG001  (a CreateHandler)
    """The package is imported from the checkout."""
    return CreatedResource(context.arn("lambda", f"layer:{context.name(logical_id)}:1"))
