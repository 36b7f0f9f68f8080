"""The directory: employees, and under each address copies of those who have it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from email_channels.addresses import normalise
from email_channels.aws.retries import retry_on_conflict
from email_channels.aws.rows import keys
from email_channels.aws.rows.directory_rows import (
    EMPLOYEES_PARTITION,
    AddressRow,
    EmployeeRow,
    address_entry,
    address_row,
    employee_of,
    employee_row,
    employees_at,
)
from email_channels.aws.rows.table import KeysRow, Row, connection
from email_channels.aws.stores.record_store import read_rows
from email_channels.cases.directory import Employee
from email_channels.errors import Conflict

# DynamoDB takes 100 items in a transaction; one of them is the employee.
MAX_ADDRESSES = 99
# A copy takes up to some 700 bytes, an item 400 KB. Nobody shares an address with so many but by mistake.
MAX_EMPLOYEES_AT_ADDRESS = 400


class DirectoryStore:
    """Reads and changes employees. Raises ConcurrentChange, and PynamoDB's exceptions for AWS's faults."""

    def get(self, user_id: str) -> Employee | None:
        """The employee of that user id."""
        row = read_rows([keys.employee(user_id)]).get(keys.employee(user_id))
        return employee_of(row) if isinstance(row, EmployeeRow) else None

    def user_ids_at(self, address: str) -> tuple[str, ...]:
        """The user ids of those who have the address."""
        key = keys.address(normalise(address))
        row = read_rows([key]).get(key)
        return tuple(employee.user_id for employee in employees_at(row)) if isinstance(row, AddressRow) else ()

    def page(self, limit: int, after: str | None) -> tuple[list[tuple[Employee, str]], str | None]:
        """Employees by user id, each with its place, after a place; and the place to go on after, or None."""
        condition = KeysRow.gsi1sk > after if after else None
        found = list(KeysRow.gsi1.query(EMPLOYEES_PARTITION, condition, limit=limit + 1, page_size=limit + 1))
        rows = read_rows((key.pk, key.sk) for key in found[:limit]) if found else {}
        employees = [
            (employee_of(row), key.gsi1sk)
            for key in found[:limit]
            if isinstance(row := rows.get((key.pk, key.sk)), EmployeeRow)
        ]
        return employees, found[limit - 1].gsi1sk if len(found) > limit else None

    def put(self, employee: Employee) -> bool:
        """Makes or replaces the employee and all copies, at once; true if they are new."""
        return retry_on_conflict(lambda: self._put(employee))

    def delete(self, user_id: str) -> bool:
        """Deletes the employee and all copies; false if there is none."""
        return retry_on_conflict(lambda: self._delete(user_id))

    def _put(self, employee: Employee) -> bool:
        old = _read(employee.user_id)
        before = employee_of(old) if old else None
        touched = _addresses(employee) | _addresses(before)
        if before is not None and len(touched) > MAX_ADDRESSES:
            # One transaction cannot hold so many: first those go that are not kept.
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
        new = employee_row(employee, int(old.version or 1) + 1 if old else 1)
        with TransactWrite(connection=connection()) as transaction:
            transaction.save(new, condition=_unchanged(old))
            _write_copies(transaction, employee.user_id, employee, touched)


def _write_copies(transaction: TransactWrite, user_id: str, employee: Employee | None, touched: Iterable[str]) -> None:
    """Adds to the transaction what makes these addresses' items agree with the employee (None: there is none)."""
    addresses = sorted(touched)
    rows = read_rows(keys.address(address) for address in addresses) if addresses else {}
    for address in addresses:
        found = rows.get(keys.address(address))
        old = found if isinstance(found, AddressRow) else None
        before = dict(old.employees) if old else {}
        after = {other: entry for other, entry in before.items() if other != user_id}
        if employee is not None and address in _addresses(employee):
            after[user_id] = address_entry(employee, address)
        if len(after) > MAX_EMPLOYEES_AT_ADDRESS:
            raise Conflict(f"{address} belongs to {len(after) - 1} employees already.")
        if old is not None and not after:
            transaction.delete(old, condition=AddressRow.version == old.version)
        elif after != before:
            new = address_row(address, (), int(old.version or 1) + 1 if old else 1)
            new.employees = after
            transaction.save(new, condition=_unchanged(old))


def _unchanged(old: Row | None) -> Condition:
    return Row.version == old.version if old else Row.pk.does_not_exist()


def _read(user_id: str) -> EmployeeRow | None:
    row = read_rows([keys.employee(user_id)]).get(keys.employee(user_id))
    return row if isinstance(row, EmployeeRow) else None


def _addresses(employee: Employee | None) -> frozenset[str]:
    return frozenset(normalise(email) for email in employee.emails) if employee else frozenset()
