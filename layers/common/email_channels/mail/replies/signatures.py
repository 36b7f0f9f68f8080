"""Finds what is at the end of an email and not written by hand: signatures, lines of phones, footers of lists."""

from __future__ import annotations

import re
from typing import Final

from email_channels.expressions import expression
from email_channels.mail.caseless import caseless
from email_channels.mail.replies.language_patterns import language_patterns
from email_channels.mail.replies.text_lines import TextLines

# `-- ` (RFC 3676, section 4.3), and how programs change it.
_SEPARATOR: Final = expression(r"^(?:--|—|––)\s{0,3}$")
_MAX_SEPARATORS: Final = 2
"""If there are more of them, they separate sections of the text, not a signature."""
_MAX_SIGNATURE_LINES: Final = 15
_SHORT_SIGNATURE_LINES: Final = 4

_LINK: Final = expression(r"<?(?:https?://|www\.)[^\s<>]{1,500}>?|\[[^\]\s]{1,300}\]")
_DEVICES: Final = (
    # kinds of devices and programs
    "phon",
    "mobile",
    "tablet",
    "device",
    "mail",
    "app",
    "handheld",
    "watch",
    "wireless",
    "network",
    # products and companies
    "ipad",
    "ipod",
    "galaxy",
    "samsung",
    "blackberry",
    "android",
    "outlook",
    "nokia",
    "sony",
    "pixel",
    "huawei",
    "xiaomi",
    "htc",
    "lg",
    "motorola",
    "windows",
    "mac",
    "verizon",
    "t-mobile",
    "at&t",
    "nexus",
    "surface",
    "proton",
    "spark",
    "superhuman",
    "tuta",
    "missive",
    "newton",
    "hey",
    "telekom",
    "vodafone",
    "orange",
    "gmx",
    "web.de",
    "yahoo",
    "aqua",
    # Spanish and Portuguese
    "celular",
    "móvil",
    "movil",
    # German
    "handy",
    "mobil",
    "telefon",
    "unterwegs",
    # French
    "téléphone",
    # Spanish
    "teléfono",
    # several languages
    "smart",
    # Russian
    "телефон",
    "смартфон",
    # Chinese
    "手机",
    "手機",
    # Japanese
    "携帯",
    "スマ",
    # Korean
    "휴대",
    "갤럭시",
    "삼성",
)
_DEVICE: Final = expression("|".join(re.escape(caseless(word)) for word in _DEVICES))
_LONGEST_WITH_LINKS: Final = 1_200
_LONGEST_SENT_FROM: Final = 90
_LONGEST_BELOW_TEXT: Final = 60
_LONGEST_WITHOUT_DEVICE: Final = 40

_FOOTER_RULE: Final = expression(r"^\s*(?:_{5,120}|-{20,120}|={20,120}|─{10,120}|—{3,120})\s*$")
_MAX_FOOTER_LINES: Final = 8
_LIST_FOOTER: Final = expression(
    r"mailing list|unsubscribe|listinfo|you received this message because|groups\.google|lists?\."
    r"|reply to this email directly|view it on github|you are receiving this",
    re.IGNORECASE,
)


# P.S., N.B. and the like, in several languages
_POSTSCRIPT: Final = expression(
    r"\W{0,3}(?:p\.?\s?p?\.?\s?s\b\.?|n\.?\s?b\b\.?|p\.\s?d\.|post\s?scriptum|postscriptum|з\.\s?ы\.|nachtrag|edit|update)\s{0,2}[:.,;–-]?\s",
    re.IGNORECASE,
)
# "I", in languages that say it
_FIRST_PERSON: Final = expression(r"(?<![^\W\d_])(?:I(?=['’\s])|(?i:ich|je|j['’]\w{1,20}|ik|jag|jeg|eu|yo|io|я|εγώ)\b)")
_DISCLAIMER: Final = expression(
    r"confiden|vertraulich|riservat|vertrouwelijk|poufn|fortrolig|luottamuksel|recipient|empfänger|destinat|bestemd"
    r"|registered|environment|umwelt|environnement|printing|drucken|imprim|virus|disclaimer|gmbh|ltd\b|http|www\.",
    re.IGNORECASE,
)
_MOTTO: Final = ('"', "'", "“", "„", "«", "‘", "*", "~")
_SENTENCE_ENDS: Final = (".", "!", "?", "…", "。", "！", "？")
_FEWEST_WORDS: Final = 4


