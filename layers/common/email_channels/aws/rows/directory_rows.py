"""The items of the directory: employees, and under each address copies of the employees that have it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pynamodb.attributes import JSONAttribute

from email_channels.addresses import normalise
from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.table import Row
from email_channels.cases.directory import Employee


class EmployeeRow(Row, discriminator="employee"):
    """An employee, by user id."""

    employee = JSONAttribute()


class AddressRow(Row, discriminator="address"):
    """Copies of the employees that have an address: `{user id: {name, population, blocked, email}}`.

    It is changed in the same transaction as the employee. The change is conditional on its own version.
    """

    employees = JSONAttribute()


def employee_row(employee: Employee, version: int = 1, old: EmployeeRow | None = None) -> EmployeeRow:
    """The item of an employee. It keeps what newer code has added to the item that it replaces (`old`)."""
    pk, sk = keys.employee(employee.user_id)
    return EmployeeRow(
        pk=pk,
        sk=sk,
        version=version,
        employee={
            **(old.employee if old else {}),
            "user_id": employee.user_id,
            "name": employee.name,
            "emails": list(employee.emails),
            "population": employee.population,
            "blocked": employee.blocked,
        },
        gsi1pk=index_keys.EMPLOYEES,
        gsi1sk=keys.bounded(employee.user_id),
    ).keep_unknown(old)


def employee_of(row: EmployeeRow) -> Employee:
    """The employee of an item."""
    document = row.employee
    return Employee(
        user_id=document["user_id"],
        name=document["name"],
        emails=tuple(document["emails"]),
        population=document["population"],
        blocked=document["blocked"],
    )


def address_row(address: str, employees: Iterable[Employee], version: int = 1) -> AddressRow:
    """The item of an address, with the employees that have it."""
    wanted = normalise(address)
    pk, sk = keys.address(wanted)
    return AddressRow(
        pk=pk,
        sk=sk,
        version=version,
        employees={employee.user_id: employee_copy(employee, wanted) for employee in employees},
    )


def employee_copy(employee: Employee, address: str) -> dict[str, Any]:
    """The copy of an employee in the item of one of their addresses (normalised); `email` is the address as written."""
    written = next((email for email in employee.emails if normalise(email) == address), address)
    return {
        "name": employee.name,
        "population": employee.population,
        "blocked": employee.blocked,
        "email": written,
    }


def employees_at(row: AddressRow) -> tuple[Employee, ...]:
    """The employees that have the address, by user id; their `emails` hold only this address."""
    return tuple(
        Employee(user_id, entry["name"], (entry["email"],), entry["population"], entry["blocked"])
        for user_id, entry in sorted(row.employees.items())
    )
