"""Jobs: work for admins that takes longer than a request, done in many small steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import Any

from email_channels.values import dataclass

# The most rows of a job's `rejected`.
MAX_REJECTED = 1_000
MAX_MESSAGE_CHARACTERS = 300

REJECTED = "rejected"
"""The outcome that counts all rejected units, also those that `rejected` has no room for."""


class JobKind(StrEnum):
    """What a job does."""

    RETRY = "retry"
    DISCARD = "discard"
    IMPORT = "import"
    ERASURE = "erasure"
    TRY = "try"


class JobState(StrEnum):
    """How far a job has come.

    - `WAITING`: no worker has begun
    - `RUNNING`: a worker has begun
    - `DONE`: it has ended
    - `FAILED`: it has ended before all was done; its `message` says why
    """

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Rejected:
    """A unit of work that was not done, and why: an email or another thing by `id`, or a line of a file."""

    message: str
    id: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What a try found about an email: the fields of its `EmailState` as it is, and as it would be."""

    id: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Findings:
    """What a job lists: what it rejected (at most MAX_REJECTED), and what a try found."""

    rejected: tuple[Rejected, ...] = ()
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Job:
    """One job.

    `by` is the name of the person who asked for it, and `actor` the `sub` of their token, for audit records.

    `request` is what the job does, and `place` where it goes on: JSON objects that only its kind understands. Both are
    dropped when the job ends. `step` counts the steps that were done; `tries` counts how often somebody has tried the
    next one. `total` is None until it is known, at the latest when the job is done. `message` says why a job failed.
    `exclusive`: no other job of its kind begins before this one has ended.
    """

    job_id: str
    kind: JobKind
    state: JobState
    by: str
    actor: str
    started_at: datetime
    request: Mapping[str, Any] = field(default_factory=dict)
    place: Mapping[str, Any] = field(default_factory=dict)
    step: int = 0
    tries: int = 0
    total: int | None = None
    done: int = 0
    outcomes: Mapping[str, int] = field(default_factory=dict)
    finished_at: datetime | None = None
    message: str | None = None
    exclusive: bool = False

    @property
    def ended(self) -> bool:
        """Whether the job is done, or has failed."""
        return self.state in {JobState.DONE, JobState.FAILED}


@dataclass(frozen=True, slots=True)
class Step:
    """What one step of a job did.

    `outcomes` counts the units that were done, by their outcome; `rejected` has the others. The sum of both is added to
    `done`. `place` is where the next step begins; None: the job is done. With `failed`, the job ends here, and this is
    its message. `selected` are ids that a later step reads (`JobStore.selected`), as the page `page`.
    """

    place: Mapping[str, Any] | None
    outcomes: Mapping[str, int] = field(default_factory=dict)
    rejected: tuple[Rejected, ...] = ()
    changes: tuple[Change, ...] = ()
    total: int | None = None
    failed: str | None = None
    selected: tuple[str, ...] = ()
    page: int = 0


def add_outcomes(job: Job, step: Step) -> tuple[int, dict[str, int]]:
    """`done` and `outcomes` of the job after the step."""
    outcomes = dict(job.outcomes)
    for name, count in {**step.outcomes, REJECTED: len(step.rejected)}.items():
        if count:
            outcomes[name] = outcomes.get(name, 0) + count
    return job.done + sum(step.outcomes.values()) + len(step.rejected), outcomes


def add_findings(findings: Findings, step: Step) -> Findings:
    """The findings of the job after the step. Equal to `findings` if there is nothing new, or no room."""
    room = MAX_REJECTED - len(findings.rejected)
    return Findings((*findings.rejected, *step.rejected[:room]), (*findings.changes, *step.changes))
