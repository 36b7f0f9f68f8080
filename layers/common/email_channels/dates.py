"""Date fields as senders write them -> aware datetimes.

mail-parser reads the well-formed ones (see `parsing`). This is for the rest: RFC 5322's obsolete forms (section 4.3),
named zones, no zone, two-digit years, ctime, ISO 8601, AM and PM, zones such as `GMT+0100`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

# RFC 5322, section 4.3, and the abbreviations that mail programs really send, in hours.
_ZONES: Final = {
    "UT": 0.0, "UTC": 0.0, "GMT": 0.0, "Z": 0.0, "WET": 0.0, "AZOT": -1.0,
    "EST": -5.0, "EDT": -4.0, "CST": -6.0, "CDT": -5.0, "MST": -7.0, "MDT": -6.0, "PST": -8.0, "PDT": -7.0,
    "AKST": -9.0, "AKDT": -8.0, "HST": -10.0, "AST": -4.0, "ADT": -3.0, "NST": -3.5, "NDT": -2.5, "BRT": -3.0,
    "BRST": -2.0, "ART": -3.0, "CLT": -4.0, "CLST": -3.0,
    "BST": 1.0, "IST": 5.5, "WEST": 1.0, "CET": 1.0, "MET": 1.0, "MEZ": 1.0, "CEST": 2.0, "MEST": 2.0, "MESZ": 2.0,
    "SAST": 2.0, "EET": 2.0, "EEST": 3.0, "MSK": 3.0, "MSD": 4.0, "IDT": 3.0, "TRT": 3.0, "GST": 4.0, "PKT": 5.0,
    "ICT": 7.0, "WIB": 7.0, "HKT": 8.0, "SGT": 8.0, "AWST": 8.0, "PHT": 8.0, "JST": 9.0, "KST": 9.0,
    "ACST": 9.5, "ACDT": 10.5, "AEST": 10.0, "AEDT": 11.0, "NZST": 12.0, "NZDT": 13.0,
}  # fmt: skip
_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janv janvier ene enero gen gennaio janeiro",
            "feb february februar fév février febrero febbraio fev fevereiro",
            "mar march mär mrz märz mars marzo março",
            "apr april avr avril abr abril aprile",
            "may mai mayo mag maggio maio mei",
            "jun june juni juin junio giu giugno junho",
            "jul july juli juil juillet julio lug luglio julho",
            "aug august août aout ago agosto",
            "sep sept september septembre septiembre set settembre setembro",
            "oct october okt oktober octobre octubre ott ottobre out outubro",
            "nov november novembre noviembre novembro",
            "dec december dez dezember déc décembre dic diciembre dicembre dezembro",
        ),
        start=1,
    )
    for name in names.split()
}
_COMMENT: Final = re.compile(r"\(([^()]{0,100})\)")
_TIME: Final = re.compile(
    r"(?<![\d:.])(\d{1,2})[:.](\d{1,2})(?:[:.](\d{1,2})(?:[.,]\d{1,9})?)?(?![\d:])\s{0,3}([ap]\.?m\b)?", re.IGNORECASE
)
_OFFSET: Final = re.compile(r"(?:(?:UTC|GMT)\s{0,2})?([+-])\s?(\d{1,2}):?(\d{2})?(?!\d)", re.IGNORECASE)
_ISO: Final = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ]|$)")
_WORDS: Final = re.compile(r"[^\W_]+")


def parse_date(text: str) -> datetime | None:
    """The moment that a Date field means, aware; None where it cannot be told.

    Without a zone it is taken as UTC (RFC 5322 says the same of `-0000`). Impossible days, months and hours give None.
    """
    text = text.strip().strip('"')[:200]
    comments = _COMMENT.findall(text)
    text = _COMMENT.sub(" ", text)
    time = _TIME.search(text)
    if iso := _ISO.match(text):
        year, month, day = int(iso[1]), int(iso[2]), int(iso[3])
        date_end = iso.end()
        time = _TIME.search(text, date_end)
        rest = text[time.end() :] if time else ""
    else:
        before = text[: time.start()] if time else text
        rest = text[time.end() :] if time else ""
        numbers = _day_month_year(before, rest)
        if numbers is None:
            return None
        year, month, day = numbers
    hour, minute, second = (int(time[1]), int(time[2]), int(time[3] or 0)) if time else (0, 0, 0)
    if time and time[4]:
        if 1 <= hour <= 12:  # some write "17:00 PM"
            hour = hour % 12 + (12 if time[4][0] in "pP" else 0)
        elif hour == 0:
            return None
    leap = second == 60
    try:
        zone = _zone(rest, comments)
        moment = datetime(year, month, day, hour, minute, 59 if leap else second, tzinfo=zone)
        moment += timedelta(seconds=1 if leap else 0)
        moment.astimezone(UTC)  # the ends of the calendar have no UTC
    except (ValueError, OverflowError):
        return None
    return moment


def _day_month_year(before: str, rest: str) -> tuple[int, int, int] | None:
    month = day = year = None
    for word in _WORDS.findall(before):
        lowered = word.lower()
        if lowered.isdecimal() and lowered.isascii():
            if day is None and len(word) <= 2:
                day = int(word)
            elif year is None and len(word) <= 5:
                year = _full_year(word)
        elif month is None and lowered in _MONTHS:
            month = _MONTHS[lowered]
        elif match := re.fullmatch(r"(\d{1,2})([a-z]{3,9})(\d{2,4})", lowered):  # 03Nov2026
            day, month, year = int(match[1]), _MONTHS.get(match[2]), _full_year(match[3])
    if year is None and (found := re.search(r"(?<![\d+:-])(\d{4})(?!\d)", rest)):  # ctime: the year comes last
        year = int(found[1])
    return None if day is None or month is None or year is None else (year, month, day)


def _full_year(digits: str) -> int:
    """RFC 5322, section 4.3: two digits are 1950 to 2049 (after zeros too), three are counted from 1900."""
    year = int(digits)
    if len(digits) == 2 or (len(digits) == 4 and year < 100):
        return year + (2000 if year < 50 else 1900)
    return year + 1900 if len(digits) == 3 else year


def _zone(rest: str, comments: list[str]) -> timezone:
    for text in (rest, *comments):
        if offset := _OFFSET.search(text):
            hours, minutes = int(offset[2]), int(offset[3] or 0)
            if hours <= 15 and minutes < 60:
                sign = -1 if offset[1] == "-" else 1
                return timezone(sign * timedelta(hours=hours, minutes=minutes))
            return UTC
        for word in re.findall(r"[A-Za-z]{1,5}", text):
            if (named := _ZONES.get(word.upper())) is not None:
                return timezone(timedelta(hours=named)) if named else UTC
    return UTC
