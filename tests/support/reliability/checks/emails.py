"""Checks of emails: each has one outcome, is notified of, purged with a proof, sent once, and shown as it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from tests.support.reliability.end_view import (
    ID_LENGTH,
    EndView,
    came_back,
    is_of_an_entry,
    notifications,
    returned_probes,
)
from tests.support.reliability.environment import ENVIRONMENT

PURGE_AFTER = timedelta(days=int(ENVIRONMENT["PURGE_AFTER_DAYS"]))
OF_FATE = {"bounce": "bounced", "complaint": "complained", "suppressionlist": "suppressed"}


def one_outcome(seen: EndView) -> Iterator[str]:
    outcomes = Counter(one["email_id"][-ID_LENGTH:] for _, one in seen.emails if one["direction"] == "inbound")
    outcomes += Counter(one["id"] for one in seen.unprocessed)
    outcomes += Counter(seen.purged)
    outcomes += Counter(seen.erased & seen.arrived.keys())
    outcomes += Counter(returned_probes(seen))
    for record_id in seen.arrived.keys() | {one for one, times in outcomes.items() if times > 1}:
        if outcomes[record_id] != 1:
            yield f"email {record_id} has {outcomes[record_id]} outcomes"
    for (email_id, direction), times in Counter((one["email_id"], one["direction"]) for _, one in seen.emails).items():
        if times > 1:
            yield f"the {direction} email {email_id} is in {times} cases"
    for record_id in outcomes.keys() - seen.arrived.keys():
        yield f"{record_id} is the outcome of no email"


def notified(seen: EndView) -> Iterator[str]:
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


def purged_with_proof(seen: EndView) -> Iterator[str]:
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


def sent_once(seen: EndView) -> Iterator[str]:
    most_once = Counter(
        (one.kind, one.tags["record"], one.tags.get("email"))
        for one in seen.simulation.sent
        if one.kind in {"ad_hoc", "acknowledgement"}
    )
    for what, times in most_once.items():
        if times > 1:
            yield f"{what} was sent {times} times"


def states_honest(seen: EndView) -> Iterator[str]:
    sent = {one.tags["email"]: one for one in seen.simulation.sent if one.kind in {"ad_hoc", "acknowledgement"}}
    shown = {one["email_id"]: case_id for case_id, one in seen.emails if one["direction"] == "outbound"}
    for email_id in sent.keys() - shown.keys():
        if sent[email_id].tags["record"] not in seen.erased:
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


def notes_stay_inside(seen: EndView) -> Iterator[str]:
    """No email, to whomever, holds anything of a note, and a note is nobody's to answer."""
    for case_id, one in seen.emails:
        if one["kind"] != "note":
            continue
        if one["direction"] != "internal" or "recipients" in one or one["author"] is None:
            yield f"{case_id} has the note {one}"
        if any(one["preview"].encode() in sent.raw for sent in seen.simulation.sent):
            yield f"the note {one['email_id']} was sent"


def authors_named(seen: EndView) -> Iterator[str]:
    """Every email that was sent names its author; acknowledgements have none."""
    for case_id, one in seen.emails:
        if one["direction"] == "outbound" and (one["author"] is None) != (one["kind"] == "acknowledgement"):
            yield f"{case_id} has the email {one['email_id']} by {one['author']}"
