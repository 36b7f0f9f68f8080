"""Subjects of answers: exactly one reply prefix is added, whatever language the others are in."""

from __future__ import annotations

import unicodedata

import pytest
from email_channels.mail.classification.subject_prefixes import has_reply_prefix, subject_without_prefixes
from email_channels.mail.parsing import parse_message
from email_channels.mail.subjects import REPLY_PREFIX, REPLY_WORDS, reply_subject


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
