"""Functions and their API: nothing is made in the embedded AWS, the workers and the gateway serve them."""

import re
from collections.abc import Mapping
from typing import Any

from local.cloudformation.parameters import as_text
from local.cloudformation.resources.site import Made, Site
from local.errors import UserError
from local.lambda_.functions import DeployedFunction

_HANDLER = re.compile(r"functions\.([a-z0-9_]+)\.app\.handler")


def make_function(site: Site, logical_id: str, properties: Mapping[str, Any]) -> Made:
    handler = properties["Handler"]
    match = _HANDLER.fullmatch(handler)
    if match is None:
        raise UserError(
            f"template: {logical_id}: the handler {handler} is not of the form functions.<name>.app.handler"
        )
    name = properties.get("FunctionName", site.name(logical_id))
    variables = properties.get("Environment", {}).get("Variables", {})
    function = DeployedFunction(
        name=match[1],
        logical_id=logical_id,
        arn=site.arn("lambda", f"function:{name}"),
        handler=handler,
        environment={key: as_text(value) for key, value in variables.items()},
        timeout=int(properties.get("Timeout", 3)),
        memory=int(properties.get("MemorySize", 128)),
    )
    return Made(name, {"Arn": function.arn}, function)


def make_api(site: Site, logical_id: str, properties: Mapping[str, Any]) -> Made:  # noqa: ARG001  (a Maker)
    return Made("local", {"ApiId": "local", "ApiEndpoint": site.api_url})
