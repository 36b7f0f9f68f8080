"""Finds attribution lines above quoted text ("On Tuesday, Ann Lee <ann@example.com> wrote:"), in all languages."""

from __future__ import annotations

from typing import Final, NamedTuple

from email_channels.expressions import expression
from email_channels.mail.caseless import caseless
from email_channels.mail.limits import MAX_ATTRIBUTION_CHARACTERS
from email_channels.mail.replies.dates_and_addresses import DATE, EMAIL, TIME
from email_channels.mail.replies.language_patterns import language_patterns
from email_channels.mail.replies.run_together import TITLES, has_own_words
from email_channels.mail.replies.text_lines import TextLines

_MAX_LINES: Final = 6
_MAX_CHARACTERS: Final = 500
_ENDS: Final = (":", "：", ">", "写道", "寫道", ":*", ":**", ":_", ": *")
_COLONS: Final = (":", "：", "写道", "寫道")
_BEGINS_WITH_DATE: Final = expression(r"[\W_]{0,3}(?:[^\W\d_]{1,12}[.,]{0,2}\s){0,3}\d")
# `2026. nov.`, `2026 г.`, `4 de nov.`: a full stop of a date, not of a sentence.
_ENDS_IN_DATE: Final = expression(r"\d\.?((?:\sde)?\s[^\W\d_]{1,6}|\sd['’][^\W\d_]{1,6})?\.$")
_FIRST_WORD: Final = expression(r"\s*(\S{1,320})")

# The end of the first line of a torn attribution: `10:00 AM`, `10:00 Uhr`, `10:00:00 GMT+1`.
_ENDS_IN_TIME: Final = expression(r"\d(?:\s?[^\W\d_]{1,4}\.?){0,2}(?:\s?[+-]\d{1,4})?(?:\s\([A-Z]{2,5}\))?\Z")
# The rest of a date whose beginning is on the line above: `2026 at 10:00`, `10:00, Ann Lee`.
_REST_OF_DATE: Final = expression(r"[\W_]{0,2}(?:(?:19|20|25)\d\d(?![\d./年-])|\d{1,2}[:.h]\d\d(?!\.?\d))")
_WEEKDAY: Final = expression(r"[\W_]{0,3}(?:[^\W\d_]{2,12}[.,]{1,2}|[^\W\d_]{2})\s\d")
_MAX_BLANK_LINES: Final = 2
"""Blank lines between two lines of an attribution."""

_DIGIT: Final = expression(r"\d")
_WORDS: Final = expression(r"[^\W\d_]{2,}")
_WORDS_OF_A_SENTENCE: Final = 3
"""This many words above address and date are not a name in small letters."""

# What follows date, time and address in a sentence: `is late. Your colleague wrote:`. Names have capitals: `Jos. Lee`.
_SENTENCE_ENDS_BEHIND: Final = expression(r"(?<![^\W\d_])([^\W\d_]{4,40})[.!?]\s{1,4}[^\W\d_]|[。！？]\s{0,4}[^\W\d_]")
_TIME_ENDS_SENTENCE: Final = expression(r"(?:\s?(?:Uhr|[ap]\.?m))?[.!?]\s{1,4}([^\W\d_])")

_WRAPPED: Final = 45
"""A line of at least this many characters may be wrapped. Programs wrap at 60 to 78, before a word or an address."""

_WIDTH: Final = 58
"""A line was not wrapped if the first word of the next line also fits into this many characters."""

_QUOTE_WITHIN: Final = 20
"""The quote begins at most this many lines below an attribution, including blank lines."""

_SHORT: Final = 120
"""A line of fewer characters than this needs less evidence if it is above a quote."""

_LONGEST_WITHOUT_WORD: Final = 220
_LONGEST_WORD: Final = 40
_LONGEST_ADDRESS: Final = 400
_ADDRESS_AT_END: Final = expression(r"@[^\s<>@]{1,255}[>)\]*_]{0,3},?\s{0,2}\Z")
_WORD_WITHIN: Final = 240
"""The word ("wrote") is among this many characters at the end."""


