"""Finds where programs ran lines together: an attribution or headers that begin behind the words of the sender.

Some programs lose line ends when they convert HTML to text. Then the sender's words, the line "On Tuesday, Ann wrote:"
and the older email's first words stand on one line, or all headers of the older email do. The columns found here cut
such a line into pieces, which the other modules read as lines of their own. A piece that is no attribution or header
after all does no harm: the pieces together are the line.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from email_channels.expressions import expression
from email_channels.mail.caseless import caseless
from email_channels.mail.replies.dates_and_addresses import DATE, EMAIL, TIME
from email_channels.mail.replies.language_patterns import Field, language_patterns

_SEARCHED: Final = 2_000
"""Characters at the beginning of a line that are searched. Programs run at most a few paragraphs together."""
_MAX_PLACES: Final = 20
"""Places of a line that are tried as the beginning or the end of an attribution."""
_DATE_WITHIN: Final = 45
"""The date is among this many characters at the beginning of an attribution: "On Wednesday, 23 September 2026"."""
_LONGEST_ATTRIBUTION: Final = 260
_LONGEST_LABEL: Final = 30
_MOST_WORDS_OF_LABEL: Final = 4
_ENOUGH_LABELS: Final = 2
_LONGEST_PHONE_LINE: Final = 50

_MAY_BE_DATED: Final = expression(r"\d[\d./月월-]")
# The end of a sentence, and perhaps a quotation mark or bracket. `3. Nov.` and `J. Lee` do not end one.
_SENTENCE_END: Final = expression(
    r"(?<=[^\W\d_][^\W\d_])([.!?…]{1,3})[\"'”’»)\]]{0,2}\s{1,4}(?=\S)|[。！？]\s{0,4}(?=\S)"
)
_LAST_WORD: Final = expression(r"[^\W\d_]{2,10}\Z")
TITLES: Final = frozenset(
    (
        *("mr", "mrs", "ms", "dr", "prof", "st", "sr", "jr", "sra", "srta", "dra", "dott", "avv", "ing", "dipl", "mag"),
        *("hr", "herr", "phd", "mme", "mlle", "inc", "ltd", "co", "corp", "bzw", "dept", "abt"),
        *("kft", "zrt", "nyrt", "gmbh", "llc", "ltda", "srl", "pvt", "pty", "sdn", "bhd", "spol", "sté", "mgr", "fa"),
        *("bros",),
    )
)
"""Abbreviations in names, whose full stop does not end a sentence."""
_DATE_FIRST: Final = expression(r"(?:[^\W\d_]{1,9}(?:,|\.,)?\s|[^\W\d_]{1,5}\.\s){0,2}\d{1,4}(?:[./年년-]|\.?\s)")
_ABBREVIATION: Final = expression(r"[^\W\d_]{1,9}\.\s")
_NAME_AND_ADDRESS: Final = expression(r"[^\W\d_][^<>:@!?]{0,60}?\s?<[^<>\s@]{1,200}@[^<>\s@]{1,200}>")
_COLON_BEFORE_TEXT: Final = expression(r"(?<=[^\d\s])\s?(?:[:：](\s{1,40})|(?:写道|寫道)[:：]?\s{0,40})(?=\S)")
_BETWEEN_DASHES: Final = expression(r"(?<![-_=])[-_=]{3,60}\s{0,3}([^\W\d_][^-_=\n]{2,60}?)\s{0,3}[-_=]{3,60}\s{0,40}")
_RULE_BEFORE_TEXT: Final = expression(r"(?<![-_=])(?:_{8,200}|-{8,200}|={8,200})\s{1,4}(?=[*\w])")


def piece_starts(line: str, below: str, *, goes_on: bool = False) -> list[int]:
    """The columns at which a new piece of `line` begins, ascending; empty for nearly all lines.

    `below` is the next line, on which an attribution may go on. `goes_on` says that the line above holds the first
    headers of a block that is run together.
    """
    searched = line[:_SEARCHED].rstrip()
    dated = _MAY_BE_DATED.search(searched) is not None
    starts = {*_separators(searched), *_headers(searched, goes_on=goes_on), *_first_header(searched, below)}
    if dated:
        starts.update(_attributions(searched, below))
    if not dated and not starts:
        return []
    cuts = sorted(starts)
    pieces = zip([0, *cuts], [*cuts, len(searched)], strict=True)
    texts = [begin + end for begin, stop in pieces if (end := _attribution_end(searched[begin:stop]))]
    phone_line = _phone_line(searched, min(cuts)) if cuts else None
    return sorted({*cuts, *texts, phone_line or 0} - {0})


def has_own_words(text: str) -> bool:
    """Whether a sentence of the sender's own seems to precede the attribution in `text`."""
    if _begins_attribution(text.strip()):
        return False
    first = min((match.start() for pattern in (EMAIL, DATE) if (match := pattern.search(text))), default=len(text))
    return any(end <= first for end in _sentence_ends(text[: first + 1]))


