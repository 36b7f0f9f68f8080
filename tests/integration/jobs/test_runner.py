"""Slices, tries and ends of jobs, with a kind of work that only counts."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from email_channels.aws import clients
from email_channels.aws.jobs_queue import JobsQueue
from email_channels.aws.rows import keys
from email_channels.aws.rows.keys import Key
from email_channels.aws.rows.table import read_rows
from email_channels.aws.stores.jobs.job_store import JobStore
from email_channels.cases.jobs.job import MAX_REJECTED, Change, Findings, Job, JobKind, JobState, Rejected, Step
from email_channels.errors import Conflict
from email_channels.jobs.runner import MOST_TRIES, STUCK, JobRunner
from email_channels.jobs.standing_still import GRACE_PERIOD, wake_jobs

from tests.support.in_process.aws import Aws
from tests.support.in_process.jobs import take_messages

START = datetime(2026, 11, 23, 10, tzinfo=UTC)


@dataclass
class Counting:
    """Counts from `at` to `to`, one in each step. `before` is called first; `instead` makes another step."""

    to: int
    before: Callable[[Job], None] = lambda _: None
    instead: Callable[[Job], Step] | None = None
    seen: list[int] = field(default_factory=list)
    ends: int = 0

    def step(self, job: Job, in_time: Callable[[], bool]) -> Step:
        self.before(job)
        if self.instead is not None:
            return self.instead(job)
        at = job.place.get("at", 0)
        self.seen.append(at)
        if at == self.to:
            return Step(None)
        return Step({"at": at + 1}, {"even" if at % 2 == 0 else "odd": 1}, total=self.to)

    def end(self, job: Job) -> None:
        assert not job.ended
        self.ends += 1


class World:
    """One job, and workers on it that stop after `steps` steps."""

    def __init__(self, work: Counting) -> None:
        self.work = work
        self.store = JobStore()
        self.queue = JobsQueue(clients.sqs(), boto3.client("sqs").create_queue(QueueName="jobs")["QueueUrl"])
        self.now = START
        self.job_id = self.store.create(JobKind.TRY, "admin", "sub", START, request={"last": 1}).job_id

    def run(self, steps: int = 1_000) -> None:
        left = iter(range(steps - 1, -1, -1))
        works = {JobKind.TRY: lambda: self.work}
        JobRunner(self.store, self.queue, works, lambda: self.now, lambda: next(left) > 0).run(self.job_id)

    @property
    def job(self) -> Job:
        job = self.store.get(self.job_id)
        assert job is not None
        return job


@pytest.fixture
def counting(aws: Aws) -> World:
    return World(Counting(5))


def test_slices(counting: World) -> None:
    """A worker goes on where the last one stopped, and asks for the rest if its time is over."""
    assert (counting.job.state, counting.job.total) == (JobState.WAITING, None)
    counting.run(steps=2)
    job = counting.job
    assert (job.state, job.done, job.total, job.outcomes) == (JobState.RUNNING, 2, 5, {"even": 1, "odd": 1})
    assert [json.loads(body) for body in take_messages()] == [{"job_id": job.job_id}]
    counting.now += timedelta(minutes=1)
    counting.run()
    job = counting.job
    assert (job.state, job.done, job.outcomes) == (JobState.DONE, 5, {"even": 3, "odd": 2})
    assert job.finished_at == START + timedelta(minutes=1)
    assert (job.request, job.place, counting.work.ends) == ({}, {}, 1)
    assert take_messages() == []
    counting.run()
    assert counting.work.seen == [0, 1, 2, 3, 4, 5], "a message that comes late does nothing"


def test_lifetime(counting: World) -> None:
    """A job that has ended is kept for 30 days. Before, it does not expire. What it found does not go first."""

    def lifetime(key: Key) -> timedelta | None:
        expires_at = read_rows([key])[key].expires_at
        return timedelta(seconds=expires_at - START.timestamp()) if expires_at is not None else None

    counting.work.instead = lambda job: Step({} if job.step < 1 else None, rejected=(Rejected("bad", line=2),))
    counting.run(steps=1)
    assert lifetime(keys.job(counting.job_id)) is None
    counting.run()
    assert counting.job.state is JobState.DONE
    assert lifetime(keys.job(counting.job_id)) == timedelta(days=30)
    assert lifetime(keys.job_findings(counting.job_id)) == timedelta(days=40)


def test_unknown_job(counting: World) -> None:
    """A message about a job that is not there any more does nothing."""
    counting.job_id = "0" * 19
    counting.run()
    assert counting.work.seen == []


def test_two_workers(counting: World) -> None:
    """A message that comes twice does no step twice in effect: only the last worker that began goes on."""

    def interrupt(job: Job) -> None:
        if job.step == 1:
            counting.work.before = lambda _: None
            counting.run(steps=2)

    counting.work.before = interrupt
    counting.run()
    assert counting.job.done == 3, "the other worker has done two steps, and the first one stopped"
    assert len(take_messages()) == 1
    counting.run()
    assert (counting.job.done, counting.job.outcomes) == (5, {"even": 3, "odd": 2})


def test_late_step(counting: World) -> None:
    """The step that a worker is doing does not count once another worker has begun, and it leaves the job to that."""

    def interrupt(job: Job) -> None:
        if job.step == 1:
            assert counting.store.begin(job, "another worker", counting.now)

    counting.work.before = interrupt
    counting.run()
    assert (counting.job.done, counting.job.step) == (1, 1)
    assert take_messages() == []


def test_late_beginning(counting: World) -> None:
    """A worker that has read the job before another one did a step does not begin."""
    read = counting.job
    counting.run(steps=1)
    before = counting.job
    assert counting.store.begin(read, "late", counting.now) is None
    assert counting.job == before


def test_failing_step(counting: World) -> None:
    """A step that fails is tried again; after MOST_TRIES, the job has failed, and says so."""

    def fail(job: Job) -> None:
        if job.step == 2:
            raise OSError("no answer")

    counting.work.before = fail
    for n in range(1, MOST_TRIES):
        with pytest.raises(OSError, match="no answer"):
            counting.run()
        assert (counting.job.state, counting.job.tries) == (JobState.RUNNING, n)
    counting.run()
    job = counting.job
    assert (job.state, job.message, job.done, counting.work.ends) == (JobState.FAILED, STUCK, 2, 1)
    assert list(counting.store.standing_still(START + timedelta(days=1))) == []


def test_tries_begin_again(counting: World) -> None:
    """Tries count for one step only."""
    failures = iter([True, True, False] * 6)

    def fail(_: Job) -> None:
        if next(failures):
            raise OSError("no answer")

    counting.work.before = fail
    for _ in range(12):
        with pytest.raises(OSError, match="no answer"):
            counting.run()
    counting.run()
    assert counting.job.state is JobState.DONE


def test_killed_workers(counting: World) -> None:
    """A step that kills its worker each time ends the job, too."""
    for _ in range(MOST_TRIES):
        begun = counting.store.begin(counting.job, "killed", START)
        assert begun is not None
    counting.run()
    assert (counting.job.state, counting.job.message) == (JobState.FAILED, STUCK)
    assert counting.work.seen == []


def test_refusing_step(counting: World) -> None:
    """A kind can end its job as failed, with a message."""

    def step(_: Job) -> Step:
        return Step({"at": 1}, {"even": 1}, failed="The email 7K3F is held.")

    counting.work.instead = step
    counting.run()
    assert (counting.job.state, counting.job.message, counting.job.done) == (
        JobState.FAILED,
        "The email 7K3F is held.",
        1,
    )


def test_lost_message(counting: World) -> None:
    """A job that stands still is woken; if nobody works on it for ever, it ends as failed."""
    now = START + GRACE_PERIOD
    assert wake_jobs(counting.store, counting.queue, now) == 0
    now += timedelta(seconds=1)
    assert wake_jobs(counting.store, counting.queue, now) == 1
    assert wake_jobs(counting.store, counting.queue, now) == 0, "a message is on its way"
    assert len(take_messages()) == 1
    for n in range(2, MOST_TRIES + 1):
        assert counting.job.tries == n - 1
        now += timedelta(minutes=15)
        assert wake_jobs(counting.store, counting.queue, now) == 1
    assert len(take_messages()) == MOST_TRIES - 1
    now += timedelta(minutes=15)
    assert wake_jobs(counting.store, counting.queue, now) == 1
    assert (counting.job.state, counting.job.message, counting.job.finished_at) == (JobState.FAILED, STUCK, now)
    assert wake_jobs(counting.store, counting.queue, now + timedelta(days=1)) == 0
    assert take_messages() == []


def test_lost_answer(counting: World) -> None:
    """A step whose answer was lost, and which the SDK wrote again, counts once, and its worker goes on."""
    store, job = counting.store, counting.job
    begun = store.begin(job, "me", START)
    assert begun is not None
    for step in (Step({"at": 1}, {"even": 1}), Step({"at": 2}, {"odd": 1}, (Rejected("bad", line=2),))):
        first = store.advance(begun, "me", step, Findings(), START)
        assert first is not None
        assert store.advance(begun, "me", step, Findings(), START) == first
        assert store.advance(begun, "another", step, Findings(), START) is None
        begun = first[0]
    assert (counting.job.done, counting.job.outcomes) == (3, {"even": 1, "odd": 1, "rejected": 1})


def test_findings(counting: World) -> None:
    """The first thousand rejected units are kept, all are counted, and the item of the job stays small."""
    rejected = tuple(Rejected("é" * 1_000, line=n) for n in range(700))

    def step(job: Job) -> Step:
        change = Change(str(job.step), {"outcome": "unprocessed"}, {"outcome": "case"})
        return Step({"at": job.step} if job.step < 2 else None, rejected=rejected, changes=(change,))

    counting.work.instead = step
    counting.run()
    assert counting.job.outcomes == {"rejected": 2_100}
    found = counting.store.findings([counting.job_id])[counting.job_id]
    assert len(found.rejected) == MAX_REJECTED
    assert found.rejected[700] == Rejected("é" * 300, line=0)
    assert [change.id for change in found.changes] == ["0", "1", "2"]


def test_selection(counting: World) -> None:
    """Selected ids are in pages of their own."""

    def step(job: Job) -> Step:
        ids = tuple(f"{job.step}-{n}" for n in range(1_000))
        return Step({"at": job.step} if job.step < 2 else None, selected=ids, page=job.step)

    counting.work.instead = step
    counting.run()
    assert counting.store.selected(counting.job_id, 1)[:2] == ("1-0", "1-1")
    assert counting.store.selected(counting.job_id, 3) == ()


@pytest.mark.usefixtures("aws")
def test_exclusive() -> None:
    """Only one exclusive job of a kind runs at a time. Its end allows the next one, also if it failed."""
    store = JobStore()
    first = store.create(JobKind.IMPORT, "admin", "sub", START, request={}, exclusive=True)
    with pytest.raises(Conflict, match="import"):
        store.create(JobKind.IMPORT, "admin", "sub", START, request={}, exclusive=True)
    store.create(JobKind.ERASURE, "admin", "sub", START, request={}, exclusive=True)
    begun = store.begin(first, "me", START)
    assert begun is not None
    assert store.advance(begun, "me", Step(None), Findings(), START) is not None
    second = store.create(JobKind.IMPORT, "admin", "sub", START, request={}, exclusive=True)
    assert store.fail(second, "no", START)
    assert not store.fail(second, "no", START)
    store.create(JobKind.IMPORT, "admin", "sub", START, request={}, exclusive=True)


@pytest.mark.usefixtures("aws")
def test_order() -> None:
    """Jobs are listed newest first."""
    store = JobStore()
    made = [store.create(JobKind.TRY, "admin", "sub", START + timedelta(seconds=n), request={}) for n in range(5)]
    ids = [job.job_id for job in made]
    jobs, more = store.newest(2, None)
    assert [job.job_id for job in jobs] == [ids[4], ids[3]]
    jobs, more = store.newest(3, more)
    assert ([job.job_id for job in jobs], more) == ([ids[2], ids[1], ids[0]], None)