class _Candidate(NamedTuple):
    """A text of one or more lines that may be an attribution."""

    text: str
    """The joined lines, caseless."""
    has_address: bool
    has_date: bool
    has_time: bool
    quote_follows: bool
    """Whether the next line that is not blank is quoted."""
    quote_is_next: bool
    """Whether the very next line is quoted."""

    @property
    def says_something(self) -> bool:
        """Whether the text says who or when, or is short and above a quote."""
        short_above_quote = self.quote_follows and len(self.text) < _SHORT
        return self.has_address or self.has_date or self.has_time or short_above_quote

    @property
    def has_end(self) -> bool:
        """Whether the text ends with a colon, or is complete without one."""
        complete = self.quote_is_next and self.has_date and (self.has_time or self.has_address)
        return self.text.endswith(_COLONS) or complete or self.ends_with_word

    @property
    def ends_with_word(self) -> bool:
        """Whether the text ends with "wrote" without a colon, as that of Zoho: `---- On ... Ann <...> wrote ----`.

        A sentence may also end so: "I sent it on 3 November, as Ann wrote". So it must begin like an attribution.
        """
        patterns = language_patterns()
        word = patterns.attribution_word_at_end.search(self.text, max(0, len(self.text) - _LONGEST_WORD))
        if word is None or not self.has_date:
            return False
        if not (self.begins_with_date or patterns.attribution_start.match(self.text)):
            return False
        return _ADDRESS_AT_END.search(self.text[: word.start()][-_LONGEST_ADDRESS:]) is not None or (
            self.has_time and self.quote_follows
        )

    @property
    def begins_with_date(self) -> bool:
        return _BEGINS_WITH_DATE.match(self.text) is not None


