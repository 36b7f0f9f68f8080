"""Parameters of a template: defaults, checks and types."""

from typing import Any

import pytest

from local.cloudformation.parameters import check_parameters
from local.errors import UserError

DECLARED: dict[str, dict[str, Any]] = {
    "Days": {"Type": "Number", "Default": 30, "MinValue": 1, "MaxValue": 3650, "ConstraintDescription": "1 to 3650"},
    "On": {"Type": "String", "Default": True, "AllowedValues": [True, False]},
    "Name": {"Type": "String", "AllowedPattern": "[a-z]+", "MinLength": 2, "MaxLength": 4},
    "Size": {"Type": "String", "Default": "", "AllowedPattern": "[SML]?", "ConstraintDescription": "S, M or L"},
}


def test_values() -> None:
    """A given value wins over the default, and every value is text."""
    values = check_parameters(DECLARED, {"Name": "abc", "Days": "7"})
    assert values == {"Days": "7", "On": "true", "Name": "abc", "Size": ""}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "parameter Name: it is required. Set it with --param Name=VALUE"),
        ({"Name": "ab", "Nmae": "x"}, "parameter Nmae: the template has no such parameter. It has: Days, On, Name"),
        ({"Name": "ab", "Days": "0"}, r"parameter Days: '0' is less than 1 \(1 to 3650\)"),
        ({"Name": "ab", "Days": "3651"}, "'3651' is more than 3650"),
        ({"Name": "ab", "Days": "1e3"}, "'1e3' is not a number"),
        ({"Name": "ab", "Days": "٣"}, "is not a number"),
        ({"Name": "ab", "Days": ""}, "'' is not a number"),
        ({"Name": "ab", "On": "True"}, "'True' must be one of 'true', 'false'"),
        ({"Name": "AB"}, r"'AB' does not match \[a-z\]\+"),
        ({"Name": "ab\n"}, "does not match"),
        ({"Name": "ab", "Size": "XL"}, r"parameter Size: 'XL' is not allowed \(S, M or L\)"),
        ({"Name": "a"}, "'a' is shorter than 2 characters"),
        ({"Name": "abcde"}, "'abcde' is longer than 4 characters"),
    ],
)
def test_wrong_value(given: dict[str, str], words: str) -> None:
    """The error names the parameter."""
    with pytest.raises(UserError, match=words):
        check_parameters(DECLARED, given)


def test_unsupported_type() -> None:
    with pytest.raises(UserError, match="does not support the type CommaDelimitedList"):
        check_parameters({"Names": {"Type": "CommaDelimitedList", "Default": ""}}, {})
