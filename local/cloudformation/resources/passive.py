"""Resources that have no effect on one machine; others may still ask for their names."""

from collections.abc import Mapping
from typing import Any

from local.cloudformation.resources.site import Made, Maker, Site


def make_nothing(site: Site, logical_id: str, properties: Mapping[str, Any]) -> Made:  # noqa: ARG001  (a Maker)
    """For what nobody asks for more than its name."""
    return Made(site.name(logical_id))


def named_by_arn(service: str, resource: str) -> Maker:
    """For a resource with the attribute `Arn`; `resource` is that of the ARN, with `{}` for the name."""

    def make(site: Site, logical_id: str, properties: Mapping[str, Any]) -> Made:  # noqa: ARG001  (a Maker)
        name = site.name(logical_id)
        return Made(name, {"Arn": site.arn(service, resource.format(name))})

    return make


def make_role(site: Site, logical_id: str, properties: Mapping[str, Any]) -> Made:  # noqa: ARG001  (a Maker)
    """What it allows is judged where the calls are made (`local/judging`). IAM's ARNs name no region."""
    name = site.name(logical_id)
    return Made(name, {"Arn": f"arn:aws:iam::{site.aws.account_id}:role/{name}", "RoleId": name})


def make_key(site: Site, logical_id: str, properties: Mapping[str, Any]) -> Made:  # noqa: ARG001  (a Maker)
    """Nothing is encrypted at rest in memory."""
    name = site.name(logical_id)
    return Made(name, {"Arn": site.arn("kms", f"key/{name}"), "KeyId": name})


def make_topic(site: Site, logical_id: str, properties: Mapping[str, Any]) -> Made:  # noqa: ARG001  (a Maker)
    """Alarms are told to it, and there are no alarms here."""
    name = site.name(logical_id)
    return Made(site.arn("sns", name), {"TopicArn": site.arn("sns", name), "TopicName": name})


def make_log_group(site: Site, logical_id: str, properties: Mapping[str, Any]) -> Made:
    """Functions log to standard error."""
    name = properties.get("LogGroupName", site.name(logical_id))
    return Made(name, {"Arn": site.arn("logs", f"log-group:{name}:*")})


def make_layer(site: Site, logical_id: str, properties: Mapping[str, Any]) -> Made:  # noqa: ARG001  (a Maker)
    """The package is imported from the checkout."""
    return Made(site.arn("lambda", f"layer:{site.name(logical_id)}:1"))
