"""The directory: employees, the words of their names, and under each address copies of the employees that have it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from pynamodb.expressions.condition import Condition

from email_channels.addresses import normalise
from email_channels.aws.retries import retry_on_conflict
from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.directory_rows import (
    AddressRow,
    EmployeeRow,
    EmployeeWordRow,
    address_row,
    employee_copy,
    employee_of,
    employee_row,
    employees_at,
    stored_words,
    word_row,
    words_of,
)
from email_channels.aws.rows.table import (
    TRANSACTION_ITEMS,
    KeysRow,
    Row,
    read_rows,
    row_of,
    version_of,
)
from email_channels.aws.stores.audit.transactions import Check, accept, audited_transaction
from email_channels.cases.audit.records import Act, AuditAction, AuditRecord, document_of
from email_channels.cases.directory import Employee
from email_channels.errors import ConcurrentChange, Conflict
from email_channels.values import dataclass

# One item of a transaction is the audit record.
_MOST_ITEMS = TRANSACTION_ITEMS - 1
# A copy takes up to about 700 bytes, and an item may have 400 KB. More employees share an address only by mistake.
MAX_EMPLOYEES_AT_ADDRESS = 400


@dataclass(frozen=True, slots=True)
class _Change:
    """An employee as stored (None: there is none), as they shall be (None: deleted), and their addresses of both."""

    old: EmployeeRow | None
    employee: Employee | None
    addresses: frozenset[str]

    @property
    def user_id(self) -> str:
        return self.employee.user_id if self.employee else self.old.employee["user_id"] if self.old else ""

    @property
    def words(self) -> tuple[frozenset[str], frozenset[str]]:
        """The words whose items are deleted, and those whose items are written: none if the words stay the same."""
        before = stored_words(self.old) if self.old else ()
        after = words_of(self.employee) if self.employee else ()
        if before == after:
            return frozenset(), frozenset()
        return frozenset(before or ()) - frozenset(after), frozenset(after)

    @property
    def items(self) -> int:
        """How many items of a transaction the change takes at most."""
        return 1 + len(self.addresses) + sum(map(len, self.words))


class DirectoryStore:
    """Reads and changes employees. Raises ConcurrentChange, and PynamoDB's exceptions for AWS's faults."""

    def get(self, user_id: str) -> Employee | None:
        """The employee with this user id; None if there is none."""
        return self.read([user_id]).get(user_id)

    def read(self, user_ids: Iterable[str]) -> dict[str, Employee]:
        """The employees that exist among these, by user id, with one call for each hundred."""
        return {user_id: employee_of(row) for user_id, row in _read(user_ids).items()}

    def user_ids_at(self, address: str) -> tuple[str, ...]:
        """The user ids of the employees that have the address, sorted."""
        return self.user_ids_at_each([address])[address]

    def user_ids_at_each(self, addresses: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """The user ids of the employees that have each address, sorted. One call for each hundred."""
        wanted = {address: keys.address(normalise(address)) for address in addresses}
        rows = read_rows(wanted.values()) if wanted else {}
        found = {address: row_of(rows, key, AddressRow) for address, key in wanted.items()}
        return {
            address: tuple(employee.user_id for employee in employees_at(row)) if row else ()
            for address, row in found.items()
        }

    def page(self, limit: int, after: str | None) -> tuple[list[tuple[Employee, str]], str | None]:
        """One page of employees by user id, each with their place; and the `after` of the next page, or None.

        The page begins after the place `after` and has at most `limit` employees.
        """
        condition = KeysRow.gsi1sk > after if after else None
        found = list(KeysRow.gsi1.query(index_keys.EMPLOYEES, condition, limit=limit + 1, page_size=limit + 1))
        rows = read_rows((key.pk, key.sk) for key in found[:limit]) if found else {}
        employees = [
            (employee_of(row), key.gsi1sk)
            for key in found[:limit]
            if (row := row_of(rows, (key.pk, key.sk), EmployeeRow)) is not None
        ]
        return employees, found[limit - 1].gsi1sk if len(found) > limit else None

    def put(self, employee: Employee, act: Act | None, target: str = "", check: Check[Employee] = accept) -> bool:
        """Adds or replaces the employee, all copies and the audit record. Returns true if the employee is new.

        Writes nothing if nothing changes. `target` is the employee's `person_target` in the audit. Without an act there
        is no record: an import has one for all its rows.
        """
        new, complete = retry_on_conflict(lambda: _put(employee, act, target, check))
        if not complete:
            # The first transaction has recorded the change, and checked it.
            retry_on_conflict(lambda: _complete(employee))
        return new

    def put_all(self, employees: Sequence[Employee]) -> None:
        """Adds or replaces employees with different user ids, as many as possible in one transaction. No audit record.

        Repeating it changes nothing. Raises Conflict if an address would belong to too many employees; employees before
        that one may have been written.
        """
        left = list(employees)
        while left:
            left = retry_on_conflict(partial(self._put_some, left))

    def delete(self, user_id: str, act: Act | None, target: str = "", check: Check[Employee] = accept) -> bool:
        """Deletes the employee, their words and all copies. Returns false if there is no such employee. The rest is as
        in `put`."""
        return retry_on_conflict(lambda: _delete(user_id, act, target, check))

    def _put_some(self, employees: Sequence[Employee]) -> list[Employee]:
        """Writes the first of these that fit into one transaction, and returns the others."""
        first = employees[:TRANSACTION_ITEMS]
        olds = _read(employee.user_id for employee in first)
        changes = [_change(olds.get(employee.user_id), employee) for employee in first]
        if changes[0].items > TRANSACTION_ITEMS:
            self.put(first[0], None)
            return list(employees[1:])
        fitting = _fitting(changes)
        _write(changes[:fitting])
        return list(employees[fitting:])


def _put(employee: Employee, act: Act | None, target: str, check: Check[Employee]) -> tuple[bool, bool]:
    """Whether the employee is new, and whether one transaction could hold all items."""
    old = _read([employee.user_id]).get(employee.user_id)
    before = employee_of(old) if old else None
    check(before)
    change = _change(old, employee)
    if before == employee and not any(change.words):
        return False, True
    record = None
    if act is not None and before != employee:
        documents = document_of(before, "user_id"), document_of(employee, "user_id")
        record = act.record(AuditAction.EMPLOYEE_PUT, target, *documents)
    if before is not None and change.items > _MOST_ITEMS:
        # A transaction before the other one deletes the old addresses.
        kept = tuple(email for email in before.emails if normalise(email) in _addresses(employee))
        _write([_change(old, replace(before, emails=kept))], record)
        return False, False
    _write([change], record)
    return old is None, True


def _complete(employee: Employee) -> None:
    """Adds the new addresses of an employee whose old ones were deleted."""
    change = _change(_read([employee.user_id]).get(employee.user_id), employee)
    if change.items > _MOST_ITEMS:
        raise ConcurrentChange("the employee got other addresses in between")
    _write([change])


def _delete(user_id: str, act: Act | None, target: str, check: Check[Employee]) -> bool:
    old = _read([user_id]).get(user_id)
    if old is None:
        return False
    before = employee_of(old)
    check(before)
    record = act.record(AuditAction.EMPLOYEE_DELETE, target, document_of(before, "user_id")) if act else None
    _write([_change(old, None)], record)
    return True


def _change(old: EmployeeRow | None, employee: Employee | None) -> _Change:
    before = employee_of(old) if old else None
    return _Change(old, employee, _addresses(before) | _addresses(employee))


def _fitting(changes: Sequence[_Change]) -> int:
    """How many of the changes fit into one transaction."""
    items = 0
    for count, change in enumerate(changes):
        items += change.items
        if items > TRANSACTION_ITEMS:
            return count
    return len(changes)


def _write(changes: Sequence[_Change], record: AuditRecord | None = None) -> None:
    """Writes employees, words, copies and the audit record in one transaction. Raises ConcurrentChange, and Conflict.

    The items of words need no condition of their own: the condition of their employee holds for them.
    """
    with audited_transaction(record) as transaction:
        for change in changes:
            if change.employee is not None:
                new = employee_row(change.employee, version_of(change.old) + 1 if change.old else 1, change.old)
                transaction.save(new, condition=_unchanged(change.old))
            elif change.old is not None:
                transaction.delete(change.old, condition=EmployeeRow.version == change.old.version)
            deleted, written = change.words
            for word in sorted(deleted):
                pk, sk = keys.employee_word(word, change.user_id)
                transaction.delete(EmployeeWordRow(pk=pk, sk=sk))
            for word in sorted(written):
                assert change.employee is not None
                transaction.save(word_row(word, change.employee))
        for old_copies, new_copies in _copies(changes):
            if new_copies is not None:
                transaction.save(new_copies, condition=_unchanged(old_copies))
            elif old_copies is not None:
                transaction.delete(old_copies, condition=AddressRow.version == old_copies.version)


def _copies(changes: Sequence[_Change]) -> Iterator[tuple[AddressRow | None, AddressRow | None]]:
    """The items of addresses that must change, as they are and as they shall be (None: there is none).

    Raises Conflict if an address would belong to too many employees.
    """
    addresses = sorted(frozenset[str]().union(*(change.addresses for change in changes)))
    rows = read_rows(keys.address(address) for address in addresses) if addresses else {}
    for address in addresses:
        old = row_of(rows, keys.address(address), AddressRow)
        before = dict(old.employees) if old else {}
        after = _with_copies(before, address, changes)
        if len(after) > MAX_EMPLOYEES_AT_ADDRESS:
            raise Conflict(f"{address} belongs to {MAX_EMPLOYEES_AT_ADDRESS} employees already.")
        if old is not None and not after:
            yield old, None
        elif after != before:
            new = address_row(address, (), version_of(old) + 1 if old else 1)
            new.employees = after
            yield old, new.keep_unknown(old)


def _with_copies(
    before: Mapping[str, dict[str, object]], address: str, changes: Sequence[_Change]
) -> dict[str, object]:
    """The copies under an address after the changes. They keep what newer code has added to them."""
    after: dict[str, Any] = dict(before)
    for change in changes:
        if address not in change.addresses:
            continue
        after.pop(change.user_id, None)
        if change.employee is not None and address in _addresses(change.employee):
            after[change.user_id] = {**before.get(change.user_id, {}), **employee_copy(change.employee, address)}
    return after


def _unchanged(old: Row | None) -> Condition:
    return Row.version == old.version if old else Row.pk.does_not_exist()


def _read(user_ids: Iterable[str]) -> dict[str, EmployeeRow]:
    """The items of employees, by user id."""
    wanted = {keys.employee(user_id): user_id for user_id in user_ids}
    rows = read_rows(wanted)
    return {user_id: row for key, user_id in wanted.items() if (row := row_of(rows, key, EmployeeRow)) is not None}


def _addresses(employee: Employee | None) -> frozenset[str]:
    return frozenset(normalise(email) for email in employee.emails) if employee else frozenset()
