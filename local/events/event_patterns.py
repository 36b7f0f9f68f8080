"""Event patterns of EventBridge rules and of event source mappings.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html. The template uses exact values, and
the operator `exists` with true. Others, such as `prefix`, raise a UserError that names the operator.
"""

from collections.abc import Callable, Mapping
from typing import Any

from local.errors import UserError

Predicate = Callable[[Any], bool]


def matcher(pattern: Mapping[str, Any]) -> Predicate:
    """Returns a function that says whether an event matches. Raises UserError if the pattern is not supported."""
    fields = {name: _field(name, wanted) for name, wanted in pattern.items()}

    def matches(event: Any) -> bool:
        return isinstance(event, Mapping) and all(name in event and test(event[name]) for name, test in fields.items())

    return matches


def _field(name: str, wanted: Any) -> Predicate:
    if name.startswith("$"):
        raise UserError(f"template: the local stack does not support {name} in event patterns")
    if isinstance(wanted, Mapping):
        return matcher(wanted)
    if not isinstance(wanted, list):
        raise UserError(f"template: event pattern: {name} must be a list or an object, not {wanted!r}")
    if wanted == [{"exists": True}]:
        return lambda value: not isinstance(value, Mapping)
    for one in wanted:
        if isinstance(one, Mapping):
            raise UserError(
                f"template: the local stack does not support the operator {next(iter(one), '')} in event patterns"
            )

    def matches(value: Any) -> bool:
        # An array matches if one of its elements does.
        values = value if isinstance(value, list) else [value]
        return any(_same(one, other) for one in values for other in wanted)

    return matches


def _same(value: Any, wanted: Any) -> bool:
    """Whether both are equal and of the same JSON type: `true` is not 1."""
    return bool(value == wanted) and isinstance(value, bool) == isinstance(wanted, bool)
