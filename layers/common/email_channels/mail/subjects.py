"""Prefixes of subjects, such as `Re:` and `Fwd:`, and the tags of gateways: one table for reading and for writing.

Classification removes the prefixes. Agents' replies and acknowledgements add `Re:` if the subject has no prefix. A case
is not named after a subject that has nothing else.
"""

from __future__ import annotations

import re
from typing import Final

from email_channels.expressions import expression
from email_channels.mail.caseless import composed

REPLY_WORDS: Final = (
    "re",  # most languages
    "aw", "antwort",  # German
    "antw",  # Dutch
    "sv", "svar",  # Danish, Icelandic, Norwegian, Swedish
    "ang",  # Swedish
    "vs", "vast",  # Finnish, Estonian
    "r", "rif", "risposta",  # Italian
    "réf", "ref", "réponse",  # French
    "respuesta", "resp",  # Spanish
    "res",  # Portuguese
    "odp",  # Polish, Czech, Slovak
    "odg",  # Croatian, Serbian, Slovenian
    "vá",  # Hungarian
    "răspuns",  # Romanian
    "ats",  # Lithuanian
    "atb",  # Welsh, Latvian
    "απ", "απάντηση", "σχετ",  # Greek
    "отв", "ответ",  # Russian
    "відп",  # Ukrainian
    "ynt", "yan",  # Turkish
    "رد",  # Arabic
    "پاسخ",  # Persian
    "השב", "תשובה",  # Hebrew
    "bls", "balas",  # Indonesian
    "trả lời",  # Vietnamese
    "ตอบกลับ", "ตอบ",  # Thai
    "回复", "答复", "回覆", "答覆",  # Chinese, simplified and traditional
    "返信", "回信",  # Japanese, Chinese
    "답장", "회신",  # Korean
)  # fmt: skip
"""The words before the colon. A number may follow (`Re[2]:`), and the colon may be a full-width one."""

FORWARD_WORDS: Final = (
    "fwd", "fw",  # most languages
    "wg", "weitergeleitet",  # German
    "tr",  # French
    "rv", "reenv",  # Spanish
    "i",  # Italian
    "enc",  # Portuguese
    "doorst",  # Dutch
    "vb",  # Swedish
    "vs",  # Danish and Norwegian
    "vl",  # Finnish
    "fs",  # Icelandic
    "pd",  # Polish
    "prosl",  # Croatian, Serbian
    "továbbítás", "továbbítva",  # Hungarian
    "πρθ", "προώθ",  # Greek
    "пересл", "переслано",  # Russian
    "ilt", "i̇lt",  # Turkish
    "إعادة توجيه",  # Arabic
    "הועבר",  # Hebrew
    "trs",  # Indonesian
    "chuyển tiếp",  # Vietnamese
    "ส่งต่อ",  # Thai
    "转发", "轉寄", "轉發",  # Chinese, simplified and traditional
    "転送",  # Japanese
    "전달",  # Korean
)  # fmt: skip

_REPLY: Final = "|".join(REPLY_WORDS)
_FORWARD: Final = "|".join(FORWARD_WORDS)

REPLY_PREFIX: Final = expression(
    rf"^\s*(?:\[[^\]]{{1,40}}\]\s*)?(?:(?:{_REPLY})\s?(?:\[\d+\])?\s?[:：]\s*)+", re.IGNORECASE
)
"""All reply prefixes at the beginning of a subject (`composed`), and a tag in brackets before them."""

FORWARD_PREFIX: Final = expression(rf"^\s*(?:{_FORWARD})\s?[:：]", re.IGNORECASE)
"""A forward prefix at the beginning of a subject (`composed`)."""

_TAGS: Final = (
    # English
    r"external(?: (?:e-?mail|mail|message|sender))?", "ext", "caution", "bulk", "junk", "disarmed",
    r"(?:(?:suspected|possible|probable|likely) )?(?:spam|phishing)\??",
    # German, Dutch
    r"extern(?:[ae]r?)?(?: (?:e-?mail|mail|absender|nachricht|afzender|bericht))?",
    # French, Portuguese and Spanish, Italian
    r"externe|expéditeur externe|externo|esterno",
)  # fmt: skip
"""What gateways say in their tags, in brackets or between asterisks."""

_WORDS: Final = "|".join(_TAGS)
_TAG: Final = (
    rf"\s*+(?:\[\s?(?:{_WORDS}|sec=[^\]]{{1,30}})\s?\]|\((?:{_WORDS})\)|\{{(?:{_WORDS})\}}"
    rf"|\*{{1,5}}\s?(?:{_WORDS})\s?\*{{1,5}}|(?:external|extern|spam)\s?:)\s*+"
)
GATEWAY_TAG: Final = expression(rf"^(?:{_TAG}){{1,5}}", re.IGNORECASE)
"""The tags that gateways put before a subject: `[EXTERNAL]`, `***SPAM***`, `{Spam?}`."""

_ONE_PREFIX: Final = expression(rf"\s*+(?:{_REPLY})\s*+(?:\[\d++\]\s*+)?[:：]", re.IGNORECASE)
# Programs count: `Re[2]:`, `Re(2):`, `Re^2:`, `Re-2:`.
_ANY_PREFIX: Final = expression(
    rf"{_TAG}|\s*(?:{_REPLY}|{_FORWARD})\s{{0,3}}(?:[\[(^*-]?\d{{1,3}}[\])]?)?\s{{0,3}}[:：]", re.IGNORECASE
)
_WITHOUT_COLON: Final = frozenset(("re", "aw", "fw", "fwd", "wg"))
"""Words that say nothing if they are the whole subject, even without a colon."""


def bare_subject(subject: str) -> str:
    """What a subject says without prefixes and tags, for comparing subjects: case-folded, with single blanks."""
    text = composed(subject)
    position = 0
    while (found := _ANY_PREFIX.match(text, position)) is not None:
        position = found.end()
    return " ".join(text[position:].casefold().split())


def reply_subject(subject: str) -> str:
    """The subject of a reply to an email with this subject.

    `Re: ` is added unless there is a reply prefix, perhaps after the tags of gateways.
    """
    return subject if _ONE_PREFIX.match(GATEWAY_TAG.sub("", composed(subject))) else f"Re: {subject}"


def subject_or(subject: str, default: str) -> str:
    """`subject`, or `default` if it is blank: nothing but white space, prefixes of any language, tags of gateways."""
    text = composed(subject)
    position = 0
    while (found := _ANY_PREFIX.match(text, position)) is not None:
        position = found.end()
    rest = text[position:].strip()
    return default if not rest or rest.lower() in _WITHOUT_COLON else subject
