"""The shipped texts: complete in each language, and able to hold every value."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from email_channels.outbound import texts
from email_channels.outbound.dates_in_words import date_in_words, time_in_words
from email_channels.outbound.texts.shipped import shipped_texts
from email_channels.settings import Language

FOLDER = Path(texts.__file__).parent
IN_BRACES = re.compile(r"\{(.*?)\}")
# French puts a no-break space before colons and within quotation marks.
SPACES = re.compile(r"[^\S \u00a0]|  |^\s|\s$")


def flat(document: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """Every text of a file by its path."""
    found: dict[str, str] = {}
    for name, value in document.items():
        if isinstance(value, dict):
            found |= flat(value, f"{prefix}{name}.")
        elif isinstance(value, list):
            found |= {f"{prefix}{name}.{n}": each for n, each in enumerate(value)}
        else:
            found[f"{prefix}{name}"] = value
    return found


def texts_in(language: Language) -> dict[str, str]:
    return flat(tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8")))


def test_one_file_for_each_language() -> None:
    assert {path.stem for path in FOLDER.glob("*.toml")} == {language.value for language in Language}


@pytest.mark.parametrize("language", Language)
def test_complete(language: Language) -> None:
    """Each language has all texts, with the same fields."""
    english, own = texts_in(Language.ENGLISH), texts_in(language)
    assert own.keys() == english.keys()
    assert {path: sorted(IN_BRACES.findall(text)) for path, text in own.items()} == {
        path: sorted(IN_BRACES.findall(text)) for path, text in english.items()
    }
    assert len(shipped_texts(language).dates.months) == 12


@pytest.mark.parametrize("language", Language)
def test_tidy(language: Language) -> None:
    """No text is empty, or has stray spaces; each sentence ends."""
    for path, text in texts_in(language).items():
        assert text, path
        assert not SPACES.search(text), path
        if path.endswith(("opening", "reply")):
            assert text.endswith("."), path
        if path == "contact":
            assert text.endswith(":"), path


@pytest.mark.parametrize("language", [one for one in Language if one is not Language.ENGLISH])
def test_translated(language: Language) -> None:
    """No sentence is left in English."""
    english, own = texts_in(Language.ENGLISH), texts_in(language)
    assert {path for path in own if own[path] == english[path] and " " in own[path]} <= {
        "row",
        "dates.date",
        "dates.date_time",
    }


@pytest.mark.parametrize(
    ("language", "first", "other"),
    [
        (Language.ENGLISH, "1 March 2027, 09:05 UTC", "29 November 2026, 14:05 UTC"),
        (Language.GERMAN, "1. März 2027, 09:05 Uhr (UTC)", "29. November 2026, 14:05 Uhr (UTC)"),
        (Language.FRENCH, "1er mars 2027 à 09:05 (UTC)", "29 novembre 2026 à 14:05 (UTC)"),
        (Language.SPANISH, "1 de marzo de 2027, 09:05 (UTC)", "29 de noviembre de 2026, 14:05 (UTC)"),
        (Language.ITALIAN, "1º marzo 2027, ore 09:05 (UTC)", "29 novembre 2026, ore 14:05 (UTC)"),
        (Language.DUTCH, "1 maart 2027, 09:05 uur (UTC)", "29 november 2026, 14:05 uur (UTC)"),
        (Language.PORTUGUESE, "1 de março de 2027, 09:05 (UTC)", "29 de novembro de 2026, 14:05 (UTC)"),
        (Language.POLISH, "1 marca 2027 r., godz. 09:05 (UTC)", "29 listopada 2026 r., godz. 14:05 (UTC)"),
    ],
)
def test_times(language: Language, first: str, other: str) -> None:
    """Dates of the language, times in UTC, which is named."""
    assert time_in_words(datetime(2027, 3, 1, 9, 5, 59, tzinfo=UTC), language) == first
    east = timezone(timedelta(hours=10))
    assert time_in_words(datetime(2026, 11, 30, 0, 5, tzinfo=east), language) == other


def test_date() -> None:
    assert date_in_words(datetime(2026, 12, 31, 23, tzinfo=UTC)) == "31 December 2026"
    with pytest.raises(ValueError, match="zone"):
        date_in_words(datetime(2026, 12, 31))  # noqa: DTZ001 - no zone is what it tests
