"""How new versions are put into service: the alias, the canary, and the check that something was put into service."""

from tests.support.safety.rows import ABSENT, Row
from tests.support.template import PARAMETERS

FUNCTION = "every AWS::Serverless::Function"

ALWAYS = ("Inbound", "AgentApi", "PublicApi", "AdhocSend", "Notify", "Delivery", "Purge", "Reconcile", "Jobs")

HANDLED = {
    "Inbound": ["EmailNotTakenIn"],
    "AgentApi": ["RequestFailed"],
    "PublicApi": ["RequestFailed"],
    "AdhocSend": ["RequestFailed", "SendingFailed"],
    "Notify": ["FollowUpFailed", "SendingFailed"],
    "Events": ["DomainEventsFailed", "EventsWaiting"],
    "Reconcile": ["SendingFailed"],
    "Jobs": ["JobFailed"],
    "Console": ["RequestFailed"],
}
"""The alarms on failures that a function handles. Lambda does not count them as errors."""


def _unhandled(function: str) -> str:
    return "InboundErrors" if function == "Inbound" else "FunctionFailed"


ROWS = [
    Row(
        "Globals", "Function.AutoPublishAlias", "live", "callers call what is in service, and a rollback is one change"
    ),
    Row(
        "Globals",
        "Function.DeploymentPreference",
        {"Type": "!Ref Rollout", "PassthroughCondition": True},
        "as an operator chose; nothing is made for a function that is not made, or the template is invalid",
    ),
    Row(FUNCTION, "AutoPublishAliasAllProperties", True, "a new layer or a new timeout publishes a version, too"),
    Row(FUNCTION, "AutoPublishCodeSha256", "!Ref Release", "SAM does not see new values of parameters"),
    Row(
        FUNCTION,
        "DeploymentPreference",
        {"Alarms": {"!If": ["RolloutIsWatched", ["!Ref FunctionFailedAlarm"], []]}},
        "an alarm rolls a new version back; AllAtOnce is the way out while an alarm rings",
    ),
    *(
        Row(
            f"{function}Function",
            "DeploymentPreference",
            {
                "Alarms": {
                    "!If": ["RolloutIsWatched", [f"!Ref {alarm}Alarm" for alarm in (_unhandled(function), *alarms)], []]
                }
            },
            "most mistakes of new code are handled, and so are no errors of Lambda; these alarms see them",
        )
        for function, alarms in HANDLED.items()
    ),
    Row(
        FUNCTION,
        "DependsOn",
        "<stem>FunctionFailedFilter",
        "the alarm hears of the function's failures before its rollout begins",
    ),
    *(
        Row(f"{function}Function", "DependsOn", ABSENT, "its alarm is on Lambda's metric, which needs no filter")
        for function in ("Inbound", "Setup")
    ),
    *(
        Row("SetupFunction", name, ABSENT, "it runs only during deployments, and not under the alias")
        for name in ("AutoPublishAliasAllProperties", "AutoPublishCodeSha256")
    ),
    Row("SetupFunction", "DeploymentPreference", {"Enabled": False}, "a deployment must not wait for its own set-up"),
    Row(
        "CommonLayer",
        "PublishLambdaVersion",
        True,
        "most code is in the layer; without it, the alias keeps the old one",
    ),
    Row(
        "LiveVersions",
        "",
        {
            "Aliases": [
                *(f"!Ref {stem}Function.Alias" for stem in ALWAYS),
                {"if ConsoleOn": "!Ref ConsoleFunction.Alias"},
                {"if EventsOn": "!Ref EventsFunction.Alias"},
            ],
            "Release": "!Ref Release",
            "Layer": "!Ref CommonLayer",
            "Values": {"!Join": ["\n", [f"!Ref {name}" for name in PARAMETERS if name != "Release"]]},
        },
        "whatever changes, a deployment that puts nothing into service fails",
    ),
]
