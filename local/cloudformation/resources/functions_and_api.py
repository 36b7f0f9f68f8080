"""Functions and the HTTP API. Workers and the API gateway serve them, so nothing is created in the embedded AWS."""

import re
from collections.abc import Mapping
from typing import Any

from local.cloudformation.parameters import as_text
from local.cloudformation.resources.context import CreatedResource, StackContext
from local.errors import UserError
from local.lambda_.deployed_function import DeployedFunction

_HANDLER = re.compile(r"functions\.([a-z0-9_]+)\.app\.handler")


def create_function(context: StackContext, logical_id: str, properties: Mapping[str, Any]) -> CreatedResource:
    handler = properties["Handler"]
    match = _HANDLER.fullmatch(handler)
    if match is None:
        raise UserError(
            f"template: {logical_id}: the handler {handler} must have the form functions.<name>.app.handler"
        )
    name = properties.get("FunctionName", context.name(logical_id))
    variables = properties.get("Environment", {}).get("Variables", {})
    function = DeployedFunction(
        name=match[1],
        logical_id=logical_id,
        arn=context.arn("lambda", f"function:{name}"),
        handler=handler,
        environment={key: as_text(value) for key, value in variables.items()},
        timeout=int(properties.get("Timeout", 3)),
        memory=int(properties.get("MemorySize", 128)),
    )
    context.configurations[name] = {
        "FunctionName": name,
        "FunctionArn": function.arn,
        "Runtime": properties.get("Runtime", ""),
        "Handler": handler,
        "Role": properties.get("Role", ""),
        "Timeout": function.timeout,
        "MemorySize": function.memory,
        "Environment": {"Variables": function.environment},
        "Layers": [{"Arn": arn} for arn in properties.get("Layers", ())],
        # The code is that of the checkout.
        "CodeSha256": "checkout",
    }
    return CreatedResource(name, {"Arn": function.arn}, function)


def create_version(context: StackContext, logical_id: str, properties: Mapping[str, Any]) -> CreatedResource:  # noqa: ARG001  (a CreateHandler)
    """There is one version of each function here."""
    return CreatedResource(context.arn("lambda", f"function:{properties['FunctionName']}:1"), {"Version": "1"})


def create_alias(context: StackContext, logical_id: str, properties: Mapping[str, Any]) -> CreatedResource:  # noqa: ARG001  (a CreateHandler)
    """An alias stands for its function."""
    return CreatedResource(context.arn("lambda", f"function:{properties['FunctionName']}:{properties['Name']}"))


def create_api(context: StackContext, logical_id: str, properties: Mapping[str, Any]) -> CreatedResource:  # noqa: ARG001  (a CreateHandler)
    return CreatedResource("local", {"ApiId": "local", "ApiEndpoint": context.api_url})
