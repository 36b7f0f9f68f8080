"""The groups of the stack's own user pool that the system needs: the roles, and that of the default service group.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateGroup.html

CloudFormation would delete a group when its name changes or the stack is deleted, and the group's members with it. It
would also fail if an admin, or an earlier stack with the same pool, has made the group. So the groups are made here if
they are missing, and never deleted.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient


def apply(cognito: "CognitoIdentityProviderClient", request: str, properties: Mapping[str, Any]) -> dict[str, str]:
    """Properties: `UserPoolId`, and `Groups`, a list of names."""
    if request == "Delete":
        return {}
    for name in properties["Groups"]:
        try:
            cognito.create_group(UserPoolId=str(properties["UserPoolId"]), GroupName=str(name))
        except cognito.exceptions.GroupExistsException:
            continue  # with its members
    return {}
