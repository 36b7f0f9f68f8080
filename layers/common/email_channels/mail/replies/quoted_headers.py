"""Blocks of headers that mail programs put above what they quote: `From:`, `Sent:`, `To:`, `Subject:` and their kin.

Forms and timetables have `From:`, `To:` and `Date:` too, so a block needs a sender, three kinds of fields, and an
address or a time. The fields' names in each language are in `reply_languages`.
"""

from __future__ import annotations

import re
from typing import Final

from email_channels.mail.replies.patterns import EMAIL, TIME, YEAR
from email_channels.mail.replies.words import words

_LETTER: Final = re.compile(r"[^\W\d_]")
_LABEL_LINE: Final = re.compile(r"^[\s*_]{0,6}([^\s*:：][^:：*\n]{0,28}?)\s{0,3}[*_]{0,2}\s{0,2}[:：][*_]{0,2}(.*)$")
_LONGEST_BLOCK: Final = 12
_LABEL_WIDTH: Final = 48


class HeaderBlocks:
    """Finds such blocks among the lines of a text."""

    def __init__(self, lines: list[str], quoted: list[bool], blank: list[bool]) -> None:
        self.lines = lines
        self.quoted = quoted
        self.blank = blank
        self.labels = words().labels
        self.original = words().original
        self.roles = [self._label(line) for line in lines]

    def begins(self, index: int) -> bool:
        """Whether a block of headers (From, Sent, To, Subject) begins here; long lists of recipients may wrap."""
        first = self.roles[index]
        if first is None or first == "cc" or (first == "from" and not self._is_named(index)):
            return False
        roles = {first}
        blanks = others = 0
        proven = self._proves(first, self.lines[index])
        for at in range(index + 1, min(len(self.lines), index + _LONGEST_BLOCK)):
            if self.blank[at]:
                blanks += 1
                if blanks > 1 and len(roles) < 2:
                    break
                if blanks > 3:
                    break
                continue
            role = self.roles[at]
            if role is None:
                others += 1
                if others > 4:
                    break
                continue
            if role == "from" and role in roles:
                break
            roles.add(role)
            proven = proven or self._proves(role, self.lines[at])
            if role == "from" and not self._is_named(at):
                return False
            if proven and "from" in roles and len(roles - {"cc"}) >= 3:
                return True
        return "from" in roles and "sent" in roles and "subject" in roles

    def notes_begins(self, index: int) -> bool:
        """Whether Lotus Notes' table begins here: a name, a date, and `To`, `cc`, `Subject` each on a line alone."""
        seen = 0
        dated = False
        roles: set[str] = set()
        for at in range(index, min(len(self.lines), index + _LONGEST_BLOCK)):
            if self.blank[at]:
                continue
            line = self.lines[at].strip()
            role = self.labels.get(line.casefold()) if len(line) < _LABEL_WIDTH else None
            if role is not None:
                if not dated:
                    return False
                roles.add(role)
            elif not roles:
                seen += 1
                dated = dated or (len(line) < _LABEL_WIDTH and YEAR.search(line) is not None)
                if seen > 2 or len(line) > _LABEL_WIDTH:
                    return False
            if "to" in roles and "subject" in roles:
                return True
        return False

    def alone_quoted(self, index: int) -> bool:
        """Whether only the headers of the quoted mail are marked, under words that say so, and not what it said."""
        if index and self.quoted[index - 1]:
            return False
        first = self.lines[index].strip(" >").casefold()
        if not first.startswith(self.original) or not YEAR.search(first):
            return False
        for at in range(index + 1, min(len(self.lines), index + _LONGEST_BLOCK)):
            line = self.lines[at].strip(" >")
            if not self.quoted[at]:
                return True
            if line and self.labels.get(line.partition(":")[0].strip().casefold()) is None:
                return False
        return False

    def _label(self, line: str) -> str | None:
        """Which field the line is of, if it is one of a quoted mail's headers."""
        if ":" not in line[:_LABEL_WIDTH] and "：" not in line[:_LABEL_WIDTH]:
            return None
        match = _LABEL_LINE.match(line)
        if match is None:
            return None
        return self.labels.get(match[1].strip().casefold())

    def _is_named(self, index: int) -> bool:
        """Whether a sender stands there; a form asks `From: 12/01/2026`, `To: 16/01/2026`."""
        match = _LABEL_LINE.match(self.lines[index])
        return match is None or not match[2].strip() or _LETTER.search(match[2]) is not None

    def _proves(self, role: str, line: str) -> bool:
        """Whether the line is one of a mail: forms and timetables have `From:`, `To:` and `Date:` as well."""
        if role == "sent":
            return TIME.search(line) is not None
        return role in ("from", "to") and ("/" in line or ("@" in line and EMAIL.search(line) is not None))
