"""Checks of the audit: there is no change without its record, and no record without its change."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from email_channels.cases.audit.records import SHOWN, AuditAction

from tests.support.reliability.end_view import EndView
from tests.support.stored_items.kinds import kind


def audited(seen: EndView) -> Iterator[str]:
    """Each email of an agent has one record of who sent it, and the records of the configuration lead to what is there.

    So there is no change without its record, and no record without its change.
    """
    records = sorted((item for item in seen.items if kind(item) == "audit"), key=lambda item: item["sk"]["S"])
    targets = [item["target"]["S"] for item in records if item["action"]["S"] == AuditAction.EMAIL_SEND]
    sent = Counter(target.partition("/")[2] for target in targets)
    agents = {one["email_id"] for _, one in seen.emails if (one["direction"], one["kind"]) == ("outbound", "normal")}
    agents |= {one.tags["email"] for one in seen.simulation.sent if one.kind == "ad_hoc"}
    # If an email was erased before SES had it, only its record is left.
    agents |= {email_id for case_id, _, email_id in (each.partition("/") for each in targets) if case_id in seen.erased}
    if sent != Counter(agents):
        yield f"agents sent {agents}, and the audit has {sent}"
    recorded: dict[tuple[str, str], dict[str, Any]] = {}
    changes = [item for item in records if item["action"]["S"].partition(".")[0] in _CONFIGURED]
    while changes:
        # Of changes in the same millisecond, nothing says which was first. The clock of a simulation stands still.
        at = changes[0]["at"]["S"]
        item = next((one for one in changes if one["at"]["S"] == at and _follows(one, recorded)), None)
        if item is None:
            item = changes[0]
            yield f"the audit of {item['target']['S']} has a gap before {item}"
        changes.remove(item)
        after = _values(item, "after")
        recorded[_thing(item)] = {} if after is None else recorded.get(_thing(item), {}) | after
    there = _configuration(seen)
    for (of, name), state in recorded.items():
        found = {field: value for field, value in there.get((of, name), {}).items() if field in SHOWN[of]}
        # Fields that are not in the record of its creation had their defaults.
        if {field: found.get(field) for field in state} != state or bool(found) != bool(state):
            yield f"the audit says that the {of} {name} is {state}, and it is {found}"
    if there.keys() - recorded.keys():
        yield f"the audit does not know {there.keys() - recorded.keys()}"


_CONFIGURED = {"mailbox", "topic", "service_group"}


def _thing(item: Mapping[str, Any]) -> tuple[str, str]:
    """The kind and the name of what an audit record is about."""
    return item["action"]["S"].partition(".")[0], item["target"]["S"]


def _values(item: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    return json.loads(item[name]["S"]) if name in item else None


def _follows(item: Mapping[str, Any], recorded: Mapping[tuple[str, str], Mapping[str, Any]]) -> bool:
    """Whether the values before a change are those that the records until then lead to."""
    state, before = recorded.get(_thing(item), {}), _values(item, "before")
    return bool(before is None) == (not state) and all(
        state.get(name) == value for name, value in (before or {}).items()
    )


def _configuration(seen: EndView) -> dict[tuple[str, str], dict[str, Any]]:
    """The stored mailboxes, topics and service groups."""
    there: dict[tuple[str, str], dict[str, Any]] = {}
    for item in seen.items:
        if kind(item) == "mailbox":
            there["mailbox", item["sk"]["S"]] = json.loads(item["mailbox"]["S"])
        if kind(item) == "routing":
            for of, name in (("topic", "topics"), ("service_group", "service_groups")):
                there |= {(of, target): one for target, one in json.loads(item[name]["S"]).items()}
    return there
