"""Items of jobs: the job itself, which stays small; what it selected; what it found; and the lock of its kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from pynamodb.attributes import BinaryAttribute, BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute

from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.codec import clean, time_from_text
from email_channels.aws.rows.compression import pack, unpack
from email_channels.aws.rows.table import Row, expiry
from email_channels.cases.jobs.job import MAX_MESSAGE_CHARACTERS, Change, Findings, Job, JobKind, JobState, Rejected
from email_channels.times import from_text, to_text

JOB_LIFETIME = timedelta(days=30)
"""How long a job is kept after its end."""

# A job ends hours after its last step at the latest, so this is longer than JOB_LIFETIME after the end.
PART_LIFETIME = timedelta(days=40)
# An item has 400 KB at most. Rows that would not fit are left out; the outcomes still count them.
_MOST_FINDINGS_BYTES = 300_000


class JobRow(Row, discriminator="job"):
    """A job. `writer` is the worker that does the next step; the writes of others fail."""

    job_kind = UnicodeAttribute()
    state = UnicodeAttribute()
    by = UnicodeAttribute()
    actor = UnicodeAttribute()
    started_at = UnicodeAttribute()
    request = JSONAttribute(null=True)
    place = JSONAttribute(null=True)
    step = NumberAttribute()
    tries = NumberAttribute(null=True)
    total = NumberAttribute(null=True)
    done = NumberAttribute()
    outcomes = JSONAttribute(null=True)
    finished_at = UnicodeAttribute(null=True)
    message = UnicodeAttribute(null=True)
    exclusive = BooleanAttribute(null=True)
    writer = UnicodeAttribute(null=True)


class JobSelectionRow(Row, discriminator="job_selection"):
    """A page of the ids that a job selected, as compressed JSON."""

    selected = BinaryAttribute(legacy_encoding=False)


class JobFindingsRow(Row, discriminator="job_findings"):
    """What a job rejected and found, as compressed JSON."""

    findings = BinaryAttribute(legacy_encoding=False)


class JobLockRow(Row, discriminator="job_lock"):
    """The only job of its kind that may run."""

    job_id = UnicodeAttribute()


def job_row(job: Job) -> JobRow:
    """The item of a new job."""
    pk, sk = keys.job(job.job_id)
    row = JobRow(
        pk=pk,
        sk=sk,
        job_kind=job.kind.value,
        state=job.state.value,
        by=clean(job.by),
        actor=clean(job.actor),
        started_at=to_text(job.started_at),
        request=dict(job.request) or None,
        place=dict(job.place) or None,
        step=job.step,
        total=job.total,
        done=job.done,
        exclusive=job.exclusive or None,
    )
    row.gsi2pk, row.gsi2sk = unfinished_keys(job.job_id, job.started_at)
    return row


def unfinished_keys(job_id: str, at: datetime) -> tuple[str, str]:
    """The gsi2 keys of a job that has not ended, and about which something happened at `at`."""
    return index_keys.UNFINISHED_JOBS, index_keys.at_time(to_text(at), job_id)


def job_of(row: JobRow) -> Job:
    """The job of an item."""
    return Job(
        job_id=row.sk,
        kind=JobKind(row.job_kind),
        state=JobState(row.state),
        by=row.by,
        actor=row.actor,
        started_at=from_text(row.started_at),
        request=row.request or {},
        place=row.place or {},
        step=int(row.step),
        tries=int(row.tries or 0),
        total=None if row.total is None else int(row.total),
        done=int(row.done),
        outcomes=row.outcomes or {},
        finished_at=time_from_text(row.finished_at),
        message=row.message,
        exclusive=bool(row.exclusive),
    )


def selection_row(job_id: str, page: int, ids: Iterable[str], now: datetime) -> JobSelectionRow:
    """The item of a page of the ids that a job selected."""
    pk, sk = keys.job_selection(job_id, page)
    return JobSelectionRow(pk=pk, sk=sk, selected=pack(list(ids)), expires_at=expiry(now + PART_LIFETIME))


def selected_in(row: JobSelectionRow) -> tuple[str, ...]:
    """The ids of a page."""
    return tuple(unpack(row.selected))


def findings_row(job_id: str, findings: Findings, now: datetime) -> JobFindingsRow:
    """The item of what a job found. The last rejected rows are left out if there is no room for all."""
    pk, sk = keys.job_findings(job_id)
    rejected = [[row.id, row.line, clean(row.message[:MAX_MESSAGE_CHARACTERS])] for row in findings.rejected]
    changes = [[change.id, dict(change.before), dict(change.after)] for change in findings.changes]
    packed = pack({"rejected": rejected, "changes": changes})
    while len(packed) > _MOST_FINDINGS_BYTES and rejected:
        del rejected[len(rejected) * 3 // 4 :]
        packed = pack({"rejected": rejected, "changes": changes})
    return JobFindingsRow(pk=pk, sk=sk, findings=packed, expires_at=expiry(now + PART_LIFETIME))


def findings_of(row: JobFindingsRow) -> Findings:
    """What the job of an item found."""
    document: Mapping[str, Any] = unpack(row.findings)
    return Findings(
        tuple(Rejected(message, id_, line) for id_, line, message, *_ in document["rejected"]),
        tuple(Change(id_, before, after) for id_, before, after, *_ in document["changes"]),
    )


def lock_row(job: Job) -> JobLockRow:
    """The item by which a job is the only one of its kind."""
    pk, sk = keys.job_lock(job.kind.value)
    return JobLockRow(pk=pk, sk=sk, job_id=job.job_id)
