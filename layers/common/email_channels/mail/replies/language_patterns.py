"""The words of all languages as patterns for searching. They are built once, on first use."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Literal

from email_channels.expressions import expression
from email_channels.mail.caseless import caseless
from email_channels.mail.replies.languages import LANGUAGES
from email_channels.mail.replies.languages.language import Language
from email_channels.values import dataclass

Field = Literal["from", "date", "to", "other", "subject"]
"""A field of a block of quoted headers."""


@dataclass(frozen=True, slots=True)
class LanguagePatterns:
    """The words of all languages together, since a text may quote another language. `Language` explains the fields."""

    attribution_word: re.Pattern[str]
    attribution_word_at_end: re.Pattern[str]
    attribution_start: re.Pattern[str]
    """An attribution may also begin with a date, but not with an address that begins with a digit."""
    attribution_start_inside: re.Pattern[str]
    """The first word of an attribution (group 1) behind other words, in text that is not caseless."""
    fields: dict[str, Field]
    """Which field each label names."""
    original_message: tuple[str, ...]
    forwarded_message: tuple[str, ...]
    sent_from: re.Pattern[str]
    sent_from_inside: re.Pattern[str]
    """The first words of a phone's line (group 1) behind other words, in text that is not caseless."""
    reply_above: re.Pattern[str]


@cache
def language_patterns() -> LanguagePatterns:
    """The patterns. Building them takes some milliseconds at the first call."""
    words = {word for language in LANGUAGES for word in language.attribution_words}
    starts = {word for language in LANGUAGES for word in language.attribution_starts}
    phone_lines = {phrase for language in LANGUAGES for phrase in language.sent_from}
    return LanguagePatterns(
        attribution_word=expression(_attribution_word(words)),
        attribution_word_at_end=expression(rf"(?:{_attribution_word(words)})\Z"),
        attribution_start=_attribution_start(starts),
        attribution_start_inside=_attribution_start_inside(starts),
        fields=_fields(),
        original_message=tuple(caseless(phrase) for language in LANGUAGES for phrase in language.original_message),
        forwarded_message=tuple(caseless(phrase) for language in LANGUAGES for phrase in language.forwarded_message),
        sent_from=expression(_longest_first(phone_lines)),
        sent_from_inside=expression(rf"(?<=\s)({_capitalised(phone_lines)})"),
        reply_above=expression(_longest_first({phrase for language in LANGUAGES for phrase in language.reply_above})),
    )


def _attribution_word(words: set[str]) -> str:
    """An expression that finds `words` at the beginning of a word, or anywhere in scripts without spaces."""
    spaced = _longest_first(word for word in words if _is_spaced(word))
    unspaced = _longest_first(word for word in words if not _is_spaced(word))
    return rf"(?<![^\W\d_])(?:{spaced})|{unspaced}"


def _attribution_start(words: set[str]) -> re.Pattern[str]:
    # `\b` does not match between a vowel sign (Thai) and a space, so `(?!\w)` is needed too.
    return expression(rf"[\W_]{{0,3}}(?:\d(?![^\s<>@]{{0,320}}@)|(?:{_longest_first(words)})(?:\b|(?!\w)))")


def _attribution_start_inside(words: set[str]) -> re.Pattern[str]:
    """Words with a capital begin an attribution behind any text, others only behind the end of a sentence."""
    cased = {word for word in words if word[0].upper() != word[0]}
    uncased = "|".join(map(re.escape, sorted(words - cased, key=len, reverse=True)))
    return expression(
        rf"(?:(?<=\s)(?=(?:{_capitalised(cased)})(?!\w))|(?:(?<=[.!?]\s)|(?<=[。！？]\s)|(?<=[。！？]))(?={uncased}))(\w{{1,12}})"
    )


def _capitalised(words: Iterable[str]) -> str:
    """The words as alternatives, each with a capital at its beginning."""
    return "|".join(re.escape(word[0].upper() + word[1:]) for word in sorted(words, key=len, reverse=True))


def _fields() -> dict[str, Field]:
    fields: dict[str, Field] = {}
    for language in LANGUAGES:
        for field, labels in _labels(language):
            for label in labels:
                fields.setdefault(caseless(label), field)
    return fields


def _labels(language: Language) -> tuple[tuple[Field, tuple[str, ...]], ...]:
    return (
        ("from", language.from_labels),
        ("date", language.date_labels),
        ("to", language.to_labels),
        ("subject", language.subject_labels),
        ("other", language.other_labels),
    )


def _longest_first(words: Iterable[str]) -> str:
    """The words as alternatives, the longest first: "wrote the following" is found before "wrote"."""
    return "|".join(map(re.escape, sorted(map(caseless, words), key=len, reverse=True)))


def _is_spaced(word: str) -> bool:
    """Whether the script of a word has spaces between words. Chinese, Japanese and Korean (from U+2E80 on) do not."""
    return word[0].isascii() or (word[0].isalpha() and ord(word[0]) < 0x2E80)
