"""Event patterns, as EventBridge rules and the filters of event sources have them.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html. Known are exact values and
the operators below; any other is refused by name.
"""

from collections.abc import Callable, Mapping
from typing import Any

from local.errors import UserError

Test = Callable[[Any], bool]
_ABSENT = object()
_OPERATORS = ("anything-but", "exists", "prefix", "suffix")


def matcher(pattern: Mapping[str, Any]) -> Test:
    """A test of whole events. Raises UserError for a pattern with a part that is not known here."""
    fields = {name: _field(name, wanted) for name, wanted in pattern.items()}

    def matches(event: Any) -> bool:
        if not isinstance(event, Mapping):
            # `exists: false` also holds below something that is not there.
            event = {}
        return all(test(event.get(name, _ABSENT)) for name, test in fields.items())

    return matches


def _field(name: str, wanted: Any) -> Test:
    if name.startswith("$"):
        raise UserError(f"template: the local stack does not know {name} in event patterns")
    if isinstance(wanted, Mapping):
        return matcher(wanted)
    if not isinstance(wanted, list):
        raise UserError(f"template: event pattern: {name} must be a list or an object, not {wanted!r}")
    alternatives = [_alternative(one) for one in wanted]

    def matches(value: Any) -> bool:
        # Of an array any one element may match.
        values = value if isinstance(value, list) and value else [_ABSENT if value == [] else value]
        return any(test(one) for test in alternatives for one in values)

    return matches


def _alternative(wanted: Any) -> Test:
    if not isinstance(wanted, Mapping):
        return lambda value: _same(value, wanted)
    ((operator, argument),) = wanted.items()
    if operator not in _OPERATORS:
        raise UserError(f"template: the local stack does not know the operator {operator} in event patterns")
    if operator == "exists":
        return lambda value: (value is not _ABSENT) is argument
    if operator == "anything-but":
        refused = argument if isinstance(argument, list) else [argument]
        tests = [_alternative(one) for one in refused]
        return lambda value: value is not _ABSENT and not any(test(value) for test in tests)
    if operator == "prefix":
        return lambda value: isinstance(value, str) and value.startswith(argument)
    return lambda value: isinstance(value, str) and value.endswith(argument)


def _same(value: Any, wanted: Any) -> bool:
    """Equal and of the same JSON type: `true` is not 1."""
    return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)
