"""Checks of items and objects: each belongs to something, and lists, counts and copies agree with it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from email_channels.addresses import normalise
from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.case_rows import CaseRow
from email_channels.aws.rows.directory_rows import MAX_WORDS
from email_channels.aws.rows.entry_rows import PointerRow
from email_channels.aws.rows.table import SCHEMA
from email_channels.cases.search.words import indexed_words

from tests.support.reliability.end_view import EndView, keys_in, says_erased
from tests.support.stored_items.kinds import WORD, kind

_NEWEST = CaseRow.last_activity.attr_name


def nothing_orphaned(seen: EndView) -> Iterator[str]:
    named = {key for item in seen.items for key in keys_in(item)}
    heads = [item for item in seen.items if item["sk"]["S"] == "CASE"]
    records = {keys.record_id_of(item["pk"]["S"]) for item in heads if kind(item) not in {"pointer", "tombstone"}}
    buried = {item["pk"]["S"] for item in heads if kind(item) == "tombstone"}
    for key in seen.objects:
        if key.startswith("uploads/") or key in named:
            continue
        if key.startswith("raw/") and seen.simulation.storage.tags(key).get("retention") == "duplicate":
            continue
        # Attachments of an attempt that was given up are purged with the email.
        if key.startswith("attachments/") and key.split("/")[1] in records:
            continue
        yield f"nothing names {key}"
    entries = {(item["pk"]["S"], item["sk"]["S"]) for item in seen.items if kind(item) == "entry"}
    cases = {item["pk"]["S"] for item in seen.items if kind(item) == "case"}
    for item in seen.items:
        where = f"{item['pk']['S']} {item['sk']['S']}"
        match kind(item):
            case "pointer":
                if _entry_of(item) not in entries:
                    yield f"{where} points to no entry"
            case "entry" if item["pk"]["S"] not in cases:
                yield f"{where} belongs to no case"
            case "unprocessed" if "purge_id" in item:
                yield f"{where} is being purged for ever"
            case "tombstone" if "gsi2sk" in item and not _is_left_for_next_purge(item, seen):
                yield f"{where} is being erased for ever"
            case "case" if says_erased(item) and "email_id" in item:
                yield f"{where} was erased, and still has its first email"
            case _ if item["pk"]["S"] in buried and item["sk"]["S"] != "CASE":
                yield f"{where} is left of what was erased"
            case _:
                pass
        for key in keys_in(item):
            if not key.startswith("raw/") and key not in seen.objects:
                yield f"{where} names {key}, which is not there"
        if item.get("gsi2pk", {}).get("S") in {"TO_SEND", "TO_NOTIFY"}:
            yield f"{where} waits {item['gsi2pk']['S']}"


def _entry_of(pointer: Mapping[str, Any]) -> keys.Key:
    row = PointerRow.from_raw_data(dict(pointer))
    return keys.entry(row.case_id, row.email_id)


def _is_left_for_next_purge(tombstone: Mapping[str, Any], seen: EndView) -> bool:
    """Whether the last purge made a tombstone itself, of the entry of a late worker that it found under an older one.

    The tombstones that people and jobs make are older than that purge, which finishes them.
    """
    return "entry" in tombstone and tombstone["gsi2sk"]["S"] >= index_keys.before(seen.simulation.now)


def lists_agree(seen: EndView) -> Iterator[str]:
    shown = {one["case_id"] for one in seen.cases}
    there = {keys.record_id_of(item["pk"]["S"]) for item in seen.items if kind(item) == "case"}
    if shown != there:
        yield f"cases are listed as {shown} and are {there}"
    for case in seen.cases:
        # A list shows only the part of a long issue that the item has.
        whole = seen.simulation.get(f"/cases/{case['case_id']}") | {"issue": case["issue"]}
        if whole != case:
            yield f"{case['case_id']} is listed as something else than it is"
    shown = {one["id"] for one in seen.unprocessed}
    there = {keys.record_id_of(item["pk"]["S"]) for item in seen.items if kind(item) == "unprocessed"}
    if shown != there:
        yield f"unprocessed emails are listed as {shown} and are {there}"


def found_by_originals(seen: EndView) -> Iterator[str]:
    """Each original that is not a duplicate has exactly one email, which is found by its time and key."""
    places = [item["gsi4sk"]["S"] for item in seen.items if "gsi4sk" in item]
    for key in seen.objects:
        if not key.startswith("raw/") or seen.simulation.storage.tags(key).get("retention") == "duplicate":
            continue
        beginning = index_keys.original(seen.simulation.storage.stored_at(key), key)
        found = [place for place in places if place.startswith(beginning)]
        if not found:
            yield f"no email is found by {key}"


def counted(seen: EndView) -> Iterator[str]:
    """Each case counts the entries that it has, and its place in the log of activity is one that is there."""
    entries = Counter(item["pk"]["S"] for item in seen.items if kind(item) == "entry")
    places = {item["gsi4sk"]["S"] for item in seen.items if "gsi4sk" in item}
    for item in seen.items:
        if kind(item) != "case":
            continue
        counted = int(item["entries"]["N"]) if "entries" in item else 0
        if counted != entries[item["pk"]["S"]]:
            yield f"{item['pk']['S']} counts {counted} entries, and has {entries[item['pk']['S']]}"
        if _NEWEST in item and item[_NEWEST]["S"] not in places:
            yield f"{item['pk']['S']} is at a place in the log of activity where nothing is"


def merged_cases_are_empty(seen: EndView) -> Iterator[str]:
    """What a merged case had is in the case into which it was merged, and it is closed."""
    rows = {keys.record_id_of(item["pk"]["S"]): item for item in seen.items if kind(item) == "case"}
    for case_id, row in rows.items():
        if "merged_into" not in row:
            continue
        if row["status"]["S"] != "closed":
            yield f"{case_id} was merged, and is {row['status']['S']}"
        target = row["merged_into"]["S"]
        while target in rows and "merged_into" in rows[target]:
            target = rows[target]["merged_into"]["S"]
        left = [one["email_id"] for of, one in seen.emails if of == case_id]
        if left and target in rows:
            yield f"{case_id} was merged into {target}, and still has {left}"


def employees_are_found(seen: EndView) -> Iterator[str]:
    """Each employee has an item for each word of the name, and a copy at each address; and there are no others."""
    expected: set[tuple[str, str]] = set()
    for employee in seen.employees:
        words = indexed_words(employee["name"], MAX_WORDS)
        expected |= {keys.employee_word(word, employee["user_id"]) for word in words}
        expected |= {(keys.address(normalise(email))[0], employee["user_id"]) for email in employee["emails"]}
    there = {(item["pk"]["S"], item["sk"]["S"]) for item in seen.items if kind(item) == "employee_word"}
    for item in seen.items:
        if kind(item) == "address":
            there |= {(item["pk"]["S"], user_id) for user_id in json.loads(item["employees"]["S"])}
    if there != expected:
        yield f"employees are found by {there - expected}, and not by {expected - there}"


def versioned(seen: EndView) -> Iterator[str]:
    """Each item says in which layout it was written, except words of cases, which are nothing but keys."""
    for item in seen.items:
        if kind(item) != WORD and item.get("schema", {}).get("N") != str(SCHEMA):
            yield f"{item['pk']['S']} {item['sk']['S']} has no version of the layout"
