"""Code of this release and code of the last one understand what the other stores."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from email_channels.aws.rows.table import READABLE_SCHEMAS, SCHEMA, Row
from email_channels.cases.references import case_reference
from email_channels.times import to_text

from tests.support.reliability.actions import KEYS
from tests.support.reliability.mails import BOB, message
from tests.support.reliability.simulation import START, open_simulation
from tests.support.stored_items.kinds import WORD
from tests.support.stored_items.model import Model, index_changes, problems
from tests.support.stored_items.outliving import fixed_properties
from tests.support.stored_items.releases import Stored, fresh_items, fresh_model, read_release, releases
from tests.support.stored_items.values import differences, values_of

# Values of enumerations that this release reads, and the next one writes: {"Reason": ["a_new_reason"]}.
ANNOUNCED: Mapping[str, Sequence[str]] = {}
# Attributes of all items that no scenario needs to show.
_COMMON = {"version", "expires_at", *(f"gsi{n}{part}" for n in range(1, 10) for part in ("pk", "sk"))}
# Attributes that these kinds share with others, but never have; and rare ones (`copied_at`: CcSenderOnError;
# `ack`, `neutral`: an email that left its case before it was acknowledged).
_NEVER = {
    "case": {"matched_by", "message_id", "recipients"},
    "unprocessed": {"matched_by", "message_id", "recipients", "copied_at"},
    "entry": {"email_id", "identity", "content", "raw", "ack", "neutral"},
    "pointer": {"replaced_key"},
    "sent": {"moved"},
}


@pytest.fixture(scope="module")
def fresh() -> dict[str, Stored]:
    """What today's code stores."""
    return fresh_items()


@pytest.fixture(scope="module")
def today(fresh: dict[str, Stored]) -> Model:
    return fresh_model(fresh)


@pytest.fixture
def last() -> Model:
    """The model of the last release."""
    model: Model = json.loads((releases()[-1] / "model.json").read_text("utf-8"))
    return model


@pytest.mark.parametrize("folder", releases(), ids=lambda folder: folder.name)
def test_todays_code_reads_items_of_releases(folder: Path) -> None:
    """They mean what they meant. A field that was added has its default."""
    expected = json.loads((folder / "values.json").read_text("utf-8"))
    found = {name: values_of(one.items, one.objects) for name, one in read_release(folder).items()}
    assert differences(expected, found) == []


@pytest.mark.parametrize("folder", releases(), ids=lambda folder: folder.name)
def test_todays_code_changes_items_of_releases(folder: Path) -> None:
    """Cases of the release are read, changed and answered, and its unprocessed emails are held and purged."""
    stored = read_release(folder)
    for name in ("ordinary", "long", "unprocessed"):
        with open_simulation() as simulation:
            for item in stored[name].items:
                simulation.storage.put_item(item)
            for key, content in stored[name].objects.items():
                simulation.storage.write(key, content)
            simulation.storage.take_stream_records()
            for case in simulation.get("/cases")["items"]:
                path = f"/cases/{case['case_id']}"
                before = len(simulation.get(f"{path}/emails?limit=200")["items"])
                for one in ("open", "closed"):
                    changed = simulation.request("agent", "PATCH", path, {"status": one}, {"if-match": "*"})
                    assert changed.status in {200, 404}, changed  # an agent does not see secured groups
                reference = case_reference(case["case_id"], KEYS)
                simulation.arrive(message(500, sender=BOB, subject=f"Re: {reference}"), "ad_hoc", sender=BOB)
                simulation.settle()
                assert len(simulation.get(f"{path}/emails?limit=200")["items"]) == before + 1
            for one in simulation.get("/unprocessed")["items"]:
                if one["purge_after"] and not one["held"]:
                    held = simulation.request("admin", "POST", f"/unprocessed/{one['id']}/hold", {"why": "a claim"})
                    assert held.status in {200, 409}, held  # being purged
                    simulation.request("admin", "POST", f"/unprocessed/{one['id']}/release")
            simulation.now = START + timedelta(days=300)
            simulation.tick(24)
            simulation.settle()
            assert not simulation.dead
            now = to_text(simulation.now)
            due = [one for one in simulation.get("/unprocessed")["items"] if (one["purge_after"] or now) < now]
            assert all(one["held"] for one in due), due


def test_last_release_reads_todays_items(last: Model, today: Model) -> None:
    """If this fails, old code cannot read what new code writes while both run. See `docs/data-model.md`."""
    assert problems(last, today, ANNOUNCED) == []


def test_at_most_one_index_changes(last: Model, today: Model) -> None:
    """DynamoDB creates or deletes one index in each deployment."""
    assert len(index_changes(last, today)) <= 1
    assert today["key"] == last["key"]


def test_nothing_is_replaced() -> None:
    """An update from the last release, and the way back to it, replaces nothing that holds data."""
    kept = json.loads((releases()[-1] / "outliving.json").read_text("utf-8"))
    today = json.loads(json.dumps(fixed_properties()))
    assert {name: today.get(name) for name in kept} == kept


def test_this_release_reads_what_it_writes() -> None:
    assert SCHEMA in READABLE_SCHEMAS


