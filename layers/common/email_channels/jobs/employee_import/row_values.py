"""What a row of a CSV file says about an employee, checked by the same rules as `PUT /employees/{user_id}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from email_channels.addresses import normalise
from email_channels.api.address_grammar import is_address
from email_channels.cases.directory import MAX_USER_ID, Employee, is_reserved
from email_channels.cases.outgoing import CONTROL
from email_channels.expressions import expression
from email_channels.jobs.employee_import.csv_file import CsvRow
from email_channels.values import dataclass

# `tests/unit/jobs/test_row_values.py` compares these with the schema NewEmployee of the OpenAPI document.
MAX_NAME: Final = 200
MAX_POPULATION: Final = 100
MAX_ADDRESSES: Final = 50
MAX_ADDRESS: Final = 320

# The words of spreadsheets in the languages of the product.
_YES: Final = {"true", "yes", "y", "1", "wahr", "vrai", "verdadero", "vero", "waar", "verdadeiro", "prawda"}
_NO: Final = {"", "false", "no", "n", "0", "falsch", "faux", "falso", "onwaar", "fałsz"}
# "543457" as a spreadsheet shows it in a narrow column. The other digits are lost.
_ROUNDED: Final = expression(r"[0-9](?:[.,][0-9]+)?E\+[0-9]+")


@dataclass(frozen=True, slots=True)
class RowValues:
    """What a row says. Of a column that the file does not have, the value is None: it stays as it is.

    `population` is `""` where the row says that there is none.
    """

    user_id: str
    name: str
    emails: tuple[str, ...] | None = None
    population: str | None = None
    blocked: bool | None = None

    def applied_to(self, employee: Employee | None) -> Employee:
        """The employee after the row is taken. `employee` is the stored one; None if it is not stored yet."""
        before = employee or Employee(self.user_id, self.name, ())
        return Employee(
            user_id=self.user_id,
            name=self.name,
            emails=before.emails if self.emails is None else self.emails,
            population=before.population if self.population is None else self.population or None,
            blocked=before.blocked if self.blocked is None else self.blocked,
        )


def read_values(row: CsvRow) -> RowValues | str:
    """The values of a row, or what is wrong with it, without the content of its cells."""
    cells = row.cells
    wrong = row.problem or _wrong_user_id(cells["user_id"]) or _wrong_text("name", cells["name"], MAX_NAME)
    if wrong is not None:
        return wrong
    population = cells.get("population")
    if population and (wrong := _wrong_text("population", population, MAX_POPULATION)) is not None:
        return wrong
    blocked = cells.get("blocked")
    if blocked is not None and blocked.casefold() not in _YES | _NO:
        return "blocked must be true, false, yes, no, 1, 0 or empty."
    emails = _emails(cells)
    if isinstance(emails, str):
        return emails
    return RowValues(
        user_id=cells["user_id"],
        name=cells["name"],
        emails=emails,
        population=population,
        blocked=None if blocked is None else blocked.casefold() in _YES,
    )


def _wrong_user_id(user_id: str) -> str | None:
    if user_id.startswith(("=", "'")):
        return "user_id begins with = or ', the mark of a spreadsheet. Save the values, not the formulas."
    if _ROUNDED.fullmatch(user_id):
        return "user_id is a number that a spreadsheet rounded. Format the column as text."
    if is_reserved(user_id):
        return "user_id is a reserved word."
    return _wrong_text("user_id", user_id, MAX_USER_ID)


def _wrong_text(column: str, text: str, most: int) -> str | None:
    if not text:
        return f"{column} is empty."
    if CONTROL.search(text):
        return f"{column} must be one line without control characters. Perhaps a quote is missing."
    return f"{column} must have at most {most} characters." if len(text) > most else None


def _emails(cells: Mapping[str, str]) -> tuple[str, ...] | str | None:
    """The addresses of a cell, each once; or what is wrong with them. None without such a column."""
    if "email" not in cells:
        return None
    written = [email for part in cells["email"].split(";") if (email := part.strip())]
    for n, email in enumerate(written, 1):
        if len(email) > MAX_ADDRESS or not is_address(email):
            which = "email" if len(written) == 1 else f"address {n} of email"
            return f"{which} must be an email address. Several addresses are separated by semicolons."
    found: dict[str, str] = {}
    for email in written:
        found.setdefault(normalise(email), email)
    if len(found) > MAX_ADDRESSES:
        return f"email must have at most {MAX_ADDRESSES} addresses."
    return tuple(found.values())
