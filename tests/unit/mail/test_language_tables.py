"""The form of the word tables. A phrase that a contributor adds in the wrong form would never be found."""

from __future__ import annotations

from dataclasses import fields

import pytest
from email_channels.mail.classification.automatic_reply_subjects import (
    ALSO_WRITTEN_BY_PEOPLE,
    AUTOMATIC_REPLY_ANYWHERE,
    AUTOMATIC_REPLY_SUBJECTS,
    READ_RECEIPT_SUBJECTS,
    SOMEBODY_IS_AWAY,
)
from email_channels.mail.classification.bounce_subjects import BOUNCE_SUBJECTS
from email_channels.mail.replies.languages import LANGUAGES
from email_channels.mail.replies.languages.language import Language

SUBJECTS = {
    "automatic_reply": AUTOMATIC_REPLY_SUBJECTS,
    "automatic_reply_anywhere": AUTOMATIC_REPLY_ANYWHERE,
    "somebody_is_away": SOMEBODY_IS_AWAY,
    "read_receipt": READ_RECEIPT_SUBJECTS,
    "bounce": BOUNCE_SUBJECTS,
}


@pytest.mark.parametrize("name", SUBJECTS)
def test_subjects(name: str) -> None:
    """Phrases of subjects are in lower case, with `ss` for `ß`, and each occurs once."""
    phrases = SUBJECTS[name]

    assert [phrase for phrase in phrases if phrase != phrase.lower().strip() or "ß" in phrase] == []
    assert len(set(phrases)) == len(phrases)


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
        assert [word for word in words if word != word.lower() or "ß" in word] == [], field.name
        assert len(set(words)) == len(words), field.name
        if field.name.endswith("_labels"):
            assert [label for label in words if label.endswith((":", "："))] == []
