"""Finds phrases of automatic replies in subjects, and decides whether only a program would put them there."""

from __future__ import annotations

from typing import Final, NamedTuple

from email_channels.expressions import expression
from email_channels.mail.classification.automatic_reply_subjects import (
    ABSENCE_WORDS,
    ALSO_WRITTEN_BY_PEOPLE,
    AUTOMATIC_REPLY_ANYWHERE,
    AUTOMATIC_REPLY_SUBJECTS,
    SOMEBODY_IS_AWAY,
)
from email_channels.mail.classification.patterns import joined
from email_channels.mail.classification.signals import leading_phrase

_TAG: Final = expression(r"[\[【（(]([^\]】）)]{1,200}+)[\]】）)]")
"""A tag at the beginning of a subject. Group 1 holds its words, and blanks around them."""
_LONGEST_TAG: Final = 40

# People discuss these at work: "Vacation request", "Office supplies", "Leave balance".
_DISCUSSED: Final = (
    "suppl",
    "equipment",
    "hours",
    "polic",
    "request",
    "space",
    "work",
    "time",
    "coverage",
    "calendar",
    "form",
    r"days?\b",
    "chairs",
    "balance",
    "approv",
    "application",
    "entitlement",
    "allowance",
    "plan",
    "schedule",
    "settings?",
    "booking",
    r"pay\b",
    "carry",
)
# A request for leave in other languages.
_REQUESTED: Final = (
    # German
    r"(?:abwesenheits|urlaubs|ferien|freistellungs)-?\s?(?:antrag|anträge|anfrage|meldung|anmeldung|planung|anspruch)",
    # French
    r"demande (?:d['’]absence|d['’]autorisation|de cong[ée])",
    # Spanish
    r"(?:solicitud|petici[oó]n) de (?:vacaciones|permiso|ausencia|licencia)",
    # Italian
    r"richiesta (?:di )?(?:ferie|permess|assenza|congedo)",
    # Portuguese
    r"(?:pedido|solicita[çc][ãa]o|requerimento) de (?:f[ée]rias|aus[êe]ncia|licen[çc]a)",
    # Dutch
    r"(?:verlof|vakantie|afwezigheids)-?aanvra",
    # Swedish, Danish, Norwegian
    r"(?:semester|ledighets|frånvaro|ferie|fraværs|permisjons)-?\s?(?:ansök|ansøg|søknad|anmodning|anmälan)",
    # Polish, Czech, Slovak
    r"wniosek (?:o |urlop)|wniosku urlop|žádost o (?:dovolen|volno)|žiados[tť] o (?:dovolen|voľno)",
    # Hungarian, Romanian
    r"szabadság(?:kérelem|igény|kérés)|cerere (?:de )?concediu",
    # Russian, Ukrainian
    r"заявление на отпуск|заявка на отпуск|заява на відпустку",
    # Turkish
    r"izin (?:talebi|formu|dilekçesi)",
    # Finnish
    r"(?:loma|poissaolo)(?:-| )?(?:anomus|hakemus)",
    # Chinese, Japanese, Korean
    r"(?:请假|請假|休假|年假)(?:申请|申請|单|單)|休暇(?:申請|届)|(?:휴가|연차) ?(?:신청|요청)",
)
_OFFICE_MATTERS: Final = expression(
    f"(?:office|vacation|leave|holiday|absence) (?:{joined(_DISCUSSED)})|{joined(_REQUESTED)}"
)
"""A subject about offices or absences in general, or a request for leave. The subject must be caseless."""

# Words before the date until which, or from which, somebody is away.
_UNTIL: Final = (
    # English
    "until",
    "till",
    "til",
    "from",
    "returning",
    "through",
    "thru",
    "starting",
    # German
    "bis",
    "ab",
    "vom",
    # French
    "jusqu",
    # Spanish
    "hasta",
    "desde",
    # Italian
    "fino",
    "dal",
    # Portuguese
    "até",
    # Dutch
    "t/m",
    "tot",
    # Russian
    "с",
    "по",
    "до",
)
_WHAT_MAY_FOLLOW: Final = (
    "$",
    r"[:：՝】\[\])(|.!~–—-]",
    # the subject of the original email
    r"(?:re|aw|fwd?|sv|wg)\s?:",
    # the rest of the phrase
    r"(?:auto ?-?(?:reply|response)|notification|notice|reply|response)\s*(?:$|[:：-])",
    r"message\s*$",
    rf"(?:{joined(_UNTIL)})\b",
    r"\d",
)
_PHRASE_ENDS: Final = expression(rf"\s*(?:{joined(_WHAT_MAY_FOLLOW)})")
"""What programs write after the phrase of an automatic reply: nothing, the original's subject, or a time."""

