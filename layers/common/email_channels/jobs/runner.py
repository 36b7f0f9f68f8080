"""Runs jobs in slices: a message of the jobs queue makes a worker do steps until its time is nearly over.

A step is a small part of the work of a job. What it did and where the next one begins are written together, and only
while this worker is the last one that began. Then:

- A crash, at any place, repeats one step at most. Steps are written so that a repeat has the same outcome.
- A message that comes twice, or late, makes another worker begin. The step that the first one is doing does not count,
  and the second one does it again.
- A step that keeps failing, or kills its worker, ends the job as failed after MOST_TRIES.

A worker is finished with its message if the job has ended, if the next message is in the queue, or if another worker
has begun, which still has its own message. So one message is left for every job that has not ended; if it is lost
nevertheless, `reconcile` sends another one (`standing_still.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from email_channels.aws.faults import is_mistake
from email_channels.aws.jobs_queue import JobsQueue
from email_channels.aws.stores.jobs.job_store import JobStore
from email_channels.cases.jobs.job import Findings, Job, JobKind, Step
from email_channels.cases.references import random_id
from email_channels.observability import logger, raised

# One try for each attempt of SQS, and one for each message of `reconcile`.
MOST_TRIES = 6
STUCK = (
    "The job stopped: its next step failed several times. What it did until then stays done. "
    "The log of the function `jobs` says why it failed."
)


class JobWork(Protocol):
    """The work of one kind of job. CONTRIBUTING.md says how to add a kind."""

    def step(self, job: Job, in_time: Callable[[], bool]) -> Step:
        """Does the next step of the job, which begins at `job.place`.

        It does a bounded amount of work, and ends early when `in_time()` is false. A crash repeats it, so what it does
        must be harmless if it is done again, and its result must be the same. From the second try on, `job.tries` is
        above 1. Raises exceptions for faults: the step is tried again later.
        """

    def end(self, job: Job) -> None:
        """Removes what only this job needed. Called before the end is written, also if the job failed; may repeat."""


class JobRunner:
    """Runs jobs. `works` builds the work of each kind; `in_time` is whether there is time for another step."""

    def __init__(
        self,
        store: JobStore,
        queue: JobsQueue,
        works: Mapping[JobKind, Callable[[], JobWork]],
        now: Callable[[], datetime],
        in_time: Callable[[], bool],
    ) -> None:
        self._store = store
        self._queue = queue
        self._works = works
        self._now = now
        self._in_time = in_time

    def run(self, job_id: str) -> None:
        """Works on a job until it has ended, or the time is nearly over: then another message asks for the rest.

        Raises what a step raises, so that the queue delivers the message again. After MOST_TRIES, the job has failed
        instead.
        """
        job = self._store.get(job_id)
        if job is None or job.ended:
            return
        work = self._works[job.kind]()
        if job.tries >= MOST_TRIES:
            self._give_up(job, work)
        else:
            self._slice(job, work)

    def _slice(self, job: Job, work: JobWork) -> None:
        writer = random_id()
        begun = self._store.begin(job, writer, self._now())
        if begun is None:
            return  # another worker was faster, and still has its message
        job = begun
        findings = self._store.findings([job.job_id]).get(job.job_id, Findings())
        while True:
            try:
                step = work.step(job, self._in_time)
                if step.place is None or step.failed is not None:
                    work.end(job)
            except Exception as error:
                about = {"job": job.job_id, "step": job.step, "tries": job.tries, "mistake": is_mistake(error)}
                logger().error("step failed", extra=about | raised(error))
                if job.tries < MOST_TRIES:
                    raise
                self._give_up(job, work)
                return
            going_on = self._in_time()
            advanced = self._store.advance(job, writer, step, findings, self._now(), going_on=going_on)
            if advanced is None:
                logger().info("job left to another worker", extra={"job": job.job_id, "step": job.step})
                return
            job, findings = advanced
            if job.ended:
                logger().info("job ended", extra={"job": job.job_id, "state": job.state.value, "done": job.done})
                return
            if not going_on:
                self._queue.send(job.job_id)
                return

    def _give_up(self, job: Job, work: JobWork) -> None:
        try:
            work.end(job)
        except Exception as error:  # noqa: BLE001 - the job must end, and what is left has a lifetime
            logger().error("not cleaned up after a job", extra={"job": job.job_id} | raised(error))
        self._store.fail(job, STUCK, self._now())
        logger().error("job failed", extra={"job": job.job_id, "step": job.step, "tries": job.tries})
