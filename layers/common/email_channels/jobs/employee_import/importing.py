"""Jobs of the kind `import`: a CSV file of employees becomes the directory.

The place of a job names one of these phases:

- `check`: reads the whole file once, so that a file that cannot be read changes nothing, and counts its rows
- `count`: counts the employees that the file does not name, if they shall be blocked; too many end the job
- `rows`: takes the rows, CHUNK at a time
- `block`: blocks the employees that the file does not name
- `failed`, `end`: need no file, because the end of a job deletes it

In `rows` and `block`, a step does what the step before has planned and counted, and then plans. What is planned depends
only on what is stored and on the file. So a step that is repeated after a crash finds it done or does it, and counts
the same. A dry run plans, and does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from email_channels.aws.mail_bucket import MailBucket, upload_key
from email_channels.aws.stores.audit.audit_store import AuditStore
from email_channels.aws.stores.directory_store import MAX_EMPLOYEES_AT_ADDRESS, DirectoryStore
from email_channels.cases.audit.records import Act, AuditAction
from email_channels.cases.directory import Employee
from email_channels.cases.jobs.job import Job, Rejected, Step
from email_channels.errors import Conflict, NotFound
from email_channels.jobs.employee_import.csv_file import UnreadableFile
from email_channels.jobs.employee_import.file_reading import FileReading, ReadRow
from email_channels.observability import logger
from email_channels.times import from_text, to_text
from email_channels.values import dataclass

CHUNK = 500
"""How many rows a step takes. A step needs some 50 calls for 500 changed employees."""

MAX_ROWS = 300_000
"""With more rows, the user ids of the file would need too much memory."""

MOST_ABSENT = 0.05
"""At most this part of the employees who are not blocked is blocked because the file does not name them."""

CREATED, CHANGED, UNCHANGED, BLOCKED = "created", "changed", "unchanged", "blocked"

_NO_FILE = "The file is not there: it was not uploaded, was replaced, or has expired. Nothing more was changed."
_FULL = f"An address of the row belongs to {MAX_EMPLOYEES_AT_ADDRESS} employees already."
# Pages of the directory, and how many of them a step reads at most.
_PAGE = 100
_PAGES = 20
# A step blocks at most these employees and those of one more page. Their ids are in the item of the job.
_MOST_BLOCKED = 60


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What an admin asked for, and the act of that admin. `max_absent` allows to block more than MOST_ABSENT."""

    upload_id: str
    act: Act
    dry_run: bool = False
    block_absent: bool = False
    max_absent: int | None = None

    def to_json(self) -> dict[str, Any]:
        """The request as the job keeps it."""
        return {
            "upload_id": self.upload_id,
            "dry_run": self.dry_run,
            "block_absent": self.block_absent,
            "max_absent": self.max_absent,
            "act": [self.act.id, to_text(self.act.at), self.act.actor, to_text(self.act.kept_until)],
        }

    @classmethod
    def of(cls, job: Job) -> ImportRequest:
        """The request of a job."""
        audit_id, at, actor, kept_until = job.request["act"]
        options = {name: job.request[name] for name in ("upload_id", "dry_run", "block_absent", "max_absent")}
        return cls(**options, act=Act(audit_id, from_text(at), actor, from_text(kept_until)))


