"""Jobs: their progress, what they selected and found, and which of them stand still.

A worker that begins writes its name into the job (`writer`). A step counts only if the job still has this name and the
step is the next one. So a message that arrives twice, or late, never counts a step twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from pynamodb.exceptions import TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from email_channels.aws.retries import condition_failed, is_conflict, retry_transient_faults
from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.job_rows import (
    JOB_LIFETIME,
    JobFindingsRow,
    JobLockRow,
    JobRow,
    JobSelectionRow,
    findings_of,
    findings_row,
    job_of,
    job_row,
    lock_row,
    selected_in,
    selection_row,
    unfinished_keys,
)
from email_channels.aws.rows.table import READ_BATCH, KeysRow, Row, connection, expiry, read_row, read_rows
from email_channels.cases.identity import email_id
from email_channels.cases.jobs.job import Findings, Job, JobKind, JobState, Step, add_findings, add_outcomes
from email_channels.cases.references import random_id
from email_channels.errors import Conflict
from email_channels.times import to_milliseconds, to_text

_ENDED = (JobState.DONE.value, JobState.FAILED.value)


class JobStore:
    """Reads and writes jobs. Raises PynamoDB's exceptions for AWS's faults."""

    def create(
        self,
        kind: JobKind,
        by: str,
        actor: str,
        now: datetime,
        *,
        request: Mapping[str, Any],
        place: Mapping[str, Any] | None = None,
        total: int | None = None,
        selected: Iterable[str] = (),
        exclusive: bool = False,
    ) -> Job:
        """Writes a new job. `selected` becomes page 0 of its selection (at most 1,000 ids).

        With `exclusive`, raises Conflict if another exclusive job of this kind has not ended.
        """
        now = to_milliseconds(now)
        job = Job(
            # The same form as the ids of emails: they sort by time.
            job_id=email_id(now, random_id()),
            kind=kind,
            state=JobState.WAITING,
            by=by,
            actor=actor,
            started_at=now,
            request=request,
            place=place or {},
            total=total,
            exclusive=exclusive,
        )
        ids = tuple(selected)

        def write() -> None:
            with TransactWrite(connection=connection()) as transaction:
                transaction.save(job_row(job))
                if ids:
                    transaction.save(selection_row(job.job_id, 0, ids, now))
                if exclusive:
                    ours = JobLockRow.job_id.does_not_exist() | (JobLockRow.job_id == job.job_id)
                    transaction.save(lock_row(job), condition=ours)

        try:
            retry_transient_faults(write)
        except TransactWriteError as error:
            if not is_conflict(error):
                raise
            raise Conflict(f"Another job of the kind {kind.value} has not ended yet.") from error
        return job

    @staticmethod
    def get(job_id: str) -> Job | None:
        """The job; None if there is none."""
        row = read_row(keys.job(job_id), JobRow)
        return job_of(row) if row else None

    @staticmethod
    def newest(limit: int, before: str | None) -> tuple[list[Job], str | None]:
        """One page of at most `limit` jobs, newest first; and the `before` of the next page, or None."""
        found = JobRow.query(
            keys.JOBS,
            JobRow.sk < before if before else None,
            scan_index_forward=False,
            limit=limit + 1,
            consistent_read=True,
        )
        jobs = [job_of(row) for row in found]
        return jobs[:limit], jobs[limit - 1].job_id if len(jobs) > limit else None

    @staticmethod
    def findings(job_ids: Iterable[str]) -> dict[str, Findings]:
        """What these jobs found, by job id. A job that found nothing is left out. One call for each hundred."""
        rows = read_rows(keys.job_findings(job_id) for job_id in job_ids).values()
        return {keys.job_id_of(row.pk): findings_of(row) for row in rows if isinstance(row, JobFindingsRow)}

    @staticmethod
    def selected(job_id: str, page: int) -> tuple[str, ...]:
        """The ids of a page of the job's selection; empty if there is no such page."""
        row = read_row(keys.job_selection(job_id, page), JobSelectionRow)
        return selected_in(row) if row else ()

    @staticmethod
    def begin(job: Job, writer: str, now: datetime) -> Job | None:
        """Makes this worker the one that does the next step, and counts the try.

        Returns None if the job has ended, or has done a step since it was read.
        """
        actions = [
            JobRow.state.set(JobState.RUNNING.value),
            JobRow.writer.set(writer),
            JobRow.tries.set(job.tries + 1),
            *_touched(job.job_id, now),
        ]
        condition = (JobRow.step == job.step) & _unended()
        if not _update(job, actions, condition):
            return None
        return replace(job, state=JobState.RUNNING, tries=job.tries + 1)

    @staticmethod
    def advance(
        job: Job, writer: str, step: Step, findings: Findings, now: datetime, *, going_on: bool = True
    ) -> tuple[Job, Findings] | None:
        """Writes what a step did, and the place of the next one, in one transaction. Returns the job and its findings.

        `going_on`: this worker tries the next step, too.

        Returns None if another worker has begun meanwhile, or the job has ended: then nothing was written.
        """
        done, outcomes = add_outcomes(job, step)
        found = add_findings(findings, step)
        total = job.total if step.total is None else step.total
        if total is None and step.place is None and step.failed is None:
            total = done
        after = replace(
            job,
            step=job.step + 1,
            tries=int(going_on),
            total=total,
            done=done,
            outcomes=outcomes,
            place=step.place or {},
        )
        if step.place is None or step.failed is not None:
            after = _end(after, step.failed, now)
        actions = [
            JobRow.step.set(after.step),
            JobRow.tries.set(after.tries),
            JobRow.done.set(done),
            JobRow.outcomes.set(outcomes) if outcomes else JobRow.outcomes.remove(),
            *([JobRow.total.set(total)] if total is not None else []),
            *(_ending(after) if after.ended else [JobRow.place.set(dict(after.place)), *_touched(job.job_id, now)]),
        ]
        condition = (JobRow.step == job.step) & (JobRow.writer == writer) & _unended()
        others: list[Row] = [findings_row(job.job_id, found, now)] if found != findings else []
        if step.selected:
            others.append(selection_row(job.job_id, step.page, step.selected, now))
        if others or (after.ended and job.exclusive):
            unlock = after.ended and job.exclusive
            written = _write_together(job, actions, condition, others, unlock=unlock, writer=writer)
        else:
            written = _update(job, actions, condition, writer)
        return (after, found) if written else None

    @staticmethod
    def fail(job: Job, message: str, now: datetime) -> bool:
        """Ends the job as failed. Returns false if it has ended, or has done a step since it was read."""
        actions = _ending(_end(job, message, now))
        return _write_together(job, actions, (JobRow.step == job.step) & _unended(), unlock=job.exclusive)

    @staticmethod
    def touch(job: Job, now: datetime) -> bool:
        """Counts a try of the next step that somebody else will make, and notes the time.

        Returns false if the job has ended, or has done a step since it was read.
        """
        actions = [JobRow.tries.set(job.tries + 1), *_touched(job.job_id, now)]
        return _update(job, actions, (JobRow.step == job.step) & _unended())

    @staticmethod
    def standing_still(since: datetime) -> Iterator[Job]:
        """The jobs that have not ended, and about which nothing has happened since this time."""
        found = KeysRow.gsi2.query(
            index_keys.UNFINISHED_JOBS, KeysRow.gsi2sk < index_keys.before(since), page_size=READ_BATCH
        )
        for key in found:
            row = read_row((key.pk, key.sk), JobRow)
            # The index lags a little behind the items, so the items themselves decide.
            if row is not None and row.gsi2sk is not None and row.gsi2sk < index_keys.before(since):
                yield job_of(row)