# "Kim is out of office"
_TO_BE: Final = (
    # English
    "is",
    "am",
    "i'm",
    "are",
    "currently",
    # German
    "ist",
    "bin",
    # French
    "est",
    "suis",
    # Italian
    "è",
    "sono",
    # Spanish
    "está",
    "estoy",
    # Swedish
    "är",
    # Danish and Norwegian
    "er",
)
_PHRASE_BEGINS: Final = expression(rf"(?:^|[\])(|:：–—【\[-]\s*|\b(?:{joined(_TO_BE)})\s+)$")
"""What programs write before a phrase in the middle of a subject: a tag, the original's subject, "somebody is"."""


_AS_WRITTEN: Final = {**ABSENCE_WORDS, **AUTOMATIC_REPLY_SUBJECTS, **AUTOMATIC_REPLY_ANYWHERE, **SOMEBODY_IS_AWAY}


class SubjectPhrase(NamedTuple):
    """A phrase of an automatic reply that was found in a subject."""

    caseless: str
    by_program: bool
    """Whether it is in a place where only programs put it."""
    in_sentence: bool = False
    """Whether it is in the middle of the subject, as part of a sentence."""

    @property
    def as_written(self) -> str:
        """The phrase as the table of phrases writes it."""
        return _AS_WRITTEN[self.caseless]


def automatic_reply_phrase(subject: str) -> SubjectPhrase | None:
    """The phrase of an automatic reply in `subject`, which is caseless; None if there is none."""
    first = leading_phrase(subject, AUTOMATIC_REPLY_SUBJECTS)
    if first and first not in ALSO_WRITTEN_BY_PEOPLE and (first[-1] in ":]-" or ends_phrase(subject, len(first))):
        return SubjectPhrase(first, by_program=True)
    if tagged := _tagged_phrase(subject):
        return SubjectPhrase(tagged, by_program=True)
    present = [phrase for phrase in (*AUTOMATIC_REPLY_ANYWHERE, *SOMEBODY_IS_AWAY) if phrase in subject]
    for phrase in present:
        if _stands_apart(subject, phrase):
            return SubjectPhrase(phrase, by_program=True)
    word = leading_phrase(subject, ABSENCE_WORDS)
    if word and not ends_phrase(subject, len(word)):
        word = None
    if leading := first or word:
        return SubjectPhrase(leading, by_program=False)
    return SubjectPhrase(present[0], by_program=False, in_sentence=True) if present else None


def ends_phrase(subject: str, at: int) -> bool:
    """Whether the text after a phrase (from index `at` on) is typical of programs: nothing, a colon or a time."""
    return _PHRASE_ENDS.match(subject, at) is not None


def is_about_office_matters(subject: str) -> bool:
    """Whether the subject is about offices or absences in general: "Vacation request", "Office supplies"."""
    return _OFFICE_MATTERS.search(subject) is not None


def _tagged_phrase(subject: str) -> str | None:
    """The phrase in a tag at the beginning of the subject: "[Automatic reply] Pay"."""
    tag = _TAG.match(subject)
    words = tag[1].strip() if tag else ""
    if not 1 <= len(words) <= _LONGEST_TAG:
        return None
    for phrase in AUTOMATIC_REPLY_SUBJECTS:
        if phrase not in ALSO_WRITTEN_BY_PEOPLE and (words.startswith(phrase) or words.endswith(phrase)):
            return phrase
    return None


def _stands_apart(subject: str, phrase: str) -> bool:
    """Whether the phrase is in the middle of the subject as programs write it, and not part of a sentence."""
    at = subject.find(phrase)
    begins = phrase in SOMEBODY_IS_AWAY or _PHRASE_BEGINS.search(subject[:at]) is not None
    return begins and ends_phrase(subject, at + len(phrase))
