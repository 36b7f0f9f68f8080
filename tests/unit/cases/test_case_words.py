"""Which words of a case are indexed, and which terms find them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from email_channels.cases.case import Case, EmployeeSnapshot
from email_channels.cases.search.case_search import terms_of
from email_channels.cases.search.case_words import (
    MAX_BYTES,
    OF_CASE,
    CaseWords,
    words_of_case,
    words_of_email,
)
from email_channels.mail.message import Address

from tests.support.blank_records import blank_case, blank_email

OWN = frozenset({"payroll@acme.example", "cases@acme.example"})
ANNA = Address("Anna Weiß", "anna.weiss@acme.example")
CC = Address("Zoë Kraft", "zoe.kraft@partner.example")


def case(subject: str = "Question about my payslip", to: tuple[Address, ...] = (), **changes: object) -> Case:
    email = blank_email(from_=ANNA, to=(Address("", "payroll@acme.example"), *to), subject=subject)
    employee = EmployeeSnapshot("1", ANNA.name, ANNA.address)
    made = blank_case(subject=subject, email=email, employee=employee, mailbox="payroll@acme.example")
    return replace(made, **changes)  # type: ignore[arg-type]  # mypy cannot check a dict of changes


def found(text: str, words: tuple[str, ...]) -> bool:
    terms = terms_of(text)
    return bool(terms) and all(term.matches(words) for term in terms)


def test_words() -> None:
    """The subject, the address (which also finds the first name), the family name, the domain; not the mailbox."""
    assert words_of_case(case(), OWN) == (
        "question", "about", "my", "payslip", "anna.weiss@acme.example", "weiss", "acme.example",
    )  # fmt: skip


def test_most() -> None:
    """A long subject leaves room for the people, and many people for the subject."""
    words = words_of_case(case("one two three four five six seven eight nine ten eleven twelve", (CC,)), OWN)
    assert words == (
        "one", "two", "three", "four", "anna.weiss@acme.example", "weiss",
        "zoe.kraft@partner.example", "kraft", "five", "six", "seven",
    )  # fmt: skip
    many = tuple(Address("", f"p{n}@many{n}.example") for n in range(5000))
    assert {"question", "payslip", "weiss"} < set(words_of_case(case(to=many), OWN))


@pytest.mark.parametrize(
    "text",
    [
        "payslip",
        "PAYS",
        "anna",
        "ANNA.WEISS@ACME.EXAMPLE",
        "anna.weiss@ac",
        "anna.weiss",
        "weiß",
        "Weiss Anna",
        "zoë",
        "ZOE kra",
        "zoe.kraft@partner.example",
        "zoe.kraft",
        "partner",
        "partner.example",
        "@partner.example",
        "p",
        "  quest  ann part ",
        "anna?! (payslip)",
    ],
)
def test_found(text: str) -> None:
    """Beginnings of words find a case, whatever their case, accents and signs."""
    assert found(text, words_of_case(case(to=(CC,)), OWN))


@pytest.mark.parametrize(
    "text", ["", "  ", "?!", "slip", "payslips", "anna zoltan", "anna@acme", "nobody@acme.example"]
)
def test_not_found(text: str) -> None:
    """Each term must begin a word; a term without a letter finds nothing."""
    assert not found(text, words_of_case(case(to=(CC,)), OWN))


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Łódź, Øresund, Đorđe", "lodz oresund dorde"),
        ("Ægir in der Straße", "aegir strasse"),
        ("王小明的工资", "小明"),
        ("王小明的工资单有问题吗请尽快回复", "王小明的工资单有问题吗请尽快回复"),
        ("급여 문의", "급여"),
        ("Node.js v2.1-beta", "node.js v2 beta"),
        ("O'Brien's leave", "obrien"),
        ("Plan B", "plan b"),
    ],
)
def test_writings(subject: str, text: str) -> None:
    """Letters of many languages, and signs within words."""
    assert found(text, words_of_case(case(subject), OWN))


def test_idn() -> None:
    """A domain is found as people write it."""
    words = words_of_case(case(to=(Address("", "jo@xn--mller-kva.example"),)), OWN)
    assert found("müller", words)
    assert found("jo@müller.example", words)


def test_parent_domain() -> None:
    """A case is found by each part of a domain but the last."""
    words = words_of_case(case("Hi", (Address("", "jo@mail.hr.example.co.uk"),)), OWN)
    assert {"mail.hr.example.co.uk", "hr.example.co.uk", "example.co.uk"} < set(words)
    assert "co.uk" not in words


def test_erased() -> None:
    """What is left of an anonymised case has no words."""
    assert words_of_case(case("(erased)", email=None, employee=None), OWN) == ()


def test_further_email() -> None:
    """A further email adds at most three words of people that the case does not have."""
    known = CaseWords({OF_CASE: words_of_case(case(), OWN)})
    same = blank_email(from_=ANNA, to=(Address("", "cases@acme.example"),))
    assert words_of_email("payroll@acme.example", OWN, same, known) == ()
    two = (CC, Address("", "max@third.example"))
    for other in (replace(same, to=two), replace(same, cc=two), replace(same, bcc=two), replace(same, reply_to=two)):
        assert words_of_email(None, OWN, other, known) == (
            "zoe.kraft@partner.example", "max@third.example", "kraft",
        )  # fmt: skip


def test_full() -> None:
    """A case takes words only as long as their list has room."""
    known = CaseWords({OF_CASE: ("a" * (MAX_BYTES - 30),)})
    email = blank_email(email_id="E" * 19, from_=Address("", "jo@x.example"))
    assert words_of_email(None, OWN, email, known) == ()


def test_long() -> None:
    """Long words are cut, and still found by what is typed."""
    long = "x" * 500
    words = words_of_case(case(long), OWN)
    assert found(long, words)
    assert sum(len(word) for word in words) < MAX_BYTES
