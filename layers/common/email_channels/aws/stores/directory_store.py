"""The directory: employees, and under each address copies of the employees that have it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from email_channels.addresses import normalise
from email_channels.aws.retries import retry_on_conflict
from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.directory_rows import (
    AddressRow,
    EmployeeRow,
    address_row,
    employee_copy,
    employee_of,
    employee_row,
    employees_at,
)
from email_channels.aws.rows.table import (
    TRANSACTION_ITEMS,
    KeysRow,
    Row,
    connection,
    read_row,
    read_rows,
    row_of,
    version_of,
)
from email_channels.cases.directory import Employee
from email_channels.errors import Conflict

# One item of the transaction is the employee.
MAX_ADDRESSES = TRANSACTION_ITEMS - 1
# A copy takes up to about 700 bytes, and an item may have 400 KB. More employees share an address only by mistake.
MAX_EMPLOYEES_AT_ADDRESS = 400


class DirectoryStore:
    """Reads and changes employees. Raises ConcurrentChange, and PynamoDB's exceptions for AWS's faults."""

    def get(self, user_id: str) -> Employee | None:
        """The employee with this user id; None if there is none."""
        row = _read(user_id)
        return employee_of(row) if row else None

    def user_ids_at(self, address: str) -> tuple[str, ...]:
        """The user ids of the employees that have the address."""
        row = read_row(keys.address(normalise(address)), AddressRow)
        return tuple(employee.user_id for employee in employees_at(row)) if row else ()

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

    def put(self, employee: Employee) -> bool:
        """Adds or replaces the employee and all copies, in one transaction. Returns true if the employee is new."""
        return retry_on_conflict(lambda: self._put(employee))

    def delete(self, user_id: str) -> bool:
        """Deletes the employee and all copies. Returns false if there is no such employee."""
        return retry_on_conflict(lambda: self._delete(user_id))

    def _put(self, employee: Employee) -> bool:
        old = _read(employee.user_id)
        before = employee_of(old) if old else None
        touched = _addresses(employee) | _addresses(before)
        if before is not None and len(touched) > MAX_ADDRESSES:
            # One transaction cannot hold so many items, so a transaction before it deletes the old addresses.
            kept = tuple(email for email in before.emails if normalise(email) in _addresses(employee))
            self._write(old, replace(before, emails=kept), _addresses(before))
            return self._put(employee)
        self._write(old, employee, touched)
        return old is None

    def _delete(self, user_id: str) -> bool:
        old = _read(user_id)
        if old is None:
            return False
        before = employee_of(old)
        with TransactWrite(connection=connection()) as transaction:
            transaction.delete(old, condition=EmployeeRow.version == old.version)
            _write_copies(transaction, before.user_id, None, _addresses(before))
        return True

    @staticmethod
    def _write(old: EmployeeRow | None, employee: Employee, touched: Iterable[str]) -> None:
        new = employee_row(employee, version_of(old) + 1 if old else 1, old)
        with TransactWrite(connection=connection()) as transaction:
            transaction.save(new, condition=_unchanged(old))
            _write_copies(transaction, employee.user_id, employee, touched)


def _write_copies(transaction: TransactWrite, user_id: str, employee: Employee | None, touched: Iterable[str]) -> None:
    """Adds the writes that make the items of these addresses agree with the employee (None: the employee is deleted).

    Raises Conflict if an address would belong to too many employees.
    """
    addresses = sorted(touched)
    rows = read_rows(keys.address(address) for address in addresses) if addresses else {}
    for address in addresses:
        old = row_of(rows, keys.address(address), AddressRow)
        before = dict(old.employees) if old else {}
        after = {other: entry for other, entry in before.items() if other != user_id}
        if employee is not None and address in _addresses(employee):
            after[user_id] = {**before.get(user_id, {}), **employee_copy(employee, address)}
        if len(after) > MAX_EMPLOYEES_AT_ADDRESS:
            raise Conflict(f"{address} belongs to {len(after) - 1} employees already.")
        if old is not None and not after:
            transaction.delete(old, condition=AddressRow.version == old.version)
        elif after != before:
            new = address_row(address, (), version_of(old) + 1 if old else 1)
            new.employees = after
            transaction.save(new.keep_unknown(old), condition=_unchanged(old))


def _unchanged(old: Row | None) -> Condition:
    return Row.version == old.version if old else Row.pk.does_not_exist()


def _read(user_id: str) -> EmployeeRow | None:
    return read_row(keys.employee(user_id), EmployeeRow)


def _addresses(employee: Employee | None) -> frozenset[str]:
    return frozenset(normalise(email) for email in employee.emails) if employee else frozenset()
