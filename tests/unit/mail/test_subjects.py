"""Subjects of answers: exactly one reply prefix is added, whatever language the others are in."""

from __future__ import annotations

import unicodedata

import pytest
from email_channels.mail.classification.subject_prefixes import has_reply_prefix, subject_without_prefixes
from email_channels.mail.parsing import parse_message
from email_channels.mail.subjects import (
    FORWARD_PREFIX,
    FORWARD_WORDS,
    REPLY_PREFIX,
    REPLY_WORDS,
    reply_subject,
    subject_or,
)


@pytest.mark.parametrize(
    ("subject", "answer"),
    [
        ("Leave", "Re: Leave"),
        ("", "Re: "),
        ("Record", "Re: Record"),
        ("Re Leave", "Re: Re Leave"),
        ("Antworten: wie?", "Re: Antworten: wie?"),
        ("Fwd: Leave", "Re: Fwd: Leave"),
        ("WG: AW: Leave", "Re: WG: AW: Leave"),
        ("[EXTERNAL] Leave", "Re: [EXTERNAL] Leave"),
    ],
)
def test_prefix_is_added(subject: str, answer: str) -> None:
    assert reply_subject(subject) == answer


@pytest.mark.parametrize(
    "subject",
    [
        *("Re: Leave", "RE: Leave", "re:Leave", "  Re: Leave", "Re : Leave", "Re  : Leave"),
        *("AW: Urlaub", "Antwort: Urlaub", "ANTWORT: Urlaub", "Antw: Verlof", "SV: Ferie", "Ang: Ledighet"),
        *("VS: Loma", "Vast: Puhkus", "R: Ferie", "RIF: Ferie", "Risposta: Ferie"),
        *("Réf: Congé", "RÉF : Congé", "Ref: Congé", "Réponse: Congé", "Réponse : Congé", "Respuesta: Vacaciones"),
        *("Odp: Urlop", "YNT: İzin", "Atb: Gwyliau"),
        *("回复: 休假", "回复：休假", "答复：休假", "回覆：休假", "答覆: 休假", "返信：休暇", "回信: 休假"),
        *("답장: 휴가", "회신：휴가"),
        *("Re[2]: Leave", "Re [2]: Leave", "RE[12]：Leave", "AW[3]: Urlaub", "回复[2]：休假"),
        *("[EXTERNAL] Re: Leave", "***SPAM*** {Spam?} AW: Urlaub"),
        *("Re: AW: Leave", "AW: Re: Fwd: Leave", "Antwort: RE[2]: 回复：Leave", "SV: Fwd: VS: Leave"),
    ],
)
def test_prefix_is_not_doubled(subject: str) -> None:
    assert reply_subject(subject) == subject


def test_a_prefix_whose_accents_stand_apart() -> None:
    """It is known for adding and for removing."""
    subject = unicodedata.normalize("NFD", "Réponse: Congé")
    assert reply_subject(subject) == subject
    message = parse_message(f"Subject: {subject}\n\n".encode())
    assert has_reply_prefix(message)
    assert subject_without_prefixes(message) == "congé"


@pytest.mark.parametrize("word", REPLY_WORDS)
def test_each_prefix(word: str) -> None:
    """Each reply prefix is known both for adding and for removing."""
    subject = f"{word}: Leave"
    assert reply_subject(subject) == subject
    assert REPLY_PREFIX.sub("", subject) == "Leave"


def test_chain() -> None:
    """A chain of prefixes is removed completely."""
    assert REPLY_PREFIX.sub("", "[EXT] Re: AW[2]：Antwort: 回复: Leave") == "Leave"


@pytest.mark.parametrize("word", FORWARD_WORDS)
def test_each_forward_prefix(word: str) -> None:
    """Each forward prefix is known, in small and in capital letters."""
    assert FORWARD_PREFIX.match(f"{word}: Leave")
    assert FORWARD_PREFIX.match(f"{word.upper()}：Leave")


@pytest.mark.parametrize("word", [*REPLY_WORDS, *FORWARD_WORDS])
def test_subject_of_one_prefix(word: str) -> None:
    """A subject that is only a prefix, of any language, is blank."""
    for subject in (f"{word}:", f"{word.upper()} : ", f"{word}：", unicodedata.normalize("NFD", f"{word}: ")):
        assert subject_or(subject, "Question") == "Question"
    assert subject_or(f"{word}: Leave", "Question") == f"{word}: Leave"


@pytest.mark.parametrize(
    "subject",
    [
        *("", "  ", "Re:", "RE: ", " re : ", "Re: Re: RE:", "AW: WG: Fwd:", "Antw: FW: I: R:"),
        *("Re[2]:", "Re(3): Re^2:"),
        *("Re-2:", "回复：转发:", "Ynt: İlt:", "SV: VS: Re:", "[EXTERNAL] Re:", "Re: [SPAM?] Fwd:", "[Caution]"),
        *("Re", "AW", "fwd", "Re: FW"),
    ],
)
def test_subject_that_says_nothing(subject: str) -> None:
    assert subject_or(subject, "Question") == "Question"


@pytest.mark.parametrize(
    "subject",
    [
        *("Leave", "Re: Leave", "AW: WG: ?", "Re: 1", "[Payroll] Re:", "I", "Ref", "Antwort"),
        *("Re: :-)", "Re.", "R2D2:"),
        *("Reply:", "Reference:", "Ireland:", "Resume: mine", "Re: [#7K3F92QDX0-h4q9w2]", "...", "👍"),
    ],
)
def test_subject_that_says_something(subject: str) -> None:
    assert subject_or(subject, "Question") == subject


def test_thousands_of_prefixes() -> None:
    """They take linear time."""
    assert subject_or("Re: " * 60_000, "Question") == "Question"
