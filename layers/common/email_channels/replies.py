"""A mail's text -> what was written now, and what is quoted.

Nothing is lost: `visible + quoted` is the text. Where in doubt, more is shown. Signatures behind the separator `-- `
and lines that telephones add count as quoted; disclaimers and names below a mail do not. Answers between quoted lines
are kept, with the lines that they answer. What mail programs write in which language is data: `reply_languages`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from email_channels.limits import MAX_REPLY_LINES
from email_channels.reply_languages import LANGUAGES


@dataclass(frozen=True, slots=True)
class Reply:
    """The two halves of a text; together they are the text."""

    visible: str
    quoted: str


_QUOTED: Final = re.compile(r"[ \t\u00a0]{0,3}(?:>|&gt;|＞)")
_MARKS: Final = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_EMAIL: Final = re.compile(r"[^\s<>()\[\]\"',;:@]{1,64}@[^\s<>()\[\]\"',;:@]{1,255}")
_TIME: Final = re.compile(r"\d{1,2}\s?[:.h時时시]\s?\d{2}|\d{1,2}\s?(?:[ap]\.?m\b|uhr|h\b|点|時|시)", re.IGNORECASE)
_YEAR: Final = re.compile(
    r"(?<!\d)(?:19|20|25)\d\d(?!\d)|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\d{1,2}月\d{1,2}日|\d{1,2}월\s?\d{1,2}일|(?<!\d)\d{1,2}\.?\s(?:de\s)?[^\W\d_]{3,12}\.?,?\s(?:de\s)?\d{2,4}(?!\d)"
)
_ENDS_ATTRIBUTION: Final = (":", "：", ">", "写道", "寫道", ":*", ":**", ":_", ": *")
_BEGINS_WITH_DATE: Final = re.compile(r"[\W_]{0,3}(?:[^\W\d_]{1,12}[.,]{0,2}\s){0,3}\d")
_DASHED: Final = re.compile(r"^[\s*>]*[-_=—–─~]{2,60}\s*(.{2,80}?)\s*[-_=—–─~:：]{0,60}[\s*]*$")
_UNDERSCORES: Final = re.compile(r"^\s*(?:_{5,120}|-{20,120}|={20,120}|─{10,120}|—{3,120})\s*$")
_SIGNATURE: Final = re.compile(r"^(?:--|—|––)\s{0,3}$")
_LABEL_LINE: Final = re.compile(r"^[\s*_]{0,6}([^\s*:：][^:：*\n]{0,28}?)\s{0,3}[*_]{0,2}\s{0,2}[:：][*_]{0,2}(.*)$")
_LINK: Final = re.compile(r"<?(?:https?://|www\.)[^\s<>]{1,500}>?|\[[^\]\s]{1,300}\]")
_LIST_FOOTER: Final = re.compile(
    r"mailing list|unsubscribe|listinfo|you received this message because|groups\.google|lists?\."
    r"|reply to this email directly|view it on github|you are receiving this",
    re.IGNORECASE,
)
# GroupWise puts this line above what it quotes, and quotes it as it is.
_GROUPWISE: Final = re.compile(r">>> .{3,200}(?: >>>|:)$")
_DEVICE: Final = re.compile(
    r"phone|ipad|ipod|galaxy|samsung|mobile|blackberry|android|tablet|device|mail|outlook|app|handheld|nokia|sony|pixel"
    r"|huawei|xiaomi|htc|lg|motorola|windows|mac|watch|verizon|t-mobile|at&t|nexus|surface|wireless|proton|spark|network"
)
_LONGEST_ATTRIBUTION: Final = 6
_LONGEST_BLOCK: Final = 12
_LONGEST_SIGNATURE: Final = 15
_WRAPPED: Final = 45  # characters; programs cut at 60 to 78, before a word or an address
_LONGEST_MARK: Final = 140
_LABEL_WIDTH: Final = 48
_DASHES: Final = "-_=—–─~*"
_LONGEST_MOBILE: Final = 90
_LONGEST_WITH_LINKS: Final = 1_200


def visible_reply(text: str) -> Reply:
    """What was written now, from the beginning of `text`, and the rest of it."""
    end = 0
    for _ in range(MAX_REPLY_LINES):
        end = text.find("\n", end) + 1
        if not end:
            break
    # Only the lines that are read are split: forty megabytes of them would be three times that.
    lines = (text[:end] if end else text).split("\n")
    read = [_MARKS.sub("", line).replace("\xa0", " ").rstrip() for line in lines[:MAX_REPLY_LINES]]
    keep = _Splitter(read).lines_to_keep()
    if not any(line.strip() for line in read[keep:]):
        return Reply(text, "")
    position = sum(len(line) + 1 for line in lines[:keep])
    visible = text[:position].rstrip()
    return Reply(visible, text[len(visible) :])


class _Splitter:
    """Finds how many lines of a text were written now."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.quoted = [bool(_QUOTED.match(line)) for line in lines]
        self.blank = [not line.strip() for line in lines]
        self.words = _words()
        self.closes = [line.endswith(_ENDS_ATTRIBUTION) for line in lines]
        self.asks_above = self.words.above.search("\n".join(lines).casefold()) is not None
        # Lines of attributions that stand above `>` quotes.
        self.attribution = [False] * len(lines)

    def lines_to_keep(self) -> int:
        """The number of lines from the top that are shown."""
        end, forwarded = self._first_cut()
        end = self._trailing(end)
        if any(not self.blank[index] for index in range(end)):
            return end
        # Nothing was written above. A forwarded mail is then what the sender wants to be read.
        return len(self.lines) if forwarded else 0

    def _first_cut(self) -> tuple[int, bool]:
        """Where everything that follows is quoted, unmarked by `>`, and whether it was forwarded."""
        index = 0
        while index < len(self.lines):
            if self.quoted[index] and _GROUPWISE.match(self.lines[index]) and _YEAR.search(self.lines[index]):
                return index, False
            if self.blank[index] or self.quoted[index]:
                index += 1
                continue
            if (kind := self._dashed(index)) is not None:
                return self._with_rule(index), kind == "forwarded"
            if self._header_block(index):
                return self._with_rule(index), self._is_forward(index)
            if (stop := self._attribution(index)) is not None:
                following = next((at for at in range(stop, len(self.lines)) if not self.blank[at]), None)
                if following is None or self.quoted[following]:
                    for at in range(index, stop):
                        self.attribution[at] = True
                    index = stop
                    continue
                return index, False
            index += 1
        return len(self.lines), False

    def _with_rule(self, index: int) -> int:
        """`index`, or the line above it where a rule stands that belongs to the block."""
        above = index - 1
        while above >= 0 and self.blank[above]:
            above -= 1
        return above if above >= 0 and _UNDERSCORES.match(self.lines[above]) else index

    def _dashed(self, index: int) -> str | None:
        """Whether `-----Original Message-----` or its like stands here, or the same without dashes."""
        line = self.lines[index].strip()
        if len(line) > _LONGEST_MARK:
            return None
        if self.asks_above and self.words.above.search(line.casefold()):
            return "original"
        dashed = _DASHED.match(line) if line[0] in _DASHES else None
        if dashed is None and not line.endswith((":", "：")):
            return None
        content = (dashed[1] if dashed else line).strip(" *-_=:：").casefold()
        if dashed and content.startswith(self.words.original):
            return "original"
        if content.startswith(self.words.forwarded) and (dashed or content in self.words.forwarded):
            return "forwarded"
        return None

    def _is_forward(self, index: int) -> bool:
        return not any(not blank for blank in self.blank[: self._with_rule(index)])

    def _label(self, index: int) -> str | None:
        """Which field the line is of, if it is one of a quoted mail's headers."""
        line = self.lines[index]
        if ":" not in line[:_LABEL_WIDTH] and "：" not in line[:_LABEL_WIDTH]:
            return None
        match = _LABEL_LINE.match(line)
        if match is None:
            return None
        return self.words.labels.get(match[1].strip().casefold())

    def _header_block(self, index: int) -> bool:
        """Whether a block of headers (From, Sent, To, Subject) begins here; long lists of recipients may wrap."""
        first = self._label(index)
        if first is None or first == "cc":
            return False
        roles = {first}
        blanks = others = 0
        for at in range(index + 1, min(len(self.lines), index + _LONGEST_BLOCK)):
            if self.blank[at]:
                blanks += 1
                if blanks > 1 and len(roles) < 2:
                    break
                if blanks > 3:
                    break
                continue
            role = self._label(at)
            if role is None:
                others += 1
                if others > 4:
                    break
                continue
            roles.add(role)
            if "from" in roles and len(roles - {"cc"}) >= 3:
                return True
        return "from" in roles and "sent" in roles and "subject" in roles

    def _attribution(self, index: int) -> int | None:
        """The line behind an attribution that begins here, or None."""
        joined = ""
        if not any(self.closes[index : index + _LONGEST_ATTRIBUTION]):
            return None
        for count in range(_LONGEST_ATTRIBUTION):
            at = index + count
            if at >= len(self.lines) or self.quoted[at]:
                return None
            if self.blank[at]:
                if count == 0:
                    return None
                # Some programs put a blank line into the middle: only the words may be missing.
                return None
            joined = f"{joined} {self.lines[at].strip()}".strip()
            if len(joined) > 500:
                return None
            if self.closes[at] and self._is_attribution(joined, at + 1):
                if self._goes_on(joined, at + 1):
                    continue
                return None if self._begins_later(index, at) else at + 1
            if not self._wraps(index, at):
                return None
        return None

    def _wraps(self, index: int, at: int) -> bool:
        """Whether a program may have cut the words that begin at `index` behind `at`: not where a sentence ends."""
        line = self.lines[at].rstrip()
        if line.endswith(("<", ",", "-")):
            return True
        begins = self.words.leads.match(self.lines[index].strip().casefold()) is not None
        return (begins or len(line) >= _WRAPPED) and not line.endswith((".", "!", "?"))

    def _goes_on(self, joined: str, at: int) -> bool:
        """Whether the verb stands on the next line: `... <ann@example.com>` / `wrote:`."""
        if not joined.endswith(">") or at >= len(self.lines) or not self.closes[at] or self.quoted[at]:
            return False
        return self.words.wrote.match(self.lines[at].strip().casefold()) is not None

    def _begins_later(self, index: int, at: int) -> bool:
        """Whether the words from a line further down are an attribution: then what is above is no part of it."""
        return any(
            self.words.leads.match(self.lines[start].strip().casefold())
            and self._is_attribution(" ".join(line.strip() for line in self.lines[start : at + 1]), at + 1)
            for start in range(at, index, -1)
        )

    def _is_attribution(self, joined: str, stop: int) -> bool:
        """Whether the words introduce a quote. Where `>` follows, less has to be said than where nothing does."""
        text = joined.casefold().strip(" *-_")
        addressed = "@" in text and _EMAIL.search(text) is not None
        dated = _YEAR.search(text) is not None
        timed = _TIME.search(text) is not None
        following = next((at for at in range(stop, min(stop + 20, len(self.lines))) if not self.blank[at]), None)
        quote_follows = following is not None and self.quoted[following]
        if not (addressed or dated or timed or (quote_follows and len(text) < 120)):
            return False
        colon = text.endswith((":", "：", "写道", "寫道"))
        if colon and self.words.wrote.search(text, max(0, len(text) - 240)) is not None:
            return dated or timed or addressed or quote_follows
        # Without a verb: `вт, 3 нояб. 2026 г. в 10:00, Ann <ann@example.com>:`, `2011/4/6 Ann <ann@example.com>`
        if dated and timed and colon and quote_follows and len(text) < 120 and _BEGINS_WITH_DATE.match(text):
            return True
        if dated and addressed and len(text) < 220 and (colon or text.endswith(">")):
            return (quote_follows and colon) or _BEGINS_WITH_DATE.match(text) is not None
        return False

    def _trailing(self, end: int) -> int:
        """`end` without the quotes, attributions, signatures and footers that stand last above it."""
        while True:
            start = end
            end = self._skip_quotes(end)
            end = self._skip_signature(end)
            end = self._skip_footer(end)
            if end == start:
                return end

    def _skip_quotes(self, end: int) -> int:
        index = end
        quotes = 0
        while index > 0:
            at = index - 1
            if self.blank[at] or self.attribution[at]:
                index -= 1
            elif self.quoted[at]:
                quotes += 1
                index -= 1
            elif quotes and self._is_wrapped_quote(at):
                index -= 1
            else:
                break
        return index

    def _is_wrapped_quote(self, at: int) -> bool:
        """Whether the line is the rest of a quoted line that some program wrapped without a new `>`."""
        above, below = at - 1, at + 1
        if above < 0 or below >= len(self.lines) or not (self.quoted[above] and self.quoted[below]):
            return False
        return len(self.lines[above]) >= 60 and len(self.lines[at]) <= 40

    def _skip_signature(self, end: int) -> int:
        last = self._last_text(end)
        seen = 0
        for index in range(last, -1, -1):
            if self.blank[index]:
                continue
            if self.quoted[index]:
                break
            if _SIGNATURE.match(self.lines[index]) and index < last + 1:
                return index
            seen += 1
            if seen > _LONGEST_SIGNATURE:
                break
        # `Sent from my iPhone`, with at most two lines below it
        index = last
        for _ in range(3):
            if index < 0:
                break
            if self._is_mobile(index):
                return index
            index = self._last_text(index)
        return end

    def _is_mobile(self, index: int) -> bool:
        if self.quoted[index] or len(self.lines[index]) > _LONGEST_WITH_LINKS:
            return False
        line = _LINK.sub("", self.lines[index]).strip(" *_-<[(").casefold()
        if not line or len(line) > _LONGEST_MOBILE:
            return False
        if not self.words.mobile.match(line):
            return False
        if len(line) > 50 and line.startswith("sent from my ") and not _DEVICE.search(line.split(",")[0]):
            return False  # a sentence that happens to begin so
        above = index - 1
        alone = above < 0 or self.blank[above] or bool(_SIGNATURE.match(self.lines[above]))
        return alone or len(line) < 60

    def _skip_footer(self, end: int) -> int:
        """A mailing list's footer: a rule, and below it a few lines that name the list."""
        last = self._last_text(end)
        for index in range(last, max(-1, last - 8), -1):
            if _UNDERSCORES.match(self.lines[index]):
                below = "\n".join(self.lines[index + 1 : last + 1])
                if not below.strip() or _LIST_FOOTER.search(below):
                    return index
                break
        return end

    def _last_text(self, end: int) -> int:
        index = end - 1
        while index >= 0 and self.blank[index]:
            index -= 1
        return index


