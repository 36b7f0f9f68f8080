"""The addresses that Cognito's managed login returns to: those of the console, at the user pool's client for it.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserPoolClient.html

The console is at the address of the API, and the API accepts tokens of the client. CloudFormation cannot make two
resources that refer to each other, so the client is made without the address, and gets it here.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient


def apply(cognito: "CognitoIdentityProviderClient", request: str, properties: Mapping[str, Any]) -> dict[str, str]:
    """Properties: `UserPoolId`, `ClientId`, and `ConsoleUrl`, to which both sign-in and sign-out return.

    Nothing is undone at deletion: the client goes together with the console.
    """
    if request == "Delete":
        return {}
    pool, client, url = (str(properties[name]) for name in ("UserPoolId", "ClientId", "ConsoleUrl"))
    there = cognito.describe_user_pool_client(UserPoolId=pool, ClientId=client)["UserPoolClient"]
    # An update resets everything that it does not name.
    takes = cognito.meta.service_model.operation_model("UpdateUserPoolClient").input_shape
    known = getattr(takes, "members", {})
    kept = {name: value for name, value in there.items() if name in known}
    changed = cast("Any", {**kept, "CallbackURLs": [url], "LogoutURLs": [url]})
    cognito.update_user_pool_client(**changed)
    return {"ConsoleUrl": url}
