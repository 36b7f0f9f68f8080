"""Metric filters of CloudWatch Logs: which lines of a log they count.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html, as far as the template uses it:
comparisons of one field with a text (which may hold `*`) or a number, IS TRUE, IS FALSE, EXISTS, joined by && and ||.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from operator import eq, ge, gt, le, lt
from typing import Any

Line = Mapping[str, Any]
"""A line of the log, read as JSON."""
_Test = Callable[[Line], bool]

_TOKEN = re.compile(r'\s*("[^"]*"|\$(?:\.\w+)+|&&|\|\||[<>]=?|!?=|[{}()]|[\w.*-]+)')
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {"=": eq, "<": lt, "<=": le, ">": gt, ">=": ge}


@dataclass(frozen=True)
class MetricFilter:
    """A filter: the metric that it feeds, the value and the dimensions that it takes from a line."""

    log_group: str
    metric: str
    value: str
    dimensions: Mapping[str, str]
    matches: Callable[[Line], bool]

    def point(self, line: Line) -> tuple[float, dict[str, str]] | None:
        """The value and the dimensions that a line gives; None if it gives none.

        A line without a field that a dimension names gives none.
        """
        if not self.matches(line):
            return None
        dimensions = {name: _field(line, selector) for name, selector in self.dimensions.items()}
        value = _field(line, self.value) if self.value.startswith("$") else float(self.value)
        if value is None or isinstance(value, str) or None in dimensions.values():
            return None
        return float(value), {name: str(found) for name, found in dimensions.items()}


def read_filter(properties: Mapping[str, Any]) -> MetricFilter:
    """Reads the properties of an `AWS::Logs::MetricFilter`, whose references may be unresolved."""
    [transformation] = properties["MetricTransformations"]
    group = properties["LogGroupName"]
    return MetricFilter(
        log_group=group["Ref"] if isinstance(group, dict) else group,
        metric=transformation["MetricName"],
        value=transformation["MetricValue"],
        dimensions={each["Key"]: each["Value"] for each in transformation.get("Dimensions", [])},
        matches=pattern(properties["FilterPattern"]),
    )


def pattern(text: str) -> _Test:
    """Reads a JSON filter pattern. Raises ValueError for what it does not know."""
    tokens = _tokens(text)
    if tokens[:1] != ["{"] or tokens[-1:] != ["}"]:
        raise ValueError(f"not a JSON pattern: {text}")
    rest = tokens[1:-1]
    test = _any(rest)
    if rest:
        raise ValueError(f"not understood: {' '.join(rest)}")
    return test


def texts_compared(text: str, selector: str) -> list[str]:
    """The texts in quotes with which a pattern compares a field."""
    tokens = _tokens(text)
    return [
        value[1:-1]
        for name, operator, value in zip(tokens, tokens[1:], tokens[2:], strict=False)
        if (name, operator) == (selector, "=") and value.startswith('"')
    ]


def _tokens(text: str) -> list[str]:
    found, place = [], 0
    while place < len(text.rstrip()):
        match = _TOKEN.match(text, place)
        if match is None:
            raise ValueError(f"not understood: {text[place:]}")
        found.append(match[1])
        place = match.end()
    return found


def _any(tokens: list[str]) -> _Test:
    tests = [_all(tokens)]
    while tokens[:1] == ["||"]:
        tokens.pop(0)
        tests.append(_all(tokens))
    return lambda line: any(test(line) for test in tests)


def _all(tokens: list[str]) -> _Test:
    tests = [_one(tokens)]
    while tokens[:1] == ["&&"]:
        tokens.pop(0)
        tests.append(_one(tokens))
    return lambda line: all(test(line) for test in tests)


def _one(tokens: list[str]) -> _Test:
    if tokens[:1] == ["("]:
        tokens.pop(0)
        test = _any(tokens)
        if tokens[:1] != [")"]:
            raise ValueError("a bracket is not closed")
        tokens.pop(0)
        return test
    if len(tokens) < 2 or not tokens[0].startswith("$"):
        raise ValueError(f"not a comparison: {' '.join(tokens)}")
    selector, operator = tokens.pop(0), tokens.pop(0)
    if operator == "EXISTS":
        return lambda line: _has(line, selector)
    value = tokens.pop(0)
    if operator == "IS" and value in {"TRUE", "FALSE"}:
        return lambda line: _field(line, selector) is (value == "TRUE")
    if operator not in _OPERATORS:
        raise ValueError(f"operator not known: {operator} {value}")
    if _NUMBER.fullmatch(value):
        return lambda line: (
            _is_number(_field(line, selector)) and _OPERATORS[operator](_field(line, selector), float(value))
        )
    if operator != "=":
        raise ValueError(f"{operator} compares numbers only, not {value}")
    wanted = value.strip('"').replace("[", "[[]").replace("?", "[?]")
    return lambda line: isinstance(_field(line, selector), str) and fnmatchcase(_field(line, selector), wanted)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _has(line: Line, selector: str) -> bool:
    missing = object()
    return _field(line, selector, missing) is not missing


def _field(line: Line, selector: str, missing: Any = None) -> Any:
    found: Any = line
    for name in selector.removeprefix("$.").split("."):
        if not isinstance(found, Mapping) or name not in found:
            return missing
        found = found[name]
    return found


def read_line(text: str) -> Line | None:
    """A line as JSON; None if it is not an object, as the lines of Lambda itself."""
    try:
        line = json.loads(text)
    except ValueError:
        return None
    return line if isinstance(line, dict) else None
