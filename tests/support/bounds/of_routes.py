"""The limits of what routes take from paths, queries and whole bodies, and of files of employees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

from email_channels.api.access import Caller, Role
from email_channels.api.requests import Request
from email_channels.api.validation import Body
from email_channels.bootstrap.agent_api import ApiStores
from email_channels.cases.history import Content
from email_channels.cases.routing import Routing
from email_channels.errors import ContentTooLarge, Invalid
from email_channels.jobs.employee_import.csv_file import CsvFile, CsvRow, UnreadableFile
from email_channels.jobs.employee_import.file_reading import FileReading
from email_channels.jobs.employee_import.row_values import RowValues, read_values
from email_channels.settings import ApiSettings

from functions.agent_api.administration.audit import _wrong_filters
from functions.agent_api.administration.jobs import _own_addresses
from functions.agent_api.administration.trying import _read
from functions.agent_api.api_call import ApiCall
from functions.agent_api.configuration import topics, user_mappings
from functions.agent_api.configuration.names import check_name
from functions.agent_api.directory.employee_imports import _written
from functions.agent_api.directory.employees import list_employees
from functions.agent_api.work.case_filters import Search, wrong_filters
from functions.agent_api.work.case_search import groups_of
from functions.agent_api.work.splitting import _new_case
from tests.support.blank_records import AT, blank_case, blank_email

_STORES = SimpleNamespace(
    directory=SimpleNamespace(
        user_ids_at=lambda _: (), user_ids_at_each=lambda asked: dict.fromkeys(asked, ()), read=lambda _: {}
    ),
    routing=SimpleNamespace(recent=Routing),
    mail=SimpleNamespace(write=lambda *_: None),
)
"""There are no employees and no groups, and files can be written."""


def _call(body: bytes = b"", kind: str = "", **query: str) -> ApiCall:
    admin = Caller("kim", "1", frozenset({Role.ADMIN}), frozenset())
    request = Request("GET", "/", query, headers={"content-type": kind}, body=body)
    return ApiCall(request, admin, {}, cast("ApiSettings", None), cast("ApiStores", _STORES), AT)


def case_query(count: int) -> bool:
    return wrong_filters(_call(q="x" * count)) == []


def employee_query(count: int) -> bool:
    try:
        return list_employees(_call(q="x" * (count - 2) + "@b")).status == 200
    except Invalid:
        return False


def audit_filter(count: int) -> bool:
    return _wrong_filters(_call(target="x" * count)) == []


def groups_of_a_list(count: int) -> bool:
    """Each group has its own list. Above the bound, there is one of all groups."""
    call = _call()
    agent = replace(call.caller, roles=frozenset({Role.AGENT}), groups=frozenset(f"g{n}" for n in range(count)))
    return groups_of(replace(call, caller=agent), Search()) is not None


def former_addresses(count: int) -> bool:
    """Of a person who is erased: those from which they wrote."""
    written = {f"a{n}@b" for n in range(count)}
    return _own_addresses(_call(), "1", None, written) == written


def issue_of_a_split(count: int) -> bool:
    """Of a case that is made of an email."""
    email = blank_email(content=Content(text="x" * count, html=None))
    return _new_case(_call(), blank_case(), email, None).issue == "x" * count


def _is_name(name: str, most: int) -> bool:
    body = Body({}, {})
    check_name(body, "name", name, most)
    return not body.errors


def topic_name(count: int) -> bool:
    return _is_name("x" * count, topics._MAX_NAME)


def mapping_id(count: int) -> bool:
    return _is_name("x" * count, user_mappings._MAX_ID)


def tried_bytes(count: int) -> bool:
    raw = b"From: jo@b.example\r\n\r\n"
    try:
        return _read(_call(raw + b"x" * (count - len(raw)), "message/rfc822"))[0] is not None
    except ContentTooLarge:
        return False


def imported_bytes(count: int) -> bool:
    """Of a file in the body."""
    header = b"user_id,name\n"
    try:
        return len(_written(_call(header + b"x" * (count - len(header))))) > 0
    except Invalid:
        return False


def _values(**cells: str) -> RowValues | str:
    return read_values(CsvRow(2, {"user_id": "1", "name": "Jo", **cells}))


def user_id(count: int) -> bool:
    return isinstance(_values(user_id="x" * count), RowValues)


def employee_name(count: int) -> bool:
    return isinstance(_values(name="x" * count), RowValues)


def population(count: int) -> bool:
    return isinstance(_values(population="x" * count), RowValues)


def addresses(count: int) -> bool:
    return isinstance(_values(email="; ".join(f"a{n}@b.example" for n in range(count))), RowValues)


def row_characters(count: int) -> bool:
    """With the line end."""
    row = b"2," + b"x" * (count - 3) + b"\n"
    try:
        return len(list(CsvFile([b"user_id,name\n", row]).rows())) == 1
    except UnreadableFile:
        return False


def rows_with_address(count: int) -> bool:
    reading = FileReading([b"user_id,name,email\n", *(f"{n},Jo,jo@b.example\n".encode() for n in range(count))])
    return all(row.values is not None for row in reading.take(count))


BOUNDS: Sequence[tuple[str, Callable[[int], bool]]] = (
    ("functions.agent_api.work.case_filters._MAX_QUERY", case_query),
    ("functions.agent_api.directory.employees._MAX_QUERY", employee_query),
    ("functions.agent_api.administration.audit._MAX_FILTER", audit_filter),
    ("functions.agent_api.work.case_search.MOST_GROUPS", groups_of_a_list),
    ("functions.agent_api.work.splitting._MOST_ISSUE_CHARACTERS", issue_of_a_split),
    ("functions.agent_api.administration.jobs._MOST_FORMER_ADDRESSES", former_addresses),
    ("functions.agent_api.configuration.topics._MAX_NAME", topic_name),
    ("functions.agent_api.configuration.user_mappings._MAX_ID", mapping_id),
    ("functions.agent_api.administration.trying.MOST_BYTES", tried_bytes),
    ("functions.agent_api.directory.employee_imports.MAX_BODY_BYTES", imported_bytes),
    ("cases.directory.MAX_USER_ID", user_id),
    ("jobs.employee_import.row_values.MAX_NAME", employee_name),
    ("jobs.employee_import.row_values.MAX_POPULATION", population),
    ("jobs.employee_import.row_values.MAX_ADDRESSES", addresses),
    ("jobs.employee_import.csv_file.MAX_ROW_CHARACTERS", row_characters),
    ("jobs.employee_import.file_reading.MAX_ROWS_WITH_ADDRESS", rows_with_address),
)