def _separators(line: str) -> Iterator[int]:
    """The columns of `-----Original Message-----`, and of what follows it or a rule."""
    if "---" not in line and "___" not in line and "===" not in line:
        return
    patterns = language_patterns()
    for match in _BETWEEN_DASHES.finditer(line):
        if caseless(match[1]).startswith((*patterns.original_message, *patterns.forwarded_message)):
            yield match.start()
            if match.end() < len(line):
                yield match.end()
    for match in _RULE_BEFORE_TEXT.finditer(line):
        if _headers(line[match.end() :], goes_on=False)[:1] == [0]:
            yield match.start()
            yield match.end()


def _attributions(line: str, below: str) -> Iterator[int]:
    """The columns at which an attribution may begin behind other words."""
    patterns = language_patterns()
    found = False
    for match in islice(patterns.attribution_start_inside.finditer(line), _MAX_PLACES):
        start = match.start(1)
        if not DATE.search(line, start, start + _DATE_WITHIN) or _is_inside_attribution(line[:start]):
            continue
        rest = f"{line[start : start + _LONGEST_ATTRIBUTION]} {below[:_LONGEST_ATTRIBUTION].lstrip()}"
        if patterns.attribution_word.search(caseless(rest)):
            found = True
            yield start
    if found or not (TIME.search(line) or "@" in line) or _begins_attribution(line.lstrip()):
        return
    for start in _sentence_ends(line):
        rest = line[start:]
        if len(rest) < _LONGEST_ATTRIBUTION and _may_be_attribution(rest, below):
            yield start
            return


def _begins_attribution(text: str) -> bool:
    """Whether a text begins with a word like "On", with a date, or with a name and an address."""
    text = text.lstrip(" *_-")
    if _is_date_first(text) or language_patterns().attribution_start.match(caseless(text)):
        return True
    name = _NAME_AND_ADDRESS.match(text)
    return name is not None and next(_sentence_ends(name[0]), None) is None


def _is_date_first(text: str) -> bool:
    """Whether a text begins with a date, perhaps with its weekday: `tir. 3. nov. 2026`. `Fine. 3 Nov` does not."""
    if _DATE_FIRST.match(text) is None:
        return False
    return text[0].islower() or _ABBREVIATION.match(text) is None


def _may_be_attribution(text: str, below: str) -> bool:
    """Whether a text that does not begin with a word like "On" may be an attribution, or its first line."""
    if _is_date_first(text):
        return TIME.search(text) is not None and ("@" in text or "@" in below[:_LONGEST_ATTRIBUTION])
    return _NAME_AND_ADDRESS.match(text) is not None and (
        language_patterns().attribution_word.search(caseless(text)) is not None
    )


def _is_inside_attribution(before: str) -> bool:
    """Whether the words before the start belong to the attribution, too: `Ann Lee <ann@example.com>, Le 3/11/2026`."""
    before = before.rstrip(" ,*-–—_\"'(")
    start = language_patterns().attribution_start
    return not before or before.endswith(">") or start.fullmatch(caseless(before)) is not None


