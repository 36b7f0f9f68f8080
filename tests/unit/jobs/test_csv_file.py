"""CSV files of employees, as spreadsheets and HR systems write them."""

import tracemalloc
from collections.abc import Iterator

import pytest
from email_channels.jobs.employee_import.csv_file import (
    LOST_CHARACTER,
    MAX_ROW_CHARACTERS,
    MORE_CELLS,
    NOT_UTF_8,
    CsvFile,
    CsvRow,
    UnreadableFile,
)

HEADER = "user_id,name,email,population,blocked\n"
ZOE = {"user_id": "1", "name": "Zoë", "email": "z@a.example", "population": "UK", "blocked": "no"}


def rows(content: str | bytes, size: int = 7) -> list[CsvRow]:
    raw = content if isinstance(content, bytes) else content.encode()
    return list(CsvFile(raw[start : start + size] for start in range(0, len(raw), size)).rows())


@pytest.mark.parametrize(
    "content",
    [
        HEADER + "1,Zoë,z@a.example,UK,no\n",
        HEADER + "1,Zoë,z@a.example,UK,no",
        HEADER.replace("\n", "\r\n") + "1,Zoë,z@a.example,UK,no\r\n",
        HEADER.replace("\n", "\r") + "1,Zoë,z@a.example,UK,no\r",
        "\ufeff" + HEADER + "1,Zoë,z@a.example,UK,no\n",
        HEADER.replace(",", ";") + "1;Zoë;z@a.example;UK;no\n",
        "sep=;\r\n" + HEADER.replace(",", ";") + "1;Zoë;z@a.example;UK;no\n",
        '"sep=,"\n' + HEADER + "1,Zoë,z@a.example,UK,no\n",
        HEADER.replace(",", "\t") + "1\tZoë\tz@a.example\tUK\tno\n",
        '"User ID","NAME","E-Mail","Population","blocked"\n"1","Zoë","z@a.example","UK","no"\n',
        "blocked,population,email,name,user_id\nno,UK,z@a.example,Zoë,1\n",
        "user_id,name,email,population,blocked,,,\n1,Zoë,z@a.example,UK,no,,,\n",
        HEADER + "1,Zoë,z@a.example,UK,no,,\n",
        HEADER + " 1 ,\u00a0Zoë  ,z@a.example\u200b,UK,no\t\n",
        "\n\n" + HEADER + "1,Zoë,z@a.example,UK,no\n\n,,,,\n \n",
        "department,user_id,name,email,population,blocked,salary\nHR,1,Zoë,z@a.example,UK,no,1000\n",
    ],
)
@pytest.mark.parametrize("size", [1, 1000])
def test_same_rows(content: str, size: int) -> None:
    """All of these say the same."""
    assert rows(content, size) == [CsvRow(2, ZOE)]


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16(codec: str) -> None:
    """A spreadsheet's "Unicode text"."""
    mark = "" if codec == "utf-16" else "\ufeff"
    content = mark + HEADER.replace(",", "\t") + "1\tZoë\tz@a.example\tUK\tno\r\n"
    assert rows(content.encode(codec)) == [CsvRow(2, ZOE)]


def test_lines() -> None:
    """Lines count as a spreadsheet counts rows: a line break in a cell begins none, and a blank row is one."""
    found = rows('user_id,name\n1,"A\nB"\n\n2,"say ""hi"", please"\n,,\n3,C D\n')
    assert [(row.line, row.cells["name"], row.several_lines) for row in found] == [
        (2, "A\nB", True),
        (4, 'say "hi", please', False),
        (6, "C D", False),
    ]


def test_missing_columns() -> None:
    """Columns that the file does not have are not there; cells that a row does not have are empty."""
    assert [row.cells for row in rows("name,user_id\nZoë,1\nNora\n")] == [
        {"user_id": "1", "name": "Zoë"},
        {"user_id": "", "name": "Nora"},
    ]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("1,Zoë,z@a.example,UK,no".encode("latin-1"), NOT_UTF_8),
        ("1,Zo\ufffd,z@a.example,UK,no".encode(), LOST_CHARACTER),
        (b"1,Hartmann, Zoe,z@a.example,UK,no", MORE_CELLS),
    ],
)
def test_bad_rows(line: bytes, problem: str) -> None:
    """The rows around a bad one are good."""
    good = b"1,Zo\xc3\xab,z@a.example,UK,no\n"
    found = rows(HEADER.encode() + good + line + b"\n" + good)
    assert [(row.line, row.problem) for row in found] == [(2, None), (3, problem), (4, None)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "The file is empty."),
        (" \n,,\n\n", "The file is empty."),
        ("sep=;\n", "The file is empty."),
        ("name,email\nZoë,z@a.example\n", "The header does not name the column user_id."),
        ("1,Zoë,z@a.example\n", "The header does not name the column user_id."),
        ("user_id\n1\n", "The header does not name the column name."),
        ("user_id,name,e-mail,EMAIL\n", "The header names the column email twice."),
        ("user_id,name,mail address\n", "Column 3 has an unknown name, and the column email is missing."),
        ('{"upload_id": "x"}', "The header does not name the column user_id."),
        ("x" * 200_000, "The first line of the file is too long to be a header."),
        (HEADER + '1,"' + "x\n" * MAX_ROW_CHARACTERS, "Line 2 has more than 100000 characters."),
        (HEADER + "1," + "x" * 2 * MAX_ROW_CHARACTERS, "Line 2 has more than 100000 characters."),
        (HEADER + '1,"' + '","x\n' * MAX_ROW_CHARACTERS, "Line"),
        (HEADER.encode("utf-32"), "The file is UTF-32."),
        (HEADER.encode("utf-16-le"), "The file is UTF-16 without a byte order mark"),
        (b"PK\x03\x04\x14\x00", "The file is a workbook"),
        (b"\xd0\xcf\x11\xe0\xa1", "The file is a workbook"),
    ],
)
def test_unreadable(content: str | bytes, message: str) -> None:
    """Nothing of the file is in the message."""
    with pytest.raises(UnreadableFile) as raised:
        rows(content, 10_000)
    assert str(raised.value).startswith(message)


def test_memory() -> None:
    """A file of 100,000 rows takes no memory for its rows."""

    def chunks() -> Iterator[bytes]:
        yield HEADER.encode()
        for n in range(1000):
            yield b"".join(b"%d,Zoe Hartmann,zoe.hartmann.%d@acme.example,UK,no\n" % (i, i) for i in range(n, n + 100))

    tracemalloc.start()
    try:
        assert sum(1 for _ in CsvFile(chunks()).rows()) == 100_000
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
