"""What must hold once nothing is pending, whatever happened before: seen through the API, the bucket and what SES took.

The table itself is read only for what no answer shows: whether anything is left that belongs to nothing.
"""

from __future__ import annotations

import email
import email.policy
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from email_channels.aws.rows import index_keys, keys
from email_channels.cases.identity import identify
from email_channels.mail.ses_headers import read_ses_headers

from tests.support.reliability.environment import ENVIRONMENT
from tests.support.reliability.simulation import Simulation

PURGE_AFTER = timedelta(days=int(ENVIRONMENT["PURGE_AFTER_DAYS"]))
ID_LENGTH = 10
FINAL_STATES = {"delivered", "bounced", "complained", "suppressed", "failed"}
OF_FATE = {"bounce": "bounced", "complaint": "complained", "suppressionlist": "suppressed"}


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
    seen = _Seen(simulation)
    return _violations(seen), _end_of(seen)


def violations(simulation: Simulation) -> list[str]:
    """What does not hold. The note `discarded` has the id of an email that an admin purged before its time, `held` of
    one that an admin put on hold."""
    return _violations(_Seen(simulation))


def end_of(simulation: Simulation) -> End:
    """See `End`."""
    return _end_of(_Seen(simulation))


def _violations(seen: _Seen) -> list[str]:
    return [
        *_one_outcome(seen),
        *_notified(seen),
        *_purged_with_proof(seen),
        *_sent_once(seen),
        *_states_honest(seen),
        *_followed_up(seen),
        *_nothing_orphaned(seen),
        *_lists_agree(seen),
        *_found_by_originals(seen),
    ]


def _end_of(seen: _Seen) -> End:
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
            "purged": sorted(seen.purged),
            "objects": [key for key in simulation.storage.objects() if key.startswith(("attachments/", "bodies/"))],
            # Which of two copies is processed first does not matter.
            "originals": Counter(str(simulation.storage.tags(key)) for key in simulation.storage.objects("raw/")),
            # How often is left out; and an acknowledgement may be lost.
            "alerts": {(one.tags["record"], one.to) for one in simulation.sent if one.kind == "alert"},
            "notified": {one["id"] for one in seen.unprocessed if _notifications(simulation, one["id"])},
        }
    )


