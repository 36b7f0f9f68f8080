"""The intrinsic functions of CloudFormation that the template uses. Others raise a UserError that names the function.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

from local.cloudformation.parameters import as_text
from local.errors import UserError

_NO_VALUE = object()
_PLACEHOLDER = re.compile(r"\$\{(!?)([^{}]+)\}")


class Resolver:
    """Evaluates conditions and intrinsic functions. Each resource is added (`add_resource`) after it was created.

    `parameters` holds values by name, `pseudo` the pseudo parameters (`AWS::Region`, ...), `conditions` the template's
    conditions, not evaluated yet.
    """

    def __init__(
        self,
        parameters: Mapping[str, str],
        pseudo: Mapping[str, str],
        conditions: Mapping[str, Any],
    ) -> None:
        self._values: dict[str, str] = {**parameters, **pseudo}
        self._conditions = conditions
        self._evaluated: dict[str, bool] = {}
        self._evaluating: set[str] = set()
        self._attributes: dict[str, Mapping[str, str]] = {}
        self._functions: dict[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._get_att,
            "Fn::Sub": self._sub,
            "Fn::Join": self._join,
            "Fn::If": self._if,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::Equals": self._equals,
            "Fn::Not": self._not,
            "Fn::And": self._and,
            "Fn::Or": self._or,
            "Condition": self.condition,
        }

    def add_resource(self, logical_id: str, ref: str, attributes: Mapping[str, str]) -> None:
        """From now on, `Ref` of this resource returns `ref`, `Fn::GetAtt` one of `attributes`."""
        self._values[logical_id] = ref
        self._attributes[logical_id] = attributes

    def condition(self, name: str) -> bool:
        """Whether the condition is true. Raises UserError if it does not exist or depends on itself."""
        if name not in self._evaluated:
            if name not in self._conditions:
                raise UserError(f"template: there is no condition {name}")
            if name in self._evaluating:
                raise UserError(f"template: condition {name} depends on itself")
            self._evaluating.add(name)
            self._evaluated[name] = bool(self.resolve(self._conditions[name]))
        return self._evaluated[name]

    def resolve(self, value: Any) -> Any:
        """`value` with all intrinsic functions resolved. Members that are `AWS::NoValue` are left out."""
        resolved = self._resolve(value)
        return None if resolved is _NO_VALUE else resolved

    def references(self, value: Any) -> set[str]:
        """The parameters and resources that `value` refers to. Of `Fn::If`, only the taken branch counts."""
        return set(self._references(value))

    def _resolve(self, value: Any) -> Any:
        if isinstance(value, list):
            return [item for item in map(self._resolve, value) if item is not _NO_VALUE]
        if not isinstance(value, dict):
            return value
        call = _intrinsic(value)
        if call is not None:
            name, argument = call
            if name not in self._functions:
                raise UserError(f"template: the local stack does not support the intrinsic function {name}")
            try:
                return self._functions[name](argument)
            except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
                raise UserError(f"template: {name} does not accept {argument!r}") from error
        resolved = {key: self._resolve(item) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not _NO_VALUE}

    def _references(self, value: Any) -> Iterator[str]:
        if isinstance(value, list):
            for item in value:
                yield from self._references(item)
        elif isinstance(value, dict):
            call: tuple[str, Any] = _intrinsic(value) or ("", None)
            name, argument = call
            if name == "Ref":
                yield argument
            elif name == "Fn::GetAtt":
                yield _target(argument)[0]
            elif name == "Fn::If":
                yield from self._references(argument[1] if self.condition(argument[0]) else argument[2])
            elif name == "Fn::Sub":
                text, own = _substitution(argument)
                placeholders = {match[2] for match in _PLACEHOLDER.finditer(text) if not match[1]}
                yield from (placeholder.split(".")[0] for placeholder in placeholders - set(own))
                yield from self._references(list(own.values()))
            elif name != "Condition":
                yield from self._references(list(value.values()))

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return _NO_VALUE
        if name not in self._values:
            raise UserError(f"template: Ref to {name}, which is not a parameter or a resource of this deployment")
        return self._values[name]

    def _get_att(self, argument: Any) -> str:
        logical_id, attribute = _target(argument)
        if logical_id not in self._attributes:
            raise UserError(f"template: Fn::GetAtt of {logical_id}, which is not a resource of this deployment")
        attributes = self._attributes[logical_id]
        if attribute not in attributes:
            raise UserError(f"template: the local stack does not support the attribute {attribute} of {logical_id}")
        return attributes[attribute]

    def _sub(self, argument: Any) -> str:
        text, own = _substitution(argument)
        values = {name: self._resolve(value) for name, value in own.items()}

        def replace(match: re.Match[str]) -> str:
            literal, name = match.groups()
            if literal:
                return "${" + name + "}"
            if name in values:
                return as_text(values[name])
            return as_text(self._get_att(name) if "." in name else self._ref(name))

        return _PLACEHOLDER.sub(replace, text)

    def _join(self, argument: Any) -> str:
        separator, items = argument
        return cast("str", separator).join(as_text(item) for item in self._resolve(items))

    def _if(self, argument: Any) -> Any:
        name, then, otherwise = argument
        return self._resolve(then if self.condition(name) else otherwise)

    def _select(self, argument: Any) -> Any:
        index, items = self._resolve(argument)
        if not 0 <= int(index) < len(items):
            raise UserError(f"template: Fn::Select of item {index} from a list of {len(items)}")
        return items[int(index)]

    def _split(self, argument: Any) -> list[str]:
        separator, text = self._resolve(argument)
        return cast("str", text).split(separator)

    def _equals(self, argument: Any) -> bool:
        left, right = self._resolve(argument)
        return as_text(left) == as_text(right)

    def _not(self, argument: Any) -> bool:
        (value,) = self._resolve(argument)
        return not value

    def _and(self, argument: Any) -> bool:
        return all(self._resolve(argument))

    def _or(self, argument: Any) -> bool:
        return any(self._resolve(argument))


def _intrinsic(value: Mapping[str, Any]) -> tuple[str, Any] | None:
    """Name and argument, if this is a call of an intrinsic function.

    `Condition` is one if its argument is a name. In a policy statement, it is a mapping.
    """
    if len(value) == 1:
        ((name, argument),) = value.items()
        if name == "Ref" or name.startswith("Fn::") or (name == "Condition" and isinstance(argument, str)):
            return name, argument
    return None


def _target(argument: Any) -> tuple[str, str]:
    """Logical id and attribute of a `Fn::GetAtt`, which can be written `a.b` or `[a, b]`."""
    logical_id, _, attribute = (argument if isinstance(argument, str) else ".".join(argument)).partition(".")
    return logical_id, attribute


def _substitution(argument: Any) -> tuple[str, Mapping[str, Any]]:
    return (argument, {}) if isinstance(argument, str) else (argument[0], argument[1])
