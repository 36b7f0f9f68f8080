"""Jobs of the kind `retry`: decide many unprocessed emails again.

Each email is retried as by `POST /unprocessed/{id}/retry`. The job counts what the email is afterwards. So a repeated
step, which finds emails that are cases by now, counts the same.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime

from email_channels.aws.faults import translate_aws_fault
from email_channels.cases.audit.records import begin_act
from email_channels.cases.jobs.job import Job, Rejected, Step
from email_channels.errors import Conflict, Fault, NotFound
from email_channels.intake.retrying import Retry
from email_channels.jobs.discarding import NO_SUCH_EMAIL
from email_channels.jobs.selection import STEP_SECONDS, TRIES_OF_AN_EMAIL, Selection
from email_channels.observability import logger, raised

BATCH = 100
_FAILED = "The retry failed several times. The log of the function `jobs` says why."
_MISTAKE = "The retry failed: {error}. The log of the function `jobs` says more."


class Retrying:
    """Retries the emails that a job selected. Their audit records are kept for `audit_days`."""

    def __init__(self, selection: Selection, retry: Retry, now: Callable[[], datetime], audit_days: int) -> None:
        self._selection = selection
        self._retry = retry
        self._now = now
        self._audit_days = audit_days

    def step(self, job: Job, in_time: Callable[[], bool]) -> Step:
        """Selects emails, or retries the next ones.

        After a try that failed, the emails are retried one by one for a while: a process that dies takes no others
        with it.
        """
        if self._selection.is_open(job):
            return self._selection.select(job, in_time)
        singly = BATCH if job.tries > 1 else int(job.place.get("singly", 0))
        ids, place = self._selection.batch(job, 1 if singly else BATCH)
        outcomes: Counter[str] = Counter()
        rejected: list[Rejected] = []
        ends = time.monotonic() + STEP_SECONDS
        taken = 0
        for record_id in ids:
            if taken and (time.monotonic() > ends or not in_time()):
                break
            try:
                if job.tries > TRIES_OF_AN_EMAIL:
                    rejected.append(Rejected(_FAILED, record_id))
                else:
                    self._retry_one(job, record_id, outcomes, rejected)
            except Exception:
                if not taken:
                    raise
                break  # the next step begins with it
            taken += 1
        if taken < len(ids):
            place = {"page": job.place["page"], "at": job.place["at"] + taken}
        if place is not None and singly > 1:
            place["singly"] = singly - 1
        return Step(place, outcomes, tuple(rejected))

    def end(self, job: Job) -> None:
        """There is nothing to remove."""

    def _retry_one(self, job: Job, record_id: str, outcomes: Counter[str], rejected: list[Rejected]) -> None:
        """Retries an email and notes its outcome. Raises faults, which may be gone later."""
        try:
            act = begin_act(job.actor, self._now(), self._audit_days)
            outcomes[self._retry.retry(record_id, act).after.outcome.value] += 1
        except NotFound:
            rejected.append(Rejected(NO_SUCH_EMAIL, record_id))
        except Conflict as conflict:
            rejected.append(Rejected(conflict.detail, record_id))
        except Exception as error:
            if isinstance(translate_aws_fault(error), Fault):
                raise
            logger().error("retry failed", extra={"job": job.job_id, "record": record_id} | raised(error))
            rejected.append(Rejected(_MISTAKE.format(error=type(error).__name__), record_id))