class _Seen:
    """What the API shows to an admin, read once."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self.cases = list(_pages(simulation, "/cases"))
        self.emails = [
            (case["case_id"], one)
            for case in self.cases
            for one in _pages(simulation, f"/cases/{case['case_id']}/emails")
        ]
        self.unprocessed = list(_pages(simulation, "/unprocessed"))
        self.proofs = list(_pages(simulation, "/purges"))
        self.purged = [row["id"] for proof in self.proofs for row in proof["items"]]
        self.items = simulation.storage.items()
        self.objects = simulation.storage.objects()
        self.arrived: dict[str, list[str]] = {}
        for key, raw in simulation.arrived.items():
            ses_headers, start = read_ses_headers(raw)
            self.arrived.setdefault(identify(raw[start:], ses_headers.recipient, key).record_id(), []).append(key)


def _one_outcome(seen: _Seen) -> Iterator[str]:
    outcomes = Counter(one["email_id"][-ID_LENGTH:] for _, one in seen.emails if one["direction"] == "inbound")
    outcomes += Counter(one["id"] for one in seen.unprocessed)
    outcomes += Counter(seen.purged)
    for record_id in seen.arrived.keys() | {one for one, times in outcomes.items() if times > 1}:
        if outcomes[record_id] != 1:
            yield f"email {record_id} has {outcomes[record_id]} outcomes"
    for record_id in outcomes.keys() - seen.arrived.keys():
        yield f"{record_id} is the outcome of no email"


def _notified(seen: _Seen) -> Iterator[str]:
    for item in seen.unprocessed:
        times = _notifications(seen.simulation, item["id"])
        if not times and not _came_back(seen, item["id"]):
            yield f"nobody was notified of {item['id']} ({item['reason']})"
        if item["notified_at"] is None:
            yield f"{item['id']} waits for its notification for ever"
        elif times and not item["held"]:
            least = min(times) + PURGE_AFTER
            if item["purge_after"] is None or datetime.fromisoformat(item["purge_after"]) < least:
                yield f"{item['id']} is due for purge at {item['purge_after']}, before {least}"


def _purged_with_proof(seen: _Seen) -> Iterator[str]:
    for proof in seen.proofs:
        at = datetime.fromisoformat(proof["at"])
        for row in proof["items"]:
            times = _notifications(seen.simulation, row["id"])
            wait = timedelta(0) if row["id"] == seen.simulation.notes.get("discarded") else PURGE_AFTER
            if row["id"] == seen.simulation.notes.get("held"):
                yield f"{row['id']} was purged, and is held"
            if not any(one + wait <= at for one in times):
                yield f"{row['id']} was purged at {at}, and notified of at {times}"
            left = [item["pk"]["S"] for item in seen.items if item["pk"]["S"] == f"CASE#{row['id']}"]
            left += [key for key in seen.objects if f"/{row['id']}" in key]
            # Further copies go in a day, by the bucket's lifecycle.
            copies = seen.objects.keys() & set(seen.arrived.get(row["id"], ()))
            left += [key for key in copies if seen.simulation.storage.tags(key).get("retention") != "duplicate"]
            if left:
                yield f"of {row['id']}, which was purged, there is still {left}"


def _sent_once(seen: _Seen) -> Iterator[str]:
    most_once = Counter(
        (one.kind, one.tags["record"], one.tags.get("email"))
        for one in seen.simulation.sent
        if one.kind in {"ad_hoc", "acknowledgement"}
    )
    for what, times in most_once.items():
        if times > 1:
            yield f"{what} was sent {times} times"


def _states_honest(seen: _Seen) -> Iterator[str]:
    sent = {one.tags["email"]: one for one in seen.simulation.sent if one.kind == "ad_hoc"}
    shown = {one["email_id"]: case_id for case_id, one in seen.emails if one["direction"] == "outbound"}
    for email_id in sent.keys() - shown.keys():
        yield f"{email_id} was sent, and no history shows it"
    found = {(item["case_id"]["S"], item["email_id"]["S"]) for item in seen.items if _is_of_an_entry(item)}
    for email_id in sent.keys() & shown.keys():
        if (shown[email_id], email_id) not in found:
            yield f"answers to {email_id} would not find it"
    # A report by email that was given up says nothing any more; what SES itself said before stands.
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


def _followed_up(seen: _Seen) -> Iterator[str]:
    """Links, alerts, activity, retention."""
    told = {one.tags["record"] for one in seen.simulation.sent if one.kind == "alert"}
    rows = {keys.record_id_of(item["pk"]["S"]): item for item in seen.items if _kind(item) == "case"}
    contents: dict[str, set[str]] = {}
    for case_id, row in rows.items():
        if "content_identity" in row:
            contents.setdefault(row["content_identity"]["S"], set()).add(case_id)
    for case in seen.cases:
        case_id, row = case["case_id"], rows[case["case_id"]]
        if "summary" not in row:  # its first email was moved away
            continue
        if os.environ["DEFAULT_SERVICE_GROUP_ADDRESS"] and case_id not in told:
            yield f"the service group was not alerted of {case_id}"
        if "alerted_at" not in row:
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
    for key in _originals_of_processed(seen):
        if key in seen.objects and seen.simulation.storage.tags(key).get("retention") != "processed":
            yield f"{key} would be kept for ever"


def _nothing_orphaned(seen: _Seen) -> Iterator[str]:
    named = {key for item in seen.items for key in _keys_in(item)}
    heads = [item for item in seen.items if item["sk"]["S"] == "CASE"]
    records = {keys.record_id_of(item["pk"]["S"]) for item in heads if _kind(item) != "pointer"}
    for key in seen.objects:
        if key.startswith("uploads/") or key in named:
            continue
        if key.startswith("raw/") and seen.simulation.storage.tags(key).get("retention") == "duplicate":
            continue
        # What was tried before giving up goes with the email itself.
        if key.startswith("attachments/") and key.split("/")[1] in records:
            continue
        yield f"nothing names {key}"
    entries = {(item["pk"]["S"], item["sk"]["S"]) for item in seen.items if _kind(item) == "entry"}
    cases = {item["pk"]["S"] for item in seen.items if _kind(item) == "case"}
    for item in seen.items:
        where = f"{item['pk']['S']} {item['sk']['S']}"
        match _kind(item):
            case "pointer":
                if (f"CASE#{item['case_id']['S']}", f"EMAIL#{item['email_id']['S']}") not in entries:
                    yield f"{where} points to no entry"
            case "entry" if item["pk"]["S"] not in cases:
                yield f"{where} belongs to no case"
            case "unprocessed" if "purge_id" in item:
                yield f"{where} is being purged for ever"
            case _:
                pass
        for key in _keys_in(item):
            if not key.startswith("raw/") and key not in seen.objects:
                yield f"{where} names {key}, which is not there"
        if item.get("gsi2pk", {}).get("S") in {"TO_SEND", "TO_NOTIFY"}:
            yield f"{where} waits {item['gsi2pk']['S']}"


def _lists_agree(seen: _Seen) -> Iterator[str]:
    shown = {one["case_id"] for one in seen.cases}
    there = {keys.record_id_of(item["pk"]["S"]) for item in seen.items if _kind(item) == "case"}
    if shown != there:
        yield f"cases are listed as {shown} and are {there}"
    for case in seen.cases:
        # A list shows of a long issue what the item holds.
        whole = seen.simulation.get(f"/cases/{case['case_id']}") | {"issue": case["issue"]}
        if whole != case:
            yield f"{case['case_id']} is listed as something else than it is"
    shown = {one["id"] for one in seen.unprocessed}
    there = {keys.record_id_of(item["pk"]["S"]) for item in seen.items if _kind(item) == "unprocessed"}
    if shown != there:
        yield f"unprocessed emails are listed as {shown} and are {there}"


def _found_by_originals(seen: _Seen) -> Iterator[str]:
    """Each original that is not a duplicate is found by its key: one record says what became of it."""
    records = Counter(item["gsi4pk"]["S"] for item in seen.items if "gsi4pk" in item)
    for key in seen.objects:
        if not key.startswith("raw/") or seen.simulation.storage.tags(key).get("retention") == "duplicate":
            continue
        if not records[index_keys.original(key)]:
            yield f"no record is found by {key}"
    for partition, times in records.items():
        if times > 1:
            yield f"{times} records are found by {partition}"


def _notifications(simulation: Simulation, record_id: str) -> list[datetime]:
    """When SES took notifications of an email, alone or in a digest."""
    return [
        one.at
        for one in simulation.sent
        if one.kind == "notification"
        and (one.tags["record"] == record_id or (one.tags["record"] == "digest" and record_id in _text(one.raw)))
    ]


def _text(raw: bytes) -> str:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    body = message.get_body(("plain",))
    return str(body.get_content()) if body else ""


def _came_back(seen: _Seen, record_id: str) -> bool:
    """Whether it is a notification of ours, of which nobody is notified again."""
    arrived = seen.arrived.get(record_id, ())
    return any(b"X-Email-Channels" in seen.simulation.arrived[key] for key in arrived)


def _is_of_an_entry(item: Mapping[str, Any]) -> bool:
    """Whether it says which entry an id that SES gave belongs to."""
    return _kind(item) == "sent" and "email_id" in item


def _kind(item: Mapping[str, Any]) -> str:
    return str(item["kind"]["S"]) if "kind" in item else ""


def _keys_in(item: Mapping[str, Any]) -> set[str]:
    """The objects that an item names."""
    summary = json.loads(item["summary"]["S"]) if "summary" in item else {}
    found = {summary.get("raw_key"), *(item[name]["S"] for name in ("content_key", "raw_key") if name in item)}
    found |= {attachment[7] for attachment in summary.get("attachments", ())}
    return {key for key in found if key}


def _originals_of_processed(seen: _Seen) -> set[str]:
    kinds = {"case", "entry"}
    return {key for item in seen.items if _kind(item) in kinds for key in _keys_in(item) if key.startswith("raw/")}


def _pages(simulation: Simulation, path: str) -> Iterator[dict[str, Any]]:
    cursor = None
    while True:
        page = simulation.get(f"{path}?limit=100" + (f"&cursor={cursor}" if cursor else ""))
        yield from page["items"]
        if (cursor := page["next_cursor"]) is None:
            return
