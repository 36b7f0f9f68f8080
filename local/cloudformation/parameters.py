"""The template's parameters, checked as CloudFormation checks them.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

import re
from collections.abc import Mapping
from typing import Any

from local.errors import UserError

_TYPES = ("String", "Number")
"""The types that the template uses. Lists are comma-separated strings there."""


def check_parameters(declarations: Mapping[str, Mapping[str, Any]], given: Mapping[str, str]) -> dict[str, str]:
    """The value of every declared parameter: the given one, else the default.

    Raises UserError, with the parameter's name, for an unknown name, a missing value and a value that is not allowed.
    """
    for name in given:
        if name not in declarations:
            raise UserError(f"parameter {name}: the template has no such parameter. It has: {', '.join(declarations)}")
    return {name: _value(name, declaration, given) for name, declaration in declarations.items()}


def _value(name: str, declaration: Mapping[str, Any], given: Mapping[str, str]) -> str:
    if declaration.get("Type") not in _TYPES:
        raise UserError(f"parameter {name}: the local stack does not support the type {declaration.get('Type')}")
    if name in given:
        text = given[name]
    elif "Default" in declaration:
        text = as_text(declaration["Default"])
    else:
        raise UserError(f"parameter {name}: it is required. Set it with --param {name}=VALUE")
    wrong = _wrong(text, declaration)
    if wrong is not None:
        hint = declaration.get("ConstraintDescription")
        raise UserError(f"parameter {name}: {text!r} {wrong}" + (f" ({hint})" if hint else ""))
    return text


def as_text(value: object) -> str:
    """A scalar of the template as CloudFormation passes it on: always as text, booleans in lower case."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _wrong(text: str, declaration: Mapping[str, Any]) -> str | None:
    """What is wrong with a value. None if nothing is."""
    allowed = [as_text(value) for value in declaration.get("AllowedValues", [])]
    if allowed and text not in allowed:
        return f"must be one of {', '.join(repr(value) for value in allowed)}"
    pattern = declaration.get("AllowedPattern")
    if pattern is not None and not re.fullmatch(pattern, text):
        # The description says the same in words.
        return "is not allowed" if "ConstraintDescription" in declaration else f"does not match {pattern}"
    if declaration["Type"] == "Number":
        return _wrong_number(text, declaration)
    if len(text) < int(declaration.get("MinLength", 0)):
        return f"is shorter than {declaration['MinLength']} characters"
    if "MaxLength" in declaration and len(text) > int(declaration["MaxLength"]):
        return f"is longer than {declaration['MaxLength']} characters"
    return None


def _wrong_number(text: str, declaration: Mapping[str, Any]) -> str | None:
    if not re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", text, re.ASCII):
        return "is not a number"
    if "MinValue" in declaration and float(text) < float(declaration["MinValue"]):
        return f"is less than {declaration['MinValue']}"
    if "MaxValue" in declaration and float(text) > float(declaration["MaxValue"]):
        return f"is more than {declaration['MaxValue']}"
    return None