def _unended() -> Condition:
    unended: Condition = ~JobRow.state.is_in(*_ENDED)
    return unended


def _touched(job_id: str, now: datetime) -> list[Action]:
    pk, sk = unfinished_keys(job_id, now)
    return [JobRow.gsi2pk.set(pk), JobRow.gsi2sk.set(sk)]


def _end(job: Job, failed: str | None, now: datetime) -> Job:
    state = JobState.DONE if failed is None else JobState.FAILED
    return replace(job, state=state, message=failed, finished_at=to_milliseconds(now), request={}, place={})


def _ending(job: Job) -> list[Action]:
    """The actions that end a job. What it was asked to do may name people, so it is dropped."""
    assert job.finished_at is not None
    return [
        JobRow.state.set(job.state.value),
        JobRow.finished_at.set(to_text(job.finished_at)),
        JobRow.message.set(job.message) if job.message else JobRow.message.remove(),
        JobRow.request.remove(),
        JobRow.place.remove(),
        JobRow.gsi2pk.remove(),
        JobRow.gsi2sk.remove(),
        JobRow.expires_at.set(expiry(job.finished_at + JOB_LIFETIME)),
    ]


def _update(job: Job, actions: list[Action], condition: Condition, writer: str | None = None) -> bool:
    """Updates the item of a job. Returns false if the condition failed."""
    pk, sk = keys.job(job.job_id)
    try:
        JobRow(pk=pk, sk=sk).update(actions=actions, condition=condition)
    except UpdateError as error:
        if not condition_failed(error):
            raise
        return _is_own_write(job, writer)
    return True


def _write_together(
    job: Job,
    actions: list[Action],
    condition: Condition,
    others: Iterable[Row] = (),
    *,
    unlock: bool,
    writer: str | None = None,
) -> bool:
    """Updates the item of a job and writes others, in one transaction. Returns false if the condition failed."""
    pk, sk = keys.job(job.job_id)

    def write() -> None:
        with TransactWrite(connection=connection()) as transaction:
            transaction.update(JobRow(pk=pk, sk=sk), actions=actions, condition=condition)
            for other in others:
                transaction.save(other)
            if unlock:
                lock_pk, lock_sk = keys.job_lock(job.kind.value)
                transaction.delete(JobLockRow(pk=lock_pk, sk=lock_sk))

    try:
        retry_transient_faults(write)
    except TransactWriteError as error:
        if not is_conflict(error):
            raise
        return _is_own_write(job, writer)
    return True


def _is_own_write(job: Job, writer: str | None) -> bool:
    """Whether this worker has done the step: the SDK repeats a write whose answer was lost."""
    row = read_row(keys.job(job.job_id), JobRow) if writer else None
    return row is not None and row.writer == writer and int(row.step) == job.step + 1
