"""Selects the unprocessed emails of a job, as they are when the job begins, and gives them out in batches.

The place of such a job is first `{"selecting": ..., "pages": ..., "found": ...}`, then `{"page": ..., "at": ...}`. If
the request names the ids, the job begins with the second one. The ids are in items of their own (`JobStore.selected`),
a thousand in each. So the item of the job stays small, and emails that arrive later, or get the reason later, are not
touched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

from email_channels.addresses import normalise
from email_channels.aws.stores.jobs.job_store import JobStore
from email_channels.aws.stores.unprocessed_store import UnprocessedStore
from email_channels.cases.jobs.job import Job, Step
from email_channels.cases.unprocessed import Unprocessed

PAGE = 1_000
"""The most ids in a page of a selection, and the most that a request may name."""

STEP_SECONDS = 10.0
"""A step that works on a batch ends after this time, so that progress is seen, and a crash repeats little."""

TRIES_OF_AN_EMAIL = 3
"""An email that fails more often, or ends the process, is rejected. The other emails go on."""

_READ = 100


class Selection:
    """The emails that a job is about. Its request names a `reason`, and maybe a `mailbox`."""

    def __init__(self, jobs: JobStore, unprocessed: UnprocessedStore) -> None:
        self._jobs = jobs
        self._unprocessed = unprocessed

    @staticmethod
    def is_open(job: Job) -> bool:
        """Whether the selection is not complete."""
        return "selecting" in job.place

    def select(self, job: Job, in_time: Callable[[], bool]) -> Step:
        """Selects up to PAGE further emails, the oldest first, of those that were received before the job was made."""
        after, pages, found = job.place["selecting"], job.place["pages"], job.place["found"]
        places = self._unprocessed.received_until(job.started_at, after, _READ)
        taken: list[str] = []
        while len(taken) <= PAGE - _READ:
            batch = list(islice(places, _READ))
            if not batch:
                return self._selected(taken, pages, found, {"page": 0, "at": 0})
            items = self._unprocessed.read_listed([record_id for _, record_id in batch])
            taken += [id_ for _, id_ in batch if id_ in items and _matches(items[id_], job.request)]
            after = batch[-1][0]
            if not in_time():
                break
        next_place = {"selecting": after, "pages": pages + bool(taken), "found": found + len(taken)}
        return self._selected(taken, pages, found, next_place)

    def batch(self, job: Job, most: int) -> tuple[list[str], dict[str, Any] | None]:
        """The next ids, at most `most`, and the place after them (None: there are no more)."""
        page, at = job.place["page"], job.place["at"]
        ids = self._jobs.selected(job.job_id, page)
        taken = list(ids[at : at + most])
        if at + most < len(ids):
            return taken, {"page": page, "at": at + most}
        return taken, {"page": page + 1, "at": 0} if ids else None

    @staticmethod
    def _selected(taken: list[str], pages: int, found: int, place: dict[str, Any]) -> Step:
        total = found + len(taken) if "page" in place else None
        return Step(place, total=total, selected=tuple(taken), page=pages)


def _matches(item: Unprocessed, request: Mapping[str, Any]) -> bool:
    mailbox = request.get("mailbox")
    return item.reason.value == request["reason"] and (
        mailbox is None or normalise(item.mailbox or "") == normalise(mailbox)
    )
