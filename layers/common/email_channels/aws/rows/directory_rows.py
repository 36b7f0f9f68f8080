"""The items of the directory: employees, their words, and under each address copies of the employees that have it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pynamodb.attributes import JSONAttribute, UnicodeAttribute

from email_channels.addresses import normalise
from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.table import Row
from email_channels.cases.directory import Employee
from email_channels.cases.search.words import indexed_words

# A name is found by at most this many of its words.
MAX_WORDS = 12


class EmployeeRow(Row, discriminator="employee"):
    """An employee, by user id.

    `words` are those under which the employee has items of the kind `employee_word`, with spaces between them. An
    employee that was stored before there were such items has no `words`.
    """

    employee = JSONAttribute()
    words = UnicodeAttribute(null=True)


class EmployeeWordRow(Row, discriminator="employee_word"):
    """A word under which an employee is found. `words` are all of them, with spaces between them.

    It is changed in the same transaction as the employee.
    """

    user_id = UnicodeAttribute()
    words = UnicodeAttribute()


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
        words=" ".join(words_of(employee)),
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


def words_of(employee: Employee) -> tuple[str, ...]:
    """The words under which an employee is found, sorted."""
    return indexed_words(employee.name, MAX_WORDS)


def stored_words(row: EmployeeRow) -> tuple[str, ...] | None:
    """The words under which an employee has items; None if they have none yet, because older code stored them."""
    return None if row.words is None else tuple(row.words.split())


def word_row(word: str, employee: Employee) -> EmployeeWordRow:
    """The item of one word of an employee."""
    pk, sk = keys.employee_word(word, employee.user_id)
    return EmployeeWordRow(pk=pk, sk=sk, user_id=employee.user_id, words=" ".join(words_of(employee)))


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
