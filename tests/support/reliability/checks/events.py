"""Checks of the domain events: what the API shows was told to other systems, in a form that the schemas allow."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from tests.support.reliability.end_view import EndView
from tests.support.system.domain_events import problems

_SENT = {"sent", "delayed", "delivered", "bounced", "complained", "suppressed"}
"""States of an email that SES has accepted."""


def published(seen: EndView) -> Iterator[str]:
    """Everything was published, at least once; the same id is always the same event."""
    if not os.environ["EVENT_BUS_NAME"]:
        return
    entries = seen.simulation.published
    yield from (problem for entry in entries for problem in problems(_as_event(entry)))
    yield from _ids(entries)
    told = {
        (entry["DetailType"], entry["Detail"]["case_id"], entry["Detail"]["email_id"], entry["Detail"]["state"])
        for entry in entries
    }
    about = {wanted[:3] for wanted in told}
    for case in seen.cases:
        if not any(type_ == "case.created" and case_id == case["case_id"] for type_, case_id, _ in about):
            yield f"nobody was told of the case {case['case_id']}"
        if case["status"] == "closed" and ("case.changed", case["case_id"], None) not in about:
            yield f"nobody was told that the case {case['case_id']} is closed"
    for case_id, one in seen.emails:
        came = "case.changed" if one["direction"] == "internal" else "email.received"
        here, moved = (came, case_id, one["email_id"]), ("case.changed", case_id, one["email_id"])
        if one["direction"] != "outbound" and not {here, moved} & about:
            yield f"nobody was told of {one['email_id']} in {case_id}"
        states = {recipient["state"] for recipient in one.get("recipients", ())}
        known = {(type_, state) for type_, _, email_id, state in told if email_id == one["email_id"]}
        if states & _SENT and ("email.sent", "sent") not in known:
            yield f"nobody was told that {one['email_id']} was sent"
        missing = states - {"queued", "sent"} - {state for type_, state in known if type_ == "email.state_changed"}
        yield from (f"nobody was told that {one['email_id']} is {state}" for state in sorted(missing))
    reasons = {
        (entry["Detail"]["email_id"], entry["Detail"]["reason"])
        for entry in entries
        if entry["DetailType"] == "email.unprocessed"
    }
    for one in seen.unprocessed:
        if (one["id"], one["reason"]) not in reasons:
            yield f"nobody was told that {one['id']} is unprocessed: {one['reason']}"
    for id_ in seen.purged:
        if ("email.purged", None, id_) not in about:
            yield f"nobody was told that {id_} was purged"


def _ids(entries: list[dict[str, Any]]) -> Iterator[str]:
    by_id: dict[str, tuple[str, ...]] = {}
    for entry in entries:
        detail = entry["Detail"]
        event = (entry["DetailType"], *(detail[name] for name in ("at", "case_id", "email_id", "reason", "state")))
        if by_id.setdefault(detail["id"], event) != event:
            yield f"two events have the id {detail['id']}: {event} and {by_id[detail['id']]}"


def _as_event(entry: dict[str, Any]) -> dict[str, Any]:
    return {"source": entry["Source"], "detail-type": entry["DetailType"], "detail": entry["Detail"]}
