"""A deployment that puts nothing into service fails, and says what to do."""

from typing import Any, cast

import pytest
from botocore.exceptions import ClientError
from mypy_boto3_lambda import LambdaClient

from functions.setup import live_versions

FUNCTIONS = "arn:aws:lambda:eu-west-1:123456789012:function:"
ALIASES = [f"{FUNCTIONS}channels-InboundFunction-1A:live", f"{FUNCTIONS}channels-NotifyFunction-2B:live"]

CONFIGURATION = {
    "CodeSha256": "one",
    "Environment": {"Variables": {"PURGE_AFTER_DAYS": "30"}},
    "Layers": [{"Arn": f"{FUNCTIONS}layer:1", "CodeSize": 1}],
    "Handler": "functions.inbound.app.handler",
    "Runtime": "python3.13",
    "Role": "role",
    "MemorySize": 512,
    "Timeout": 120,
    "LastModified": "2026-11-30T00:00:00Z",
}


class Lambda:
    """Knows the configuration of each function and of each alias."""

    def __init__(self, **live: Any) -> None:
        self.configurations = {}
        for alias in ALIASES:
            self.configurations[alias.rpartition(":")[0]] = {**CONFIGURATION, "Version": "$LATEST"}
            self.configurations[alias] = {**CONFIGURATION, "Version": "7", "LastModified": "earlier"}
        self.configurations[ALIASES[0]] |= live

    def get_function_configuration(self, FunctionName: str) -> dict[str, Any]:  # noqa: N803 - the SDK's name
        found = self.configurations.get(FunctionName)
        if found is None:
            raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "GetFunctionConfiguration")
        return found


def apply(lambda_: Lambda, request: str = "Update") -> dict[str, str]:
    return live_versions.apply(cast("LambdaClient", lambda_), request, {"Aliases": ALIASES, "Release": "r1"})


def test_live() -> None:
    """The alias names a version that is as deployed; when it was published does not matter."""
    assert apply(Lambda()) == {}


@pytest.mark.parametrize(
    "live",
    [
        {"CodeSha256": "old"},
        {"Environment": {"Variables": {"PURGE_AFTER_DAYS": "31"}}},
        {"Environment": {}},
        {"Layers": [{"Arn": f"{FUNCTIONS}layer:2"}]},
        {"Timeout": 60},
    ],
)
def test_not_live(live: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^1 functions .*: channels-InboundFunction-1A\. Deploy with `make deploy`"):
        apply(Lambda(**live))


def test_deleted() -> None:
    assert apply(Lambda(CodeSha256="old"), "Delete") == {}


def test_not_permitted() -> None:
    """CloudFormation shortens the name of a stack in the names of functions, and the permission does not fit."""
    lambda_ = Lambda()
    lambda_.configurations.clear()
    assert apply(lambda_) == {}
