"""The variables of the functions. Which of them a function needs is known from the settings that it reads."""

import re
from dataclasses import fields
from typing import Any

from tests.support.safety.function_settings import SETTINGS
from tests.support.safety.rows import Row
from tests.support.template import PARAMETERS, resources

VARIABLES: dict[str, tuple[Any, str]] = {
    "TABLE_NAME": ("!Ref Table", "all functions share the table"),
    "BUCKET_NAME": ("!Ref Bucket", "all functions share the bucket"),
    "TAG_KEY_SECRET": ("!Ref TagKey", "all functions verify references with the same key"),
    "CONFIGURATION_SET": ("!Ref ConfigurationSet", "an email without it is sent without TLS, suppression and events"),
    "INBOUND_QUEUE_URL": ("!Ref InboundQueue", "originals without an outcome go back to inbound"),
    "ARRIVALS_QUEUE_URL": ("!Ref ArrivalsQueue", "an original that is tried again is looked at again"),
    "JOBS_QUEUE_URL": ("!Ref JobsQueue", "a job is worked on as soon as its message is in this queue"),
    "API_URL": ("!GetAtt HttpApi.ApiEndpoint", "notices link to the console of this stack"),
    "FILES_URL": ("!Sub https://${Bucket}.s3.${AWS::Region}.${AWS::URLSuffix}", "the page may load files only from it"),
    "OWN_USER_POOL": ("!If [OwnUserPool, true, false]", "the page signs out at the user pool only if it is ours"),
    "PARAMETERS": (
        {"!Join": ["\n", [f"!Ref {name}" for name in sorted(PARAMETERS)]]},
        "the function reads the values in this order",
    ),
    "GIVE_UP_AT_RECEIVE": ("5", "half of maxReceiveCount: an email is recorded before it becomes a dead letter"),
}
"""The variables that no parameter gives."""

PARAMETER_OF = {re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper(): name for name in PARAMETERS}

RESOURCE_OF = {
    each["Properties"]["CodeUri"].removeprefix("functions/"): name
    for name, each in resources("AWS::Serverless::Function").items()
}


def variables(function: str) -> set[str]:
    """What the function must get. `agent_api` shows all parameters to admins, and gets them in one variable."""
    read = {field.name.upper() for field in fields(SETTINGS[function])}
    if function == "agent_api":
        read = (read - set(PARAMETER_OF)) | {"PARAMETERS"}
    return {name for name in read if not name.startswith("AWS_")}


def rows_of(function: str) -> list[Row]:
    rows = []
    for name in sorted(variables(function)):
        value, why = VARIABLES.get(name) or (
            f"!Ref {PARAMETER_OF.get(name)}",
            "the function follows the parameter that an operator set",
        )
        rows.append(Row(RESOURCE_OF[function], f"Environment.Variables.{name}", value, why))
    return rows


SPECIAL = {
    ("ConsoleFunction", "JWT_ISSUER"): Row(
        "ConsoleFunction",
        "Environment.Variables.JWT_ISSUER",
        "!If [OwnUserPool, !Sub https://cognito-idp.${AWS::Region}.amazonaws.com/${UserPool}, !Ref JwtIssuer]",
        "the issuer that the API's authorizer believes",
    ),
    ("ConsoleFunction", "CONSOLE_CLIENT_ID"): Row(
        "ConsoleFunction",
        "Environment.Variables.CONSOLE_CLIENT_ID",
        "!If [OwnUserPool, !Ref ConsoleClient, !Ref ConsoleClientId]",
        "the client whose tokens the API's authorizer accepts",
    ),
}
"""Variables that have the name of a parameter, but another value where the stack has its own user pool."""

ROWS = [
    Row(
        "every AWS::Serverless::Function",
        "Environment.Variables.POWERTOOLS_SERVICE_NAME",
        "<folder>",
        "log lines name their function",
    ),
    *(
        Row(
            f"{stem}Function",
            "Environment.Variables.POWERTOOLS_METRICS_NAMESPACE",
            {"if DashboardOn": "!Sub EmailChannels/${AWS::StackName}"},
            "where the dashboard looks for what became of emails",
        )
        for stem in ("Inbound", "Delivery")
    ),
    *(
        SPECIAL.get((row.resource, row.path.rpartition(".")[2]), row)
        for function in SETTINGS
        if function in RESOURCE_OF
        for row in rows_of(function)
    ),
]
