"""Many rows through the code of an import, with a directory and a bucket in memory.

The worker is killed in the middle of a step; `make import-check` does the same with the whole system.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast

from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.stores.audit.audit_store import AuditStore
from email_channels.aws.stores.directory_store import DirectoryStore
from email_channels.cases.audit.records import begin_act
from email_channels.cases.directory import Employee
from email_channels.cases.jobs.job import Job, JobKind, JobState, add_outcomes
from email_channels.jobs.employee_import.importing import EmployeeImport, ImportRequest

ROWS = 4_000
AT = datetime(2026, 11, 30, tzinfo=UTC)


class Killed(BaseException):
    """Ends the worker."""


@dataclass
class Directory:
    """The employees, and after how many writes of chunks the worker dies in the middle of the next one."""

    employees: dict[str, Employee] = field(default_factory=dict)
    dies_after: int = -1
    written: int = 0

    def read(self, user_ids: Iterable[str]) -> dict[str, Employee]:
        return {user_id: self.employees[user_id] for user_id in user_ids if user_id in self.employees}

    def user_ids_at_each(self, addresses: Iterable[str]) -> dict[str, tuple[str, ...]]:
        return dict.fromkeys(addresses, ())

    def put_all(self, employees: Sequence[Employee]) -> None:
        for n, employee in enumerate(employees):
            if self.written == self.dies_after and n == len(employees) // 2:
                self.dies_after = -1
                raise Killed
            self.employees[employee.user_id] = employee
        self.written += 1

    def page(self, limit: int, after: str | None) -> tuple[list[tuple[Employee, str]], str | None]:
        first = int(after) + 1 if after else 0
        found = [*self.employees.values()][first : first + limit]
        more = str(first + limit - 1) if first + limit < len(self.employees) else None
        return [(employee, employee.user_id) for employee in found], more


class File:
    """The file in the bucket, made as it is read."""

    def etag(self, _: str) -> str:
        return "etag"

    def parts(self, _: str, __: str) -> Iterator[bytes]:
        yield b"user_id,name,email,population,blocked\n"
        for start in range(0, ROWS, 1000):
            yield "".join(
                f"{n:07},Zoë Hartmann {n:x},zoe.{n}@acme.example;z{n}@home.example,Germany,no\n"
                for n in range(start, start + 1000)
            ).encode()

    def delete(self, _: Iterable[str]) -> frozenset[str]:
        return frozenset()


class Audit:
    def write(self, _: Any) -> None:
        """Nothing is kept."""


def run(directory: Directory) -> tuple[Job, int]:
    """The job at its end, and how many workers it took."""
    request = ImportRequest("upload", begin_act("admin", AT, 1)).to_json()
    job = Job("job", JobKind.IMPORT, JobState.RUNNING, by="admin", actor="admin", started_at=AT, request=request)
    workers = 0
    while True:
        workers += 1
        work = EmployeeImport(
            cast("DirectoryStore", directory), cast("MailBucket", File()), cast("AuditStore", Audit())
        )
        try:
            while True:
                step = work.step(job, lambda: True)
                done, outcomes = add_outcomes(job, step)
                total = job.total if step.total is None else step.total
                job = replace(job, done=done, outcomes=outcomes, place=step.place or {}, total=total)
                if step.place is None:
                    return job, workers
        except Killed:
            continue


def test_killed_half_way() -> None:
    """The end and the counts are those without the kill."""
    plain, killed = Directory(), Directory(dies_after=4)
    job, workers = run(plain)
    assert (workers, job.outcomes, job.done, job.total) == (1, {"created": ROWS}, ROWS, ROWS)
    again, workers = run(killed)
    assert workers == 2
    assert (again.outcomes, again.done, again.total) == (job.outcomes, job.done, job.total)
    assert killed.employees == plain.employees
    unchanged, _ = run(killed)
    assert unchanged.outcomes == {"unchanged": ROWS}
