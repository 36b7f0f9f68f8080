"""A value of a parameter that the template refuses is refused again when a function starts."""

from __future__ import annotations

import pytest
from email_channels.errors import SettingsError
from email_channels.settings import ApiSettings
from email_channels.settings_loading import deployment_parameters, load

from local.cloudformation.parameters import as_text, check_parameters
from local.cloudformation.template import read_template
from local.errors import UserError
from tests.support.parameters import ACME_EXAMPLE, INBOUND
from tests.support.paths import TEMPLATE

DECLARED = read_template(TEMPLATE)["Parameters"]
# GET /settings shows all parameters, so its function has all of them.
ENVIRONMENT = INBOUND | ACME_EXAMPLE | {"ARRIVALS_QUEUE_URL": "https://queue", "JOBS_QUEUE_URL": "https://queue"}
CANDIDATES = (
    "",
    "?",
    "no",
    "2",
    "-1",
    "99999999",
    "a b",
    "a,b",
    "ends-",
    "two\nlines",
    "tab\there",
    "http://evil.example",
    "profile email",
    "x" * 101,
    "x" * 501,
    "a@b@c",
)


def variable(parameter: str) -> str:
    """The environment variable of a parameter."""
    return "".join(f"_{char}" if char.isupper() else char for char in parameter).upper().removeprefix("_")


def refused_by_template(name: str) -> list[str]:
    """The candidates that CloudFormation refuses."""
    refused = []
    for value in CANDIDATES:
        try:
            check_parameters({name: DECLARED[name]}, {name: value})
        except UserError:
            refused.append(value)
    return refused


def test_all_parameters() -> None:
    """The settings that the tests below use hold every parameter, with values that are allowed."""
    assert set(deployment_parameters(load(ApiSettings, ENVIRONMENT))) >= set(DECLARED)


@pytest.mark.parametrize("name", DECLARED)
def test_default(name: str) -> None:
    """The template's default is allowed."""
    if "Default" in DECLARED[name] and as_text(DECLARED[name]["Default"]):
        load(ApiSettings, ENVIRONMENT | {variable(name): as_text(DECLARED[name]["Default"])})


@pytest.mark.parametrize("name", DECLARED)
def test_wrong_value(name: str) -> None:
    """The error names the parameter."""
    refused = refused_by_template(name)
    assert refused
    for value in refused:
        with pytest.raises(SettingsError, match=rf"(^|; ){name}: "):
            load(ApiSettings, ENVIRONMENT | {variable(name): value})
