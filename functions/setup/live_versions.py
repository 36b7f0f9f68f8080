"""Whether the functions that are in service have the code and the values of this deployment.

Callers call the version of a function that its alias `live` names. A version is published only if the template says
that something changed, and it cannot say so of the values of parameters: the parameter Release stands for them. So a
deployment with a new value and the same Release would succeed and change nothing. Here it fails, and says why.
"""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

COMPARED = ("CodeSha256", "Environment", "Layers", "Handler", "Runtime", "Role", "MemorySize", "Timeout")
"""What a version holds. Its time and size are its own."""


_logger = logging.getLogger(__name__)


def apply(lambda_: "LambdaClient", request: str, properties: Mapping[str, Any]) -> dict[str, str]:
    """Properties: `Aliases`, their ARNs. The others only make CloudFormation ask again when one of them changes.

    Raises ValueError if an alias names a version that is not what was deployed.
    """
    if request == "Delete":
        return {}
    old = [alias.split(":")[6] for alias in properties["Aliases"] if _differs(lambda_, alias)]
    if old:
        raise ValueError(
            f"{len(old)} functions would go on with their old code or values, because Release is the same as before: "
            f"{', '.join(old)}. Deploy with `make deploy`, or give another Release."
        )
    return {}


def _differs(lambda_: "LambdaClient", alias: str) -> bool:
    function = alias.rpartition(":")[0]
    try:
        live, deployed = (lambda_.get_function_configuration(FunctionName=name) for name in (alias, function))
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDeniedException":
            raise
        # In names of functions, CloudFormation shortens the name of a stack that is long. The permission has the whole
        # name. What cannot be looked at must not stop the deployment.
        _logger.warning("not permitted to compare %s", function)
        return False
    return any(_value(live, name) != _value(deployed, name) for name in COMPARED)


def _value(configuration: Mapping[str, Any], name: str) -> object:
    if name == "Layers":
        return [layer["Arn"] for layer in configuration.get("Layers", ())]
    if name == "Environment":
        return configuration.get("Environment", {}).get("Variables", {})
    return configuration.get(name)
