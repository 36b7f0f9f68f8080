"""Finds the header blocks that mail programs write above a quote: `From:`, `Sent:`, `To:`, `Subject:` and others.

Forms and timetables also have `From:`, `To:` and `Date:`. So a block must have a sender, three kinds of fields, and an
address or a time; or else a sender, a date and a subject.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from email_channels.mail.caseless import caseless
from email_channels.mail.replies.dates_and_addresses import DATE, EMAIL, TIME
from email_channels.mail.replies.language_patterns import Field, language_patterns
from email_channels.mail.replies.text_lines import TextLines

_LETTER: Final = re.compile(r"[^\W\d_]")
_FIELD_LINE: Final = re.compile(r"^[\s*_]{0,6}([^\s*:：][^:：*\n]{0,28}?)\s{0,3}[*_]{0,2}\s{0,2}[:：][*_]{0,2}(.*)$")
_MAX_LINES: Final = 12
_MAX_BLANK_LINES: Final = 3
_MAX_OTHER_LINES: Final = 4
"""Lines without a label in a block: long lists of recipients are wrapped."""
_LABEL_WIDTH: Final = 48
_ENOUGH_FIELDS: Final = 3
_MAX_LINES_ABOVE_NOTES_LABELS: Final = 2


class QuotedHeaders:
    """Finds header blocks among the lines of a text."""

    def __init__(self, text: TextLines) -> None:
        self._text = text
        self._names = language_patterns().fields
        self._original_message = language_patterns().original_message
        self._fields = [self._field(line) for line in text.lines]

    def begins(self, index: int) -> bool:
        """Whether a block of headers (From, Sent, To, Subject) begins at line `index`."""
        first = self._fields[index]
        if first is None or first == "other" or not self._may_be_in_mail(index, first):
            return False
        fields: set[Field] = {first}
        proven = self._proves(index, first)
        for at, field in self._fields_below(index, fields):
            fields.add(field)
            if not self._may_be_in_mail(at, field):
                return False
            proven = proven or self._proves(at, field)
            if proven and "from" in fields and len(fields - {"other"}) >= _ENOUGH_FIELDS:
                return True
        return {"from", "date", "subject"} <= fields

    def _fields_below(self, index: int, fields: set[Field]) -> Iterator[tuple[int, Field]]:
        """The lines below `index` with a field of the same block, and the field of each. `fields` are found already."""
        blank = other = 0
        for at in range(index + 1, min(len(self._text), index + _MAX_LINES)):
            field = self._fields[at]
            if self._text.blank[at]:
                blank += 1
                if blank > _MAX_BLANK_LINES or (blank > 1 and len(fields) < 2):
                    return
            elif field is None:
                other += 1
                if other > _MAX_OTHER_LINES:
                    return
            elif field == "from" and field in fields:
                return  # the next block
            else:
                yield at, field

    def begins_in_notes(self, index: int) -> bool:
        """Whether a table of Lotus Notes begins here: name, date, then `To`, `cc`, `Subject`, each on its own line."""
        above = 0
        dated = False
        fields: set[Field] = set()
        for at in range(index, min(len(self._text), index + _MAX_LINES)):
            if self._text.blank[at]:
                continue
            line = self._text.lines[at].strip()
            field = self._names.get(caseless(line)) if len(line) < _LABEL_WIDTH else None
            if field is not None:
                if not dated:
                    return False
                fields.add(field)
            elif not fields:
                above += 1
                dated = dated or (len(line) < _LABEL_WIDTH and DATE.search(line) is not None)
                if above > _MAX_LINES_ABOVE_NOTES_LABELS or len(line) > _LABEL_WIDTH:
                    return False
            if {"to", "subject"} <= fields:
                return True
        return False

    def quotes_only_headers(self, index: int) -> bool:
        """Whether the quoted headers have a prefix (`>`) and the quoted text has none, as in emails of Orange.

        The first of these lines says "Message of 3/11/2026" or similar.
        """
        if index and self._text.quoted[index - 1]:
            return False
        first = caseless(self._text.lines[index].strip(" >"))
        if not first.startswith(self._original_message) or not DATE.search(first):
            return False
        for at in range(index + 1, min(len(self._text), index + _MAX_LINES)):
            line = self._text.lines[at].strip(" >")
            if not self._text.quoted[at]:
                return True
            if line and self._names.get(caseless(line.partition(":")[0].strip())) is None:
                return False
        return False

    def _field(self, line: str) -> Field | None:
        """The field of quoted headers that the line holds; None if it holds none."""
        if ":" not in line[:_LABEL_WIDTH] and "：" not in line[:_LABEL_WIDTH]:
            return None
        match = _FIELD_LINE.match(line)
        if match is None:
            return None
        return self._names.get(caseless(match[1].strip()))

    def _may_be_in_mail(self, index: int, field: Field) -> bool:
        """Whether the field may be that of an email. A From without letters is that of a form: `From: 12/01/2026`."""
        if field != "from":
            return True
        match = _FIELD_LINE.match(self._text.lines[index])
        return match is None or not match[2].strip() or _LETTER.search(match[2]) is not None

    def _proves(self, index: int, field: Field) -> bool:
        """Whether the line proves that the block is from an email: a time, an address, a directory name (`Ann/HQ`)."""
        line = self._text.lines[index]
        if field == "date":
            return TIME.search(line) is not None
        return field in ("from", "to") and ("/" in line or ("@" in line and EMAIL.search(line) is not None))
