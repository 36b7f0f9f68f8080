"""A mail's text -> what was written now, and what is quoted.

Nothing is lost: `visible + quoted` is the text. Where in doubt, more is shown. Signatures behind the separator `-- `
and lines that telephones add count as quoted; disclaimers and names below a mail do not. Answers between quoted lines
are kept, with the lines that they answer. What mail programs write in which language is data: `reply_languages`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from email_channels.mail.limits import MAX_ATTRIBUTION_CHARACTERS, MAX_REPLY_LINES
from email_channels.mail.replies.patterns import EMAIL, TIME, YEAR
from email_channels.mail.replies.quoted_headers import HeaderBlocks
from email_channels.mail.replies.words import words


@dataclass(frozen=True, slots=True)
class Reply:
    """The two halves of a text; together they are the text."""

    visible: str
    quoted: str


_QUOTED: Final = re.compile(r"[ \t\u00a0]{0,3}(?:>|&gt;|＞)")
_MARKS: Final = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_ENDS_ATTRIBUTION: Final = (":", "：", ">", "写道", "寫道", ":*", ":**", ":_", ": *")
_BEGINS_WITH_DATE: Final = re.compile(r"[\W_]{0,3}(?:[^\W\d_]{1,12}[.,]{0,2}\s){0,3}\d")
_DASHED: Final = re.compile(r"^[\s*>]*[-_=—–─~]{2,60}\s*(.{2,80}?)\s*[-_=—–─~:：]{0,60}[\s*]*$")
_RULE: Final = re.compile(r"^\s*[-_=—–─*~#]{3,120}\s*$")
_UNDERSCORES: Final = re.compile(r"^\s*(?:_{5,120}|-{20,120}|={20,120}|─{10,120}|—{3,120})\s*$")
_SIGNATURE: Final = re.compile(r"^(?:--|—|––)\s{0,3}$")
_LINK: Final = re.compile(r"<?(?:https?://|www\.)[^\s<>]{1,500}>?|\[[^\]\s]{1,300}\]")
_LIST_FOOTER: Final = re.compile(
    r"mailing list|unsubscribe|listinfo|you received this message because|groups\.google|lists?\."
    r"|reply to this email directly|view it on github|you are receiving this",
    re.IGNORECASE,
)
# GroupWise puts this line above what it quotes, and quotes it as it is.
# SuperCite's attribution, and how older programs quote: `AL> `, `| `.
_SUPERCITE: Final = re.compile(r">{3,6} .{1,200} writes:$")
_OTHER_MARK: Final = re.compile(r"[ \t]{0,8}([A-Za-z]{1,12}>|\||\}|!)(?:>{0,6})(?=\s|$)")
# Lotus Notes above a quote: `Ann Lee---01/05/2026 03:04:05 PM---the first words`
_NOTES: Final = re.compile(r"\s{0,4}[^\W\d_].{1,80}---\s?\d{1,4}[./-]\d{1,2}[./-]\d{1,4}[^-]{0,30}---")
_GROUPWISE: Final = re.compile(r">>> .{3,200}(?: >>>|:)$")
_DEVICE: Final = re.compile(
    r"phon|ipad|ipod|galaxy|samsung|mobile|blackberry|android|tablet|device|mail|outlook|app|handheld|nokia|sony|pixel"
    r"|huawei|xiaomi|htc|lg|motorola|windows|mac|watch|verizon|t-mobile|at&t|nexus|surface|wireless|proton|spark|network"
    r"|celular|móvil|movil|handy|mobil|telefon|téléphone|teléfono|smart|телефон|смартфон|手机|手機|携帯|スマ|휴대|갤럭시|삼성|unterwegs"
    r"|superhuman|tuta|missive|newton|hey|telekom|vodafone|orange|gmx|web\.de|yahoo|aqua"
)
_LONGEST_ATTRIBUTION: Final = 6
_LONGEST_SIGNATURE: Final = 15
_SHORT_SIGNATURE: Final = 4
_WRAPPED: Final = 45  # characters; programs cut at 60 to 78, before a word or an address
_WIDTH: Final = 58
_FIRST_WORD: Final = re.compile(r"\s*(\S{1,320})")
# `2026. nov.`, `2026 г.`: a full stop of a date, not of a sentence.
_ENDS_IN_DATE: Final = re.compile(r"\d\.?(\s[^\W\d_]{1,6})?\.$")
_LONGEST_MARK: Final = 140
_DASHES: Final = "-_=—–─~*"
_LONGEST_MOBILE: Final = 90
_LONGEST_WITHOUT_DEVICE: Final = 40
_SEPARATORS: Final = 2  # more of them part a text
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
        self.words = words()
        self._find_other_marks()
        self.headers = HeaderBlocks(lines, self.quoted, self.blank)
        self.closes = [line.endswith(_ENDS_ATTRIBUTION) for line in lines]
        for at, quoted in enumerate(self.quoted):
            if quoted and at and not self.quoted[at - 1]:
                above = self._last_text(at)
                if above == at - 1 or (above >= 0 and "@" in lines[above]):
                    self.closes[above] = True
        self.asks_above = self.words.above.search("\n".join(lines).casefold()) is not None
        self.separators = sum(_SIGNATURE.match(line) is not None for line in lines)
        # Lines of attributions that stand above `>` quotes.
        self.attribution = [False] * len(lines)
        self.left_to_weigh = MAX_ATTRIBUTION_CHARACTERS

    def lines_to_keep(self) -> int:
        """The number of lines from the top that are shown."""
        end = self._trailing(self._first_cut())
        if any(not self.blank[index] for index in range(end)):
            return end
        # Nothing was written above: then what is quoted, or forwarded, is what the sender wants to be read.
        return len(self.lines)

    def _find_other_marks(self) -> None:
        """Take lines as quoted that begin with initials or a bar, if an attribution stands above such a line."""
        marks = set()
        above = ""
        found = [_OTHER_MARK.match(line) for line in self.lines]
        for line, match in zip(self.lines, found, strict=True):
            introduced = match and match[1] not in marks and above.endswith((":", "："))
            if match and introduced and self.words.wrote.search(above[-200:].casefold()):
                marks.add(match[1])
            if line:
                above = line
        if marks:
            self.quoted = [
                quoted or (match is not None and match[1] in marks)
                for quoted, match in zip(self.quoted, found, strict=True)
            ]

    def _first_cut(self) -> int:
        """Where everything that follows is quoted, unmarked by `>`."""
        index = 0
        while index < len(self.lines):
            if self.quoted[index] and _GROUPWISE.match(self.lines[index]) and YEAR.search(self.lines[index]):
                return index
            if self.quoted[index] and self.headers.alone_quoted(index):
                return index
            if self.quoted[index] and _SUPERCITE.match(self.lines[index]):
                self.attribution[index] = True
            if self.blank[index] or self.quoted[index]:
                index += 1
                continue
            if self._dashed(index) or self.headers.begins(index):
                return self._with_rule(index)
            if _NOTES.match(self.lines[index]) or self.headers.notes_begins(index):
                return index
            if (stop := self._attribution(index)) is not None:
                following = next((at for at in range(stop, len(self.lines)) if not self.blank[at]), None)
                if following is None or self.quoted[following]:
                    for at in range(index, stop):
                        self.attribution[at] = True
                    index = stop
                    continue
                return index
            index += 1
        return len(self.lines)

    def _with_rule(self, index: int) -> int:
        """`index`, or the line above it where a rule stands that belongs to the block."""
        above = index - 1
        while above >= 0 and self.blank[above]:
            above -= 1
        if above < 0:
            return index
        # Words between dashes, in a language that the table has none of, are such a rule too.
        line = self.lines[above].strip()
        worded = len(line) < _LONGEST_MARK and line.startswith("---") and line.endswith("---")
        return above if worded or _RULE.match(line) else index

    def _dashed(self, index: int) -> bool:
        """Whether `-----Original Message-----` or its like stands here, or the same without dashes."""
        line = self.lines[index].strip()
        if len(line) > _LONGEST_MARK:
            return False
        if self.asks_above and self.words.above.search(line.casefold()):
            return True
        dashed = _DASHED.match(line) if line[0] in _DASHES else None
        if dashed is None and not line.endswith((":", "：")):
            return False
        content = (dashed[1] if dashed else line).strip(" *-_=:：").casefold()
        if dashed and content.startswith(self.words.original):
            return True
        return content.startswith(self.words.forwarded) and (dashed is not None or content in self.words.forwarded)

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
            if not self._wraps(index, at, joined):
                return None
        return None

    def _wraps(self, index: int, at: int, joined: str) -> bool:
        """Whether a program may have cut the words that begin at `index` behind `at`: not where a sentence ends."""
        line = self.lines[at].rstrip()
        if line.endswith(("<", ",", "-")):
            return True
        if line.endswith((".", "!", "?")):
            ends = _ENDS_IN_DATE.search(line)
            if ends is None:
                return False
            return "@" in joined or (ends[1] is not None and _BEGINS_WITH_DATE.match(joined) is not None)
        if len(line) >= _WRAPPED or self.words.leads.match(self.lines[index].strip().casefold()) is not None:
            return True
        # Where the name stands first, the line ends early if the address, or what follows it, has no room on it.
        following = _FIRST_WORD.match(self.lines[at + 1]) if at + 1 < len(self.lines) else None
        if following is None or len(line) + 1 + len(following[1]) <= _WIDTH:
            return False
        return "@" in joined or (following[1].startswith(("<", "(")) and "@" in following[1])

    def _goes_on(self, joined: str, at: int) -> bool:
        """Whether the verb stands on the next line: `... <ann@example.com>` / `wrote:`."""
        if not joined.endswith(">") or at >= len(self.lines) or not self.closes[at] or self.quoted[at]:
            return False
        return self.words.wrote.match(self.lines[at].strip().casefold()) is not None

    def _begins_later(self, index: int, at: int) -> bool:
        """Whether the words from a line further down are an attribution: then what is above is no part of it.

        But a date alone belongs to the address above it.
        """
        return any(
            self.words.leads.match(self.lines[start].strip().casefold())
            and (
                any("@" in line for line in self.lines[start : at + 1])
                or not any("@" in line for line in self.lines[index:start])
            )
            and self._is_attribution(" ".join(line.strip() for line in self.lines[start : at + 1]), at + 1)
            for start in range(at, index, -1)
        )

    def _is_attribution(self, joined: str, stop: int) -> bool:
        """Whether the words introduce a quote. Where `>` follows, less has to be said than where nothing does."""
        self.left_to_weigh -= len(joined)
        if self.left_to_weigh < 0:
            return False
        text = joined.casefold().strip(" *-_")
        addressed = "@" in text and EMAIL.search(text) is not None
        dated = YEAR.search(text) is not None
        timed = TIME.search(text) is not None
        following = next((at for at in range(stop, min(stop + 20, len(self.lines))) if not self.blank[at]), None)
        quote_follows = following is not None and self.quoted[following]
        if not (addressed or dated or timed or (quote_follows and len(text) < 120)):
            return False
        at_once = following == stop and quote_follows
        colon = text.endswith((":", "：", "写道", "寫道")) or (at_once and dated and (timed or addressed))
        if colon and self.words.wrote.search(text, max(0, len(text) - 240)) is not None:
            return dated or timed or addressed or quote_follows
        # Without a verb: `вт, 3 нояб. 2026 г. в 10:00, Ann <ann@example.com>:`, `2011/4/6 Ann <ann@example.com>`
        if dated and timed and colon and quote_follows and len(text) < 120 and _BEGINS_WITH_DATE.match(text):
            return True
        if dated and addressed and len(text) < 220 and (colon or text.endswith(">") or (timed and quote_follows)):
            return (quote_follows and (colon or timed)) or _BEGINS_WITH_DATE.match(text) is not None
        return False

    def _trailing(self, end: int) -> int:
        """`end` without the quotes, attributions, signatures and footers that stand last above it."""
        while True:
            start = end
            above = self._skip_quotes(end)
            if above < end and (last := self._last_text(above)) >= 0 and _RULE.match(self.lines[last]):
                above = last
            end = above
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
            if _SIGNATURE.match(self.lines[index]) and (self.separators <= _SEPARATORS or seen <= _SHORT_SIGNATURE):
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
        above = index - 1
        alone = above < 0 or self.blank[above] or bool(_SIGNATURE.match(self.lines[above]))
        if _DEVICE.search(line.split(",")[0]):
            return alone or len(line) < 60
        # `Sent from` may begin a sentence as well, where no device is named.
        return alone and len(line) <= _LONGEST_WITHOUT_DEVICE and not line.endswith((".", "!", "?", "。"))

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
