"""Finds the header blocks that mail programs write above a quote: `From:`, `Sent:`, `To:`, `Subject:` and others.

Forms and timetables also have `From:`, `To:` and `Date:`. So a block must have a sender, three kinds of fields, and an
address, a time, or a label that forms do not have (`Sent:`); or else a sender, a date and a subject, of which the date
has a weekday or such a label, or the subject is that of an answer. Without these, a sender, a date with its weekday,
and a recipient, in this order, are a block below a rule or a blank line. `From:` and `To:` with a day each are those of
a form, whatever else the block has.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from email_channels.expressions import expression
from email_channels.mail.caseless import caseless
from email_channels.mail.replies.dates_and_addresses import DATE, EMAIL, TIME
from email_channels.mail.replies.language_patterns import Field, language_patterns
from email_channels.mail.replies.separators import is_rule
from email_channels.mail.replies.text_lines import TextLines
from email_channels.mail.subjects import REPLY_PREFIX

_LETTER: Final = expression(r"[^\W\d_]")
_FIELD_LINE: Final = expression(r"^[\s*_]{0,6}([^\s*:：][^:：*\n]{0,28}?)\s{0,3}[*_]{0,2}\s{0,2}[:：][*_]{0,2}(.*)$")
_MAX_LINES: Final = 12
_MAX_BLANK_LINES: Final = 3
_MAX_OTHER_LINES: Final = 4
"""Lines without a label in a block: long lists of recipients are wrapped."""
_LABEL_WIDTH: Final = 48
# The upper edge of the table of Lotus Notes 6 and 7, around the sender and the date: `|-----+---------->`
_NOTES_EDGE: Final = expression(r"\s{0,4}\|-{4,80}\+-{4,120}>\Z")
_ENOUGH_FIELDS: Final = 3
_MAX_LINES_ABOVE_NOTES_LABELS: Final = 2

_DATE_LABELS_OF_FORMS: Final = frozenset(
    caseless(label)
    for label in (
        *("date", "datum", "data", "fecha", "dato", "dátum", "datums", "tarih", "tarix", "dată", "dáta", "dyddiad"),
        *("päivämäärä", "päiväys", "kuupäev", "dagsetning", "дата", "датум", "күні", "ημερομηνία", "ημ/νία"),
        *("日期", "日付", "日時", "时间", "時間", "날짜", "ngày", "วันที่", "tanggal", "tarikh", "tarehe"),
        *("दिनांक", "তারিখ", "תאריך", "בתאריך", "التاريخ", "تاريخ", "تاریخ", "ամսաթիվ", "თარიღი", "dagur"),
    )
)
"""Labels of dates that forms have, too. All other labels of dates say that something was sent."""
_YEAR: Final = expression(r"(?<!\d)(?:19|20|25)\d\d(?!\d)")
_DAY: Final = expression(r"\W{0,3}[^\W\d_]{2,14}(?:-[^\W\d_]{2,8})?[,.]{0,2}\s\d{1,2}(?!\d)")
_WEEKDAY: Final = expression(r"^\W{0,3}[^\W\d_]{2,14}(?:-[^\W\d_]{2,8})?[,.]?,?\s.{0,30}?\d")


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
        order: list[Field] = [first]
        days: set[Field] = {first} if self._is_day(index) else set()
        proven = self._proves(index, first)
        answers = dated = False
        for at, field in self._fields_below(index, fields):
            fields.add(field)
            order.append(field)
            if self._is_day(at):
                days.add(field)
            answers = answers or (field == "subject" and self._is_answer(at))
            dated = dated or (field == "date" and self._is_of_mail(at))
            if not self._may_be_in_mail(at, field) or {"from", "to"} <= days:
                return False
            proven = proven or self._proves(at, field)
            if proven and "from" in fields and len(fields - {"other"}) >= _ENOUGH_FIELDS:
                return True
        if {"from", "date", "subject"} <= fields:
            return answers or dated
        return self._stands_alone(index, order)

    def _stands_alone(self, index: int, order: list[Field]) -> bool:
        """Whether sender, date and recipient, in this order, stand below a rule or a blank line, with a weekday."""
        if order[:3] != ["from", "date", "to"] or order[3:]:
            return False
        lines = self._text.lines[index : index + 3]
        if len(lines) < 3 or not (index == 0 or self._text.blank[index - 1] or is_rule(self._text.lines[index - 1])):
            return False
        date = self._value(index + 1)
        if not _YEAR.search(date) or not all(self._fields[index : index + 3]):
            return False
        above = self._text.last_text(index)
        below_rule = above >= 0 and is_rule(self._text.lines[above])
        return below_rule or _WEEKDAY.match(date) is not None

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
                if other > _MAX_OTHER_LINES or self._text.blank[at - 1]:
                    return
            elif field == "from" and field in fields:
                return  # the next block
            else:
                yield at, field

    def begins_in_notes(self, index: int) -> bool:
        """Whether a table of Lotus Notes begins here: name, date, then `To`, `cc`, `Subject`, each on its own line.

        Notes 6 and 7 also draw its edges.
        """
        if _NOTES_EDGE.match(self._text.lines[index]):
            within = "\n".join(self._text.lines[index : index + _MAX_LINES])
            return "@" in within or DATE.search(within) is not None
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

    def _says_sent(self, line: str) -> bool:
        match = _FIELD_LINE.match(line)
        return match is not None and caseless(match[1].strip()) not in _DATE_LABELS_OF_FORMS

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
        value = self._value(index)
        return not value.strip() or _LETTER.search(value) is not None

    def _value(self, index: int) -> str:
        """What stands behind the label of line `index`; "" if it has none."""
        match = _FIELD_LINE.match(self._text.lines[index])
        return match[2] if match is not None else ""

    def _is_day(self, index: int) -> bool:
        """Whether the field says only a day, as in a request for leave: `From: Monday, 9 November`."""
        value = self._value(index)
        return "@" not in value and _DAY.match(value) is not None

    def _is_answer(self, index: int) -> bool:
        """Whether the subject is that of an answer: `Subject: Re: Pay`."""
        return REPLY_PREFIX.match(self._value(index)) is not None

    def _is_of_mail(self, index: int) -> bool:
        """Whether a date has a weekday, or a label that forms do not have."""
        return self._says_sent(self._text.lines[index]) or _WEEKDAY.match(self._value(index)) is not None

    def _proves(self, index: int, field: Field) -> bool:
        """Whether the line proves that the block is from an email: a time, an address, a directory name (`Ann/HQ`)."""
        line = self._text.lines[index]
        if field == "date":
            return TIME.search(line) is not None or (self._says_sent(line) and DATE.search(line) is not None)
        return field in ("from", "to") and (line.count("/") > 1 or ("@" in line and EMAIL.search(line) is not None))
