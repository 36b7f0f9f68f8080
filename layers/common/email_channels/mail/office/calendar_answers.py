"""Reads answers to invitations from the calendar objects that mail programs attach (RFC 5545, RFC 5546).

Only what a person would read is taken: who answered what, to which invitation, with which words. Calendar objects come
from strangers: nothing here raises, and damaged objects are read as far as possible.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from email_channels.expressions import expression
from email_channels.mail.charsets import decode
from email_channels.mail.limits import MAX_CALENDAR_BYTES
from email_channels.mail.message import Attachment
from email_channels.values import dataclass

REPLY: Final = "REPLY"
COUNTER: Final = "COUNTER"

_TYPES: Final = ("text/calendar", "application/ics", "text/x-vcalendar")
_BEGINS: Final = b"BEGIN:VCALENDAR"
_ANSWERED_ITEMS: Final = ("VEVENT", "VTODO")
_FOLD: Final = expression(r"\r?\n[ \t]")
# A content line (RFC 5545, section 3.1): its name, its parameters, whose values may be quoted, and its value.
_QUOTED_OR_PLAIN: Final = r'(?:"[^"]{0,500}"|[^;:",]{0,500})'
_LINE: Final = expression(
    rf'([A-Za-z0-9-]{{1,60}})((?:;[^;:="]{{1,60}}={_QUOTED_OR_PLAIN}(?:,{_QUOTED_OR_PLAIN}){{0,20}}){{0,20}}):(.*)'
)
_PARAMETER: Final = expression(r';([^;:="]{1,60})=(?:"([^"]{0,500})"|([^;:"]{0,500}))')
_ESCAPE: Final = expression(r"\\([nN,;\\])")
_TIME: Final = expression(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?")

_ANSWERS: Final = {
    "ACCEPTED": "accepted",
    "DECLINED": "declined",
    "TENTATIVE": "tentatively accepted",
    "DELEGATED": "delegated",
}


@dataclass(frozen=True, slots=True)
class CalendarAnswer:
    """An answer to an invitation. A value that the calendar object does not give is "".

    `method` is that of RFC 5546: `REPLY` (yes, no or perhaps), or `COUNTER` (another time is proposed). `status` is
    PARTSTAT in upper case (ACCEPTED, DECLINED, TENTATIVE). `time` is for people, as the calendar object gives it.
    `description` is the organiser's text, which some programs repeat in an answer.
    """

    method: str
    status: str
    name: str
    address: str
    sent_by: str
    summary: str
    time: str
    comment: str
    description: str


@dataclass(frozen=True, slots=True)
class _Property:
    name: str
    parameters: dict[str, str]
    value: str


def calendar_answer(attachments: Iterable[Attachment]) -> CalendarAnswer | None:
    """The first answer to an invitation among `attachments`; None if there is none."""
    for part in attachments:
        if (part.content_type in _TYPES or part.filename.lower().endswith(".ics")) and (answer := _read(part.content)):
            return answer
    return None


def calendar_answer_text(answer: CalendarAnswer, sender: str) -> str:
    """What `answer` says, as a text for people. `sender` is the name of the email's sender: it may be missing inside.

    For example: `Kim Lee declined the invitation "Pay review" (2026-11-10 10:00, Europe/Berlin).`, then the comment.
    """
    who = answer.name or answer.address or sender
    did = "proposed another time for" if answer.method == COUNTER else _ANSWERS.get(answer.status, "replied to")
    which = f' "{answer.summary}"' if answer.summary else ""
    when = f" ({answer.time})" if answer.time else ""
    sentence = f"{who} {did} the invitation{which}{when}."
    return f"{sentence}\n\n{answer.comment}" if answer.comment else sentence


def _read(content: bytes) -> CalendarAnswer | None:
    if not content[:100].lstrip(b"\xef\xbb\xbf \t\r\n").upper().startswith(_BEGINS):
        return None
    text, _ = decode(content[:MAX_CALENDAR_BYTES], "utf-8")
    found = _properties(_FOLD.sub("", text).splitlines())
    method = found["METHOD"].value.strip().upper() if "METHOD" in found else ""
    if method not in (REPLY, COUNTER):
        return None
    attendee = found.get("ATTENDEE", _Property("", {}, ""))
    return CalendarAnswer(
        method=method,
        status=attendee.parameters.get("PARTSTAT", "").upper(),
        name=_on_one_line(attendee.parameters.get("CN", "")),
        address=_address(attendee.value),
        sent_by=_address(attendee.parameters.get("SENT-BY", "")),
        summary=_on_one_line(_value(found, "SUMMARY")),
        time=_time(found.get("DTSTART")),
        comment=_value(found, "COMMENT").strip(),
        description=_value(found, "DESCRIPTION"),
    )


def _properties(lines: Iterable[str]) -> dict[str, _Property]:
    """The properties of the calendar and of its first event or task, by name. Of several, the first one counts."""
    found: dict[str, _Property] = {}
    path: list[str] = []
    for line in _matched(lines):
        if line.name == "BEGIN":
            path.append(line.value.strip().upper())
        elif line.name == "END":
            if path and path.pop() in _ANSWERED_ITEMS:
                break
        elif len(path) == 1 or (len(path) == 2 and path[1] in _ANSWERED_ITEMS):
            found.setdefault(line.name, line)
    return found


def _matched(lines: Iterable[str]) -> Iterator[_Property]:
    for line in lines:
        if (match := _LINE.match(line)) is not None:
            parameters = {name.upper(): quoted or plain for name, quoted, plain in _PARAMETER.findall(match[2])}
            yield _Property(match[1].upper(), parameters, match[3])


def _value(found: dict[str, _Property], name: str) -> str:
    """The text of a property (RFC 5545, section 3.3.11); "" if it is missing."""
    value = found[name].value if name in found else ""
    return _ESCAPE.sub(lambda match: "\n" if match[1] in "nN" else match[1], value)


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def _address(value: str) -> str:
    scheme, colon, address = value.strip().partition(":")
    return address.strip() if colon and scheme.lower() == "mailto" else ""


def _time(start: _Property | None) -> str:
    """For example `2026-11-10 10:00, Europe/Berlin`; `2026-11-10` for a whole day; "" if it cannot be read."""
    match = _TIME.match(start.value) if start else None
    if start is None or match is None:
        return ""
    day = f"{match[1]}-{match[2]}-{match[3]}"
    if match[4] is None:
        return day
    zone = "UTC" if match[6] else _on_one_line(start.parameters.get("TZID", ""))
    return f"{day} {match[4]}:{match[5]}" + (f", {zone}" if zone else "")
