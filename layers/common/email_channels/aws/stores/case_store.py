"""Cases with their histories, as agents read and change them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.update import Action

from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.retries import is_conflict
from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.case_rows import CaseRow, case_of, case_rows, with_details
from email_channels.aws.rows.codec import agent_to_json, snapshot_to_json
from email_channels.aws.rows.entry_rows import EntryRow, entry_of
from email_channels.aws.rows.keys import Key
from email_channels.aws.rows.table import Row, read_rows, row_of
from email_channels.aws.stores.audit.transactions import audited_transaction
from email_channels.aws.stores.moving.merged_cases import last_ids
from email_channels.aws.stores.record_store import put_new_case
from email_channels.aws.stores.requests.new_case_keys import NewCaseKey
from email_channels.aws.stores.routing_store import RoutingStore
from email_channels.cases.audit.records import Act, AuditAction, Document
from email_channels.cases.case import Case, CaseStatus, EmployeeSnapshot, WaitingOn
from email_channels.cases.history import StoredEmail
from email_channels.cases.people.agent import Agent
from email_channels.cases.routing import Routing
from email_channels.errors import CaseMerged, ConcurrentChange
from email_channels.times import to_milliseconds, to_text
from email_channels.values import dataclass


@dataclass(frozen=True, slots=True)
class CaseChange:
    """A change of a case; None leaves a field as it is. `regarding` is written, even if it is None, only with
    `set_regarding`, and `assignee` only with `set_assignee`."""

    status: CaseStatus | None = None
    topic: str | None = None
    service_group: str | None = None
    subject: str | None = None
    show_to_employee: bool | None = None
    employee: EmployeeSnapshot | None = None
    set_regarding: bool = False
    regarding: EmployeeSnapshot | None = None
    set_assignee: bool = False
    assignee: Agent | None = None


class CaseStore:
    """Reads and writes cases. Raises PynamoDB's and botocore's exceptions for AWS's faults.

    `merged_into` of the cases that it returns is the last case into which they were merged: that one has the emails.
    """

    def __init__(self, mail: MailBucket, routing: RoutingStore) -> None:
        self._mail = mail
        self._routing = routing

    def get(self, case_id: str) -> tuple[Case | None, Routing]:
        """The case with its content (None if there is no such case), and the routing, which decides who may see it.

        Needs one call, and one more if the content is in the bucket.
        """
        rows = read_rows([*_case_keys(case_id), keys.routing()])
        row = _case_in(rows, case_id)
        routing = self._routing.keep(rows.get(keys.routing()))
        return (_naming_last(case_of(row, self._mail)) if row else None), routing

    def get_entry(self, case_id: str, email_id: str) -> tuple[Case | None, StoredEmail | None, Routing]:
        """The case, one email of its history with its content, and the routing. Needs as many calls as `get`.

        Case and email are None if there is no such case or email.
        """
        entry_key = keys.entry(case_id, email_id)
        rows = read_rows([*_case_keys(case_id), entry_key, keys.routing()])
        row, entry = _case_in(rows, case_id), row_of(rows, entry_key, EntryRow)
        routing = self._routing.keep(rows.get(keys.routing()))
        if row is None:
            return None, None, routing
        if entry is not None:
            return _naming_last(case_of(row)), entry_of(entry, self._mail).email, routing
        first = row.email_id == email_id
        case = _naming_last(case_of(row, self._mail if first else None))
        return case, case.email if first else None, routing

    def history(self, case: Case, limit: int, before: str | None) -> tuple[list[StoredEmail], str | None]:
        """One page of the emails of a case, newest first, without contents; and the `before` of the next page, or None.

        The page has at most `limit` emails, all older than the email id `before`. Needs one call.
        """
        pk, _ = keys.record(case.case_id)
        until = keys.entry(case.case_id, before)[1] if before else keys.AFTER_ENTRIES
        rows = EntryRow.query(
            pk,
            EntryRow.sk.between(keys.FIRST_ENTRY, until),
            scan_index_forward=False,
            limit=limit + 2,  # one may be `before` itself, and one tells whether there are more
            consistent_read=True,
        )
        emails = [entry_of(row).email for row in rows if row.sk != until]
        # The first email is in the case's own item. It is not always the oldest: older ones may have been moved here.
        if case.email is not None and (before is None or case.email.email_id < before):
            emails.append(case.email)
            emails.sort(key=lambda email: email.email_id, reverse=True)
        return emails[:limit], emails[limit - 1].email_id if len(emails) > limit else None

    @staticmethod
    def listed(rows: Sequence[CaseRow]) -> list[Case]:
        """The cases of these items in this order, as lists show them: without long contents.

        Needs a call only if the details of a case are apart, or if it was merged: one for each hundred of these.
        """
        apart = [keys.details(keys.record_id_of(row.pk)) for row in rows if row.detailed]
        details = read_rows(apart) if apart else {}
        merged = {row.merged_into for row in rows if row.merged_into}
        last = last_ids(merged) if merged else {}
        cases = [_listed(with_details(row, details.get(keys.details(keys.record_id_of(row.pk))))) for row in rows]
        return [replace(case, merged_into=last.get(case.merged_into or "")) for case in cases]

    def create(self, case: Case, act: Act, key: NewCaseKey | None = None) -> None:
        """Writes a case that a person makes, the audit record, and the Idempotency-Key if there is one.

        Raises AlreadyRecorded if the id is taken, or the key.
        """
        record = act.record(AuditAction.CASE_CREATE, case.case_id, None, _audited(case))
        put_new_case(*case_rows(case, None, self._mail), record=record, key=key)

    def change(self, case: Case, change: CaseChange, now: datetime, act: Act) -> Case:
        """Changes the case if it still has the version of `case`, and returns the changed case. Needs one call.

        Writes nothing if nothing changes. Raises ConcurrentChange if the case has another version, CaseMerged if
        a merged case would be opened.
        """
        if case.merged_into is not None and change.status is CaseStatus.OPEN:
            raise CaseMerged(case.merged_into)
        pk, sk = keys.record(case.case_id)
        changed = _changed(case, change, now)
        record = act.record(AuditAction.CASE_CHANGE, case.case_id, _audited(case), _audited(changed))
        if not record.fields:
            return case
        at = to_text(changed.updated_at)
        # All attributes that make up an index key are written together; otherwise a list would show an outdated case.
        actions: list[Action] = [
            CaseRow.version.set(changed.version),
            CaseRow.updated_at.set(at),
            CaseRow.status.set(changed.status.value),
            CaseRow.service_group.set(changed.service_group),
            CaseRow.gsi1pk.set(index_keys.cases(changed.service_group, changed.status)),
            CaseRow.gsi1sk.set(index_keys.at_time(at, case.case_id)),
            CaseRow.topic.set(changed.topic),
            CaseRow.subject.set(changed.subject),
            CaseRow.show_to_employee.set(changed.show_to_employee),
        ]
        # Only then, because what arrives meanwhile changes them, too.
        if changed.status is not case.status:
            actions += [CaseRow.waiting_on.set(changed.waiting_on.value), CaseRow.acted_at.set(at)]
        if changed.service_group != case.service_group:
            actions.append(CaseRow.handed_over_at.set(at))
        if (case.subject, case.employee, case.regarding) != (changed.subject, changed.employee, changed.regarding):
            actions.append(CaseRow.words_due.set(f"case {changed.version}"))
        if change.set_regarding:
            regarding = snapshot_to_json(change.regarding)
            actions.append(CaseRow.regarding.set(regarding) if regarding else CaseRow.regarding.remove())
        if change.employee is not None:
            actions += [
                CaseRow.employee.set(snapshot_to_json(change.employee)),
                CaseRow.gsi2pk.set(index_keys.employee(change.employee.user_id)),
                CaseRow.gsi2sk.set(index_keys.at_time(to_text(case.created_at), case.case_id)),
            ]
        if change.set_assignee:
            assignee = agent_to_json(change.assignee)
            actions.append(CaseRow.assignee.set(assignee) if assignee else CaseRow.assignee.remove())
        try:
            with audited_transaction(record) as transaction:
                transaction.update(
                    CaseRow(pk=pk, sk=sk),
                    actions=actions,
                    condition=Row.version == case.version,
                )
        except TransactWriteError as error:
            if not is_conflict(error):
                raise
            raise ConcurrentChange(f"case {case.case_id} changed in between") from error
        return changed


def _case_keys(case_id: str) -> tuple[Key, Key]:
    """The keys of the items that hold a case and its first email."""
    return keys.record(case_id), keys.details(case_id)


def _case_in(rows: Mapping[Key, Row], case_id: str) -> CaseRow | None:
    """The item of a case among items that were read, with its details; None if there is none."""
    row = row_of(rows, keys.record(case_id), CaseRow)
    return with_details(row, rows.get(keys.details(case_id))) if row else None


def _naming_last(case: Case) -> Case:
    """The case; if it was merged, with the last case into which it was. Needs a call or more only then."""
    if case.merged_into is None:
        return case
    return replace(case, merged_into=last_ids([case.merged_into])[case.merged_into])


def _changed(case: Case, change: CaseChange, now: datetime) -> Case:
    at = to_milliseconds(max(now, case.updated_at))
    if change.status not in {None, case.status}:
        waiting_on = WaitingOn.AGENT if change.status is CaseStatus.OPEN else WaitingOn.NOBODY
        case = replace(case, waiting_on=waiting_on, acted_at=at)
    return replace(
        case,
        status=change.status or case.status,
        topic=change.topic or case.topic,
        service_group=change.service_group or case.service_group,
        subject=change.subject or case.subject,
        show_to_employee=case.show_to_employee if change.show_to_employee is None else change.show_to_employee,
        employee=change.employee or case.employee,
        regarding=change.regarding if change.set_regarding else case.regarding,
        assignee=change.assignee if change.set_assignee else case.assignee,
        updated_at=at,
        version=case.version + 1,
    )


def _audited(case: Case) -> Document:
    """The fields of a case that people set. The audit only names those that are texts or people."""
    return {
        "status": case.status.value,
        "topic": case.topic,
        "service_group": case.service_group,
        "subject": case.subject,
        "issue": case.issue,
        "employee": case.employee,
        "regarding": case.regarding,
        "show_to_employee": case.show_to_employee,
        "assignee": case.assignee.user if case.assignee else None,
    }


def _listed(row: CaseRow) -> Case:
    """The case of an item; if its content is in the bucket, `issue` is the email's preview."""
    case = case_of(row)
    if case.issue or case.email is None or case.email.content is not None:
        return case
    return replace(case, issue=case.email.preview)
