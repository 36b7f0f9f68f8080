"""Asks for work on jobs that stand still, because their message was lost or the work on them keeps failing."""

from __future__ import annotations

from datetime import datetime, timedelta

from email_channels.aws.jobs_queue import JobsQueue
from email_channels.aws.stores.jobs.job_store import JobStore
from email_channels.jobs.runner import MOST_TRIES, STUCK

# Longer than a slice of a job, which writes its progress after each step.
GRACE_PERIOD = timedelta(minutes=10)


def wake_jobs(store: JobStore, queue: JobsQueue, now: datetime) -> int:
    """Sends a message for each job about which nothing has happened for GRACE_PERIOD. Returns their number.

    After MOST_TRIES without a step, the job ends as failed instead: nobody works on it any more.
    """
    woken = 0
    for job in store.standing_still(now - GRACE_PERIOD):
        if job.tries >= MOST_TRIES:
            woken += store.fail(job, STUCK, now)
        else:
            queue.send(job.job_id)
            woken += store.touch(job, now)
    return woken
