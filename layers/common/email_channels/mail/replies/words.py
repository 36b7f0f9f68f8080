"""The table of languages (`reply_languages`) as it is searched: patterns and sets, made once on first use."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from email_channels.mail.replies.languages import LANGUAGES


@dataclass(frozen=True, slots=True)
class Words:
    """What is searched for; `labels` gives the role (from, sent, to, cc, subject) of a field's name."""

    wrote: re.Pattern[str]
    leads: re.Pattern[str]
    labels: dict[str, str]
    original: tuple[str, ...]
    above: re.Pattern[str]
    forwarded: tuple[str, ...]
    mobile: re.Pattern[str]


@cache
def words() -> Words:
    """The words of all languages together: a text may quote one in another."""
    labels: dict[str, str] = {}
    for language in LANGUAGES:
        for role, names in (
            ("from", language.sender),
            ("sent", language.sent),
            ("to", language.to),
            ("subject", language.subject),
            ("cc", language.cc),
        ):
            for name in names:
                labels.setdefault(name, role)
    verbs = sorted({verb for language in LANGUAGES for verb in language.wrote}, key=len, reverse=True)
    mobile = sorted({phrase for language in LANGUAGES for phrase in language.mobile}, key=len, reverse=True)
    leads = sorted({lead for language in LANGUAGES for lead in language.leads}, key=len, reverse=True)
    return Words(
        leads=re.compile(rf"[\W_]{{0,3}}(?:\d|(?:{'|'.join(map(re.escape, leads))})\b)"),
        # Words of scripts that put spaces between words begin behind one; the others anywhere.
        wrote=re.compile(
            rf"(?<![^\W\d_])(?:{'|'.join(re.escape(verb) for verb in verbs if _is_spaced(verb))})"
            rf"|{'|'.join(re.escape(verb) for verb in verbs if not _is_spaced(verb))}"
        ),
        labels=labels,
        above=re.compile("|".join(re.escape(phrase) for language in LANGUAGES for phrase in language.above)),
        original=tuple(phrase for language in LANGUAGES for phrase in language.original),
        forwarded=tuple(phrase for language in LANGUAGES for phrase in language.forwarded),
        mobile=re.compile("|".join(map(re.escape, mobile))),
    )


def _is_spaced(verb: str) -> bool:
    return verb[0].isascii() or (verb[0].isalpha() and ord(verb[0]) < 0x2E80)
