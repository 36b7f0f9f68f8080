"""The environment variables of a function's worker."""

import os
import sys
from pathlib import Path

from local.embedded_aws import CREDENTIALS
from local.lambda_.deployed_function import DeployedFunction

ROOT = Path(__file__).resolve().parents[2]
"""The checkout. It holds the program that the workers run."""


def environment_of(function: DeployedFunction, endpoint_url: str, region: str, root: Path) -> dict[str, str]:
    """The variables that the template sets, those that Lambda sets, and those that lead to the embedded AWS.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html. `root` is where `functions` and `layers`
    are. Only PATH is taken from the user's own environment, so that no function comes to rely on the rest.
    """
    return {
        **function.environment,
        "_HANDLER": function.handler,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{sys.version_info.major}.{sys.version_info.minor}",
        "AWS_LAMBDA_FUNCTION_NAME": function.arn.rpartition(":")[2],
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "AWS_ACCESS_KEY_ID": CREDENTIALS["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": CREDENTIALS["aws_secret_access_key"],
        "AWS_SESSION_TOKEN": CREDENTIALS["aws_session_token"],
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_ENDPOINT_URL": endpoint_url,
        "LAMBDA_TASK_ROOT": str(root),
        "LANG": "en_US.UTF-8",
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": os.pathsep.join(map(str, (root, root / "layers" / "common", ROOT))),
        "PYTHONUNBUFFERED": "1",
        "TZ": ":UTC",
    }
