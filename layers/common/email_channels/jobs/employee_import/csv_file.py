"""Reads a CSV file of employees, as spreadsheets and HR systems write them: bytes in, rows of named cells out.

Accepted are UTF-8 (with or without byte order mark) and UTF-16 (with one); commas, semicolons, tabs or bars between
cells; quoted cells, with line breaks and doubled quotes (RFC 4180); any line ends; a first line `sep=;`; blank lines;
empty cells at the end of lines; and the columns in any order, in upper or lower case.

A row in which bytes are not UTF-8 has a problem. So has a row that cannot be taken apart. A file that cannot be read at
all raises UnreadableFile. No message holds the content of a cell.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from email_channels.expressions import expression
from email_channels.values import dataclass

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

COLUMNS: Final = ("user_id", "name", "email", "population", "blocked")
_REQUIRED: Final = frozenset({"user_id", "name"})
_OTHER_NAMES: Final = {"userid": "user_id", "emails": "email", "e_mail": "email", "e_mails": "email"}
_SEPARATORS: Final = (",", ";", "\t", "|")

# A row of 50 addresses of 254 characters and the longest name has some 14,000. Without this bound, a quote that is
# never closed would read the whole file into one cell. It is below the bound of Python's `csv` for a cell (131,072).
MAX_ROW_CHARACTERS: Final = 100_000

NOT_UTF_8: Final = "The row is not UTF-8. Save the file as CSV UTF-8."
LOST_CHARACTER: Final = "A letter of the row was lost, because the file was not UTF-8. Save the file as CSV UTF-8."
MORE_CELLS: Final = "The row has more cells than the header. A cell that holds the separator must be in quotes."

_SEPARATOR_LINE: Final = expression(r"\"?sep=(.)\"?\s*", re.IGNORECASE)
_UNDECODABLE: Final = expression("[\ud800-\udfff]")
# What spreadsheets and web pages leave at the ends of cells, besides spaces.
_INVISIBLE: Final = "\ufeff\u200b\u200e\u200f\u2060\x00"


class UnreadableFile(Exception):
    """The file is not a CSV file of employees. The text is a message for people, without the content of a cell."""


@dataclass(frozen=True, slots=True)
class CsvRow:
    """A row that is not blank. `line` counts rows as a spreadsheet does: the header is 1, and blank rows count.

    `cells` are those of the known columns that the file has, without spaces at their ends. `problem` says why the row
    cannot be used. `several_lines`: a quoted cell holds a line break, perhaps because a quote is missing.
    """

    line: int
    cells: Mapping[str, str]
    problem: str | None = None
    several_lines: bool = False


class CsvFile:
    """The rows of a file, read once and in order, in bounded memory."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        """Reads the header. Raises UnreadableFile, and what `chunks` raises."""
        self._lines = _Lines(chunks)
        separator, cells = _header(self._lines)
        self._separator = separator
        self._columns = _columns(cells)
        self._width = len(cells)

    def rows(self) -> Iterator[CsvRow]:
        """The rows that are not blank. Raises UnreadableFile, and what the chunks raise."""
        reader = csv.reader(self._lines, delimiter=self._separator)
        line = 1
        try:
            for cells in reader:
                line += 1
                several_lines = self._lines.count > 1
                self._lines.begin_row()
                if any(map(_stripped, cells)):
                    yield self._row(line, cells, several_lines=several_lines)
        except csv.Error:
            raise UnreadableFile(f"Line {line + 1} cannot be read as CSV.") from None
        except _TooLong:
            raise UnreadableFile(
                f"Line {line + 1} has more than {MAX_ROW_CHARACTERS} characters. Perhaps a quote is missing."
            ) from None

    def _row(self, line: int, cells: Sequence[str], *, several_lines: bool) -> CsvRow:
        stripped = [*map(_stripped, cells)]
        named = {name: stripped[n] if n < len(stripped) else "" for name, n in self._columns.items()}
        problem = None
        if any(stripped[self._width :]):
            problem = MORE_CELLS
        elif any(map(_UNDECODABLE.search, stripped)):
            problem = NOT_UTF_8
        elif any("\ufffd" in cell for cell in stripped):
            problem = LOST_CHARACTER
        return CsvRow(line, named, problem, several_lines)


class _TooLong(Exception):
    pass


class _Lines:
    """The lines of the file, with their ends. `count` is how many lines the current row has so far."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        binary = io.BufferedReader(_Chunks(chunks))
        encoding = _encoding(binary.peek(4)[:4])
        # A byte that is not UTF-8 becomes a surrogate, by which the row is found.
        errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
        self._text = io.TextIOWrapper(binary, encoding=encoding, errors=errors, newline="")
        self._characters = 0
        self.count = 0

    def begin_row(self) -> None:
        self.count = self._characters = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._text.readline(MAX_ROW_CHARACTERS + 1)
        if not line:
            raise StopIteration
        self.count += 1
        self._characters += len(line)
        if self._characters > MAX_ROW_CHARACTERS:
            raise _TooLong
        return line


