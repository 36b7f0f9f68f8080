"""Reads the SAM template, checks its parameters and rules, and expands it into plain CloudFormation."""

from collections.abc import Hashable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import yaml

from local.cloudformation.intrinsic_functions import Resolver
from local.cloudformation.parameters import check_parameters
from local.embedded_aws import new_session
from local.errors import UserError

_SECTIONS = {
    "AWSTemplateFormatVersion",
    "Transform",
    "Description",
    "Metadata",
    "Parameters",
    "Rules",
    "Conditions",
    "Globals",
    "Resources",
    "Outputs",
}
_OF_OBJECTS = {"Parameters", "Rules", "Conditions", "Globals", "Resources"}
_CODE_IN_CHECKOUT = "s3://local/checkout"
"""Functions are imported from the checkout, but the translator requires the S3 address of their code."""


@dataclass(frozen=True)
class Template:
    """The expanded template. `resources` and `outputs` are those whose condition is true.

    Their intrinsic functions are not resolved yet. `resolver` does that. It knows the parameters and conditions, and
    each resource that was added to it.
    """

    parameters: Mapping[str, str]
    resources: Mapping[str, Mapping[str, Any]]
    resolver: Resolver
    outputs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def load_template(path: Path, parameters: Mapping[str, str], pseudo: Mapping[str, str]) -> Template:
    """Reads and expands the file. `parameters` are those that the user gave, `pseudo` the pseudo parameters.

    Raises UserError for a file that cannot be read, a parameter that is not allowed, a rule that is not met, and for
    everything that the SAM translator refuses.
    """
    source = read_template(path)
    values = check_parameters(source.get("Parameters", {}), parameters)
    resolver = Resolver(values, pseudo, source.get("Conditions", {}))
    _check_rules(source.get("Rules", {}), resolver)
    expanded = _expand(source, values, pseudo["AWS::Region"])
    resources, outputs = (
        {
            name: item
            for name, item in expanded.get(section, {}).items()
            if "Condition" not in item or resolver.condition(item["Condition"])
        }
        for section in ("Resources", "Outputs")
    )
    return Template(values, resources, resolver, outputs)


def read_template(path: Path) -> dict[str, Any]:
    """The template as plain data, short tags (`!Ref x`) in their long form. Raises UserError if it is malformed."""
    try:
        source = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # the loader below is a safe one
    except OSError as error:
        raise UserError(f"template {path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"template {path}: {' '.join(str(error).split())}") from error
    if not isinstance(source, dict) or not isinstance(source.get("Resources"), dict):
        raise UserError(f"template {path}: it has no Resources")
    for section, content in source.items():
        if section not in _SECTIONS:
            raise UserError(f"template {path}: the local stack does not support the section {section}")
        if section in _OF_OBJECTS:
            _check_objects(path, section, content)
    for logical_id, resource in source["Resources"].items():
        if not isinstance(resource.get("Type"), str):
            raise UserError(f"template {path}: the resource {logical_id} has no type")
        if not isinstance(resource.get("Properties", {}), dict):
            raise UserError(f"template {path}: the properties of {logical_id} must be an object")
    return source


def _check_objects(path: Path, section: str, content: Any) -> None:
    if not isinstance(content, dict):
        raise UserError(f"template {path}: {section} must be an object")
    for name, value in content.items():
        if not isinstance(value, dict):
            raise UserError(f"template {path}: {section}: {name} must be an object")


def _check_rules(rules: Mapping[str, Any], resolver: Resolver) -> None:
    """Raises UserError if the parameters do not meet one of the template's rules.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html
    """
    for name, rule in rules.items():
        if not resolver.resolve(rule.get("RuleCondition", True)):
            continue
        for assertion in rule.get("Assertions", []):
            if not resolver.resolve(assertion.get("Assert", False)):
                raise UserError(f"parameters: {assertion.get('AssertDescription', f'rule {name} is not met')}")


def _expand(source: dict[str, Any], values: Mapping[str, str], region: str) -> dict[str, Any]:
    # Imported here: together they take a second, and only the start needs them.
    from samtranslator.model.exceptions import InvalidDocumentException
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator

    prepared = deepcopy(source)
    for holder in [*prepared.get("Globals", {}).values(), *_properties(prepared)]:
        for uri in ("CodeUri", "ContentUri"):
            if uri in holder:
                holder[uri] = _CODE_IN_CHECKOUT
    translator = Translator(None, Parser(), boto_session=new_session(region))
    try:
        expanded = translator.translate(prepared, parameter_values=dict(values), get_managed_policy_map=dict)
    except InvalidDocumentException as error:
        causes = "; ".join(cause.message for cause in error.causes)
        raise UserError(f"template: {causes or error.message}") from error
    finally:
        translator.metrics.publish()  # to nobody; else the translator warns of metrics that were not published
    return cast("dict[str, Any]", expanded)


def _properties(source: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The properties of the resources that have code. The translator reports resources without a type."""
    return [
        resource["Properties"]
        for resource in source["Resources"].values()
        if resource.get("Type") in {"AWS::Serverless::Function", "AWS::Serverless::LayerVersion"}
        and "Properties" in resource
    ]


class _Loader(yaml.CSafeLoader):
    """Safe YAML plus CloudFormation's tags."""


def _construct_tag(loader: _Loader, suffix: str, node: yaml.Node) -> dict[Hashable, Any]:
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {name: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _construct_tag)
# `2012-10-17` is text to CloudFormation, a date to YAML 1.1.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in _Loader.yaml_implicit_resolvers.items()
}
