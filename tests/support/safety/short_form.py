"""The template in the short form in which the table of safety properties writes it.

    {"Ref": "Key"}                                      !Ref Key
    {"Fn::GetAtt": "Key.Arn"}                           !GetAtt Key.Arn
    {"Fn::Sub": "${Bucket.Arn}/raw/*"}                  !Sub ${Bucket.Arn}/raw/*
    {"Fn::Sub": ["a-${Id}", {"Id": {"Ref": "Key"}}]}    !Sub a-${!Ref Key}
    {"Fn::If": ["On", 1, 2]}                            !If [On, 1, 2]
    {"Fn::If": ["On", x, {"Ref": "AWS::NoValue"}]}      {"if On": x}
    [{"Name": "a", "Value": 1}]                         {"a": 1}, also with Key instead of Name
    [{"Id": "a", "Status": ...}, ...]                   {"[a]": {"Status": ...}}, also for other keys that name an item

Different templates have different short forms, so no change of a template gets lost here.
"""

from typing import Any

NO_VALUE = {"Ref": "AWS::NoValue"}

_NAMES_OF_ITEMS = ("Sid", "Id", "IndexName", "AttributeName", "PolicyName", "Name", "id")
"""The keys that name the items of a list, so that a row does not depend on their order."""


def short(value: Any) -> Any:
    """The short form of a part of the template, as plain data."""
    if isinstance(value, list):
        return _list(value)
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        [(name, argument)] = value.items()
        if name in {"Ref", "Condition"} and isinstance(argument, str):
            return f"!{name} {argument}"
        if name.startswith("Fn::"):
            return _function(name.removeprefix("Fn::"), argument)
    return {str(name): short(each) for name, each in value.items()}


def _function(name: str, argument: Any) -> Any:
    if name == "GetAtt":
        return f"!GetAtt {argument if isinstance(argument, str) else '.'.join(map(str, argument))}"
    if name == "Sub" and isinstance(argument, list):
        text, variables = argument
        for variable, value in variables.items():
            text = text.replace(f"${{{variable}}}", f"${{{short(value)}}}")
        return f"!Sub {text}"
    if name == "If" and argument[2] == NO_VALUE:
        return {f"if {argument[0]}": short(argument[1])}
    arguments = [short(each) for each in argument] if isinstance(argument, list) else short(argument)
    if isinstance(arguments, list):
        if any(isinstance(each, dict | list) for each in arguments):
            return {f"!{name}": arguments}
        return f"!{name} [{', '.join(_quoted(each) for each in arguments)}]"
    return {f"!{name}": arguments} if isinstance(arguments, dict) else f"!{name} {arguments}"


def _quoted(value: Any) -> str:
    return repr(value) if isinstance(value, str) and (not value.strip() or "," in value.split("[")[0]) else str(value)


def _list(items: list[Any]) -> Any:
    pairs = _pairs(items)
    if pairs is not None:
        return pairs
    names = [_name(each) for each in items]
    if items and len(set(names)) == len(items) and None not in names:
        return {f"[{name}]": _without_name(each) for name, each in zip(names, items, strict=True)}
    return [short(each) for each in items]


def _pairs(items: list[Any]) -> dict[str, Any] | None:
    """`[{"Name": "a", "Value": 1}]` as `{"a": 1}`."""
    for key in ("Name", "Key"):
        if items and all(isinstance(each, dict) and each.keys() == {key, "Value"} for each in items):
            names = [str(each[key]) for each in items]
            if len(set(names)) == len(names):
                return {name: short(each["Value"]) for name, each in zip(names, items, strict=True)}
    return None


def _name(item: Any) -> str | None:
    """What names an item of a list. An item with a condition has the name of the item."""
    if _is_conditional(item):
        return _name(item["Fn::If"][1])
    key = _naming_key(item)
    return None if key is None else str(item[key])


def _without_name(item: dict[str, Any]) -> Any:
    if _is_conditional(item):
        condition, there, _ = item["Fn::If"]
        return {f"if {condition}": _without_name(there)}
    key = _naming_key(item)
    return short({name: each for name, each in item.items() if name != key})


def _is_conditional(item: Any) -> bool:
    return isinstance(item, dict) and item.keys() == {"Fn::If"} and item["Fn::If"][2] == NO_VALUE


def _naming_key(item: Any) -> str | None:
    if not isinstance(item, dict):
        return None
    return next((key for key in _NAMES_OF_ITEMS if isinstance(item.get(key), str)), None)
