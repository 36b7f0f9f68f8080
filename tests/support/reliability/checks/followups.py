"""Checks of what follows: jobs have ended, cases are followed up, and admins know of silent mailboxes."""

from __future__ import annotations

import os
from collections.abc import Iterator

from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import CaseRow
from email_channels.aws.rows.entry_rows import EntryRow
from email_channels.aws.rows.table import Row
from email_channels.aws.stores.noticing.notices import is_failure_pending, is_unread

from tests.support.reliability.end_view import EndView, originals_of_processed, probe_notices
from tests.support.stored_items.kinds import kind

_CONTENT = CaseRow.content_identity.attr_name
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
        if _CONTENT in row:
            contents.setdefault(row[_CONTENT]["B"], set()).add(case_id)
    for case in seen.cases:
        case_id, row = case["case_id"], rows[case["case_id"]]
        if "email_id" not in row:  # its first email was moved away
            continue
        if os.environ["DEFAULT_SERVICE_GROUP_ADDRESS"] and case_id not in told:
            yield f"the service group was not alerted of {case_id}"
        if os.environ["DEFAULT_SERVICE_GROUP_ADDRESS"] and "alerted_at" not in row:
            yield f"{case_id} was not followed up"
        if row.get(CaseRow.acknowledge.attr_name) and CaseRow.acknowledged_at.attr_name not in row:
            yield f"nobody decided to acknowledge {case_id}"
        twins = contents[row[_CONTENT]["B"]] - {case_id} if _CONTENT in row else set()
        if twins - set(case["siblings"]):
            yield f"{case_id} does not name its siblings {twins}"
    by_case = {case["case_id"]: case for case in seen.cases}
    for case_id, one in seen.emails:
        if one["kind"] == "normal" and one["at"] > by_case[case_id]["updated_at"]:
            yield f"{case_id} is as of {by_case[case_id]['updated_at']}, before its email of {one['at']}"
    for key in originals_of_processed(seen):
        if key in seen.objects and seen.simulation.storage.tags(key).get("retention") != "processed":
            yield f"{key} would be kept for ever"


def noticed(seen: EndView) -> Iterator[str]:
    """Cases show what is unread, with its warnings, and nothing is left that they have not noticed."""
    entries: dict[str, list[EntryRow]] = {}
    rows: dict[str, CaseRow] = {}
    for item in seen.items:
        row = Row.from_raw_data(dict(item)) if kind(item) in {"case", "entry"} else None
        if isinstance(row, CaseRow):
            rows[keys.record_id_of(row.pk)] = row
        elif isinstance(row, EntryRow):
            entries.setdefault(keys.record_id_of(row.pk), []).append(row)
    for case in seen.cases:
        case_id, row = case["case_id"], rows[case["case_id"]]
        of_case = entries.get(case_id, [])
        unread = {keys.email_id_of(one.sk) for one in of_case if is_unread(one)}
        unread |= {row.email_id} if row.email_id and not row.seen else set()
        shown = {one["email_id"]: one["warnings"] for of, one in seen.emails if of == case_id}
        # After a crash, a case from which an unread email was moved may look unread until it is followed up.
        begins, may_be_before = min(unread, default=None), row.moved_out and row.unread_from
        if row.unread_from != begins and not (may_be_before and (begins is None or row.unread_from < begins)):
            yield f"{case_id} is unread from {row.unread_from}, but its unread emails are {sorted(unread)}"
        warnings = {warning for email_id in unread for warning in shown.get(email_id, ())}
        if warnings != set(case["warnings"]) and not row.moved_out:
            yield f"{case_id} has the warnings {case['warnings']}, and not {sorted(warnings)}"
        if row.handed_over_at:
            yield f"{case_id} was handed over, and nobody was told"
        yield from (f"{case_id} has not noticed that {one.sk} failed" for one in of_case if is_failure_pending(one))


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
