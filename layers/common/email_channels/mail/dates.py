"""Reads Date fields that are not well-formed. mail-parser reads the others (see `parsing`).

Examples: RFC 5322's obsolete forms (section 4.3), named zones, no zone, two-digit years, ctime, ISO 8601, AM and PM,
zones such as `GMT+0100`.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

from email_channels.expressions import expression

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
# The names of zones in Windows, in hours of standard time. They are in the comment or, against the RFC, in place of the
# offset.
_ZONES_IN_WORDS: Final = {
    "greenwich mean": 0, "coordinated universal": 0, "eastern": -5, "central": -6, "mountain": -7, "pacific": -8,
    "alaskan": -9, "hawaiian": -10, "atlantic": -4, "central europe": 1, "central european": 1, "w. europe": 1,
    "romance": 1, "e. europe": 2, "eastern european": 2, "fle": 2, "gtb": 2, "israel": 2, "south africa": 2,
    "russian": 3, "arabian": 4, "india": 5.5, "china": 8, "singapore": 8, "tokyo": 9, "korea": 9, "japan": 9,
    "aus eastern": 10, "new zealand": 12,
}  # fmt: skip
# January to December, short and long. Programs that run in another language write them in that language.
_MONTH_NAMES: Final = (
    "jan feb mar apr may jun jul aug sep oct nov dec",
    "january february march april may june july august september october november december",
    "januar februar märz april mai juni juli august sept oktober november dezember",
    "jän feber mrz apr mai juni juli aug sep okt nov dez",
    "jänner feb mär april mai jun jul august september okt nov december",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "janv fév mars avr mai juin juil aout sept oct nov déc",
    "janv févr mars avr mai juin juil août sept oct nov déc",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "ene feb mar abr may jun jul ago set oct nov dic",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "gen feb mar apr mag giu lug ago set ott nov dic",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "jan fev mar abr mai jun jul ago set out nov dez",
    "januari februari maart april mei juni juli augustus september oktober november december",
    "jan feb mrt apr mei jun jul aug sep okt nov dec",
    "januari februari mars april maj juni juli augusti september oktober november december",
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "янв фев мар апр май июн июл авг сен окт ноя дек",
    "янв февр март апр мая июня июля авг сент окт нояб дек",
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    "sty lut mar kwi maj cze lip sie wrz paź lis gru",
    "ledna února března dubna května června července srpna září října listopadu prosince",
    "oca şub mar nis may haz tem ağu eyl eki kas ara",
    "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
    "tammi helmi maalis huhti touko kesä heinä elo syys loka marras joulu",
    "1月 2月 3月 4月 5月 6月 7月 8月 9月 10月 11月 12月",
    "一月 二月 三月 四月 五月 六月 七月 八月 九月 十月 十一月 十二月",
    "1월 2월 3월 4월 5월 6월 7월 8월 9월 10월 11월 12월",
)
_MONTHS: Final = {name: number for row in _MONTH_NAMES for number, name in enumerate(row.split(), start=1)}
_COMMENT: Final = expression(r"\(([^()]{0,100})\)")
_TIME: Final = expression(
    r"(?<![\d:.])(\d{1,2})[:.](\d{1,2})(?:[:.](\d{1,2})(?:[.,]\d{1,9})?)?(?![\d:]|\.\d)\s{0,3}([ap]\.?m\b)?",
    re.IGNORECASE,
)
_OFFSET: Final = expression(r"(?:(?:UTC|GMT)\s{0,2})?([+-])\s?(\d{1,2}):?(\d{2})?(?!\d)", re.IGNORECASE)
_ZONE_IN_WORDS: Final = expression(
    r"([A-Za-z.]{2,12}(?: [A-Za-z]{3,9})??) (Standard |Daylight |Summer )?Time\b", re.IGNORECASE
)
# Four digits after the time, if the year is before it: an offset without its sign.
_UNSIGNED_OFFSET: Final = expression(r"^\s{0,5}((?:0\d|1[0-4])(?:00|15|30|45))\b(?!:)")
_TIME_WITHOUT_COLON: Final = expression(r"(?<=\d{4} )([01]\d|2[0-3])([0-5]\d)(?= ?(?:[A-Z]{1,5}|[+-]\d{4})$)")
_ISO: Final = expression(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ]|$)")
_ISO_BASIC: Final = expression(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)?")
_EPOCH: Final = expression(r"1\d{9}")  # seconds since 1970, as scripts write them; 2001 to 2033
_POSIX_ZONE: Final = expression(r"(?<![A-Za-z])([A-Z]{3})\d{1,2}[A-Z]{3}(?![A-Za-z])")
_ORDINAL: Final = expression(r"(?<=\d)(?:st|nd|rd|th)\b", re.IGNORECASE)
_WITH_DOTS: Final = expression(r"(?<![\d.])(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}|\d{2})(?![\d.])")
_WITH_SLASHES: Final = expression(r"(?<![\d/-])(\d{1,2})([/-])(\d{1,2})\2(\d{4})(?![\d/-])")
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EAST_ASIAN: Final = expression(r"(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]")
_WORDS: Final = expression(r"[^\W_]+")
_ABBREVIATION: Final = expression(r"(?<![^\W_])[A-Za-z]{1,5}(?![^\W_])")
_FURTHEST_ZONE: Final = 15
"""Hours from UTC."""

_LONGEST_DATE: Final = 200


def parse_date(text: str) -> datetime | None:
    """The time in a Date field, as an aware datetime; None if it cannot be read or is impossible.

    A time without a zone is read as UTC, as RFC 5322 does for `-0000`.
    """
    text = text.strip().strip('"')[:_LONGEST_DATE].replace("\N{MINUS SIGN}", "-")
    if _EPOCH.fullmatch(text):
        return datetime.fromtimestamp(int(text), UTC)
    text = _ISO_BASIC.sub(r"\1-\2-\3T\4:\5:\6", text).replace(":Z", "Z")
    comments = _COMMENT.findall(text)
    text = _COMMENT.sub(" ", text)
    time = _TIME.search(text)
    if time is None and "-" not in text[:10]:
        text = _TIME_WITHOUT_COLON.sub(r"\1:\2", text.strip())
        time = _TIME.search(text)
    if iso := _ISO.match(text):
        year_month_day: tuple[int, int, int] | None = (int(iso[1]), int(iso[2]), int(iso[3]))
        time = _TIME.search(text, iso.end())
        rest = text[time.end() :] if time else ""
    else:
        before, rest = (text[: time.start()], text[time.end() :]) if time else (text, "")
        year_month_day = _date_of_digits(before) or _date_with_month_name(before, rest)
        if year_month_day is not None and not str(year_month_day[0]).endswith(rest.strip()[:4]):
            rest = _UNSIGNED_OFFSET.sub(r"+\1", rest)
    clock = _clock(time)
    if year_month_day is None or clock is None:
        return None
    return _moment(year_month_day, clock, rest, comments)


def _clock(time: re.Match[str] | None) -> tuple[int, int, int] | None:
    """Hour, minute and second of a match of `_TIME`; midnight without a match; None for an impossible AM or PM time."""
    if time is None:
        return 0, 0, 0
    hour, minute, second = int(time[1]), int(time[2]), int(time[3] or 0)
    if time[4]:
        if hour == 0:
            return None
        if hour <= 12:  # some write "17:00 PM"
            hour = hour % 12 + (12 if time[4][0] in "pP" else 0)
    return hour, minute, second


def _moment(
    year_month_day: tuple[int, int, int], clock: tuple[int, int, int], rest: str, comments: list[str]
) -> datetime | None:
    """The moment of a date and a time, in the zone that `rest` or a comment names; None if it is impossible."""
    is_end_of_day = clock == (24, 0, 0)  # in ISO 8601 and in German
    hour, minute, second = (0, 0, 0) if is_end_of_day else clock
    is_leap_second = second == 60
    try:
        moment = datetime(*year_month_day, hour, minute, 59 if is_leap_second else second, tzinfo=_zone(rest, comments))
        moment += timedelta(days=int(is_end_of_day), seconds=int(is_leap_second))
        moment.astimezone(UTC)  # fails for the first and the last hours of the calendar
    except (ValueError, OverflowError):
        return None
    return moment


def _date_of_digits(before: str) -> tuple[int, int, int] | None:
    """Year, month and day of a date in digits, if their order is known; None otherwise.

    East Asian characters and dots tell the order; slashes and hyphens tell it only in part.
    """
    if found := _EAST_ASIAN.search(before):
        return int(found[1]), int(found[2]), int(found[3])
    if found := _WITH_DOTS.search(before):
        return _full_year(found[3]), int(found[2]), int(found[1])
    if found := _WITH_SLASHES.search(before):
        return _day_or_month_first(int(found[1]), int(found[3]), int(found[4]), before)
    return None


def _day_or_month_first(first: int, second: int, year: int, before: str) -> tuple[int, int, int] | None:
    """Year, month and day, if the first of two numbers may be the day or the month; None if the order is not certain.

    `25/11/2026` and `11/25/2026` are certain. In `Wed 11/03/2026` the weekday decides. `11/03/2026` is not certain.
    """
    if first == second or max(first, second) > 12:
        return (year, second, first) if second <= 12 else (year, first, second)
    weekdays = [number for number, name in enumerate(_WEEKDAYS) if name in before.lower()]
    if not weekdays or not min(first, second) or year == 0:
        return None
    both = ((second, first), (first, second))
    right = [(month, day) for month, day in both if date(year, month, day).weekday() == weekdays[0]]
    return (year, *right[0]) if len(right) == 1 else None


def _date_with_month_name(before: str, rest: str) -> tuple[int, int, int] | None:
    """Year, month and day of the words before the time. In ctime's format the year is in `rest`, after the time."""
    month = day = year = None
    month_after_day = False
    for word in _WORDS.findall(_ORDINAL.sub("", before)):
        lowered = word.lower()
        if lowered.isdecimal() and lowered.isascii():
            if day is None and len(word) <= 2:
                day = int(word)
            elif year is None and len(word) <= 5:
                year = _full_year(word)
        elif lowered in _MONTHS and (month is None or (day is not None and not month_after_day)):
            month, month_after_day = _MONTHS[lowered], day is not None  # "mar., 3 nov.": "mar." is Tuesday
        elif match := re.fullmatch(r"(\d{1,2})([a-z]{3,9})(\d{2,4})", lowered):  # 03Nov2026
            day, month, year = int(match[1]), _MONTHS.get(match[2]), _full_year(match[3])
    if year is None and (found := re.search(r"(?<![\d+:-])(\d{4})(?!\d)", rest)):  # ctime
        year = int(found[1])
    return None if day is None or month is None or year is None else (year, month, day)


