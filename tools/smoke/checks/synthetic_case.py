"""An original that is put into the bucket must become a case, and the case must be erased with its original."""

from __future__ import annotations

from collections.abc import Iterator

from tools.smoke.findings import Finding
from tools.smoke.run import Run


def look(run: Run) -> Iterator[Finding]:
    """Whether the case is right."""
    made = run.workplace.case
    case = run.workplace.api.get(f"/cases/{made.case_id}")
    seen = (case["subject"], (case["employee"] or {}).get("user_id"), case["service_group"])
    expected = (run.workplace.subject, run.workplace.id, run.workplace.id)
    if seen != expected:
        yield Finding(
            f"The case of the original has subject, employee and service group {seen} instead of {expected}.",
            f"The trace of GET /cases/{made.case_id}/emails/{made.email_id} says which rule decided.",
        )


def erase(run: Run) -> Iterator[Finding]:
    """Whether nothing of it is left."""
    made = run.workplace.case
    run.workplace.erase(made.case_id)
    if run.workplace.api.get(f"/cases/{made.case_id}", missing_ok=True) is not None:
        yield Finding(f"The case {made.case_id} was erased, and is still there.", "Read the log of agent_api.")
    for left in run.workplace.left_behind():
        yield Finding(
            f"An earlier smoke test was killed, and what it made is still there: {left}.",
            f'make smoke STACK={run.stack.name} ARGS="--take-back {left}"',
        )
    versions = run.workplace.versions(made.key)
    if versions:
        yield Finding(
            f"The case {made.case_id} was erased, but the bucket still has {len(versions)} version(s) of its original.",
            "agent_api needs s3:DeleteObjectVersion on raw/, and s3:ListBucketVersions on the bucket.",
        )
