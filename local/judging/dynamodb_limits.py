"""Limits of DynamoDB that moto does not check.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html (sizes)
"""

import importlib.util
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

LARGEST_ITEM = 400 * 1024
LARGEST_TRANSACTION = 4 * 1024 * 1024
LARGEST_BATCH = 16 * 1024 * 1024
MOST_IN_TRANSACTION = 100
MOST_IN_WRITE_BATCH = 25
MOST_IN_READ_BATCH = 100
LARGEST_EXPRESSION = 4096
MOST_OPERATORS = 300
LONGEST_PARTITION_KEY = 2048
LONGEST_SORT_KEY = 1024
DEEPEST = 32
MOST_DIGITS = 38

TIME_TO_LIVE = "expires_at"
"""The table's attribute for the time to live. If its value is not a number, the item never expires."""

_KEY = re.compile(r"(?:gsi\d)?(pk|sk)")
_EXPRESSIONS = (
    "ConditionExpression",
    "UpdateExpression",
    "KeyConditionExpression",
    "FilterExpression",
    "ProjectionExpression",
)
_WORD = re.compile(r"(?<![\w#:.])[A-Za-z_]\w*")
_OPERATOR = re.compile(r"<>|<=|>=|[=<>+]|(?<!\w)-(?!\w)|\b(?:AND|OR|NOT|BETWEEN|IN)\b", re.IGNORECASE)
_SYNTAX = {"AND", "OR", "NOT", "BETWEEN", "IN", "SET", "REMOVE", "ADD", "DELETE"}

Item = Mapping[str, Mapping[str, Any]]
Parameters = Mapping[str, Any]


def violations(operation: str, parameters: Parameters) -> list[str]:
    """The reasons why DynamoDB would refuse this call. Empty if it is within all limits.

    Scans are refused, too: no function may read the whole table.
    """
    check = _BY_OPERATION.get(operation)
    return [] if check is None else list(check(parameters))