def _full_year(digits: str) -> int:
    """The year of two to four digits (section 4.3).

    Two digits, also with zeros before them, mean 1950 to 2049. Three digits count from 1900.
    """
    year = int(digits)
    if len(digits) == 2 or (len(digits) == 4 and year < 100):
        return year + (2000 if year < 50 else 1900)
    return year + 1900 if len(digits) == 3 else year


def _zone(rest: str, comments: list[str]) -> timezone:
    """The zone after the time, otherwise the zone in a comment; UTC if there is none or it is impossible."""
    rest = _POSIX_ZONE.sub(r"\1", rest)  # EST5EDT
    return next((zone for text in (rest, *comments) if (zone := _zone_in(text)) is not None), UTC)


def _zone_in(text: str) -> timezone | None:
    if offset := _OFFSET.search(text):
        hours, minutes = int(offset[2]), int(offset[3] or 0)
        if hours > _FURTHEST_ZONE or minutes >= 60:
            return UTC
        return timezone((-1 if offset[1] == "-" else 1) * timedelta(hours=hours, minutes=minutes))
    if (words := _ZONE_IN_WORDS.search(text)) and (standard := _ZONES_IN_WORDS.get(words[1].lower())) is not None:
        is_summer = (words[2] or "").lower() in ("daylight ", "summer ")
        return timezone(timedelta(hours=standard + is_summer))
    for word in _ABBREVIATION.findall(text):
        if (named := _ZONES.get(word.upper())) is not None:
            return timezone(timedelta(hours=named)) if named else UTC
    return None
