"""How new versions are put into service: aliases, canary, alarms that roll back, and what publishes a version."""

import copy
import json
from typing import Any

import pytest
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from local.embedded_aws import new_session
from tests.support.safety.dependencies import dependencies
from tests.support.template import GIVEN, PARAMETERS, PSEUDO, expanded, resources, source

UNDER_ALIAS = {name for name in resources("AWS::Serverless::Function") if name != "SetupFunction"}


def deployed(code: str = "1", layer: str = "1", **parameters: str) -> dict[str, Any]:
    """The resources that SAM makes of the template with this code."""
    prepared = copy.deepcopy(source())
    for each in prepared["Resources"].values():
        for name, version in (("CodeUri", code), ("ContentUri", layer)):
            if name in each.get("Properties", {}):
                each["Properties"][name] = f"s3://bucket/{version}"
    values = {name: str(default or "") for name, default in PARAMETERS.items()} | GIVEN | parameters
    translator = Translator(None, Parser(), boto_session=new_session(PSEUDO["AWS::Region"]))
    made: dict[str, Any] = translator.translate(prepared, parameter_values=values, get_managed_policy_map=dict)
    return dict(made["Resources"])


def versions(made: dict[str, Any]) -> dict[str, str]:
    """The logical id of each function's version: a new one makes CloudFormation publish a version."""
    return {
        each["Properties"]["FunctionName"]["Ref"]: name
        for name, each in made.items()
        if each["Type"] == "AWS::Lambda::Version"
    }


def published(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    return {name for name, version in versions(after).items() if versions(before)[name] != version} & UNDER_ALIAS


def test_new_version() -> None:
    """New code, a new layer and a new Release publish every function; the same ones publish nothing."""
    now = deployed()
    assert published(now, deployed()) == set()
    assert published(now, deployed(code="2")) == UNDER_ALIAS
    assert published(now, deployed(layer="2")) == UNDER_ALIAS
    assert published(now, deployed(Release="r2")) == UNDER_ALIAS
    released = deployed(Release="r2")
    assert published(released, deployed(Release="r3")) == UNDER_ALIAS


def test_new_value_needs_a_release() -> None:
    """SAM does not see the values of parameters. So `make deploy` computes Release, and LiveVersions exists."""
    now = deployed()
    assert published(now, deployed(PurgeAfterDays="31")) == set()


def test_live_versions() -> None:
    """CloudFormation asks LiveVersions again when anything changes that a function could read."""
    live = source()["Resources"]["LiveVersions"]["Properties"]
    named = {each["Ref"] for each in live["Values"]["Fn::Join"][1]} | {live["Release"]["Ref"]}
    assert named == set(source()["Parameters"])
    assert live["Layer"] == {"Ref": "CommonLayer"}
    aliases = {each["Fn::If"][1]["Ref"] if "Fn::If" in each else each["Ref"] for each in live["Aliases"]}
    assert aliases == {f"{name}.Alias" for name in UNDER_ALIAS}


def callers(made: dict[str, Any]) -> list[tuple[str, Any]]:
    """What calls functions: the name of each resource, and the function or alias that it names."""
    found = []
    for name, each in made.items():
        properties = each.get("Properties", {})
        match each["Type"]:
            case "AWS::Lambda::EventSourceMapping" | "AWS::Lambda::Permission":
                found.append((name, properties["FunctionName"]))
            case "AWS::Events::Rule":
                found += [(name, target["Arn"]) for target in properties["Targets"]]
    return found


@pytest.mark.parametrize("changes", [{}, {"ConsoleEnabled": "false"}, {"EventBusName": "bus"}])
def test_callers(changes: dict[str, str]) -> None:
    """Event sources, schedules, rules, permissions and the API call the alias, and never what is not in service."""
    template = expanded(**changes)
    made = dict(template.resources)
    for name, target in callers(made):
        if "Queue" in json.dumps(target) or "SetupFunction" in json.dumps(target):
            continue
        assert target["Ref"].endswith("FunctionAliaslive"), name
    for name in made:
        if made[name]["Type"] == "AWS::Lambda::EventInvokeConfig":
            assert made[name]["Properties"]["Qualifier"] == "live", name
    body = template.resolver.references(made["HttpApi"]["Properties"]["Body"]["paths"])
    assert {each for each in body if "Function" in each} == {
        f"{name}Aliaslive"
        for name in ("AgentApiFunction", "PublicApiFunction", "AdhocSendFunction", "ConsoleFunction")
        if f"{name}" in made
    }


def test_custom_resources_call_setup_itself() -> None:
    """A custom resource runs during a deployment, when the alias of a new function `setup` would be the old one."""
    for name, each in source()["Resources"].items():
        if each["Type"].startswith("Custom::"):
            assert each["Properties"]["ServiceToken"] == {"Fn::GetAtt": "SetupFunction.Arn"}, name


def groups(**changes: str) -> dict[str, Any]:
    template = expanded(**{"EventBusName": "bus", **changes})
    for name, each in template.resources.items():
        if each["Type"] == "AWS::CloudWatch::Alarm":
            template.resolver.add_resource(name, name, {})
    for name in ("ServerlessDeploymentApplication", "CodeDeployServiceRole"):
        template.resolver.add_resource(name, name, {"Arn": name})
    return {
        name.removesuffix("DeploymentGroup"): template.resolver.resolve(each["Properties"])
        for name, each in template.resources.items()
        if each["Type"] == "AWS::CodeDeploy::DeploymentGroup"
    }


def test_canary() -> None:
    """A tenth of all calls for 15 minutes, which is longer than an alarm needs; an alarm rolls back."""
    assert set(groups()) == UNDER_ALIAS
    for name, group in groups().items():
        assert group["DeploymentConfigName"] == "CodeDeployDefault.LambdaCanary10Percent15Minutes"
        assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]
        alarms = {alarm["Name"] for alarm in group["AlarmConfiguration"]["Alarms"]}
        assert ("InboundErrorsAlarm" if name == "InboundFunction" else "FunctionFailedAlarm") in alarms
        assert len(alarms) <= 10, "CodeDeploy takes no more"
        for alarm in alarms:
            properties = source()["Resources"][alarm]["Properties"]
            minutes = properties["Period"] * properties["EvaluationPeriods"] / 60
            assert minutes <= 15, alarm