class Attributions:
    """Finds attributions among the lines of a text."""

    def __init__(self, text: TextLines) -> None:
        self._text = text
        self._word = language_patterns().attribution_word
        self._start = language_patterns().attribution_start
        self._may_end = [line.endswith(_ENDS) for line in text.lines]
        self._add_ends_with_word()
        self._add_ends_above_quotes()
        self._characters_left = MAX_ATTRIBUTION_CHARACTERS

    def _add_ends_above_quotes(self) -> None:
        """Mark the last line above each quote as a possible end. If blank lines follow it, it must have an address."""
        quoted = self._text.quoted
        for at in range(1, len(quoted)):
            if quoted[at] and not quoted[at - 1]:
                above = self._text.last_text(at)
                if above == at - 1 or (above >= 0 and "@" in self._text.lines[above]):
                    self._may_end[above] = True

    def _add_ends_with_word(self) -> None:
        """Mark lines between dashes, and last lines of paragraphs, that end with "wrote" and no colon."""
        word = language_patterns().attribution_word_at_end
        for at, line in enumerate(self._text.lines):
            if self._may_end[at] or self._text.blank[at]:
                continue
            last = at + 1 == len(self._text) or self._text.blank[at + 1] or self._text.quoted[at + 1]
            if last or line.endswith("--"):
                end = caseless(line[-2 * _LONGEST_WORD :]).rstrip(" *-_")
                self._may_end[at] = word.search(end, max(0, len(end) - _LONGEST_WORD)) is not None

    def end(self, index: int) -> int | None:
        """The first line after the attribution that begins at line `index`; None if none begins there.

        Line `index` must be neither blank nor quoted.
        """
        if not any(self._may_end[index : index + 2 * _MAX_LINES]):
            return None
        joined = ""
        at = index
        for _ in range(_MAX_LINES):
            joined = f"{joined} {self._text.lines[at].strip()}".strip()
            if len(joined) > _MAX_CHARACTERS:
                return None
            if self._may_end[at] and self._is_attribution(joined, at + 1):
                if not self._word_follows(joined, at + 1):
                    return None if has_own_words(joined) or self._begins_later(index, at) else at + 1
            elif not self._may_be_wrapped(index, at, joined) and not self._may_be_torn(index, at, joined):
                return None
            following = self._text.next_text(at + 1, within=_MAX_BLANK_LINES + 1)
            if following is None or self._text.quoted[following]:
                return None
            if following > at + 1 and not self._may_be_torn(index, at, joined):
                return None
            at = following
        return None

    def _may_be_torn(self, index: int, at: int, joined: str) -> bool:
        """Whether blank lines may tear apart the attribution that begins at line `index`, below line `at`.

        Then the lines above the blank ones are a date, or a date and a name, and a name or the word follows.
        """
        following = self._text.next_text(at + 1, within=_MAX_BLANK_LINES + 1)
        if following is None or not (self._starts_attribution(index) or _WEEKDAY.match(self._text.lines[index])):
            return False
        if not (DATE.search(joined) and (TIME.search(joined) or "@" in joined)):
            return False
        below = self._text.lines[following].strip()
        if below.startswith(("<", "(", "[")) and "@" in below:
            return True
        if joined.endswith((">", ")", ",")) or _ENDS_IN_TIME.search(joined):
            # Below is a name with an address, or the word alone.
            return EMAIL.search(below) is not None or self._word.match(caseless(below)) is not None
        return False

    def _is_attribution(self, joined: str, stop: int) -> bool:
        """Whether the `joined` lines, which end above line `stop`, are an attribution.

        They need less evidence if a quote with `>` follows.
        """
        self._characters_left -= len(joined)
        if self._characters_left < 0:
            return False
        candidate = self._candidate(joined, stop)
        if not candidate.says_something or (not candidate.quote_follows and self._is_sentence(joined)):
            return False
        # "03.03.2026" holds what looks like a time.
        has_time = TIME.search(DATE.sub(" ", candidate.text)) is not None
        moment = candidate.has_date and has_time
        if not (candidate.quote_follows or candidate.has_address or moment or self._gap_follows(stop)):
            # "On 3 March 2026 your agent wrote:" and "On 3 March at 10:00 my manager wrote:" introduce what people tell
            return False
        if candidate.has_end and self._word.search(candidate.text, max(0, len(candidate.text) - _WORD_WITHIN)):
            return True
        return _is_date_and_time(candidate) or _is_date_and_address(candidate)

    def _gap_follows(self, stop: int) -> bool:
        """Whether line `stop` is blank, or there is none."""
        return stop >= len(self._text) or self._text.blank[stop]

    def _is_sentence(self, joined: str) -> bool:
        """Whether somebody tells what another wrote, instead of quoting it.

        "On 3 November I wrote to Ann <ann@example.com> and she said:" has words of its own behind the address.
        """
        if _begins_in_a_sentence(joined) or _ends_a_sentence(joined):
            return True
        address = next(reversed(list(EMAIL.finditer(joined))), None)
        rest = caseless(joined[address.end() :]) if address else ""
        if not rest or _DIGIT.search(rest):
            return False
        return len(_WORDS.findall(self._word.sub(" ", rest))) >= _WORDS_OF_A_SENTENCE - 1

    def _candidate(self, joined: str, stop: int) -> _Candidate:
        text = caseless(joined).strip(" *-_")
        following = self._text.next_text(stop, within=_QUOTE_WITHIN)
        quote_follows = following is not None and self._text.quoted[following]
        return _Candidate(
            text=text,
            has_address="@" in text and EMAIL.search(text) is not None,
            has_date=DATE.search(text) is not None,
            has_time=TIME.search(text) is not None,
            quote_follows=quote_follows,
            quote_is_next=quote_follows and following == stop,
        )

    def _word_follows(self, joined: str, at: int) -> bool:
        """Whether the word is on the next line: `... <ann@example.com>` / `wrote:`."""
        following = self._text.next_text(at, within=_MAX_BLANK_LINES + 1)
        at = at if following is None else following
        if not joined.endswith(">") or at >= len(self._text) or not self._may_end[at] or self._text.quoted[at]:
            return False
        return self._word.match(caseless(self._text.lines[at].strip())) is not None

    def _may_be_wrapped(self, index: int, at: int, joined: str) -> bool:
        """Whether a program may have wrapped the text that begins at line `index` at the end of line `at`."""
        line = self._text.lines[at].rstrip()
        if line.endswith(("<", ",", "-")) or self._address_follows(index, at, joined):
            return True
        if line.endswith((".", "!", "?")):
            return _ends_in_date(line, joined)
        return len(line) >= _WRAPPED or self._starts_attribution(index) or self._has_no_room_below(at, line, joined)

    def _address_follows(self, index: int, at: int, joined: str) -> bool:
        """Whether the next line begins with the address to the date and the name, which may end in a full stop."""
        below = self._text.lines[at + 1].lstrip() if at + 1 < len(self._text) else ""
        return below.startswith("<") and "@" in below and self._begins(index) and DATE.search(joined) is not None

    def _begins(self, index: int) -> bool:
        """Whether line `index` begins with a word like "On", or with a date and its weekday."""
        return self._starts_attribution(index) or _BEGINS_WITH_DATE.match(self._text.lines[index]) is not None

    def _starts_attribution(self, index: int) -> bool:
        return self._start.match(caseless(self._text.lines[index].strip())) is not None

    def _has_no_room_below(self, at: int, line: str, joined: str) -> bool:
        """Whether the first word of the next line did not fit on `line`, and one of the two has an address.

        If the name comes first, a line may end early because the address, or the text after it, does not fit.
        """
        following = _FIRST_WORD.match(self._text.lines[at + 1]) if at + 1 < len(self._text) else None
        if following is None or len(line) + 1 + len(following[1]) <= _WIDTH:
            return False
        return "@" in joined or (following[1].startswith(("<", "(")) and "@" in following[1])

    def _begins_later(self, index: int, at: int) -> bool:
        """Whether the attribution begins on a line below `index`: then the lines above are not part of it."""
        return any(self._begins_here(index, start, at) for start in range(at, index, -1))

    def _begins_here(self, index: int, start: int, at: int) -> bool:
        """Whether the lines from `start` to `at` are an attribution, without the lines from `index` to `start`.

        Lines with a date and no address belong to the address above them.
        """
        if not self._starts_attribution(start):
            return False
        lines = self._text.lines
        if _REST_OF_DATE.match(lines[start]) and self._begins(index):
            return False
        has_address = any("@" in line for line in lines[start : at + 1])
        if not has_address and any("@" in line for line in lines[index:start]):
            return False
        return self._is_attribution(" ".join(line.strip() for line in lines[start : at + 1]), at + 1)


