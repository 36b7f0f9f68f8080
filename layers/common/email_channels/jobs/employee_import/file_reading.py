"""Reads the rows of an import in order, and remembers what later rows must not repeat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice

from email_channels.addresses import normalise
from email_channels.jobs.employee_import.csv_file import CsvFile, CsvRow, UnreadableFile
from email_channels.jobs.employee_import.row_values import RowValues, read_values
from email_channels.values import dataclass

# `DirectoryStore` takes no more.
MAX_ROWS_WITH_ADDRESS = 400
MAX_ADDRESSES_IN_FILE = 1_000_000
"""Each different address needs some 130 bytes. 50 MB of short addresses would need most of the function's memory."""
SAME_ADDRESS = f"An address of the row belongs to {MAX_ROWS_WITH_ADDRESS} rows before it."


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row of the file: its values, or what is wrong with it."""

    line: int
    values: RowValues | None = None
    problem: str = ""


class FileReading:
    """The rows of a file, from its beginning.

    For each row, it keeps a hash of the user id and of each address (some 200 bytes for a row). So 300,000 rows need
    60 MB. The chance that two user ids of one file have the same hash is below one in a hundred million.
    """

    def __init__(self, chunks: Iterable[bytes]) -> None:
        """Reads the header. Raises UnreadableFile, and what `chunks` raises; so do `take` and `skip`."""
        self._rows: Iterator[CsvRow] = CsvFile(chunks).rows()
        self._lines: dict[int, int] = {}
        self._addresses: Counter[int] = Counter()
        self.unclear_lines = 0
        """How many rows may hide others: they are wrong, and hold a line break, so that a quote may be missing."""

    def take(self, most: int) -> list[ReadRow]:
        """The next rows; an empty list at the end."""
        return [self._read(row) for row in islice(self._rows, most)]

    def skip(self, count: int | None = None) -> int:
        """Reads as many rows (None: all), as `take` does, but keeps only what later rows must not repeat.

        Returns their number.
        """
        skipped = 0
        for row in islice(self._rows, count):
            self._read(row)
            skipped += 1
        return skipped

    def names(self, user_id: str) -> bool:
        """Whether a row that was read names this user id, even if something else is wrong with the row."""
        return hash(user_id) in self._lines

    def _read(self, row: CsvRow) -> ReadRow:
        found = read_values(row)
        problem = found if isinstance(found, str) else self._repeated(found)
        user_id = hash(row.cells["user_id"])
        if isinstance(found, str) or problem is not None:
            self._lines.setdefault(user_id, 0)
            self.unclear_lines += row.several_lines
            return ReadRow(row.line, problem=problem or "")
        self._lines[user_id] = row.line
        self._addresses.update(map(_hashed, found.emails or ()))
        if len(self._addresses) > MAX_ADDRESSES_IN_FILE:
            raise UnreadableFile(f"The file has more than {MAX_ADDRESSES_IN_FILE} addresses. Divide it.")
        return ReadRow(row.line, found)

    def _repeated(self, values: RowValues) -> str | None:
        if line := self._lines.get(hash(values.user_id)):
            return f"The user_id is that of line {line}, which was taken."
        counts = (self._addresses[_hashed(email)] for email in values.emails or ())
        return SAME_ADDRESS if max(counts, default=0) >= MAX_ROWS_WITH_ADDRESS else None


def _hashed(email: str) -> int:
    return hash(normalise(email))