DOES_NOT_ROLL_BACK = {
    "OriginalNotCheckedAlarm": "it looks at hours, longer than a rollout takes",
    "NotificationReachedNobodyAlarm": "it tells of wrong addresses, not of wrong code",
    "SendingPausedAlarm": "SES has paused sending, which no version changes: nothing could be deployed until it ends",
    "AutomaticEmailsNotSentAlarm": "it tells of a flood",
}
"""Alarms on lines of functions' logs that say nothing about new code."""


def test_handled_failures_roll_back() -> None:
    """What counts failures in the log of a function rolls that function back, or has a reason not to."""
    alarms = {each["Properties"].get("MetricName"): name for name, each in resources("AWS::CloudWatch::Alarm").items()}
    counted = set()
    for each in resources("AWS::Logs::MetricFilter").values():
        function = each["Properties"]["LogGroupName"]["Ref"].removesuffix("LogGroup")
        metric = each["Properties"]["MetricTransformations"][0]["MetricName"]
        if metric in alarms and alarms[metric] not in DOES_NOT_ROLL_BACK:
            counted.add((function, alarms[metric]))
    assert len(counted) >= 19
    assert DOES_NOT_ROLL_BACK.keys() <= set(alarms.values())
    rolled_back = {
        (name.removesuffix("Function"), alarm["Name"])
        for name, group in groups().items()
        for alarm in group["AlarmConfiguration"]["Alarms"]
        if alarm["Name"] != "InboundErrorsAlarm"
    }
    # Records that the bus does not take grow old, too.
    assert rolled_back == counted | {("Events", "EventsWaitingAlarm")}


def test_alarms_do_not_need_what_they_watch() -> None:
    """An alarm that needs the alias cannot be named by the deployment that moves it. That of the API's answers does."""
    order = dependencies(EventBusName="bus")
    for name, group in groups().items():
        for alarm in group["AlarmConfiguration"]["Alarms"]:
            assert f"{name}Aliaslive" not in order.needs(alarm["Name"]), alarm["Name"]
    for name in ("AgentApi", "AdhocSend", "PublicApi", "Console"):
        assert f"{name}FunctionAliaslive" in order.needs("ApiServerErrorsAlarm")


@pytest.mark.parametrize("rollout", ["AllAtOnce", "Canary10Percent15Minutes"])
def test_failures_are_counted_first(rollout: str) -> None:
    """A rollout begins after there is the filter that counts the failures of its function: also in an update which
    brings both."""
    order = dependencies(EventBusName="bus", Rollout=rollout)
    for name in UNDER_ALIAS - {"InboundFunction"}:
        needs = order.needs(f"{name}Aliaslive")
        assert f"{name}FailedFilter" in needs
        assert "FunctionFailedAlarm" in needs or rollout == "AllAtOnce"


def test_all_at_once() -> None:
    """The way out when an alarm rings that only the new version ends: alarms do not stop it."""
    for group in groups(Rollout="AllAtOnce").values():
        assert group["DeploymentConfigName"] == "CodeDeployDefault.LambdaAllAtOnce"
        assert "Alarms" not in group["AlarmConfiguration"]


def test_without_console() -> None:
    """No deployment group is left behind that names an alarm which is not made."""
    assert set(groups(ConsoleEnabled="false")) == UNDER_ALIAS - {"ConsoleFunction"}
