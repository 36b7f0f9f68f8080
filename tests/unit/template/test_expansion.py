"""What SAM adds to the template: it opens nothing that the table of safety properties does not know."""

from typing import Any

from tests.support.safety.short_form import short
from tests.support.template import expanded, source

ADDED = {
    "AWS::ApiGatewayV2::Stage",
    "AWS::CodeDeploy::Application",
    "AWS::CodeDeploy::DeploymentGroup",
    "AWS::Events::Rule",
    "AWS::IAM::Role",
    "AWS::Lambda::Alias",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::LayerVersion",
    "AWS::Lambda::Permission",
    "AWS::Lambda::Version",
}
"""The types of the resources that SAM makes from the events of functions, their aliases, and the API."""

LOOKS_AGAIN = {"SetupFunction"}
"""A schedule starts it, and the next look replaces one that failed. `SetupErrorsAlarm` rings."""

EVERY_STAGE = "!Sub arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${!Ref HttpApi}/${*}/"


def test_added_types() -> None:
    """A new version of SAM that adds something else is noticed."""
    added = {each["Type"] for name, each in expanded().resources.items() if name not in source()["Resources"]}
    assert added == ADDED


def test_added_role() -> None:
    """The only role that SAM adds moves aliases, and nobody but CodeDeploy can take it."""
    (name,) = [
        name
        for name, each in expanded().resources.items()
        if each["Type"] == "AWS::IAM::Role" and name not in source()["Resources"]
    ]
    role = expanded().resources[name]["Properties"]
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": ["codedeploy.amazonaws.com"]}
    (policy,) = role["ManagedPolicyArns"]
    assert policy.endswith(":iam::aws:policy/service-role/AWSCodeDeployRoleForLambda")


def test_who_may_call_functions() -> None:
    """Only our API, our rules and our schedules."""
    resources = expanded().resources
    rules = {f"!GetAtt {name}.Arn" for name, each in resources.items() if each["Type"] == "AWS::Events::Rule"}
    permissions = [each["Properties"] for each in resources.values() if each["Type"] == "AWS::Lambda::Permission"]
    assert permissions
    for permission in permissions:
        assert permission["Action"] == "lambda:InvokeFunction"
        caller = short(permission["SourceArn"])
        if permission["Principal"] == "apigateway.amazonaws.com":
            assert caller.startswith(EVERY_STAGE)
        else:
            assert permission["Principal"] == "events.amazonaws.com"
            assert caller in rules


def test_stage() -> None:
    """The stage has the log and the limits of the API."""
    [stage] = [each for each in expanded().resources.values() if each["Type"] == "AWS::ApiGatewayV2::Stage"]
    api = source()["Resources"]["HttpApi"]["Properties"]
    for name in ("AccessLogSettings", "DefaultRouteSettings", "RouteSettings"):
        assert stage["Properties"][name] == api[name]


def test_given_up_events() -> None:
    """Each asynchronous event that a function gives up goes to the failure queue."""
    resources = expanded().resources
    rules = [each["Properties"] for each in resources.values() if each["Type"] == "AWS::Events::Rule"]
    asynchronous = {function_of(target["Arn"]) for rule in rules for target in rule["Targets"]} - {None}
    kept = {
        function_of(each["Properties"]["FunctionName"])
        for each in resources.values()
        if each["Type"] == "AWS::Lambda::EventInvokeConfig"
        and short(each["Properties"]["DestinationConfig"]) == {"OnFailure": {"Destination": "!GetAtt FailureQueue.Arn"}}
    }
    assert asynchronous - LOOKS_AGAIN == kept
    assert asynchronous


def function_of(reference: Any) -> str | None:
    """The function that a reference names, itself or its alias."""
    names = [name for name, each in source()["Resources"].items() if each["Type"] == "AWS::Serverless::Function"]
    return next((name for name in names if name in short(reference)), None)