def _is_written_now(paragraph: str) -> bool:
    """Whether a paragraph below a signature is a postscript, a question, or a sentence in the first person."""
    if _POSTSCRIPT.match(paragraph):
        return True
    if paragraph.startswith(_MOTTO) or _DISCLAIMER.search(paragraph[:2_000]) or len(paragraph.split()) < _FEWEST_WORDS:
        return False
    return paragraph.endswith("?") or (paragraph.endswith(_SENTENCE_ENDS) and bool(_FIRST_PERSON.search(paragraph)))


def _is_written(line: str) -> bool:
    """Whether a line below a phone's is a sentence that somebody wrote."""
    line = line.strip()
    return line.endswith(_SENTENCE_ENDS) and len(line.split()) >= _FEWEST_WORDS and not _DISCLAIMER.search(line[:2_000])


class Signatures:
    """Finds signatures and footers above a line of a text."""

    def __init__(self, text: TextLines) -> None:
        self._text = text
        self._sent_from = language_patterns().sent_from
        self._separators = sum(_SEPARATOR.match(line) is not None for line in text.lines)

    def signature_start(self, end: int) -> int:
        """The first line of the signature directly above line `end`; `end` if there is none."""
        separator = self._separator(end)
        return separator if separator is not None else self._sent_from_start(end)

    def footer_start(self, end: int) -> int:
        """The first line of a list's footer (a rule and lines about the list) directly above `end`; `end` if none."""
        last = self._text.last_text(end)
        for index in range(last, max(-1, last - _MAX_FOOTER_LINES), -1):
            if _FOOTER_RULE.match(self._text.lines[index]):
                below = "\n".join(self._text.lines[index + 1 : last + 1])
                return index if not below.strip() or _LIST_FOOTER.search(below) else end
        return end

    def _separator(self, end: int) -> int | None:
        seen = 0
        for index in range(self._text.last_text(end), -1, -1):
            if self._text.blank[index]:
                continue
            if self._text.quoted[index]:
                return None
            if _SEPARATOR.match(self._text.lines[index]) and (
                self._separators <= _MAX_SEPARATORS or seen <= _SHORT_SIGNATURE_LINES
            ):
                return None if self._words_follow(index, end) else index
            seen += 1
            if seen > _MAX_SIGNATURE_LINES:
                return None
        return None

    def _words_follow(self, separator: int, end: int) -> bool:
        """Whether words of the sender stand below the signature: a postscript, a question, a sentence with "I".

        They are paragraphs of their own, or the text has several separators: then these may separate sections.
        Disclaimers and mottoes are not words of the sender.
        """
        paragraph: list[str] = []
        paragraphs = [paragraph]
        for line in self._text.lines[separator + 1 : end]:
            if line.strip():
                paragraph.append(line.strip())
            elif paragraph:
                paragraph = []
                paragraphs.append(paragraph)
        first = 1 if self._separators == 1 else 0
        return any(_is_written_now(" ".join(lines)) for lines in paragraphs[first:])

    def _sent_from_start(self, end: int) -> int:
        """The line `Sent from my iPhone`, with at most two lines below it that are not words; else `end`."""
        index = end
        for _ in range(3):
            index = self._text.last_text(index)
            if index < 0:
                return end
            if self._is_sent_from(index):
                return index
            if _is_written(self._text.lines[index]):
                return end
        return end

    def _is_sent_from(self, index: int) -> bool:
        if self._text.quoted[index] or len(self._text.lines[index]) > _LONGEST_WITH_LINKS:
            return False
        line = caseless(_LINK.sub("", self._text.lines[index])).strip(" *_-<[(")
        if not line or len(line) > _LONGEST_SENT_FROM or not self._sent_from.match(line):
            return False
        if _DEVICE.search(line.split(",")[0]):
            return len(line) < _LONGEST_BELOW_TEXT or self._stands_alone(index)
        # If no device is named, `Sent from` may also begin a sentence.
        is_sentence = len(line) > _LONGEST_WITHOUT_DEVICE or line.endswith((".", "!", "?", "。"))
        return not is_sentence and self._stands_alone(index)

    def _stands_alone(self, index: int) -> bool:
        """Whether the line is the first one, or is below a blank line or `-- `."""
        above = index - 1
        return above < 0 or self._text.blank[above] or _SEPARATOR.match(self._text.lines[above]) is not None
