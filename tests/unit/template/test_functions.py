"""The functions of the template, and the variables that they read."""

import re
from dataclasses import fields

import pytest
from email_channels.parameters import parameter_name
from sdk_data import OPERATIONS

from tests.support.paths import ROOT
from tests.support.safety.function_settings import SETTINGS
from tests.support.template import PARAMETERS, expanded, functions, resources

WITHOUT_SETTINGS = {"setup", "public_api"}

ENVIRONMENT_READERS = {
    "layers/common/email_channels/bootstrap/process.py",
    "layers/common/email_channels/bootstrap/console.py",
    # It asks whether there is a dashboard, before it loads what Powertools needs for one.
    "layers/common/email_channels/observability.py",
    # It passes the variables that Python needs on to its child process.
    "layers/common/email_channels/intake/subprocess_reading.py",
}
"""The modules that read environment variables directly."""


def test_functions() -> None:
    """Every function exists, under the same name everywhere."""
    assert set(functions()) == {*SETTINGS, *WITHOUT_SETTINGS}
    for name, each in functions().items():
        assert each["Handler"] == f"functions.{name}.app.handler"
    for each in resources("AWS::Serverless::Function").values():
        name = each["Properties"]["CodeUri"].removeprefix("functions/")
        assert each["Metadata"]["BuildProperties"] == {
            "ParentPackageMode": "explicit",
            "ParentPackages": f"functions.{name}",
        }


@pytest.mark.parametrize("name", SETTINGS)
def test_variables(name: str) -> None:
    """A function gets the variables that its settings read, and no others."""
    given = functions()[name]["Environment"]["Variables"]
    variables = set(given) - {"POWERTOOLS_SERVICE_NAME"}
    read = {field.name.upper() for field in fields(SETTINGS[name])}
    parameters = {re.sub(r"(?<=[a-z])(?=[A-Z])", "_", parameter).upper(): parameter for parameter in PARAMETERS}
    if name == "agent_api":
        # It shows all parameters (GET /settings), and gets them in one variable.
        separator, values = given["PARAMETERS"]["Fn::Join"]
        assert (separator, [value["Ref"] for value in values]) == ("\n", sorted(PARAMETERS))
        assert variables & set(parameters) == set()
        variables = (variables - {"PARAMETERS"}) | set(parameters)
    assert {each for each in read if not each.startswith("AWS_")} <= variables, "Lambda sets its own"
    assert variables & set(parameters) == read & set(parameters)


MOST_BYTES = 3500
"""Lambda allows 4 KB for the names and values of all variables of a function. The rest is for longer addresses."""


@pytest.mark.parametrize("ipv6", [False, True])
def test_size_of_environment(ipv6: bool) -> None:
    """The environment of each function has room for 99 ranges."""
    ranges = [f"2001:db8:{n}::/48" if ipv6 else f"203.100.{n}.128/25" for n in range(100, 199)]
    template = expanded(AllowedIpRanges=",".join(ranges), ManageReceiptFilters="false", EventBusName="b" * 64)
    for name in template.resources:
        template.resolver.add_resource(name, "a-physical-name-of-about-sixty-characters-in-the-account-123", _AnyText())
    sizes = {}
    for name, resource in template.resources.items():
        if resource["Type"] == "AWS::Lambda::Function":
            variables = template.resolver.resolve(resource["Properties"].get("Environment", {}).get("Variables", {}))
            sizes[name] = sum(len(key.encode()) + len(str(value).encode()) for key, value in variables.items())
    assert sizes["AgentApiFunction"] > 1800, "the ranges are among its variables"
    assert {name: size for name, size in sizes.items() if size > MOST_BYTES} == {}


class _AnyText(dict[str, str]):
    """Attributes of a resource that nobody has made."""

    def __missing__(self, name: str) -> str:
        return f"arn:aws:service:eu-central-1:123456789012:{name}/a-physical-name-of-a-resource"

    def __contains__(self, name: object) -> bool:
        return True


def test_no_variables() -> None:
    """A function without settings gets none."""
    for name in WITHOUT_SETTINGS:
        assert set(functions()[name]["Environment"]["Variables"]) == {"POWERTOOLS_SERVICE_NAME"}


def test_settings_read_variables() -> None:
    """Only settings read variables, so the test above knows all of them."""
    readers = {
        str(path.relative_to(ROOT))
        for folder in (ROOT / "functions", ROOT / "layers" / "common" / "email_channels")
        for path in folder.rglob("*.py")
        if re.search(r"\benviron\b|\bgetenv\b", path.read_text(encoding="utf-8"))
    }
    assert readers == ENVIRONMENT_READERS


def test_variable_names() -> None:
    """A variable has the name of its parameter."""
    for name, each in functions().items():
        for variable, value in each["Environment"]["Variables"].items():
            parameter = value.get("Ref") if isinstance(value, dict) else None
            if parameter in PARAMETERS:
                assert parameter_name(variable.lower()) == parameter, name


def test_service_descriptions() -> None:
    """The layer has the descriptions of the services in use."""
    package = ROOT / "layers" / "common" / "email_channels"
    used = {
        service
        for path in package.rglob("*.py")
        for service in re.findall(r"(?:client|resource)\(\s*\"([a-z0-9-]+)\"", path.read_text(encoding="utf-8"))
    }
    assert used == OPERATIONS.keys()


def test_readers_of_the_stream() -> None:
    """DynamoDB throttles a stream with more than two readers."""
    readers = {
        name
        for name, each in functions().items()
        for event in each.get("Events", {}).values()
        if event["Type"] == "DynamoDB"
    }
    assert readers == {"notify", "events"}


@pytest.mark.parametrize(("bus", "there"), [("", False), ("hr", True)])
def test_events_need_a_bus(bus: str, there: bool) -> None:
    """Without a bus, nothing is made for domain events."""
    deployed = expanded(EventBusName=bus).resources
    made = {
        name for name, each in deployed.items() if name.startswith("Events") and each["Type"] != "AWS::Lambda::Version"
    }
    made -= {"EventsNotDeliveredAlarm"}  # it is about events of AWS
    every = {"EventsFunction", "EventsFunctionRecords", "EventsRole", "EventsLogGroup", "EventsFailureQueue"}
    every |= {"EventsFunctionAliaslive", "EventsFunctionDeploymentGroup"}
    every |= {"EventsFunctionFailedFilter", "EventsWaitingAlarm", "EventsFailureAlarm"}
    assert made == (every if there else set())