def _sentence_ends(line: str) -> Iterator[int]:
    """The columns behind the ends of sentences."""
    for match in islice(_SENTENCE_END.finditer(line), _MAX_PLACES):
        word = _LAST_WORD.search(line, max(0, match.start() - 10), match.start())
        if match[1] != "." or word is None or caseless(word[0]) not in TITLES:
            yield match.end()


def _attribution_end(piece: str) -> int | None:
    """The column of the older email's text, if `piece` is an attribution with that text behind it; else None.

    Somebody may also write "On 3 November, Ann <ann@example.com> wrote: ...". So there must be a time, or a gap.
    """
    if "@" not in piece:
        return None
    patterns = language_patterns()
    for match in islice(_COLON_BEFORE_TEXT.finditer(piece), _MAX_PLACES):
        attribution = piece[: match.end()].strip()
        if len(attribution) > _LONGEST_ATTRIBUTION:
            return None
        said = caseless(attribution)
        if (
            EMAIL.search(attribution)
            and DATE.search(attribution)
            and (TIME.search(attribution) or len(match[1] or "") > 1)
            and patterns.attribution_word.search(said)
            and (patterns.attribution_start.match(said) or _NAME_AND_ADDRESS.match(attribution))
        ):
            return match.end()
    return None


def _headers(line: str, *, goes_on: bool) -> list[int]:
    """The columns of labels (`From:`, `Sent:`), if headers of an older email are run together on the line."""
    if not goes_on and line.count(":") + line.count("：") < _ENOUGH_LABELS:
        return []
    labels = list(islice(_labels(line), _MAX_PLACES))
    if goes_on:
        return [column for column, _ in labels]
    first = next((at for at, (_, field) in enumerate(labels) if field in ("from", "date")), len(labels))
    block = labels[first:]
    fields = {field for _, field in block} - {"other"}
    if len(fields) < _ENOUGH_LABELS:
        return []
    proven = EMAIL.search(line, block[0][0]) is not None or {"from", "date", "subject"} <= fields
    return [column for column, _ in block] if proven else []


def _first_header(line: str, below: str) -> list[int]:
    """The column of `From:` behind words of the sender, if the line below begins with another label."""
    if ":" not in line and "：" not in line:
        return []
    following = next(_labels(below[:_SEARCHED].lstrip()), (1, None))
    if following[0] or following[1] not in ("date", "to", "subject"):
        return []
    labels = [column for column, field in islice(_labels(line), _MAX_PLACES) if field == "from"]
    return labels[-1:]


def _labels(line: str) -> Iterator[tuple[int, Field]]:
    """The labels on the line that begin with a capital, or are in a script without capitals."""
    fields = language_patterns().fields
    colon = -1
    while (colon := _next_colon(line, colon + 1)) >= 0:
        before = line[max(0, colon - _LONGEST_LABEL) : colon].rstrip(" *_")
        start = len(before)
        for _ in range(_MOST_WORDS_OF_LABEL):
            start = before.rfind(" ", 0, start)
            label = before[start + 1 :].lstrip("*_")
            field = fields.get(caseless(label)) if label and not label[0].islower() else None
            if field is not None:
                yield max(0, colon - _LONGEST_LABEL) + start + 1, field
                break
            if start < 0:
                break


def _next_colon(line: str, start: int) -> int:
    return min((at for colon in ":：" if (at := line.find(colon, start)) >= 0), default=-1)


def _phone_line(line: str, end: int) -> int | None:
    """The column of `Sent from my iPhone` between the sender's words and the attribution at column `end`."""
    starts = [match.start(1) for match in language_patterns().sent_from_inside.finditer(line, 0, end)]
    return starts[0] if starts and end - starts[0] < _LONGEST_PHONE_LINE else None
