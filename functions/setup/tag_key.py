"""The first value of the secret with the keys of case references.

https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html

CloudFormation could generate it, but would then generate it anew as soon as somebody edits the generator in the
template, and replies to all older emails would no longer find their case. So the secret is made empty, and gets its
value here, once.
"""

import contextlib
import json
import secrets
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_BYTES = 32


def apply(secrets_manager: "SecretsManagerClient", request: str, properties: Mapping[str, Any]) -> dict[str, str]:
    """Properties: `SecretId`. A secret that has a value keeps it, whatever the value is. Nothing is undone at deletion.

    Two requests at the same time agree: Secrets Manager makes one version for one token, and refuses another value.
    """
    if request == "Delete":
        return {}
    secret = str(properties["SecretId"])
    if not secrets_manager.describe_secret(SecretId=secret).get("VersionIdsToStages"):
        value = json.dumps({"current": secrets.token_hex(_BYTES), "previous": []})
        token = str(uuid.uuid5(uuid.NAMESPACE_URL, secret))
        with contextlib.suppress(secrets_manager.exceptions.ResourceExistsException):  # the other request was faster
            secrets_manager.put_secret_value(SecretId=secret, SecretString=value, ClientRequestToken=token)
    return {}
