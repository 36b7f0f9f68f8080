"""Jobs of the kind `try`: say what would become of the last emails of a mailbox, and change nothing.

The first step selects the emails. Each further step tries some of them, as `POST /try` does, and adds what they are and
would be to the job's `changes`.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

from email_channels.addresses import normalise
from email_channels.aws.faults import translate_aws_fault
from email_channels.aws.stores.jobs.recent_emails import newest_records, recorded_email
from email_channels.cases.jobs.job import Change, Job, Rejected, Step
from email_channels.cases.outcomes import EmailState
from email_channels.cases.trials.assumption_json import assumptions_from_json
from email_channels.cases.trials.question import ORIGINAL_GONE, Question
from email_channels.errors import Fault, NotFound, Refusal
from email_channels.intake.arrival import channel_of
from email_channels.intake.trying.trials import Trying
from email_channels.jobs.selection import STEP_SECONDS, TRIES_OF_AN_EMAIL, Selection
from email_channels.observability import logger, raised

BATCH = 20
CHANGED, UNCHANGED = "changed", "unchanged"
_NO_EMAIL = "There is no such email any more."
_FAILED = "The try failed. The log of the function `jobs` says why."


class TryingMany:
    """Tries the last emails of a mailbox."""

    def __init__(self, selection: Selection, trying: Trying) -> None:
        self._selection = selection
        self._trying = trying

    def step(self, job: Job, in_time: Callable[[], bool]) -> Step:
        """Selects the emails, or tries the next ones."""
        if "page" not in job.place:
            ids = newest_records(normalise(job.request["mailbox"]), job.request["last"])
            return Step({"page": 0, "at": 0}, total=len(ids), selected=tuple(ids))
        ids, place = self._selection.batch(job, 1 if job.tries > 1 else BATCH)
        question = Question(assumed=assumptions_from_json(job.request.get("assume", {})))
        changes: list[Change] = []
        rejected: list[Rejected] = []
        ends = time.monotonic() + STEP_SECONDS
        for taken, record_id in enumerate(ids):
            if taken and (time.monotonic() > ends or not in_time()):
                place = {"page": job.place["page"], "at": job.place["at"] + taken}
                break
            found = Rejected(_FAILED, record_id) if job.tries > TRIES_OF_AN_EMAIL else self._try(record_id, question)
            if isinstance(found, Change):
                changes.append(found)
            else:
                rejected.append(found)
        outcomes = Counter(UNCHANGED if change.before == change.after else CHANGED for change in changes)
        return Step(place, outcomes, tuple(rejected), tuple(changes))

    def end(self, job: Job) -> None:
        """There is nothing to remove."""

    def _try(self, record_id: str, question: Question) -> Change | Rejected:
        email = recorded_email(record_id)
        if email is None:
            return Rejected(_NO_EMAIL, record_id)
        channel = channel_of(email.raw_key or "")
        if email.raw_key is None or channel is None:
            return Rejected(ORIGINAL_GONE, record_id)
        try:
            trial = self._trying.try_stored(email.raw_key, channel, question)
        except NotFound:
            return Rejected(ORIGINAL_GONE, record_id)
        except Refusal as refusal:
            return Rejected(refusal.detail, record_id)
        except Exception as error:
            if isinstance(translate_aws_fault(error), Fault):
                raise
            logger().error("try failed", extra={"record": record_id} | raised(error))
            return Rejected(_FAILED, record_id)
        after = EmailState(trial.outcome, trial.reason, trial.case_id)
        return Change(record_id, email.state.to_json(), after.to_json())
