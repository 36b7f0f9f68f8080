"""The form of the word tables. A phrase that a contributor adds in the wrong form would never be found."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import fields
from types import ModuleType

import pytest
from email_channels.expressions import LazyExpression
from email_channels.mail.caseless import caseless, composed
from email_channels.mail.classification import (
    automatic_reply_texts,
    bounce_senders,
    bounce_subjects,
    bounce_texts,
    subject_prefixes,
    undelivered_texts,
)
from email_channels.mail.classification.automatic_reply_subjects import (
    ABSENCE_WORDS,
    ALSO_WRITTEN_BY_PEOPLE,
    AUTOMATIC_REPLY_ANYWHERE,
    AUTOMATIC_REPLY_SUBJECTS,
    READ_RECEIPT_SUBJECTS,
    SOMEBODY_IS_AWAY,
)
from email_channels.mail.classification.bounce_subjects import BOUNCE_SUBJECTS
from email_channels.mail.classification.patterns import Table
from email_channels.mail.classification.signals import leading_phrase
from email_channels.mail.replies.language_patterns import language_patterns
from email_channels.mail.replies.languages import LANGUAGES
from email_channels.mail.replies.languages.language import Language

SUBJECTS = {
    "absence_word": ABSENCE_WORDS,
    "automatic_reply": AUTOMATIC_REPLY_SUBJECTS,
    "automatic_reply_anywhere": AUTOMATIC_REPLY_ANYWHERE,
    "somebody_is_away": SOMEBODY_IS_AWAY,
    "read_receipt": READ_RECEIPT_SUBJECTS,
    "bounce": BOUNCE_SUBJECTS,
}


WAYS_TO_WRITE: dict[str, Callable[[str], str]] = {
    "as_in_the_table": str,
    "lower": str.lower,
    "upper": str.upper,
    "title": str.title,
    "decomposed": lambda word: unicodedata.normalize("NFD", word),
}


@pytest.mark.parametrize("name", SUBJECTS)
def test_subjects(name: str) -> None:
    """Phrases of subjects are in lower case, and each occurs once."""
    phrases = SUBJECTS[name].values()

    assert [phrase for phrase in phrases if phrase != phrase.lower().strip()] == []
    assert len(set(map(caseless, phrases))) == len(phrases)


@pytest.mark.parametrize("way", WAYS_TO_WRITE)
@pytest.mark.parametrize("name", SUBJECTS)
def test_subjects_are_found(name: str, way: str) -> None:
    """Phrases of subjects are found however an email writes them."""
    phrases = SUBJECTS[name]

    lost = [
        phrase
        for phrase in phrases.values()
        if phrases.get(leading_phrase(caseless(WAYS_TO_WRITE[way](phrase)), phrases) or "") != phrase
    ]
    assert lost == []


def test_also_written_by_people() -> None:
    """Phrases that people also write are among the subjects of automatic replies."""
    assert set(AUTOMATIC_REPLY_SUBJECTS) >= ALSO_WRITTEN_BY_PEOPLE


def test_each_language_once() -> None:
    """A language has one block."""
    codes = [language.code for language in LANGUAGES]

    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_language(language: Language) -> None:
    """Words are in lower case, each occurs once in its field, and labels have no colon."""
    for field in fields(language)[1:]:
        words = getattr(language, field.name)
        assert [word for word in words if word != word.lower()] == [], field.name
        assert len(set(map(caseless, words))) == len(words), field.name
        if field.name.endswith("_labels"):
            assert [label for label in words if label.endswith((":", "："))] == []


@pytest.mark.parametrize("way", WAYS_TO_WRITE)
@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_language_is_found(language: Language, way: str) -> None:
    """Words are found however an email writes them."""
    patterns = language_patterns()
    finds: dict[str, Callable[[str], object]] = {
        "attribution_words": patterns.attribution_word.search,
        "attribution_starts": patterns.attribution_start.fullmatch,
        "original_message": lambda words: words in patterns.original_message,
        "forwarded_message": lambda words: words in patterns.forwarded_message,
        "sent_from": patterns.sent_from.fullmatch,
        "reply_above": patterns.reply_above.search,
    }
    for field in fields(language)[1:]:
        find = finds.get(field.name, patterns.fields.__contains__)
        words = getattr(language, field.name)
        assert [word for word in words if not find(caseless(WAYS_TO_WRITE[way](word)))] == [], field.name


@pytest.mark.parametrize(
    "table", [automatic_reply_texts, bounce_senders, bounce_subjects, bounce_texts, subject_prefixes, undelivered_texts]
)
def test_expressions(table: ModuleType) -> None:
    """Regular expressions ignore case, but they do not find `ss` for `ß`, nor a letter whose accent stands apart."""
    values = list(vars(table).values())
    expressions = [value.compiled for value in values if isinstance(value, LazyExpression)]
    expressions += [pattern for value in values if isinstance(value, Table) for pattern in value.patterns]

    assert expressions
    for expression in expressions:
        assert expression.flags & re.IGNORECASE
        if isinstance(expression.pattern, str):
            assert expression.pattern == composed(expression.pattern)
            assert "ß" not in expression.pattern
