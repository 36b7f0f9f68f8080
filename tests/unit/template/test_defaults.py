"""Every property that a resource could have is set, or its default is written down with a reason."""

from typing import Any

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from tests.support.safety.expected.defaults import DEFAULTS
from tests.support.template import source

REGION = "us-east-1"


def types() -> list[str]:
    """The types of AWS in the template. Custom resources have the properties that `setup` reads."""
    found = {resource["Type"] for resource in source()["Resources"].values()}
    return sorted(each for each in found if not each.startswith("Custom::"))


def possible(type_: str) -> set[str]:
    """The properties that a resource of the type can be given."""
    schemas: Any = PROVIDER_SCHEMA_MANAGER
    schema = schemas.get_resource_schema(REGION, type_).schema
    return set(schema["properties"]) - {each.split("/")[-1] for each in schema.get("readOnlyProperties", [])}


def properties(type_: str) -> list[set[str]]:
    resources = source()["Resources"].values()
    return [set(each.get("Properties", {})) for each in resources if each["Type"] == type_]


def considered(type_: str) -> set[str]:
    return {name for names in DEFAULTS.get(type_, {}) for name in names.split()}


@pytest.mark.parametrize("type_", types())
def test_defaults(type_: str) -> None:
    """Write the property into `tests/support/safety/expected/defaults.py`, with the reason why its default is right."""
    assert possible(type_) - set().union(*properties(type_)) - considered(type_) == set()


@pytest.mark.parametrize("type_", types())
def test_no_default_is_left_over(type_: str) -> None:
    """A property that every resource of the type sets has no default any more."""
    assert considered(type_) <= possible(type_)
    first, *others = properties(type_)
    assert considered(type_) & first.intersection(*others) == set()
    assert all(len(why.split()) > 1 or why in {"true", "enabled"} for why in DEFAULTS.get(type_, {}).values())


def test_types() -> None:
    """No type is left over."""
    assert DEFAULTS.keys() <= set(types())
