"""A model of what a release stores: kinds of items, their attributes, documents, keys, indexes, and lists of values.

The model of the last release is kept beside its items. It stands for old code, which reads what new code writes while
both run. `problems` says what that old code could not read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

from email_channels.aws.rows import dictionaries
from email_channels.aws.rows.compression import unpack
from email_channels.aws.rows.table import READABLE_SCHEMAS, Row
from email_channels.cases.case import CaseStatus
from email_channels.cases.channels import Channel
from email_channels.cases.history import Direction, EntryKind
from email_channels.cases.matches import MatchMethod, MatchStrength
from email_channels.cases.outcomes import Outcome
from email_channels.cases.reasons import Reason
from email_channels.cases.recipients import RecipientRole, RecipientState
from email_channels.cases.trace import RuleVerdict
from email_channels.settings import IdentifySender
from pynamodb.attributes import JSONAttribute

from local.cloudformation.template import read_template
from tests.support.paths import TEMPLATE
from tests.support.stored_items.kinds import WORD, kind

Model = dict[str, Any]

# Values that are stored. Old code cannot read an item with a value that it does not know.
_ENUMS: tuple[type[Enum], ...] = (
    *(CaseStatus, Channel, Direction, EntryKind, IdentifySender, MatchMethod, MatchStrength, Outcome, Reason),
    *(RecipientRole, RecipientState, RuleVerdict),
)
# Documents whose names are data, such as user ids.
_KEYED = {"employees", "topics", "service_groups", "by_population"}
# Lists of any length. All other lists are rows, whose columns have a meaning each.
_LISTS = {"to", "cc", "bcc", "attachments", "references", "headers", "trace", "recipients", "emails", "trusted_senders"}
_LISTS |= {"purged"}
# What a rule of the trace has seen: only shown.
_FREE = {"evidence", "trace[].3"}
# Attributes of bytes that are compressed JSON.
_COMPRESSED = {"email", "purged"}
_KEYS = ("pk", "sk", *(f"gsi{n}{part}" for n in range(1, 10) for part in ("pk", "sk")))
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z?")
_FORMS = (
    (_TIME, "<time>"),
    (re.compile(r"[0-9a-f]{64}"), "<hash>"),
    (re.compile(r"[0-9a-f]{16}"), "<short hash>"),
    (re.compile(r"[0-9A-HJKMNP-TV-Z]{10}"), "<record id>"),
    (re.compile(r"[0-9A-HJKMNP-TV-Z]{19}"), "<email id>"),
    (re.compile(r"[^@]+@[^@]+"), "<address>"),
    (re.compile(r"[A-Z_]{3,}|W"), None),
    (re.compile(r"[0-9a-f]?"), "<digit>"),
)


def model_of(items: Sequence[Mapping[str, Any]]) -> Model:
    """The model of today's code, with these items (as DynamoDB's JSON) for examples."""
    kinds: dict[str, list[Mapping[str, Any]]] = {}
    for item in items:
        kinds.setdefault(kind(item), []).append(item)
    table = read_template(TEMPLATE)["Resources"]["Table"]["Properties"]
    return {
        "schemas": sorted(READABLE_SCHEMAS),
        "dictionaries": sorted(f"{one:#010x}" for one in dictionaries.FILES),
        "key": table["KeySchema"],
        "indexes": {one["IndexName"]: [one["KeySchema"], one["Projection"]] for one in table["GlobalSecondaryIndexes"]},
        "values": {one.__name__: sorted(member.value for member in one) for one in _ENUMS},
        "kinds": {name: _kind_of(name, found) for name, found in sorted(kinds.items())},
    }


def _kind_of(name: str, items: Sequence[Mapping[str, Any]]) -> Model:
    attributes = Row.kind.deserialize(name).get_attributes().values() if name != WORD else ()
    documents = {one.attr_name for one in attributes if isinstance(one, JSONAttribute)}
    return {
        "keys": {name: sorted({form(item[name]["S"]) for item in items if name in item}) for name in _KEYS},
        "places": sorted({f"{form(item['pk']['S'])} {form(item['sk']['S'])}" for item in items}),
        "schemas": sorted({int(item["schema"]["N"]) for item in items if "schema" in item}),
        "dictionaries": sorted({used for item in items for used in _dictionaries_in(item)}),
        "content": _shape(
            [{name: _decoded(value, name in documents | _COMPRESSED) for name, value in item.items()} for item in items]
        ),
    }


def form(key: str) -> str:
    """A key with words for what differs between items: `CASE#<record id>`."""
    return "#".join(_form_of_part(part) for part in key.split("#"))


def _form_of_part(part: str) -> str:
    for pattern, word in _FORMS:
        if pattern.fullmatch(part):
            return word or part
    return "<text>"


def _dictionaries_in(item: Mapping[str, Any]) -> list[str]:
    return [f"0x{item[name]['B'][2:6].hex()}" for name in _COMPRESSED if name in item]


def _decoded(value: Mapping[str, Any], is_document: bool) -> Any:
    ((kind, content),) = value.items()
    match kind:
        case "N":
            return float(content)
        case "SS" | "BS" | "NS":
            return set(content)
        case "B" if is_document:
            return unpack(content)
        case "S" if is_document:
            return json.loads(content)
        case "M" | "L":
            return {kind: content}
        case _:
            return content


def _type(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case bytes():
            return "bytes"
        case str():
            return "time" if _TIME.fullmatch(value) else "text"
        case set():
            return "set of bytes" if any(isinstance(one, bytes) for one in value) else "set of text"
        case dict():
            return "document"
        case _:
            return "list"


def _shape(values: Sequence[Any], at: str = "") -> Model:
    """What these values have in common. `at` is the name of the field that holds them."""
    found: Model = {"types": sorted({_type(value) for value in values})}
    documents = [value for value in values if isinstance(value, dict)]
    lists = [value for value in values if isinstance(value, list)]
    if at in _FREE:
        return found
    if documents and at in _KEYED:
        found["each"] = _shape([one for value in documents for one in value.values()])
    elif documents:
        names = sorted({name for value in documents for name in value})
        found["fields"] = {
            name: {"always": all(name in value for value in documents)}
            | _shape([value[name] for value in documents if name in value], name)
            for name in names
        }
    if lists and at in _LISTS:
        found["each"] = _shape([one for value in lists for one in value], f"{at}[]")
    elif lists:
        found["fewest"] = min(len(value) for value in lists)
        columns = range(max(len(value) for value in lists))
        found["columns"] = [_shape([value[n] for value in lists if len(value) > n], f"{at}.{n}") for n in columns]
    return found


def problems(old: Model, new: Model, announced: Mapping[str, Sequence[str]]) -> list[str]:
    """What code of the release `old` could not read of what `new` code writes.

    `announced` are the values of enumerations that new code reads, but does not write yet.
    """
    found = []
    for name, values in new["values"].items():
        known = {*old["values"].get(name, values), *announced.get(name, ())}
        found += [f"{name}: old code does not know the value {value}" for value in values if value not in known]
    places = {place: name for name, one in old["kinds"].items() for place in one["places"]}
    for name, one in new["kinds"].items():
        if name in old["kinds"]:
            found += _problems_of_kind(name, old, one)
        else:
            where = [place for place in one["places"] if place in places]
            found += [f"{name}: is at {place}, where old code reads the kind {places[place]}" for place in where]
    found += [f"{name}: is not written any more" for name in old["kinds"] if name not in new["kinds"]]
    return found


def _problems_of_kind(kind: str, old: Model, new: Model) -> list[str]:
    before = old["kinds"][kind]
    found = [
        f"{kind}.{name}: has the new form {one}"
        for name, forms in new["keys"].items()
        for one in forms
        if one not in before["keys"].get(name, forms) and before["keys"].get(name)
    ]
    found += [f"{kind}: old code cannot read the schema {one}" for one in new["schemas"] if one not in old["schemas"]]
    unknown = [one for one in new["dictionaries"] if one not in old["dictionaries"]]
    return (
        found
        + [f"{kind}: old code has no dictionary {one}" for one in unknown]
        + _changes(before["content"], new["content"], kind)
    )


def _changes(old: Model, new: Model, at: str) -> list[str]:
    found = [f"{at}: is {one} now, not {' or '.join(old['types'])}" for one in new["types"] if one not in old["types"]]
    after = new.get("fields", {})
    for name, before in old.get("fields", {}).items():
        if name not in after:
            found.append(f"{at}.{name}: is not written any more")
            continue
        if before["always"] and not after[name]["always"]:
            found.append(f"{at}.{name}: is not always written any more")
        found += _changes(before, after[name], f"{at}.{name}")
    if "each" in old and "each" in new:
        found += _changes(old["each"], new["each"], f"{at}[]")
    if "columns" in old and "columns" in new:
        if new["fewest"] < old["fewest"]:
            found.append(f"{at}: has {new['fewest']} columns now, not {old['fewest']}")
        for n, (before, now) in enumerate(zip(old["columns"], new["columns"], strict=False)):
            found += _changes(before, now, f"{at}.{n}")
    return found


def index_changes(old: Model, new: Model) -> list[str]:
    """The indexes that were created, deleted or changed since the old release. CloudFormation makes one such change in
    a deployment; a changed index is deleted and created."""
    names = sorted({*old["indexes"], *new["indexes"]})
    changed = [name for name in names if old["indexes"].get(name) != new["indexes"].get(name)]
    return changed + [name for name in changed if name in old["indexes"] and name in new["indexes"]]
