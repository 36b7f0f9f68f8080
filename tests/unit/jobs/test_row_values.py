"""What a row of a CSV file says about an employee."""

from typing import Any

import pytest
from email_channels.api.validation import openapi
from email_channels.cases.directory import Employee
from email_channels.jobs.employee_import import row_values
from email_channels.jobs.employee_import.csv_file import NOT_UTF_8, CsvRow
from email_channels.jobs.employee_import.row_values import RowValues, read_values

ZOE = {"user_id": "1", "name": "Zoë Hartmann", "email": "z@a.example", "population": "UK", "blocked": "no"}


def values(**cells: str) -> RowValues | str:
    return read_values(CsvRow(2, {**ZOE, **cells}))


def test_good_row() -> None:
    assert values() == RowValues("1", "Zoë Hartmann", ("z@a.example",), "UK", blocked=False)
    assert values(email=" Z@A.example ; z@a.EXAMPLE;;\nzoe@b.example;", population="", blocked="") == RowValues(
        "1", "Zoë Hartmann", ("Z@A.example", "zoe@b.example"), "", blocked=False
    )
    assert values(name="=HYPERLINK(1)", population="'t Gooi").__class__ is RowValues, "text is text"


@pytest.mark.parametrize("blocked", ["true", "TRUE", "Yes", "y", "1", "WAHR", "vrai", "Prawda"])
def test_blocked(blocked: str) -> None:
    assert values(blocked=blocked) == RowValues("1", "Zoë Hartmann", ("z@a.example",), "UK", blocked=True)


@pytest.mark.parametrize(
    ("cells", "wrong"),
    [
        ({"user_id": ""}, "user_id is empty."),
        ({"user_id": "x" * 129}, "user_id must have at most 128 characters."),
        ({"user_id": "imports"}, "user_id is a reserved word."),
        ({"user_id": "7/erasure"}, "user_id is a reserved word."),
        ({"user_id": '="00123"'}, "user_id begins with = or '"),
        ({"user_id": "'00123"}, "user_id begins with = or '"),
        ({"user_id": "5.43E+05"}, "user_id is a number that a spreadsheet rounded."),
        ({"user_id": "5,43E+05"}, "user_id is a number that a spreadsheet rounded."),
        ({"name": ""}, "name is empty."),
        ({"name": "A\nB"}, "name must be one line"),
        ({"name": "x" * 201}, "name must have at most 200 characters."),
        ({"population": "x" * 101}, "population must have at most 100 characters."),
        ({"population": "a\x07"}, "population must be one line"),
        ({"blocked": "perhaps"}, "blocked must be true, false, yes, no, 1, 0 or empty."),
        ({"email": "zoe"}, "email must be an email address."),
        ({"email": "z@a.example, y@a.example"}, "email must be an email address."),
        ({"email": "z@a.example;zoe"}, "address 2 of email must be an email address."),
        ({"email": "Zoe <z@a.example>"}, "email must be an email address."),
        ({"email": ";".join(f"{n}@a.example" for n in range(51))}, "email must have at most 50 addresses."),
    ],
)
def test_bad_row(cells: dict[str, str], wrong: str) -> None:
    """The message names the column, and never repeats the cell."""
    found = values(**cells)
    assert isinstance(found, str)
    assert found.startswith(wrong)
    assert not any(cell in found for cell in cells.values() if len(cell) > 3 and cell != "imports")


def test_problem_of_the_row() -> None:
    assert read_values(CsvRow(2, ZOE, NOT_UTF_8)) == NOT_UTF_8


def test_applied() -> None:
    """A column that the file does not have keeps what the employee has; an empty cell removes it."""
    before = Employee("1", "Zoe", ("z@a.example",), "UK", blocked=True)
    assert RowValues("1", "Zoë").applied_to(before) == Employee("1", "Zoë", ("z@a.example",), "UK", blocked=True)
    assert RowValues("1", "Zoë", (), "", blocked=False).applied_to(before) == Employee("1", "Zoë", ())
    assert RowValues("1", "Zoë").applied_to(None) == Employee("1", "Zoë", ())


def test_bounds() -> None:
    """The bounds are those of the API."""
    schema: Any = openapi()["components"]["schemas"]["NewEmployee"]["properties"]
    assert (
        schema["name"]["maxLength"],
        schema["population"]["maxLength"],
        schema["emails"]["maxItems"],
        schema["emails"]["items"]["maxLength"],
    ) == (row_values.MAX_NAME, row_values.MAX_POPULATION, row_values.MAX_ADDRESSES, row_values.MAX_ADDRESS)
