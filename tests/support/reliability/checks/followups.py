"""Checks of what follows: jobs have ended, cases are followed up, and admins know of silent mailboxes."""

from __future__ import annotations

import os
from collections.abc import Iterator

from email_channels.aws.rows import keys

from tests.support.reliability.end_view import EndView, kind, originals_of_processed, probe_notices

COUNTED_ONCE = {"retry", "discard", "try", "import"}
"""The kinds of jobs that count each email or row exactly once, whatever crashes. An erasure counts what it finds."""


def jobs_ended(seen: EndView) -> Iterator[str]:
    """Each job has ended, and has counted each email or row once."""
    for job in seen.jobs:
        if job["state"] not in {"done", "failed"}:
            yield f"job {job['kind']} is {job['state']} for ever"
        elif job["kind"] in COUNTED_ONCE and not job["total"] == job["done"] == sum(job["outcomes"].values()):
            yield f"job {job['kind']} counted {job['done']} of {job['total']}: {job['outcomes']}"


def followed_up(seen: EndView) -> Iterator[str]:
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


def probed(seen: EndView) -> Iterator[str]:
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
