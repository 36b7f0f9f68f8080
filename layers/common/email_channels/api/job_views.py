"""Jobs as JSON documents of the API (`openapi.json` has the schema)."""

from __future__ import annotations

from email_channels.api.case_views import Document
from email_channels.cases.jobs.job import Findings, Job, JobKind
from email_channels.times import to_text


def job_json(job: Job, findings: Findings | None = None) -> Document:
    """A job, with what it rejected and found (None: nothing)."""
    found = findings or Findings()
    changes = [{"id": change.id, "before": change.before, "after": change.after} for change in found.changes]
    return {
        "job_id": job.job_id,
        "kind": job.kind.value,
        "changes": changes if job.kind is JobKind.TRY else None,
        "state": job.state.value,
        "message": job.message,
        "total": job.total,
        "done": job.done,
        "outcomes": dict(job.outcomes),
        "rejected": [
            {"id": row.id, "message": row.message} if row.line is None else {"line": row.line, "message": row.message}
            for row in found.rejected
        ],
        "by": job.by,
        "started_at": to_text(job.started_at),
        "finished_at": to_text(job.finished_at) if job.finished_at else None,
    }