def test_last_release_reads_the_schema(last: Model) -> None:
    """A release before this one must have read the version that this one writes."""
    assert SCHEMA in last["schemas"]


def test_every_item_has_the_schema(today: Model) -> None:
    """The word of a case is nothing but its key, which has no layout of its own."""
    kinds = {name: one for name, one in today["kinds"].items() if name != WORD}
    assert {name: one["schemas"] for name, one in kinds.items()} == {name: [SCHEMA] for name in kinds}
    assert all(one["content"]["fields"]["schema"]["always"] for one in kinds.values())
    assert set(today["kinds"][WORD]["content"]["fields"]) == {"pk", "sk"}


def test_scenarios_show_everything(today: Model) -> None:
    """All kinds of items, and all their attributes. Otherwise the tests above would not notice a change of them."""
    kinds: dict[str, Any] = {kind: row for row, kind in Row.kind._class_map.items() if kind != "email"}
    assert set(today["kinds"]) == {*kinds, WORD}
    missing = {
        kind: {one.attr_name for one in row.get_attributes().values()}
        - set(today["kinds"][kind]["content"]["fields"])
        - _COMMON
        for kind, row in kinds.items()
    }
    assert {kind: names for kind, names in missing.items() if names} == _NEVER


@pytest.mark.slow
def test_runs_are_equal(fresh: dict[str, Stored]) -> None:
    """Two runs of the command write the same, so a difference in a fixture is a difference of the code."""
    assert fresh_items() == fresh


def test_differences() -> None:
    """Fields may be added, but nothing may be missing or different."""
    expected = {"a": [{"b": 1, "c": [1, 2]}], "d": None}
    assert differences(expected, {"a": [{"b": 1, "c": [1, 2], "new": 1}], "d": None, "new": 1}) == []
    assert differences(expected, {"a": [{"b": 2, "c": [1]}]}) == [
        ".a[0].b is 2, not 1",
        ".a[0].c is [1], not [1, 2]",
        ".d is missing",
    ]


# What a change makes of the model: where in a kind, the change, and the problem that it causes for old code (None: it
# can ignore the change).
CHANGES = [
    (("entry", "content", "fields"), {"newer": {"always": True, "types": ["text"]}}, None),
    (("mailbox", "content", "fields", "mailbox", "fields"), {"newer": {"always": True, "types": ["text"]}}, None),
    (("case", "content", "fields", "updated_at"), {"types": ["number"]}, "case.updated_at: is number now, not time"),
    (("case", "content", "fields", "gsi1pk"), {"always": False}, "case.gsi1pk: is not always written any more"),
    (("case", "content", "fields"), {"siblings": None}, "case.siblings: is not written any more"),
    (
        ("entry", "content", "fields", "email", "fields", "summary", "fields"),
        {"preview": None},
        "entry.email.summary.preview: is not written any more",
    ),
    (
        ("entry", "content", "fields", "recipients", "each"),
        {"fewest": 6},
        "entry.recipients[]: has 6 columns now, not 7",
    ),
    (("entry", "keys"), {"sk": ["MAIL#<email id>"]}, "entry.sk: has the new form MAIL#<email id>"),
    (("entry",), {"schemas": [2]}, "entry: old code cannot read the schema 2"),
    (("entry",), {"dictionaries": ["0x00000002"]}, "entry: old code has no dictionary 0x00000002"),
    ((), {"moved": None}, "moved: is not written any more"),
    ((), {"newer": {"places": ["CASE#<record id> NEWER"]}}, None),
    (
        (),
        {"newer": {"places": ["CASE#<record id> CASE"]}},
        "newer: is at CASE#<record id> CASE, where old code reads the kind",
    ),
]


@pytest.mark.parametrize(("where", "change", "problem"), CHANGES)
def test_problems(last: Model, where: Sequence[str], change: Mapping[str, Any], problem: str | None) -> None:
    """What old code can ignore is no problem, everything else is named."""
    changed = copy.deepcopy(last)
    inner = changed["kinds"]
    for name in where:
        inner = inner[name]
    for name, value in change.items():
        if value is None:
            del inner[name]
        else:
            inner[name] = value
    found = problems(last, changed, {})
    assert (found == []) if problem is None else (len(found) == 1 and found[0].startswith(problem)), found


def test_new_values(last: Model) -> None:
    """A new reason is first read, and written a release later."""
    changed = copy.deepcopy(last)
    changed["values"]["Reason"].append("a_new_reason")
    assert problems(last, changed, {}) == ["Reason: old code does not know the value a_new_reason"]
    assert problems(last, changed, {"Reason": ["a_new_reason"]}) == []


def test_index_changes(last: Model) -> None:
    """A changed index counts twice: it is deleted and created."""
    changed = copy.deepcopy(last)
    changed["indexes"]["gsi5"] = changed["indexes"]["gsi4"]
    assert index_changes(last, changed) == ["gsi5"]
    del changed["indexes"]["gsi4"]
    assert index_changes(last, changed) == ["gsi4", "gsi5"]
    changed = copy.deepcopy(last)
    changed["indexes"]["gsi4"] = changed["indexes"]["gsi1"]
    assert index_changes(last, changed) == ["gsi4", "gsi4"]