def _is_date_and_time(candidate: _Candidate) -> bool:
    """An attribution without a word: `вт, 3 нояб. 2026 г. в 10:00, Ann:`, above a quote."""
    return (
        candidate.has_date
        and candidate.has_time
        and candidate.has_end
        and candidate.quote_follows
        and len(candidate.text) < _SHORT
        and candidate.begins_with_date
    )


def _is_date_and_address(candidate: _Candidate) -> bool:
    """An attribution without a word: `2011/4/6 Ann <ann@example.com>`."""
    if not candidate.has_date or not candidate.has_address or len(candidate.text) >= _LONGEST_WITHOUT_WORD:
        return False
    timed_above_quote = candidate.has_time and candidate.quote_follows
    if not (candidate.has_end or candidate.text.endswith(">") or timed_above_quote):
        return False
    ended_above_quote = candidate.has_end and candidate.quote_follows
    return ended_above_quote or timed_above_quote or candidate.begins_with_date


def _begins_in_a_sentence(joined: str) -> bool:
    """Whether the text begins with small letters, and several words precede address and date.

    Somebody tells what another wrote: "in her mail of 3 November Ann (ann@example.com) wrote:".
    """
    joined = joined.lstrip(" *_-")
    if (
        not joined[:1].islower()
        or _BEGINS_WITH_DATE.match(joined)
        or language_patterns().attribution_start.match(joined)
    ):
        return False
    found = (match.start() for pattern in (EMAIL, DATE) if (match := pattern.search(joined)))
    return len(joined[: min(found, default=0)].split()) >= _WORDS_OF_A_SENTENCE


def _ends_a_sentence(joined: str) -> bool:
    """Whether a sentence ends behind date, time and address, as in "I ordered on 3 November at 9:12. Ann wrote:"."""
    date, time, address = (
        max((match.end() for match in pattern.finditer(joined)), default=0) for pattern in (DATE, TIME, EMAIL)
    )
    end = max(date, time, address)
    if end == 0:
        return False
    if time > max(date, address):
        behind = _TIME_ENDS_SENTENCE.match(joined, end)
        if behind is not None and behind[1].isupper():
            return True
    words = (match[1] for match in _SENTENCE_ENDS_BEHIND.finditer(joined, end))
    return any(word is None or (word.islower() and word not in TITLES) for word in words)


def _ends_in_date(line: str, joined: str) -> bool:
    """Whether the full stop at the end of `line` is of a date in an attribution, not of a sentence."""
    ends = _ENDS_IN_DATE.search(line)
    if ends is None:
        return False
    return "@" in joined or (ends[1] is not None and _BEGINS_WITH_DATE.match(joined) is not None)
