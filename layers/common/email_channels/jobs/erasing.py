"""Jobs of the kind `erasure`: erase a person, or what a request left of a case that it erased.

The phases of a person, each in pages: look for held emails (one ends the job, before anything is erased); the directory
and the user mappings; unprocessed emails; the person's cases; and the whole log of activity, for what they wrote in
other cases and for cases that are regarding them.

Every page can be repeated: what is erased is not found again. The job forgets whom it was about when it ends.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from email_channels.addresses import normalise
from email_channels.aws.stores.audit.audit_store import AuditStore
from email_channels.aws.stores.directory_store import DirectoryStore
from email_channels.aws.stores.erasure.person_traces import Found, PersonTraceStore
from email_channels.aws.stores.unprocessed_store import UnprocessedStore
from email_channels.aws.stores.user_mapping_store import UserMappingStore
from email_channels.cases.audit.records import AuditAction
from email_channels.cases.case import Case
from email_channels.cases.jobs.erasure import ANONYMISE, Person, act_of, case_of_erasure, person_of
from email_channels.cases.jobs.job import Job, Rejected, Step
from email_channels.cases.unprocessed import Unprocessed
from email_channels.followup.erasing import Erasure

_HELD, _DIRECTORY, _UNPROCESSED, _CASES, _LOG = "held", "directory", "unprocessed", "cases", "log"
_NEXT = {_HELD: _DIRECTORY, _DIRECTORY: _UNPROCESSED, _UNPROCESSED: _CASES, _CASES: _LOG, _LOG: None}
_IS_HELD = "The email is held. Release it first, and then ask for the erasure again."
_STOPPED = "An unprocessed email of this person is held, so the erasure stopped."
_MAPPINGS = 100


class Erasing:
    """Erases a person. `most_cases` is the limit of cases that a sender may open in an hour."""

    def __init__(
        self,
        erasure: Erasure,
        traces: PersonTraceStore,
        unprocessed: UnprocessedStore,
        directory: DirectoryStore,
        user_mappings: UserMappingStore,
        most_cases: int,
    ) -> None:
        self._most_cases = most_cases
        self._erasure = erasure
        self._traces = traces
        self._unprocessed = unprocessed
        self._directory = directory
        self._user_mappings = user_mappings
        self._phases: dict[str, Callable[[Job, Person, str | None, Callable[[], bool]], Step]] = {
            _HELD: self._look_for_held,
            _DIRECTORY: self._erase_directory,
            _UNPROCESSED: self._erase_unprocessed,
            _CASES: self._erase_cases,
            _LOG: self._erase_log,
        }

    def step(self, job: Job, in_time: Callable[[], bool]) -> Step:
        """Does one page of the present phase, or as much of the case as there is time for."""
        if (case_id := case_of_erasure(job.request)) is not None:
            done = self._erasure.finish(case_id, in_time)
            return Step(None if done else dict(job.place), {"cases": 1} if done else {})
        person = person_of(job.request)
        phase = job.place.get("phase", _HELD)
        return self._phases[phase](job, person, job.place.get("after"), in_time)

    def end(self, job: Job) -> None:
        """There is nothing to remove."""

    def _look_for_held(self, _: Job, person: Person, after: str | None, __: Callable[[], bool]) -> Step:
        ids, place = self._traces.unprocessed(after)
        items = self._unprocessed.read_listed(ids).values()
        held = [item for item in items if item.held is not None and self._is_of(person, item)]
        return _stop(held) if held else Step(_place(_HELD, place))

    def _erase_directory(self, job: Job, person: Person, _: str | None, __: Callable[[], bool]) -> Step:
        AuditStore.write(act_of(job.request).record(AuditAction.EMPLOYEE_ERASE, job.request["target"]))
        place = None
        while True:
            mappings, place = self._user_mappings.page(_MAPPINGS, place)
            for mapping, _place_of in mappings:
                if mapping.user_id == person.user_id or normalise(mapping.from_ or "") in person.addresses:
                    self._user_mappings.delete(mapping.id, None)
            if place is None:
                break
        self._traces.forget_rates(person.addresses, self._most_cases)
        erased = self._directory.delete(person.user_id, None)
        return Step(_place(_DIRECTORY, None), {"directory": 1} if erased else {})

    def _erase_unprocessed(self, _: Job, person: Person, after: str | None, in_time: Callable[[], bool]) -> Step:
        ids, place = self._traces.unprocessed(after)
        erased = 0
        for item in self._of(person, ids):
            if not in_time():
                return Step(_place(_UNPROCESSED, after, stay=True), {"unprocessed": erased} if erased else {})
            if item.held is not None:
                return _stop([item])
            if self._erasure.erase_unprocessed(item.id):
                erased += 1
            elif (left := self._unprocessed.get(item.id)) is not None and left.held is not None:
                return _stop([left])
        return Step(_place(_UNPROCESSED, place), {"unprocessed": erased} if erased else {})

    def _erase_cases(self, job: Job, person: Person, after: str | None, in_time: Callable[[], bool]) -> Step:
        ids, place = self._traces.cases_of(person.user_id, after)
        erased = 0
        for case_id in ids:
            if not in_time():
                return Step(_place(_CASES, after, stay=True), {"cases": erased} if erased else {})
            erased += self._erase_case(job, case_id)
        return Step(_place(_CASES, place), {"cases": erased} if erased else {})

    def _erase_log(self, job: Job, person: Person, after: str | None, in_time: Callable[[], bool]) -> Step:
        found, place = self._traces.log(after)
        outcomes: Counter[str] = Counter()
        for one in found:
            if not in_time():
                return Step(_place(_LOG, after, stay=True), outcomes)
            self._erase_found(job, person, one, outcomes)
            after = one.place
        return Step(_place(_LOG, place), outcomes)

    def _erase_found(self, job: Job, person: Person, found: Found, outcomes: Counter[str]) -> None:
        if found.entry is not None and person.wrote(found.entry.email):
            self._erasure.erase_entry(found.entry.case_id, found.entry.email.email_id)
            outcomes["entries"] += 1
        case = found.case
        if case is None:
            return
        if case.employee is not None and case.employee.user_id == person.user_id:
            outcomes["cases"] += self._erase_case(job, case.case_id)
        else:
            self._erase_from_case(person, case, outcomes)

    def _erase_from_case(self, person: Person, case: Case, outcomes: Counter[str]) -> None:
        """Removes the person from a case of somebody else."""
        wrote = case.email is not None and person.wrote(case.email)
        is_regarding = case.regarding is not None and case.regarding.user_id == person.user_id
        if case.email is not None and (wrote or is_regarding):
            # The text of a form that names the person has their user id. The issue begins below that.
            self._erasure.erase_first_email(case.case_id, case.email.email_id, keep_issue=not wrote)
            outcomes["entries"] += 1
        if is_regarding and self._traces.remove_regarding(case.case_id, person.user_id):
            outcomes["regarding"] += 1
        if case.more_participants or person.participants & case.participants:
            self._traces.remove_participants(case.case_id, person.participants)

    def _erase_case(self, job: Job, case_id: str) -> bool:
        if job.request["cases"] == ANONYMISE:
            self._erasure.anonymise_case(case_id)
            return True
        return self._erasure.erase_case(case_id)

    def _of(self, person: Person, ids: list[str]) -> list[Unprocessed]:
        """Those of these unprocessed emails that are the person's."""
        items = self._unprocessed.read_listed(ids).values()
        return [item for item in items if self._is_of(person, item)]

    def _is_of(self, person: Person, item: Unprocessed) -> bool:
        if person.wrote(item.email) or normalise(item.envelope_sender or "") in person.addresses:
            return True
        whole = self._unprocessed.get(item.id)
        content = whole.email.content if whole is not None else None
        return content is not None and person.is_named_in(content.text or "")


def _place(phase: str, after: str | None, *, stay: bool = False) -> dict[str, Any] | None:
    """Where the next step begins: after this place in the phase, or if there is none, in the next phase."""
    if after is not None or stay:
        return {"phase": phase, "after": after}
    following = _NEXT[phase]
    return {"phase": following} if following is not None else None


def _stop(held: list[Unprocessed]) -> Step:
    return Step(None, rejected=tuple(Rejected(_IS_HELD, item.id) for item in held), failed=_STOPPED)
