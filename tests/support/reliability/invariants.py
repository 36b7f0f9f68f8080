"""What must hold when nothing is pending, no matter what happened before.

The API, the bucket and the emails that SES accepted are checked. The table is read only for what no answer shows: items
that belong to nothing.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from email_channels.addresses import normalise
from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.directory_rows import MAX_WORDS
from email_channels.aws.rows.table import SCHEMA
from email_channels.cases.audit.records import SHOWN, AuditAction
from email_channels.cases.search.words import indexed_words
from email_channels.times import to_text

from tests.support.reliability.end_view import (
    ID_LENGTH,
    EndView,
    came_back,
    is_of_an_entry,
    keys_in,
    kind,
    notifications,
    originals_of_processed,
    probe_notices,
    returned_probes,
)
from tests.support.reliability.environment import ENVIRONMENT
from tests.support.reliability.simulation import Simulation

PURGE_AFTER = timedelta(days=int(ENVIRONMENT["PURGE_AFTER_DAYS"]))
OF_FATE = {"bounce": "bounced", "complaint": "complained", "suppressionlist": "suppressed"}

OF_EMAILS = {"retry", "discard", "try"}
"""The kinds of jobs about emails."""


@dataclass(frozen=True)
class End:
    """The end state of a simulation, without what may differ between runs (times, numbers of notifications)."""

    parts: Mapping[str, Any]

    def difference(self, other: End) -> str:
        """The difference in words; empty if there is none."""
        names = [name for name in self.parts if self.parts[name] != other.parts.get(name)]
        return "; ".join(f"{name}: {self.parts[name]} and not {other.parts.get(name)}" for name in names)


def look(simulation: Simulation) -> tuple[list[str], End]:
    """The violations, and the end state of the simulation."""
    seen = EndView(simulation)
    return _violations(seen), _end_of(seen)


def violations(simulation: Simulation) -> list[str]:
    """The invariants that do not hold. The note `discarded` has the id of an email that an admin purged early, the note
    `held` that of an email that an admin put on hold."""
    return _violations(EndView(simulation))


def end_of(simulation: Simulation) -> End:
    """The end state of the simulation."""
    return _end_of(EndView(simulation))


def _violations(seen: EndView) -> list[str]:
    return [
        *_one_outcome(seen),
        *_notified(seen),
        *_purged_with_proof(seen),
        *_jobs_ended(seen),
        *_sent_once(seen),
        *_states_honest(seen),
        *_followed_up(seen),
        *_probed(seen),
        *_nothing_orphaned(seen),
        *_lists_agree(seen),
        *_found_by_originals(seen),
        *_counted(seen),
        *_employees_are_found(seen),
        *_audited(seen),
        *_versioned(seen),
    ]


def _end_of(seen: EndView) -> End:
    simulation = seen.simulation
    return End(
        {
            "cases": {one["case_id"]: one for one in seen.cases},
            "emails": {
                (case_id, one["email_id"]): {name: value for name, value in one.items() if name != "recipients"}
                for case_id, one in seen.emails
            },
            "unprocessed": {
                one["id"]: {name: one[name] for name in ("reason", "subject", "mailbox")} | {"held": bool(one["held"])}
                for one in seen.unprocessed
            },
            "employees": {one["user_id"]: one for one in seen.employees},
            "jobs": [(job["kind"], job["outcomes"]) for job in seen.jobs if job["kind"] in OF_EMAILS],
            "purged": sorted(seen.purged),
            "probes": {
                item["sk"]["S"]: ("returned" in item, "silent_since" in item)
                for item in seen.items
                if kind(item) == "probe"
            },
            "objects": [key for key in simulation.storage.objects() if key.startswith(("attachments/", "bodies/"))],
            # Which of two copies is processed first does not matter.
            "originals": Counter(str(simulation.storage.tags(key)) for key in simulation.storage.objects("raw/")),
            # The number of alerts may differ; acknowledgements are left out, because one may be lost.
            "alerts": {(one.tags["record"], one.to) for one in simulation.sent if one.kind == "alert"},
            "notified": {one["id"] for one in seen.unprocessed if notifications(simulation, one["id"])},
        }
    )


def _one_outcome(seen: EndView) -> Iterator[str]:
    outcomes = Counter(one["email_id"][-ID_LENGTH:] for _, one in seen.emails if one["direction"] == "inbound")
    outcomes += Counter(one["id"] for one in seen.unprocessed)
    outcomes += Counter(seen.purged)
    outcomes += Counter(seen.erased & seen.arrived.keys())
    outcomes += Counter(returned_probes(seen))
    for record_id in seen.arrived.keys() | {one for one, times in outcomes.items() if times > 1}:
        if outcomes[record_id] != 1:
            yield f"email {record_id} has {outcomes[record_id]} outcomes"
    for record_id in outcomes.keys() - seen.arrived.keys():
        yield f"{record_id} is the outcome of no email"


def _notified(seen: EndView) -> Iterator[str]:
    for item in seen.unprocessed:
        times = notifications(seen.simulation, item["id"])
        if not times and not came_back(seen, item["id"]):
            yield f"nobody was notified of {item['id']} ({item['reason']})"
        if item["notified_at"] is None:
            yield f"{item['id']} waits for its notification for ever"
        elif times and not item["held"]:
            least = min(times) + PURGE_AFTER
            if item["purge_after"] is None or datetime.fromisoformat(item["purge_after"]) < least:
                yield f"{item['id']} is due for purge at {item['purge_after']}, before {least}"


def _purged_with_proof(seen: EndView) -> Iterator[str]:
    for proof in seen.proofs:
        at = datetime.fromisoformat(proof["at"])
        for row in proof["items"]:
            times = notifications(seen.simulation, row["id"])
            wait = timedelta(0) if row["id"] == seen.simulation.notes.get("discarded") else PURGE_AFTER
            if row["id"] == seen.simulation.notes.get("held"):
                yield f"{row['id']} was purged, and is held"
            if not any(one + wait <= at for one in times):
                yield f"{row['id']} was purged at {at}, and notified of at {times}"
            left = [item["pk"]["S"] for item in seen.items if item["pk"]["S"] == f"CASE#{row['id']}"]
            left += [key for key in seen.objects if f"/{row['id']}" in key]
            # The lifecycle of the bucket deletes further copies after a day.
            copies = seen.objects.keys() & set(seen.arrived.get(row["id"], ()))
            left += [key for key in copies if seen.simulation.storage.tags(key).get("retention") != "duplicate"]
            if left:
                yield f"of {row['id']}, which was purged, there is still {left}"


def _jobs_ended(seen: EndView) -> Iterator[str]:
    """Each job has ended, and a job about emails has counted each of them once."""
    for job in seen.jobs:
        if job["state"] not in {"done", "failed"}:
            yield f"job {job['kind']} is {job['state']} for ever"
        elif job["kind"] in OF_EMAILS and (job["done"], sum(job["outcomes"].values())) != (job["total"], job["total"]):
            yield f"job {job['kind']} counted {job['done']} of {job['total']}: {job['outcomes']}"


def _sent_once(seen: EndView) -> Iterator[str]:
    most_once = Counter(
        (one.kind, one.tags["record"], one.tags.get("email"))
        for one in seen.simulation.sent
        if one.kind in {"ad_hoc", "acknowledgement"}
    )
    for what, times in most_once.items():
        if times > 1:
            yield f"{what} was sent {times} times"


def _states_honest(seen: EndView) -> Iterator[str]:
    kept = [one for one in seen.simulation.sent if one.kind == "ad_hoc" and one.tags["record"] not in seen.erased]
    sent = {one.tags["email"]: one for one in kept}
    shown = {one["email_id"]: case_id for case_id, one in seen.emails if one["direction"] == "outbound"}
    for email_id in sent.keys() - shown.keys():
        yield f"{email_id} was sent, and no history shows it"
    found = {(item["case_id"]["S"], item["email_id"]["S"]) for item in seen.items if is_of_an_entry(item)}
    for email_id in sent.keys() & shown.keys():
        if (shown[email_id], email_id) not in found:
            yield f"answers to {email_id} would not find it"
    # If a bounce was given up, it changes no state: the earlier event of SES counts.
    purged = [row for proof in seen.proofs for row in proof["items"]]
    given_up = any(row["reason"] == "processing_failed" for row in [*seen.unprocessed, *purged])
    for _, one in seen.emails:
        for row in one.get("recipients", ()):
            fate = seen.simulation.fates.get(row["address"])
            wanted = OF_FATE[fate] if fate else "delivered"
            if one["email_id"] not in sent:
                wanted = "failed"
            if row["state"] != wanted and not (given_up and row["state"] == "delivered"):
                yield f"{one['email_id']} is shown as {row['state']} for {row['address']}, and was {wanted}"


def _followed_up(seen: EndView) -> Iterator[str]:
    """Every case has its siblings, alert, activity and retention."""
    told = {one.tags["record"] for one in seen.simulation.sent if one.kind == "alert"}
    rows = {keys.record_id_of(item["pk"]["S"]): item for item in seen.items if kind(item) == "case"}
    contents: dict[str, set[str]] = {}
    for case_id, row in rows.items():
        if "content_identity" in row:
            contents.setdefault(row["content_identity"]["S"], set()).add(case_id)
    for case in seen.cases:
        case_id, row = case["case_id"], rows[case["case_id"]]
        if "email_id" not in row:  # its first email was moved away
            continue
        if os.environ["DEFAULT_SERVICE_GROUP_ADDRESS"] and case_id not in told:
            yield f"the service group was not alerted of {case_id}"
        if os.environ["DEFAULT_SERVICE_GROUP_ADDRESS"] and "alerted_at" not in row:
            yield f"{case_id} was not followed up"
        if row.get("acknowledge") and "acknowledged_at" not in row:
            yield f"nobody decided to acknowledge {case_id}"
        twins = contents[row["content_identity"]["S"]] - {case_id} if "content_identity" in row else set()
        if twins - set(case["siblings"]):
            yield f"{case_id} does not name its siblings {twins}"
    by_case = {case["case_id"]: case for case in seen.cases}
    for case_id, one in seen.emails:
        if one["kind"] == "normal" and one["at"] > by_case[case_id]["updated_at"]:
            yield f"{case_id} is as of {by_case[case_id]['updated_at']}, before its email of {one['at']}"
    for key in originals_of_processed(seen):
        if key in seen.objects and seen.simulation.storage.tags(key).get("retention") != "processed":
            yield f"{key} would be kept for ever"


def _probed(seen: EndView) -> Iterator[str]:
    """Admins know of each silent mailbox, and of each that is silent no longer."""
    silent, back = probe_notices(seen.simulation)
    for item in seen.items:
        if kind(item) != "probe" or "mailbox" not in item:
            continue
        mailbox = item["mailbox"]["S"]
        if "silent_since" in item and mailbox not in silent:
            yield f"nobody was told that {mailbox} is silent"
        if "silent_since" not in item and mailbox in silent - back:
            yield f"nobody was told that {mailbox} is silent no longer"


def _nothing_orphaned(seen: EndView) -> Iterator[str]:
    named = {key for item in seen.items for key in keys_in(item)}
    heads = [item for item in seen.items if item["sk"]["S"] == "CASE"]
    records = {keys.record_id_of(item["pk"]["S"]) for item in heads if kind(item) != "pointer"}
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
                if (f"CASE#{item['case_id']['S']}", f"EMAIL#{item['email_id']['S']}") not in entries:
                    yield f"{where} points to no entry"
            case "entry" if item["pk"]["S"] not in cases:
                yield f"{where} belongs to no case"
            case "unprocessed" if "purge_id" in item:
                yield f"{where} is being purged for ever"
            case "tombstone" if "gsi2sk" in item and item["gsi2sk"]["S"] < to_text(seen.simulation.now):
                # The last purge may have found the entry of a late worker. The next one finishes that.
                yield f"{where} is being erased for ever"
            case _:
                pass
        for key in keys_in(item):
            if not key.startswith("raw/") and key not in seen.objects:
                yield f"{where} names {key}, which is not there"
        if item.get("gsi2pk", {}).get("S") in {"TO_SEND", "TO_NOTIFY"}:
            yield f"{where} waits {item['gsi2pk']['S']}"


def _lists_agree(seen: EndView) -> Iterator[str]:
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


def _found_by_originals(seen: EndView) -> Iterator[str]:
    """Each original that is not a duplicate has exactly one email, which is found by its time and key."""
    places = [item["gsi4sk"]["S"] for item in seen.items if "gsi4sk" in item]
    for key in seen.objects:
        if not key.startswith("raw/") or seen.simulation.storage.tags(key).get("retention") == "duplicate":
            continue
        beginning = index_keys.original(seen.simulation.storage.stored_at(key), key)
        found = [place for place in places if place.startswith(beginning)]
        if not found:
            yield f"no email is found by {key}"


def _counted(seen: EndView) -> Iterator[str]:
    """Each case counts the entries that it has, and its place in the log of activity is one that is there."""
    entries = Counter(item["pk"]["S"] for item in seen.items if kind(item) == "entry")
    places = {item["gsi4sk"]["S"] for item in seen.items if "gsi4sk" in item}
    for item in seen.items:
        if kind(item) != "case":
            continue
        counted = int(item["entries"]["N"]) if "entries" in item else 0
        if counted != entries[item["pk"]["S"]]:
            yield f"{item['pk']['S']} counts {counted} entries, and has {entries[item['pk']['S']]}"
        if "last_activity" in item and item["last_activity"]["S"] not in places:
            yield f"{item['pk']['S']} is at a place in the log of activity where nothing is"


def _employees_are_found(seen: EndView) -> Iterator[str]:
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


def _audited(seen: EndView) -> Iterator[str]:
    """Each email of an agent has one record of who sent it, and the records of the configuration lead to what is there.

    So there is no change without its record, and no record without its change.
    """
    records = sorted((item for item in seen.items if kind(item) == "audit"), key=lambda item: item["sk"]["S"])
    sent = Counter(
        item["target"]["S"].partition("/")[2]
        for item in records
        if item["action"]["S"] == AuditAction.EMAIL_SEND and item["target"]["S"].partition("/")[0] not in seen.erased
    )
    # An email that was moved out of a case before that was erased has its record under that case.
    moved_out = {
        item["target"]["S"].partition("/")[2]
        for item in records
        if item["action"]["S"] == AuditAction.EMAIL_SEND and item["target"]["S"].partition("/")[0] in seen.erased
    }
    agents = Counter(
        one["email_id"]
        for _, one in seen.emails
        if (one["direction"], one["kind"]) == ("outbound", "normal") and one["email_id"] not in moved_out
    )
    if sent != agents:
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


def _versioned(seen: EndView) -> Iterator[str]:
    """Each item says in which layout it was written."""
    for item in seen.items:
        if item.get("schema", {}).get("N") != str(SCHEMA):
            yield f"{item['pk']['S']} {item['sk']['S']} has no version of the layout"
