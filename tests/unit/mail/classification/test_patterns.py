"""The tables of expressions are searched like one expression of all their rows, only faster."""

from __future__ import annotations

import re

import pytest
from email_channels.mail.classification import automatic_reply_texts, bounce_senders, bounce_texts, undelivered_texts
from email_channels.mail.classification.needles import folded, needles
from email_channels.mail.classification.patterns import Table, any_of
from email_channels.mail.parsing import parse_message

from tests.support.example_mails import all_mails

TABLES = {
    f"{module.__name__.rpartition('.')[2]}.{name}": table
    for module in (automatic_reply_texts, bounce_senders, bounce_texts, undelivered_texts)
    for name, table in vars(module).items()
    if isinstance(table, Table)
}


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """What is searched in the example emails, also in capitals and on one line."""
    messages = map(parse_message, all_mails())
    found = {text for message in messages for text in ((message.text or "")[:2_000], message.subject)}
    return [*found, *(text.upper() for text in found), *(" ".join(text.split()) for text in found)]


@pytest.mark.parametrize("name", TABLES)
def test_search(name: str, texts: list[str]) -> None:
    """A table finds the same text at the same place as the expression of all its rows."""
    table = TABLES[name]
    flags = table.patterns[0].flags & (re.IGNORECASE | re.DOTALL)
    whole = re.compile("|".join(pattern.pattern for pattern in table.patterns), flags)

    assert [text for text in texts if spanned(table.search(text)) != spanned(whole.search(text))] == []


def spanned(match: re.Match[str] | None) -> tuple[int, int] | None:
    return match.span() if match else None


def test_earlier_row() -> None:
    """At the same place, the earlier row wins; else the row that matches first."""
    table = any_of(("b1", "a1"), ("a", "a12"))

    assert [spanned(table.search(text)) for text in ("xa12", "xa1b1", "x a b1", "x")] == [(1, 3), (1, 3), (2, 3), None]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("undelivered", ("undelivered",)),
        ("UNDELIVERED", ("undelivered",)),
        ("İletiniz ſent", ("iletiniz sent",)),
        ("four|fives", ("four", "fives")),
        ("four|no", ()),
        ("(?:four|fives)", ("four", "fives")),
        ("(?:four|fives)?", ()),
        ("(?:four|fives)*", ()),
        ("(?:four|fives){0,2}", ()),
        ("(?:four|fives){,2}", ()),
        ("(?:four|fives){1,2}+", ("four", "fives")),
        ("(four|fives)", ("four", "fives")),
        ("(?!four)", ()),
        ("(?<=four)", ()),
        ("(?:four|fives) words", (" words",)),
        ("(?:four(?:teen)? men|fives) no", ("four", "fives")),
        ("letters?", ("letter",)),
        ("abcde*fgh", ("abcd",)),
        ("abcde+fgh", ("abcde",)),
        ("abcde{2}", ("abcde",)),
        (r"abcd\nefghi", ("efghi",)),
        (r"abcd\(efg\.", ("abcd(efg.",)),
        (r"abcd[ef\]gh]ijklm", ("ijklm",)),
        (r"abcd[]e]fghij", ("fghij",)),
        ("abc.defg.{0,20}hi", ("defg",)),
        ("^abcd$", ("abcd",)),
        (r"\babcd\b", ("abcd",)),
        ("abc", ()),
        ("退信", ("退信",)),
        ("退", ()),
        ("", ()),
    ],
)
def test_needles(expression: str, expected: tuple[str, ...]) -> None:
    """Each match of an expression contains one of its needles."""
    assert needles(expression) == expected


@pytest.mark.parametrize("name", TABLES)
def test_few_rows_are_always_tried(name: str) -> None:
    """Nearly every row has needles. A row without one is tried in each text."""
    without = [pattern.pattern for pattern in TABLES[name].patterns if not needles(pattern.pattern)]

    assert len(without) <= 2


@pytest.mark.parametrize(("text", "same"), [("İ", "i"), ("I", "i"), ("ſ", "s"), ("ΣΑΣ", "σασ"), ("ΐ", "ΐ"), ("É", "é")])
def test_folded(text: str, same: str) -> None:
    """Letters that a search takes for the same have one form."""
    assert folded(text) == same