class _Chunks(io.RawIOBase):
    """Chunks of bytes as a stream. Each read fills the buffer, unless the chunks end."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        wanted = memoryview(buffer)
        filled = 0
        while filled < len(wanted):
            if not self._left:
                chunk = next(self._chunks, None)
                if chunk is None:
                    break
                self._left = memoryview(chunk)
            taken = self._left[: len(wanted) - filled]
            wanted[filled : filled + len(taken)] = taken
            filled += len(taken)
            self._left = self._left[len(taken) :]
        return filled


def _encoding(head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise UnreadableFile("The file is UTF-32. Save it as CSV UTF-8.")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\x00" in head:
        raise UnreadableFile("The file is UTF-16 without a byte order mark, or no text. Save it as CSV UTF-8.")
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise UnreadableFile("The file is a workbook of a spreadsheet program. Save it as CSV UTF-8.")
    return "utf-8-sig"


def _header(lines: _Lines) -> tuple[str, list[str]]:
    """The separator, and the names of the columns in small letters; without empty ones at the end."""
    declared: str | None = None
    try:
        for line in lines:
            lines.begin_row()
            if not line.strip(_INVISIBLE + "\"',;\t| \r\n"):
                continue
            if declared is None and (found := _SEPARATOR_LINE.fullmatch(line)) is not None:
                declared = found[1]
                continue
            candidates = (declared,) if declared in _SEPARATORS else _SEPARATORS
            headers = [(separator, _names(line, separator)) for separator in candidates]
            # Most known columns win; commas, if several separators give as many.
            return max(headers, key=lambda header: len(set(COLUMNS).intersection(header[1])))
    except (_TooLong, csv.Error):
        raise UnreadableFile("The first line of the file is too long to be a header.") from None
    raise UnreadableFile("The file is empty. Its first line must name the columns " + ", ".join(COLUMNS) + ".")


def _names(line: str, separator: str) -> list[str]:
    cells = next(csv.reader([line], delimiter=separator))
    names = [re.sub(r"[\s_-]+", "_", _stripped(cell).casefold()) for cell in cells]
    while names and not names[-1]:
        names.pop()
    return [_OTHER_NAMES.get(name, name) for name in names]


def _columns(names: Sequence[str]) -> dict[str, int]:
    """The places of the known columns. Unknown ones are ignored, if all known ones are there."""
    places = {name: n for n, name in enumerate(names) if name in COLUMNS}
    known = "Known columns are " + ", ".join(COLUMNS) + "."
    for name in COLUMNS:
        if Counter(names)[name] > 1:
            raise UnreadableFile(f"The header names the column {name} twice.")
        if name in _REQUIRED and name not in places:
            raise UnreadableFile(f"The header does not name the column {name}. {known}")
    unknown = [n for n, name in enumerate(names, 1) if name not in COLUMNS]
    if unknown and len(places) < len(COLUMNS):
        missing = next(name for name in COLUMNS if name not in places)
        raise UnreadableFile(
            f"Column {unknown[0]} has an unknown name, and the column {missing} is missing. {known} "
            "Other columns are ignored only if all of these are there."
        )
    return places


def _stripped(cell: str) -> str:
    return cell.strip().strip(_INVISIBLE).strip()
