"""The limits of the words under which cases and employees are found."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from email_channels.aws.rows.directory_rows import words_of
from email_channels.cases.directory import Employee
from email_channels.cases.search.case_words import (
    OF_CASE,
    CaseWords,
    address_word,
    cut_syllables,
    words_of_case,
    words_of_email,
)
from email_channels.cases.search.words import indexed_words
from email_channels.mail.message import Address

from tests.support.blank_records import blank_case, blank_email


def words_of_an_employee(count: int) -> bool:
    employee = Employee("1", " ".join(f"name{n:02}x" for n in range(count)), ())
    return len(words_of(employee)) == count


def letters_of_a_word(count: int) -> bool:
    return indexed_words("x" * count, 1) == ("x" * count,)


def words_of_a_case(count: int) -> bool:
    case = blank_case(subject=" ".join(f"word{n:02}x" for n in range(count)))
    return len(words_of_case(case, frozenset())) == count


def words_of_an_email(count: int) -> bool:
    email = blank_email(from_=Address(" ".join(f"name{n}x" for n in range(count - 1)), "jo@b"))
    return len(words_of_email(None, frozenset(), email, CaseWords({}))) == count


def bytes_of_words(count: int) -> bool:
    """All words of a case, with their sources."""
    words = CaseWords({OF_CASE: ("a" * (count - len(OF_CASE) - 2 - 1 - len("E") - 2 - len("jo@b") - 1),)})
    return words.has_room_for("E", ("jo@b",))


def bytes_of_case_words(count: int) -> bool:
    """Of the words of a case itself: so further emails have room. Each but the last word has 51 bytes."""
    people = tuple(Address("", f"{n:02}{'x' * 46}@b") for n in range(count // 51))
    last = Address("", "y" * (count - 51 * len(people) - len("@b") - 1) + "@b")
    case = blank_case(email=blank_email(to=(*people, last)))
    return address_word(last.address) in words_of_case(case, frozenset())


def letters_of_an_address(count: int) -> bool:
    address = "x" * (count - len("@b.example")) + "@b.example"
    return address_word(address) == address


def syllables_of_a_word(count: int) -> bool:
    return cut_syllables("王" * count) == "王" * count


def people_of_an_email(count: int) -> bool:
    """The last one is found; all others are one person."""
    people = (*[Address("", "jo@b")] * (count - 1), Address("", "kim@c"))
    return "kim@c" in words_of_email(None, frozenset(), blank_email(to=people), CaseWords({}))


BOUNDS: Sequence[tuple[str, Callable[[int], bool]]] = (
    ("aws.rows.directory_rows.MAX_WORDS", words_of_an_employee),
    ("cases.search.words.MAX_WORD", letters_of_a_word),
    ("cases.search.case_words.MAX_CASE_WORDS", words_of_a_case),
    ("cases.search.case_words.MAX_EMAIL_WORDS", words_of_an_email),
    ("cases.search.case_words.MAX_BYTES", bytes_of_words),
    ("cases.search.case_words._MAX_CASE_BYTES", bytes_of_case_words),
    ("cases.search.case_words._MAX_ADDRESS", letters_of_an_address),
    ("cases.search.case_words._MAX_SYLLABLES", syllables_of_a_word),
    ("cases.search.case_words._MAX_PEOPLE", people_of_an_email),
)
