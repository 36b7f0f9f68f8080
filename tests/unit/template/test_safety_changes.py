"""The table of safety properties notices every change of the template: it is changed on purpose here."""

import re
from functools import cache

import pytest

from tests.support.safety.generated_changes import changes
from tests.support.safety.harm import people_and_alarms, permissions, receiving_and_sending, stored_data
from tests.support.safety.harm.changes import Harm
from tests.support.safety.short_form import short
from tests.support.safety.table import TABLE
from tests.support.safety.view import ROLE, SECTIONS, inventory, view_of
from tests.support.template import source

HARMS = [*receiving_and_sending.HARMS, *stored_data.HARMS, *permissions.HARMS, *people_and_alarms.HARMS]

PERMISSION = re.compile(
    r"Properties\.Policies\.0\.PolicyDocument\.Statement(\.\d+)?(\.Fn::If\.\d)?"
    r"( removed|\.(Action|Resource)\..*|\.(Action|Resource): .*)"
)


@cache
def findings_unchanged() -> set[str]:
    """Those of the template as it is. There are none unless `test_safety.py` fails."""
    return set(TABLE.findings(source()))


def narrower(type_: str, what: str) -> bool:
    """A change that the permission proof notices: a function lacks a permission, or has another one instead."""
    return type_ == ROLE and PERMISSION.fullmatch(what) is not None and not what.endswith("-> '*'")


@pytest.mark.parametrize("type_", sorted({each["Type"] for each in source()["Resources"].values()}))
def test_every_small_change(type_: str) -> None:
    """Each part of each resource removed, each switch, number and text changed."""
    resources = {name: each for name, each in source()["Resources"].items() if each["Type"] == type_}
    unnoticed, tried = [], 0
    for name, resource in resources.items():
        parts = {key: value for key, value in resource.items() if key != "Type"}
        for what, changed in changes(parts):
            tried += 1
            if not narrower(type_, what) and not TABLE.findings_of(name, view_of({"Type": type_, **changed}), type_):
                unnoticed.append(f"{name}: {what}")
    assert unnoticed == []
    assert tried


@pytest.mark.parametrize("section", SECTIONS)
def test_every_small_change_of_a_section(section: str) -> None:
    """The same for parameters, conditions, the defaults of functions, and the rules between parameters."""
    tried = list(changes(source()[section]))
    assert tried
    assert [what for what, changed in tried if not TABLE.findings_of(section, short(changed), None)] == []


def test_resource_removed_or_added() -> None:
    """No resource can go, and none can come."""
    types = {name: resource["Type"] for name, resource in source()["Resources"].items()}
    for name, type_ in types.items():
        others = {each: types[each] for each in types if each != name}
        assert TABLE.findings_of("Resources", inventory(others), None), name
        assert TABLE.findings_of("Resources", inventory({**types, f"Second{name}": type_}), None), name
    assert TABLE.findings_of("Resources", inventory({**types, "Url": "AWS::Lambda::Url"}), None)


def test_number_of_harms() -> None:
    """As many as were once made by hand to see which the tests notice, and each only once."""
    assert len(HARMS) >= 83
    assert len({harm.what for harm in HARMS}) == len(HARMS)


@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.what)
def test_harm(harm: Harm) -> None:
    """The table notices it. If the template has changed, so that a harm changes nothing, give it another path."""
    assert set(TABLE.findings(harm.done_to(source()))) - findings_unchanged()