def item_size(item: Item) -> int:
    """The item's size in bytes, as DynamoDB counts it: the names of the attributes and their values."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(typed: Mapping[str, Any]) -> int:
    ((kind, value),) = typed.items()
    if kind == "S":
        return len(value.encode())
    if kind == "B":
        return len(value)
    if kind == "N":
        return _number_size(value)
    if kind in {"BOOL", "NULL"}:
        return 1
    if kind == "L":
        return 3 + sum(1 + _value_size(member) for member in value)
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + _value_size(member) for name, member in value.items())
    return sum(_value_size({kind[0]: member}) for member in value)


def _number_size(value: str) -> int:
    """About one byte for two significant digits, plus one."""
    return min(21, len(_digits(value)) // 2 + 2)


def _digits(value: str) -> str:
    return re.sub(r"[eE].*|[-+.]", "", value).strip("0")


# Values.


def _of_item(item: Item) -> Iterator[str]:
    size = item_size(item)
    if size > LARGEST_ITEM:
        yield f"the item has {size} bytes, the limit is 400 KB"
    for name, value in item.items():
        yield from _of_key(name, value)
        yield from _of_value(name, value)
        if name == TIME_TO_LIVE and value.keys() != {"N"}:
            yield f"{name} is not a number, so the item would never expire"


def _of_keys(key: Item) -> Iterator[str]:
    if key.keys() != {"pk", "sk"} and key.keys() & {"pk", "sk"}:
        yield f"the key is {', '.join(sorted(key))}, but must be pk and sk"
    for name, value in key.items():
        yield from _of_key(name, value)


def _of_key(name: str, value: Mapping[str, Any]) -> Iterator[str]:
    part = _KEY.fullmatch(name)
    if part is None:
        return
    if value.keys() != {"S"}:
        yield f"{name} is of the type {', '.join(value)}, but keys must be strings"
        return
    length = len(value["S"].encode())
    longest = LONGEST_PARTITION_KEY if part[1] == "pk" else LONGEST_SORT_KEY
    if not length:
        yield f"{name} is empty, but keys must not be"
    if length > longest:
        yield f"{name} has {length} bytes, the limit is {longest}"


def _of_value(name: str, typed: Mapping[str, Any], depth: int = 1) -> Iterator[str]:
    ((kind, value),) = typed.items()
    if depth > DEEPEST:
        yield f"{name} is nested deeper than {DEEPEST} levels"
        return
    if kind in {"SS", "NS", "BS"}:
        members = [bytes(member) if kind == "BS" else member for member in value]
        if not members:
            yield f"{name} is an empty set"
        if len(set(members)) != len(members):
            yield f"{name} is a set with the same value twice"
    if kind == "N" and len(_digits(value)) > MOST_DIGITS:
        yield f"{name} is a number of more than {MOST_DIGITS} digits"
    if kind == "L":
        for member in value:
            yield from _of_value(name, member, depth + 1)
    if kind == "M":
        for member in value.values():
            yield from _of_value(name, member, depth + 1)


# Expressions.


def _of_expressions(parameters: Parameters) -> Iterator[str]:
    names = parameters.get("ExpressionAttributeNames")
    values = parameters.get("ExpressionAttributeValues")
    expressions = {kind: parameters[kind] for kind in _EXPRESSIONS if kind in parameters}
    for kind, expression in expressions.items():
        if not expression:
            yield f"{kind} is empty"
        if len(expression.encode()) > LARGEST_EXPRESSION:
            yield f"{kind} has {len(expression.encode())} bytes, the limit is {LARGEST_EXPRESSION}"
        if len(_OPERATOR.findall(expression)) > MOST_OPERATORS:
            yield f"{kind} has more than {MOST_OPERATORS} operators"
        for word in sorted(set(_names_in(expression))):
            if word.upper() in _reserved():
                yield f"{kind} uses the reserved word {word}, which needs a placeholder"
    text = " ".join(expressions.values())
    for what, given in (("ExpressionAttributeNames", names), ("ExpressionAttributeValues", values)):
        if given is not None and not given:
            yield f"{what} is empty"
        for placeholder in given or {}:
            if re.search(rf"{re.escape(placeholder)}(?!\w)", text) is None:
                yield f"{what} has {placeholder}, which no expression uses"
    for placeholder, value in (values or {}).items():
        yield from _of_value(placeholder, value)
    yield from _of_assigned_keys(parameters)


def _of_assigned_keys(parameters: Parameters) -> Iterator[str]:
    """The keys of indexes, and the time to live, if an update sets them."""
    names, values = parameters.get("ExpressionAttributeNames", {}), parameters.get("ExpressionAttributeValues", {})
    for name, placeholder in re.findall(
        r"(#?\w{1,60})\s{0,9}=\s{0,9}(:\w{1,60})", parameters.get("UpdateExpression", "")
    ):
        attribute, value = names.get(name, name), values.get(placeholder)
        if value is None:
            continue
        if attribute in {"pk", "sk"}:
            yield f"the update sets {attribute}, which is part of the item's key"
        yield from _of_key(attribute, value)
        if attribute == TIME_TO_LIVE and value.keys() != {"N"}:
            yield f"{attribute} is not a number, so the item would never expire"


def _names_in(expression: str) -> Iterator[str]:
    for found in _WORD.finditer(expression):
        call = expression[found.end() :].lstrip().startswith("(")
        if not (call or found[0].upper() in _SYNTAX):
            yield found[0]


@cache
def _reserved() -> frozenset[str]:
    """The reserved words, from moto's copy of
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html
    """
    spec = importlib.util.find_spec("moto")
    assert spec is not None
    assert spec.origin is not None
    lists = Path(spec.origin).parent / "dynamodb" / "parsing" / "reserved_keywords.txt"
    return frozenset(lists.read_text(encoding="utf-8").upper().split())


# Operations.


def _put(parameters: Parameters) -> Iterator[str]:
    yield from _of_item(parameters["Item"])
    yield from _of_expressions(parameters)


def _by_key(parameters: Parameters) -> Iterator[str]:
    yield from _of_keys(parameters["Key"])
    yield from _of_expressions(parameters)


def _query(parameters: Parameters) -> Iterator[str]:
    yield from _of_expressions(parameters)
    if parameters.get("ConsistentRead") and "IndexName" in parameters:
        yield "consistent reads of a global secondary index are not possible"
    if parameters.get("Limit", 1) < 1:
        yield f"Limit is {parameters['Limit']}, but must be at least 1"
    names, values = parameters.get("ExpressionAttributeNames", {}), parameters.get("ExpressionAttributeValues", {})
    condition = parameters.get("KeyConditionExpression", "")
    for name, placeholder in re.findall(r"(#?\w{1,60})\s{0,9}[<>]?=?\s{0,9}(:\w{1,60})", condition):
        if placeholder in values:
            yield from _of_key(names.get(name, name), values[placeholder])


def _scan(_: Parameters) -> Iterator[str]:
    yield "a scan reads the whole table"


def _batch_get(parameters: Parameters) -> Iterator[str]:
    keys = [(table, key) for table, request in parameters["RequestItems"].items() for key in request["Keys"]]
    yield from _of_count("keys in a batch", len(keys), MOST_IN_READ_BATCH)
    yield from _of_doubles("the batch", keys)
    for _, key in keys:
        yield from _of_keys(key)
    for request in parameters["RequestItems"].values():
        yield from _of_expressions(request)


def _batch_write(parameters: Parameters) -> Iterator[str]:
    requests = [(table, request) for table, requests in parameters["RequestItems"].items() for request in requests]
    yield from _of_count("writes in a batch", len(requests), MOST_IN_WRITE_BATCH)
    keys = []
    size = 0
    for table, request in requests:
        if "PutRequest" in request:
            item = request["PutRequest"]["Item"]
            yield from _of_item(item)
            size += item_size(item)
            keys.append((table, _key_of(item)))
        else:
            yield from _of_keys(request["DeleteRequest"]["Key"])
            keys.append((table, request["DeleteRequest"]["Key"]))
    yield from _of_doubles("the batch", keys)
    if size > LARGEST_BATCH:
        yield f"the batch has {size} bytes, the limit is 16 MB"


def _transaction(parameters: Parameters) -> Iterator[str]:
    members = [next(iter(member.items())) for member in parameters["TransactItems"]]
    yield from _of_count("items in a transaction", len(members), MOST_IN_TRANSACTION)
    keys = []
    size = 0
    for kind, request in members:
        yield from (_put if kind == "Put" else _by_key)(request)
        # Of an update, only the new values are known here.
        new_values = request["Item"] if kind == "Put" else request.get("ExpressionAttributeValues", {})
        size += item_size(new_values)
        keys.append((request["TableName"], _key_of(request["Item"]) if kind == "Put" else request["Key"]))
    yield from _of_doubles("the transaction", keys)
    if size > LARGEST_TRANSACTION:
        yield f"the transaction has {size} bytes, the limit is 4 MB"


def _key_of(item: Item) -> Item:
    return {name: item[name] for name in ("pk", "sk") if name in item} or item


def _of_count(what: str, count: int, most: int) -> Iterator[str]:
    if not 1 <= count <= most:
        yield f"{count} {what}, 1 to {most} are allowed"


def _of_doubles(where: str, keys: Iterable[tuple[str, Item]]) -> Iterator[str]:
    seen = set()
    for table, key in keys:
        identity = json.dumps([table, key], sort_keys=True, default=repr)
        if identity in seen:
            yield f"{where} has one item twice: {' '.join(str(value) for value in key.values())}"
        seen.add(identity)


_BY_OPERATION: Mapping[str, Callable[[Parameters], Iterator[str]]] = {
    "PutItem": _put,
    "GetItem": _by_key,
    "UpdateItem": _by_key,
    "DeleteItem": _by_key,
    "Query": _query,
    "Scan": _scan,
    "BatchGetItem": _batch_get,
    "BatchWriteItem": _batch_write,
    "TransactWriteItems": _transaction,
    "TransactGetItems": _transaction,
}
