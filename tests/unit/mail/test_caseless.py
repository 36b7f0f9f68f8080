"""The form in which words of tables and texts of emails are compared."""

from __future__ import annotations

import time
import unicodedata

import pytest
from email_channels.mail.caseless import by_caseless, caseless, composed


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Wrote", "wrote"),
        ("Στις", "ΣΤΙΣ"),
        ("αποστολέας", "Αποστολέασ"),
        ("außer Haus", "AUSSER HAUS"),
        ("otomatik yanıt", "OTOMATİK YANIT"),
        ("iletilemedi", "İletilemedi"),
        ("réponse", unicodedata.normalize("NFD", "Réponse")),
        ("vắng mặt", unicodedata.normalize("NFD", "Vắng mặt")),
        ("자동 회신", unicodedata.normalize("NFD", "자동 회신")),
    ],
)
def test_same_word(one: str, other: str) -> None:
    assert caseless(one) == caseless(other)


@pytest.mark.parametrize(("one", "other"), [("reponse", "réponse"), ("до", "по"), ("masse", "mase")])
def test_other_word(one: str, other: str) -> None:
    """Accents still count."""
    assert caseless(one) != caseless(other)


def test_by_caseless() -> None:
    """A table keeps its words as they are written, and in their order."""
    assert list(by_caseless(("εκτός", "außer")).items()) == [("εκτόσ", "εκτός"), ("ausser", "außer")]


def test_same_word_twice_in_a_table() -> None:
    with pytest.raises(ValueError, match="'STRASSE' and 'straße'"):
        by_caseless(("straße", "STRASSE"))


def test_many_accents_on_one_letter() -> None:
    """Hostile text: Unicode's normalisation of it takes quadratic time. Letters around it are still composed."""
    accents = "\N{COMBINING COMMA ABOVE RIGHT}" * 500_000 + "\N{COMBINING GRAVE ACCENT}" * 500_000
    text = f"e\N{COMBINING ACUTE ACCENT}t a{accents} e\N{COMBINING ACUTE ACCENT}"

    begun = time.process_time()
    result = composed(text)

    assert time.process_time() - begun < 2
    assert result == f"ét a{accents} é"
