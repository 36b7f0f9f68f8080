"""Reply prefixes of subjects, such as `Re:` and `AW:`: one table for reading and for writing.

Classification removes the prefixes. Agents' replies and acknowledgements add `Re:` if the subject has no prefix.
"""

from __future__ import annotations

import re
from typing import Final

from email_channels.mail.caseless import composed

REPLY_WORDS: Final = (
    "re",  # most languages
    "aw", "antwort",  # German
    "antw",  # Dutch
    "sv",  # Danish, Icelandic, Norwegian, Swedish
    "ang",  # Swedish
    "vs", "vast",  # Finnish, Estonian
    "r", "rif", "risposta",  # Italian
    "réf", "ref", "réponse",  # French
    "respuesta",  # Spanish
    "odp",  # Polish
    "ynt",  # Turkish
    "atb",  # Welsh
    "回复", "答复", "回覆", "答覆",  # Chinese, simplified and traditional
    "返信", "回信",  # Japanese, Chinese
    "답장", "회신",  # Korean
)  # fmt: skip
"""The words before the colon. A number may follow (`Re[2]:`), and the colon may be a full-width one."""

_WORDS: Final = "|".join(REPLY_WORDS)

REPLY_PREFIX: Final = re.compile(
    rf"^\s*(?:\[[^\]]{{1,40}}\]\s*)?(?:(?:{_WORDS})\s?(?:\[\d+\])?\s?[:：]\s*)+", re.IGNORECASE
)
"""All reply prefixes at the beginning of a subject (`composed`), and a tag in brackets before them."""

_ONE_PREFIX: Final = re.compile(rf"\s*(?:{_WORDS})\s*(?:\[\d+\])?\s*[:：]", re.IGNORECASE)


def reply_subject(subject: str) -> str:
    """The subject of a reply to an email with this subject. `Re: ` is added unless there is a reply prefix."""
    return subject if _ONE_PREFIX.match(composed(subject)) else f"Re: {subject}"
