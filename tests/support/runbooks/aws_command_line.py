"""The AWS command line, as far as the models of the services tell: it makes its commands and options of them."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import jmespath
from botocore import xform_name
from botocore.model import OperationModel
from botocore.session import Session

# Commands that are no operation of a service, and their options.
_CUSTOM = {"s3 cp": frozenset[str](), "logs tail": frozenset({"since", "follow"})}
_GLOBAL = frozenset({"query", "output", "region", "cli-binary-format", "max-items"})
_SERVICES = {"s3api": "s3"}  # the others are called as in the SDK
_PAGE_TOKENS = ("NextToken", "nextToken", "Marker")


class WrongCommand(Exception):
    """The command does not exist, or not with these options. The text says which."""


@cache
def _operation(service: str, action: str) -> OperationModel:
    model = Session().get_service_model(service)
    named = {xform_name(name, "-"): name for name in model.operation_names}
    if action not in named:
        raise WrongCommand(f"{service} has no {action}")
    return model.operation_model(named[action])


@cache
def _waited_for(service: str, waiter: str) -> OperationModel:
    model = Session().get_waiter_model(service)
    named = {xform_name(name, "-"): name for name in model.waiter_names}
    if waiter not in named:
        raise WrongCommand(f"{service} cannot wait for {waiter}")
    return Session().get_service_model(service).operation_model(model.get_waiter(named[waiter]).operation)


def check(words: list[str]) -> None:
    """Raises WrongCommand for a command that the command line would refuse. Without options, it is a mere name."""
    service, action, *rest = words
    service = _SERVICES.get(service, service)
    for option, value in pairwise(rest):
        if option == "--query":
            _check_query(value)
    given = {word[2:].partition("=")[0] for word in rest if word.startswith("--")}
    own = given - _GLOBAL
    if f"{service} {action}" in _CUSTOM:
        if not own <= _CUSTOM[f"{service} {action}"]:
            raise WrongCommand(f"unknown options of {service} {action}: {own}")
        return
    operation = _waited_for(service, rest[0]) if action == "wait" else _operation(service, action)
    members = {} if operation.input_shape is None else operation.input_shape.members
    options = {xform_name(name, "-") for name in members}
    switches = {f"no-{xform_name(name, '-')}" for name, shape in members.items() if shape.type_name == "boolean"}
    if not own <= options | switches:
        raise WrongCommand(f"unknown options of {service} {action}: {own - options - switches}")
    if "max-items" in given and not any(token in members for token in _PAGE_TOKENS):
        raise WrongCommand(f"{service} {action} has no pages")
    required = set() if operation.input_shape is None else set(operation.input_shape.required_members)
    missing = {xform_name(name, "-") for name in required} - {each.removeprefix("no-") for each in own}
    if given and missing:
        raise WrongCommand(f"{service} {action} needs {missing}")


def _check_query(query: str) -> None:
    try:
        jmespath.compile(query)
    except jmespath.exceptions.ParseError as error:
        raise WrongCommand(f"not a query: {query}") from error