@dataclass(frozen=True, slots=True)
class _Words:
    """The table of languages as it is searched."""

    wrote: re.Pattern[str]
    leads: re.Pattern[str]
    labels: dict[str, str]
    original: tuple[str, ...]
    above: re.Pattern[str]
    forwarded: tuple[str, ...]
    mobile: re.Pattern[str]


def _is_spaced(verb: str) -> bool:
    return verb[0].isascii() or (verb[0].isalpha() and ord(verb[0]) < 0x2E80)


@cache
def _words() -> _Words:
    labels: dict[str, str] = {}
    for language in LANGUAGES:
        for role, names in (
            ("from", language.sender),
            ("sent", language.sent),
            ("to", language.to),
            ("subject", language.subject),
            ("cc", language.cc),
        ):
            for name in names:
                labels.setdefault(name, role)
    verbs = sorted({verb for language in LANGUAGES for verb in language.wrote}, key=len, reverse=True)
    mobile = sorted({phrase for language in LANGUAGES for phrase in language.mobile}, key=len, reverse=True)
    leads = sorted({lead for language in LANGUAGES for lead in language.leads}, key=len, reverse=True)
    return _Words(
        leads=re.compile(rf"[\W_]{{0,3}}(?:\d|(?:{'|'.join(map(re.escape, leads))})\b)"),
        # Words of scripts that put spaces between words begin behind one; the others anywhere.
        wrote=re.compile(
            rf"(?<![^\W\d_])(?:{'|'.join(re.escape(verb) for verb in verbs if _is_spaced(verb))})"
            rf"|{'|'.join(re.escape(verb) for verb in verbs if not _is_spaced(verb))}"
        ),
        labels=labels,
        above=re.compile("|".join(re.escape(phrase) for language in LANGUAGES for phrase in language.above)),
        original=tuple(phrase for language in LANGUAGES for phrase in language.original),
        forwarded=tuple(phrase for language in LANGUAGES for phrase in language.forwarded),
        mobile=re.compile("|".join(map(re.escape, mobile))),
    )