class EmployeeImport:
    """The work of one job. It keeps its place in the file from step to step."""

    def __init__(self, directory: DirectoryStore, mail: MailBucket, audit: AuditStore) -> None:
        self._directory = directory
        self._mail = mail
        self._audit = audit
        self._whole: FileReading | None = None
        self._reading: FileReading | None = None
        self._planned: tuple[int, list[Employee]] | None = None
        """How many rows the reading has taken, and the employees of the last ones that must be written."""

    def step(self, job: Job, in_time: Callable[[], bool]) -> Step:
        """Does the next step."""
        phases: dict[str, Callable[[Job, Callable[[], bool]], Step]] = {
            "check": self._check,
            "count": self._count,
            "rows": self._rows,
            "block": self._block,
        }
        phase = job.place.get("phase", "check")
        if phase in {"failed", "end"}:
            return Step(None, failed=job.place.get("message"))
        try:
            return phases[phase](job, in_time)
        except NotFound:
            return _failing(_NO_FILE)

    def end(self, job: Job) -> None:
        """Deletes the file."""
        self._mail.delete([_key(job)])

    def _check(self, job: Job, _: Callable[[], bool]) -> Step:
        etag = self._mail.etag(_key(job))
        if etag is None:
            return _failing(_NO_FILE)
        try:
            reading = FileReading(self._mail.parts(_key(job), etag))
            total = reading.skip(MAX_ROWS + 1)
        except UnreadableFile as error:
            return _failing(f"{error} Nothing was changed.")
        if total > MAX_ROWS:
            return _failing(f"The file has more than {MAX_ROWS} rows. Divide it. Nothing was changed.")
        request = ImportRequest.of(job)
        block = request.block_absent
        if not request.dry_run:
            # Before anything changes. The id of the record is in the job, so a repeat does not write another one.
            self._audit.write(request.act.record(AuditAction.EMPLOYEE_IMPORT, job.job_id))
        if block and reading.unclear_lines:
            return _failing(
                "A row that cannot be used holds a line break. Perhaps a quote is missing, and it hides others, so "
                "nobody knows who is absent. Import with absent=keep to see the line. Nothing was changed."
            )
        if block:
            self._whole = reading
        phase = {"phase": "count", "rows": total, "after": None, "active": 0, "absent": 0} if block else _FIRST_ROWS
        return Step({**phase, "etag": etag}, total=total)

    def _count(self, job: Job, in_time: Callable[[], bool]) -> Step:
        """Counts employees who are not blocked, and those of them that the file does not name."""
        whole, place = self._whole_file(job), dict(job.place)
        for _ in range(_PAGES):
            employees, place["after"] = self._directory.page(_PAGE, place["after"])
            active = [employee for employee, _ in employees if not employee.blocked]
            place["active"] += len(active)
            place["absent"] += sum(not whole.names(employee.user_id) for employee in active)
            if place["after"] is None or not in_time():
                break
        if place["after"] is not None:
            return Step(place)
        absent, active_count, allowed = place["absent"], place["active"], ImportRequest.of(job).max_absent
        if absent > MOST_ABSENT * active_count and (allowed is None or absent > allowed):
            return _failing(
                f"The import would block {absent} of {active_count} employees, because the file does not name them. "
                f"That is more than 5 %. If it is right, set max_absent={absent}. Nothing was changed."
            )
        return Step({**_FIRST_ROWS, "etag": place["etag"]}, total=place["rows"] + absent)

    def _rows(self, job: Job, _: Callable[[], bool]) -> Step:
        """Writes the employees that the last step has planned, and plans the next ones."""
        request, place = ImportRequest.of(job), job.place
        reading, planned = self._reading_at(job, place["done"], place["planned"])
        if not request.dry_run:
            self._write(planned)
        self._planned = None
        taken = reading.take(CHUNK)
        if not taken:
            block = {"phase": "block", "etag": place["etag"], "after": None, "last": False, "ids": []}
            return Step(block if request.block_absent else _END)
        wanted, outcomes, rejected = self._plan(taken)
        rows = place["planned"] + len(taken)
        self._planned = rows, wanted
        return Step({**place, "done": place["planned"], "planned": rows}, outcomes, tuple(rejected))

    def _plan(self, rows: Sequence[ReadRow]) -> tuple[list[Employee], dict[str, int], list[Rejected]]:
        """The employees that must be written for these rows; the outcomes; and the rows that are not taken."""
        rejected = [Rejected(row.problem, line=row.line) for row in rows if row.values is None]
        good = [(row.line, row.values) for row in rows if row.values is not None]
        stored = self._directory.read(values.user_id for _, values in good) if good else {}
        changes = [
            (line, employee)
            for line, values in good
            if (employee := values.applied_to(stored.get(values.user_id))) != stored.get(values.user_id)
        ]
        wanted, full = self._without_full(changes)
        rejected += [Rejected(_FULL, line=line) for line in full]
        created = sum(employee.user_id not in stored for employee in wanted)
        outcomes = {CREATED: created, CHANGED: len(wanted) - created, UNCHANGED: len(good) - len(changes)}
        rejected.sort(key=lambda row: row.line or 0)
        return wanted, {name: count for name, count in outcomes.items() if count}, rejected

    def _without_full(self, changes: Sequence[tuple[int, Employee]]) -> tuple[list[Employee], list[int]]:
        """The employees with addresses that can take them, and the lines of the others."""
        addresses = {email for _, employee in changes for email in employee.emails}
        at = {email: set(user_ids) for email, user_ids in self._directory.user_ids_at_each(addresses).items()}
        wanted, full = [], []
        for line, employee in changes:
            theirs = [at[email] for email in employee.emails]
            if any(employee.user_id not in ids and len(ids) >= MAX_EMPLOYEES_AT_ADDRESS for ids in theirs):
                full.append(line)
                continue
            for ids in theirs:
                ids.add(employee.user_id)
            wanted.append(employee)
        return wanted, full

    def _write(self, employees: Sequence[Employee]) -> None:
        try:
            self._directory.put_all(employees)
        except Conflict:
            # Since it was planned, somebody else has added employees to an address.
            for employee in employees:
                try:
                    self._directory.put(employee, None)
                except Conflict:
                    logger().warning("employee not imported: an address belongs to too many others")

    def _block(self, job: Job, in_time: Callable[[], bool]) -> Step:
        """Blocks the employees that the last step has planned, and plans the next ones."""
        place = job.place
        if not ImportRequest.of(job).dry_run and place["ids"]:
            stored = self._directory.read(place["ids"]).values()
            self._write([replace(employee, blocked=True) for employee in stored if not employee.blocked])
        if place["last"]:
            return Step(_END)
        whole, after, ids = self._whole_file(job), place["after"], list[str]()
        for _ in range(_PAGES):
            employees, after = self._directory.page(_PAGE, after)
            found = (employee for employee, _ in employees if not employee.blocked)
            ids += [employee.user_id for employee in found if not whole.names(employee.user_id)]
            if after is None or len(ids) >= _MOST_BLOCKED or not in_time():
                break
        outcomes = {BLOCKED: len(ids)} if ids else {}
        return Step({**place, "after": after, "last": after is None, "ids": ids}, outcomes)

    def _reading_at(self, job: Job, done: int, planned: int) -> tuple[FileReading, list[Employee]]:
        """The reading after `planned` rows, and what must be written for those after `done`.

        A worker that did not do the last step reads the file from its beginning.
        """
        if self._reading is not None and self._planned is not None and self._planned[0] == planned:
            return self._reading, self._planned[1]
        reading = FileReading(self._mail.parts(_key(job), job.place["etag"]))
        reading.skip(done)
        wanted, _, _ = self._plan(reading.take(planned - done)) if planned > done else ([], {}, [])
        self._reading = reading
        return reading, wanted

    def _whole_file(self, job: Job) -> FileReading:
        """The file after all its rows were read, so that it knows all user ids."""
        if self._whole is None:
            self._whole = FileReading(self._mail.parts(_key(job), job.place["etag"]))
            self._whole.skip()
        return self._whole


_FIRST_ROWS: Mapping[str, Any] = {"phase": "rows", "done": 0, "planned": 0}
_END: Mapping[str, Any] = {"phase": "end"}


def _failing(message: str) -> Step:
    return Step({"phase": "failed", "message": message})


def _key(job: Job) -> str:
    return upload_key(job.request["upload_id"])
